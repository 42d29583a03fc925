#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/latent/prior_sampler.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/latent_sampler.hpp"
#include "eigenerate/network/predictor.hpp"

namespace eigenerate {

/// What a trained model samples and decodes, made once and kept (`make_sampler()` of a `Vae`,
/// `AdversarialAutoencoder` or `Gan`): for programs that generate all the time.
///
///     const auto sampler = gan.make_sampler();
///     sampler.sample_into(images, {seed, Purpose::sampling});
///
/// A `Predictor` of the decoder or generator, made with the options of `make_sampler`, and all that the model
/// does around it: latent vectors from the prior, labels, and the mean of the likelihood. It is a copy that
/// does not change when the model trains on; copies of it share the weights. All functions are safe to call
/// from several threads at once.
///
/// **Shapes** as for the model: latent vectors latent × n, samples features × n, a label for each where there
/// are classes.
/// **Cost** `sample_into` and `decode_into` allocate nothing where they find memory left by earlier calls,
/// or by `reserve`.
/// **Errors** as for the model's `sample` and `decode`; `StateError` where it was moved from.
/// **Numerics** the samples of the model, see `Predictor`.
template <Scalar S = float>
class Sampler : public LatentSampler<Sampler<S>, S> {
 public:
  using scalar_type = S;

  Sampler(Predictor<S> decoder, PriorSampler<S> prior, Conditioning conditioning);

  Index latent_size() const { return decoder_.input_shape().size(); }
  Index classes() const { return conditioning_.classes; }
  const Shape& sample_shape() const { return decoder_.output_shape(); }
  const Predictor<S>& decoder() const { return decoder_; }

  /// Makes memory for calls of up to `max_batch` samples from so many threads at once.
  void reserve(Index max_batch, Index threads = 1) const;

  /// Fills x with samples, as `sample` makes them.
  void sample_into(Eigen::Ref<Matrix<S>> x, const RandomStream& random = {0, Purpose::sampling}) const {
    sample_into(x, {}, random);
  }
  /// The same with one label for each sample, and from latent vectors that are cut off.
  void sample_into(Eigen::Ref<Matrix<S>> x, std::span<const int> labels,
                   const RandomStream& random = {0, Purpose::sampling},
                   const std::optional<Truncation>& truncation = {}) const;

  /// Fills x with the samples of these latent vectors.
  void decode_into(Eigen::Ref<Matrix<S>> x, ConstView<S> z, std::span<const int> labels = {}) const;
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const {
    Matrix<S> x(sample_shape().size(), z.cols());
    decode_into(x, z, labels);
    return x;
  }

  /// Latent vectors from the prior.
  void draw_latent(const RandomStream& random, View<S> z) const;
  const LatentCode& code() const { return prior_->code(); }
  bool has_standard_normal_latent() const { return prior_->is_standard_normal(); }

 private:
  /// What a call writes besides its results and what the decoder does.
  class Memory {
   public:
    Memory(const Sampler& sampler, Index batch)
        : z(sampler.latent_size() * batch),
          condition(sampler.conditioning_, batch),
          prior(sampler.prior_->make_memory(batch)),
          max_batch_(batch) {}
    Index max_batch() const { return max_batch_; }

    AlignedArray<S> z;
    LabelCondition<S> condition;
    PriorMemory<S> prior;

   private:
    Index max_batch_;
  };

  std::unique_ptr<Memory> take_memory(Index batch) const {
    return spare_.take(batch, [this](Index n) { return Memory(*this, n); });
  }
  void require(ConstView<S> z, std::span<const int> labels) const {
    conditioning_.require(z, labels, decoder_.input_shape(), decoder_.name());
  }

  Predictor<S> decoder_;
  std::shared_ptr<const PriorSampler<S>> prior_;
  Conditioning conditioning_;
  mutable detail::SpareWorkspaces<Memory> spare_;
};

#if EIGENERATE_DEFINES(MODELS)

template <Scalar S>
Sampler<S>::Sampler(Predictor<S> decoder, PriorSampler<S> prior, Conditioning conditioning)
    : decoder_(std::move(decoder)),
      prior_(std::make_shared<const PriorSampler<S>>(std::move(prior))),
      conditioning_(conditioning) {}

template <Scalar S>
void Sampler<S>::reserve(Index max_batch, Index threads) const {
  decoder_.reserve(max_batch, threads);
  std::vector<std::unique_ptr<Memory>> taken;
  for (Index i = 0; i < threads; ++i) taken.push_back(take_memory(max_batch));
  for (auto& memory : taken) spare_.give_back(std::move(memory));
}

template <Scalar S>
void Sampler<S>::sample_into(Eigen::Ref<Matrix<S>> x, std::span<const int> labels, const RandomStream& random,
                             const std::optional<Truncation>& truncation) const {
  if (x.cols() < 1) fail<ConfigError>("sample: expected at least one sample, got {}", x.cols());
  if (truncation) this->require_truncation(*truncation);
  const Index latent = latent_size();
  auto memory = take_memory(x.cols());
  const View<S> z(memory->z.data(), latent, x.cols());
  require(z, labels);
  prior_->draw(random, z, memory->prior);
  if (truncation) truncate_normal(z, truncation->limit);
  decoder_.predict_into(x, z, memory->condition(labels));
  spare_.give_back(std::move(memory));
}

template <Scalar S>
void Sampler<S>::decode_into(Eigen::Ref<Matrix<S>> x, ConstView<S> z, std::span<const int> labels) const {
  require(z, labels);
  if (classes() == 0) return decoder_.predict_into(x, z);
  auto memory = take_memory(z.cols());
  decoder_.predict_into(x, z, memory->condition(labels));
  spare_.give_back(std::move(memory));
}

template <Scalar S>
void Sampler<S>::draw_latent(const RandomStream& random, View<S> z) const {
  decoder_.name();  // one that was moved from has none
  auto memory = take_memory(z.cols());
  prior_->draw(random, z, memory->prior);
  spare_.give_back(std::move(memory));
}

EIGENERATE_INSTANTIATE_CLASS(Sampler)

#endif

}  // namespace eigenerate
