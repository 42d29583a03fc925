#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/latent/autoencoder.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/metrics/row_variances.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/latent_sampler.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/vae_options.hpp"
#include "eigenerate/models/warning.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// Variational autoencoder: an `Autoencoder`, a likelihood and an objective. Unless told otherwise the
/// encoder gives the (mean, log-variance) of a normal q(z|x), the prior is standard normal, and the ELBO is
/// maximised.
///
/// **Shapes** samples features × n, one per column; latent vectors latent × n. The decoder's input fixes the
/// latent size, its output the sample shape (a `DiagonalNormal` likelihood takes a vector of 2·features).
/// With `classes`, both networks see the label's one-hot code (see `Conditioning`).
/// **Errors** `ShapeError` or `ConfigError` while building, `ShapeError` for samples or labels that do not
/// fit.
/// **Numerics** all figures in nats per sample. Where an objective weighs the path through z otherwise than
/// the parameters, the decoder's backward runs twice, and dz is never rescaled.
/// **Source** Kingma & Welling 2014, eq. 10 and appendix B; Burda et al. 2016, eq. 8 and 14.
template <Scalar S = float>
class Vae : public LatentSampler<Vae<S>, S> {
 public:
  using scalar_type = S;
  using Options = BasicVaeOptions<S>;

  Vae(AnyLayer<S> encoder, AnyLayer<S> decoder, Options options = {});

  const Options& options() const { return options_; }
  Index latent_size() const { return parts_.latent_size(); }
  Index classes() const { return options_.classes; }
  Shape sample_shape() const { return parts_.sample_shape(); }
  /// The interval that decoded samples cannot leave, where there is one.
  std::optional<ValueRange> sample_range() const;
  Network<S>& encoder() { return parts_.encoder().network; }
  const Network<S>& encoder() const { return parts_.encoder().network; }
  Network<S>& decoder() { return parts_.decoder().network; }
  const Network<S>& decoder() const { return parts_.decoder().network; }
  const Autoencoder<S>& parts() const { return parts_; }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch);

  /// `loss` (the objective), `reconstruction` (−E log p(x|z)) and `kl`: in closed form where the objective
  /// has it so, else the mean of log q(z|x) − log p(z).
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The same figures without learning; the KL term has its true weight of 1, whatever the objective trains
  /// with.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Warns of posterior collapse: at least half of the latent dimensions have posterior centers that vary by
  /// less than 0.01 over the batch, so they tell the decoder nothing.
  /// **Source** Burda et al. 2016, section 5.2 ("active units").
  std::vector<Warning> health(const Batch<S>& batch, const StepContext&);

  /// Refuses values that the likelihood gives no probability.
  void require_values(const ValueRange& range, std::string_view name) const;

  /// Warns of networks that end in an activation where logits, means or log-variances are expected, and where
  /// more than half of the log-variances of a batch are outside their range.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range);

  std::vector<MetricName> figures() const { return {"loss", "reconstruction", "kl"}; }
  std::optional<std::string_view> best_figure() const { return "loss"; }

  /// From the loss backwards: decoder, the networks of posterior and prior where they have one, encoder.
  LearnerList<Learner<S>> learners() { return parts_.learners(); }
  LearnerList<const Learner<S>> learners() const { return parts_.learners(); }

  // ---- What users do with a trained model

  /// A normal posterior q(z|x) of every sample.
  struct Encoding {
    Matrix<S> mean,
        log_variance;  ///< latent × n each; the log-variance is the clamped one that sampling uses
  };
  /// `ConfigError` naming the posterior, where it is not one of independent normal dimensions; `embed` serves
  /// them all.
  Encoding encode(ConstView<S> x, std::span<const int> labels = {}) const;

  /// The latent vector of no noise for every sample: the mean of a normal posterior.
  Matrix<S> embed(ConstView<S> x, std::span<const int> labels = {}) const {
    return parts_.center(conditioning().predict(encoder(), x, labels));
  }

  /// The mean of p(x|z) for every latent vector.
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const;

  /// Latent vectors from the prior.
  void draw_latent(const RandomStream& random, View<S> z) const { parts_.draw_latent(random, z); }

  /// Decodes the posterior's center.
  Matrix<S> reconstruct(ConstView<S> x, std::span<const int> labels = {}) const {
    return decode(embed(x, labels), labels);
  }

  /// Decodes `steps` points on the line between the posterior centers of two samples, both ends included.
  Matrix<S> interpolate(ConstView<S> from, ConstView<S> to, Index steps, std::optional<int> label = {}) const;

  /// Estimates log p(x) of every sample by `k` importance samples from the posterior (Burda et al. 2016, eq.
  /// 8): a lower bound in expectation that tightens with k.
  /// **Cost** k decoder passes per sample, in portions of bounded memory.
  std::vector<double> log_likelihood(ConstView<S> x, Index k, std::span<const int> labels = {},
                                     std::uint64_t seed = 0) const;

 private:
  /// Everything a pass writes besides the learners' own state.
  struct Memory {
    Memory(const Vae& vae, Index batch, Index samples, const ObjectiveNeeds& needs, Index step = 0)
        : max_batch(std::max(batch, step)),
          latent(vae.parts_, batch, capped_product(batch, samples)),
          condition(vae.conditioning(), batch),
          noise(vae.latent_size() * max_batch * samples),
          d_parameters(vae.decoder().output_shape().size() * batch * samples),
          log_px(batch * samples),
          log_pz(batch * samples),
          log_qz(batch * samples),
          weights(batch * samples),
          path_weights(needs.path_weights ? batch * samples : 0),
          kl(batch),
          kl_by_dimension(vae.latent_size() * batch),
          d_kl(vae.latent_size() * batch) {}

    Index max_batch;  ///< samples of a whole step; `latent` is made for one part of it
    AutoencoderMemory<S> latent;
    LabelCondition<S> condition;
    UndoMemory<S> undo;
    Vector<S> noise;  // of a whole step
    Vector<S> d_parameters;
    Vector<S> log_px, log_pz, log_qz, weights, path_weights;  // one per latent vector
    Vector<S> kl;                                             // one per input
    Vector<S> kl_by_dimension, d_kl;                          // latent × inputs
  };

  /// The values of one forward pass: views into the batch and the memory.
  struct Forward {
    ConstView<S> x;
    typename Autoencoder<S>::Latents latents;
    ConstView<S> parameters;
    Index inputs() const { return x.cols(); }
    Index columns() const { return latents.z.cols(); }
  };

  static std::size_t to_size(Index n) { return static_cast<std::size_t>(n); }
  Conditioning conditioning() const { return {options_.classes}; }

  static Options validated(Options options) {
    options.validate();
    return options;
  }
  static Autoencoder<S> make_parts(AnyLayer<S> encoder, AnyLayer<S> decoder, const Options& o);

  Memory& prepared(const Batch<S>& batch) { return prepared(batch, batch.size()); }
  Memory& prepared(const Batch<S>& batch, Index part);

  /// The noise of so many latent vectors.
  ConstView<S> draw(Memory& m, Index columns, const RandomStream& random) const;
  /// A part's columns of the noise of a step.
  ConstView<S> columns_of(ConstView<S> noise, const BatchPart<S>& part) const;

  /// Encoder, a latent vector for every column of noise, decoder, and the terms that are needed. With
  /// `fused`, every log p(x|z) weighs the same in the loss, so its value and its derivative are computed
  /// together.
  template <class Parts>
  Forward propagate(Parts& parts, ConstView<S> x, const ObjectiveNeeds& needs, const PassInput<S>& how,
                    ConstView<S> noise, Memory& m, bool fused) const {
    const Index n = noise.cols();
    const auto log_qz = needs.densities ? first_numbers(m.log_qz, n) : std::span<S>{};
    const auto latents = parts.encode(x, how, noise, m.latent, log_qz);
    const ConstView<S> parameters = parts.decode(latents.z, how, m.latent);
    const auto log_px = first_numbers(m.log_px, n);
    if (fused) {
      m.weights.setConstant(S(-1) / static_cast<S>(n));
      const View<S> d(m.d_parameters.data(), parameters.rows(), parameters.cols());
      options_.likelihood.log_probability_with_backward(x, parameters, first_numbers(m.weights, n), log_px,
                                                        d);
    } else {
      options_.likelihood.log_probability(x, parameters, log_px);
    }
    if (needs.densities) parts.log_prior(latents.z, how, m.latent, first_numbers(m.log_pz, n));
    return {x, latents, parameters};
  }

  /// The figures of one pass, and in training the weights of its terms.
  StepMetrics judge(const Forward& f, const ObjectiveNeeds& needs, std::optional<std::uint64_t> step,
                    Memory& m, ObjectiveValue& value) const;

  /// Adds the loss's gradients to all learners.
  void backward(const Forward& f, const ObjectiveNeeds& needs, const ObjectiveValue& value, Memory& m);

  Options options_;
  AnyObjective<S> objective_;
  Autoencoder<S> parts_;
  std::optional<Memory> memory_;
};

template <Layer Encoder, Layer Decoder>
Vae(Encoder, Decoder, BasicVaeOptions<ScalarOf<Encoder>> = {}) -> Vae<ScalarOf<Encoder>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/vae.hpp"
#endif
