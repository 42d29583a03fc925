#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/losses/mse.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/gan_encoder_options.hpp"
#include "eigenerate/models/gan_residual.hpp"
#include "eigenerate/models/latent_walks.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// An encoder E that a trained GAN gets afterwards: it learns the latent vectors from which the generator G,
/// which stays as it is, makes the samples again. Where `InvertedGan` searches for each sample anew, it
/// answers in one pass.
///
/// It minimises `mean (x − G(E(x)))² + κ mean (f(x) − f(G(E(x))))²`, means over the values and over the
/// batch, with f the features of the discriminator (see `gan_residual`). As in its predictions, the GAN's
/// networks use running statistics and averages, and nothing of them is changed.
///
///     GanEncoder encoder{gan, Sequential{Linear{784, 256}, Relu{}, Linear{256, 64}}};
///     trainer.fit(encoder, digits.train);
///     const GanResidual residual = gan_residual(gan, x, encoder.reconstruct(x));
///
/// It looks at the GAN, which must outlive it, and learns of it as it is at the time.
///
/// **Shapes** samples sample × n; E ends in as many values as the GAN's latent vectors have.
/// **Errors** `ShapeError` or `ConfigError` while building; `ConfigError` for a conditional GAN and for
/// packs, and for a discriminator that puts out no features where they have a weight.
/// **Source** Schlegl et al. 2019, "f-AnoGAN", eq. 3 (izi_f).
template <Scalar S = float>
class GanEncoder : public LatentWalks<GanEncoder<S>, S> {
 public:
  using scalar_type = S;
  using Options = BasicGanEncoderOptions<S>;

  GanEncoder(const Gan<S>& gan, AnyLayer<S> encoder, Options options = {})
      : gan_(&gan),
        options_(validated(gan, std::move(options))),
        learner_(make_learner(std::move(encoder))) {}

  const Gan<S>& gan() const { return *gan_; }
  const Options& options() const { return options_; }
  std::string_view name() const { return "GanEncoder"; }
  Index latent_size() const { return gan_->latent_size(); }
  Index classes() const { return 0; }
  Shape sample_shape() const { return gan_->sample_shape(); }
  std::optional<ValueRange> sample_range() const { return gan_->sample_range(); }
  Network<S>& encoder() { return learner_.network; }
  const Network<S>& encoder() const { return learner_.network; }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index) {
    if (!memory_ || memory_->max_part < max_part) memory_.emplace(*this, max_part);
  }

  /// `loss`, and its parts: `residual`, of values, and `feature_residual`, without its weight, where it has
  /// one.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context) {
    const BatchParts<S> parts(batch, context.part_size);
    Memory& m = prepared(batch, parts.largest());
    const auto learners = this->learners();
    StepTransaction<S> step(m.undo, learners, UndoScope::buffers);
    Losses sum;
    for (Index i = 0; i < parts.size(); ++i) {
      const BatchPart<S> part = parts[i];
      const ConstView<S> x = part.batch.samples;
      const ConstView<S> z = encoder().forward({.x = x,
                                                .mode = Mode::train,
                                                .buffers = Buffers::update,
                                                .random = part.stream(context.stream(Purpose::dropout)),
                                                .progress = context.progress},
                                               m.encoder);
      const Losses losses = compare(x, z, m);
      sum.residual += part.share * losses.residual;
      sum.features += part.share * losses.features;
      const View<S> dx(m.d_sample.data(), x.rows(), x.cols());
      encoder().backward(gan_->generator().backward(dx, m.generator, {.x = true}).x, m.encoder,
                         {.parameters = &learner_.gradients});
      part.scale(learner_.gradients);
    }
    const StepMetrics metrics = metrics_of(sum);
    update<S>(context, options_.clipping, metrics["loss"], learners);
    step.commit();
    return metrics;
  }

  /// The same on held-out samples, with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext&) {
    Memory& m = prepared(batch, batch.size());
    const Network<S>& encoder = learner_.network;
    return metrics_of(compare(batch.samples, encoder.forward({.x = batch.samples}, m.encoder), m));
  }

  /// Warns of a last layer that keeps codes from latent vectors.
  std::vector<Warning> setup_warnings(const Batch<S>&, const ValueRange&) const {
    std::vector<Warning> warnings;
    warn_of_bounded_outputs(warnings, encoder().plan(), "latent vectors", ValueRange::everything());
    return warnings;
  }
  std::vector<MetricName> figures() const {
    if (options_.feature_weight == 0) return {"loss", "residual"};
    return {"loss", "residual", "feature_residual"};
  }

  std::array<Learner<S>*, 1> learners() { return {&learner_}; }
  std::array<const Learner<S>*, 1> learners() const { return {&learner_}; }

  // ---- What users do with a trained model

  /// The latent vector of every sample. There are no labels.
  Matrix<S> embed(ConstView<S> x, std::span<const int> labels = {}) const {
    Conditioning{}.require(x, labels, sample_shape(), name());
    return encoder().predict(x);
  }
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const { return gan_->decode(z, labels); }

  const LatentCode& code() const { return gan_->code(); }
  void draw_latent(const RandomStream& random, View<S> z) const { gan_->draw_latent(random, z); }
  bool has_standard_normal_latent() const { return gan_->has_standard_normal_latent(); }

 private:
  struct Losses {
    double residual = 0, features = 0;
  };

  /// Everything a step writes besides the learner's own state.
  struct Memory {
    Memory(const GanEncoder& e, Index part)
        : max_part(part),
          encoder(e.encoder().make_workspace(part)),
          generator(e.gan_->generator().make_workspace(part)),
          discriminator(e.gan_->discriminator().make_workspace(part)),
          d_sample(e.sample_shape().size() * part),
          real(e.gan_->discriminator().output_shape().size() * part),
          d_output(real.size()) {}

    Index max_part;
    Workspace<S> encoder, generator, discriminator;
    Vector<S> d_sample, real, d_output;  // of samples and of the discriminator's outputs
    UndoMemory<S> undo;
  };

  /// Makes samples of z, compares them with x, and leaves the gradient towards them in `d_sample`.
  Losses compare(ConstView<S> x, ConstView<S> z, Memory& m) const {
    const ConstView<S> y = gan_->generator().forward({.x = z}, m.generator);
    View<S> dy(m.d_sample.data(), y.rows(), y.cols());
    Losses losses{.residual = mse_mean<S>(y, x, dy)};
    if (options_.feature_weight == 0) return losses;
    const Network<S>& judge = gan_->discriminator();
    const Index n = x.cols(), rows = judge.output_shape().size();
    View<S> real(m.real.data(), rows, n), d(m.d_output.data(), rows, n);
    real = judge.forward({.x = x}, m.discriminator);
    const ConstView<S> made = judge.forward({.x = y}, m.discriminator);
    const double count = static_cast<double>(detail::feature_rows(judge.output_shape()) * n);
    const S scale = static_cast<S>(2 * options_.feature_weight / count);
    d.setZero();
    double squares = 0;
    detail::for_each_feature_row(judge.output_shape(), [&](Index row) {
      for (Index j = 0; j < n; ++j) {
        const S difference = made(row, j) - real(row, j);
        squares += static_cast<double>(difference) * static_cast<double>(difference);
        d(row, j) = scale * difference;
      }
    });
    losses.features = squares / count;
    dy += judge.backward(d, m.discriminator, {.x = true}).x;
    return losses;
  }

  StepMetrics metrics_of(const Losses& losses) const {
    StepMetrics metrics;
    metrics.set("loss", losses.residual + options_.feature_weight * losses.features);
    metrics.set("residual", losses.residual);
    if (options_.feature_weight != 0) metrics.set("feature_residual", losses.features);
    return metrics;
  }

  static Options validated(const Gan<S>& gan, Options options) {
    options.validate();
    detail::require_features_of_samples("GanEncoder", gan);
    if (options.feature_weight != 0 && detail::feature_rows(gan.discriminator().output_shape()) == 0)
      fail<ConfigError>(
          "GanEncoder: feature_weight is {}, but the discriminator puts out no features; have it do so "
          "(Concat{{Linear{{64, 1}}, Identity{{}}}} and FeatureMatching), or set it to 0",
          options.feature_weight);
    return options;
  }
  Learner<S> make_learner(AnyLayer<S> layer) const {
    Network<S> network(std::move(layer), gan_->sample_shape(),
                       {"encoder", options_.initializer, options_.seed, options_.precision});
    if (network.output_shape().size() != latent_size())
      fail<ShapeError>("GanEncoder: the encoder must end in the {} values of a latent vector, got shape {}",
                       latent_size(), to_string(network.output_shape()));
    return {std::move(network), {options_.optimizer, options_.ema_decay, options_.ema_warm_up}};
  }
  Memory& prepared(const Batch<S>& batch, Index part) {
    Conditioning{}.require(batch, sample_shape(), name());
    if (!memory_ || memory_->max_part < part)
      fail<StateError>("GanEncoder: call prepare({}) before a step with that many samples", batch.size());
    return *memory_;
  }

  const Gan<S>* gan_;
  Options options_;
  Learner<S> learner_;
  std::optional<Memory> memory_;
};

template <Scalar S, Layer Encoder>
GanEncoder(const Gan<S>&, Encoder, BasicGanEncoderOptions<S> = {}) -> GanEncoder<S>;

}  // namespace eigenerate
