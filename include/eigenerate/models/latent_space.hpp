#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/latent/autoencoder.hpp"
#include "eigenerate/metrics/row_variances.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/detail/mean_step.hpp"
#include "eigenerate/models/latent_walks.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/sampler.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// What models with an encoder and a decoder have in common, whatever they minimise: an `Autoencoder` with
/// its likelihood and its labels, and its latent space (see `LatentWalks`). Base of `Vae`,
/// `VaeGan`, `AdversarialAutoencoder` and `Bigan`.
///
/// **Shapes** samples features × n, one per column; latent vectors latent × n. The decoder's input fixes the
/// latent size, its output the sample shape, unless the options say it. With classes, both networks see
/// the label's one-hot code (see `Conditioning`).
template <Scalar S>
class LatentSpace : public LatentWalks<LatentSpace<S>, S> {
 public:
  using scalar_type = S;

  Index latent_size() const { return parts_.latent_size(); }
  Index classes() const { return conditioning_.classes; }
  Shape sample_shape() const { return parts_.sample_shape(); }
  /// The interval that decoded samples cannot leave, where there is one.
  std::optional<ValueRange> sample_range() const {
    const ValueRange support = likelihood_.support();
    if (support.is_bounded()) return support;
    return decoder().plan().output_range;
  }
  Network<S>& encoder() { return parts_.encoder().network; }
  const Network<S>& encoder() const { return parts_.encoder().network; }
  Network<S>& decoder() { return parts_.decoder().network; }
  const Network<S>& decoder() const { return parts_.decoder().network; }
  const Autoencoder<S>& parts() const { return parts_; }
  /// p(x|z) of what the decoder puts out.
  const AnyLikelihood<S>& likelihood() const { return likelihood_; }
  /// The model's, in messages.
  std::string_view name() const { return who_; }

  /// Refuses values that the likelihood gives no probability.
  void require_values(const ValueRange& range, std::string_view name) const {
    require_support(format_message("{}: the {} has a {} likelihood", name, who_, likelihood_.kind()),
                    likelihood_.support(), range);
  }

  // ---- What users do with a trained model

  /// The latent vector of no noise for every sample: the mean of a normal posterior.
  Matrix<S> embed(ConstView<S> x, std::span<const int> labels = {}) const {
    return parts_.center(conditioning_.predict(encoder(), x, labels));
  }

  /// The mean of p(x|z) for every latent vector.
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const {
    const Matrix<S> parameters = conditioning_.predict(decoder(), z, labels);
    Matrix<S> x(sample_shape().size(), z.cols());
    likelihood_.mean(parameters, as_view(x));
    return x;
  }

  /// `decode` and `sample` with all that they read, for programs that keep it: see `Sampler`.
  Sampler<S> make_sampler(const PredictorOptions& options = {}) const {
    return {Predictor<S>(decoder(), std::make_unique<detail::MeanStep<S>>(likelihood_, sample_shape().size()),
                         sample_shape(), options),
            PriorSampler<S>(parts_), conditioning_};
  }

  /// What latent vectors end in, where the posterior's do; of size 0 for no code.
  LatentCode code() const { return parts_.posterior().code(); }
  /// Latent vectors from the prior, and the code.
  void draw_latent(const RandomStream& random, View<S> z) const { parts_.draw_latent(random, z); }
  bool has_standard_normal_latent() const {
    return parts_.prior().kind() == StandardNormal::kind && code().size() == 0;
  }

 protected:
  /// `latent` is the size of latent vectors where the decoder's first layer leaves it open, else 0.
  LatentSpace(AnyLayer<S> encoder, AnyLayer<S> decoder, Index latent, Conditioning conditioning,
              const AutoencoderOptions<S>& options)
      : likelihood_(options.likelihood),
        conditioning_(conditioning),
        who_(options.who),
        parts_(make_parts(std::move(encoder), std::move(decoder), latent, conditioning, options)) {}

  /// The parts that a model's options name, valid as a whole, with what says how decoded samples are read;
  /// `who` is its name in messages.
  template <class Options>
  static AutoencoderOptions<S> parts_of(const Options& o, AnyLikelihood<S> likelihood, std::string_view who) {
    o.validate();
    AutoencoderOptions<S> parts{.likelihood = std::move(likelihood),
                                .posterior = o.posterior,
                                .prior = o.prior,
                                .learner = {o.optimizer, o.ema_decay, o.ema_warm_up},
                                .initializer = o.initializer,
                                .seed = o.seed,
                                .precision = o.precision,
                                .who = who};
    if constexpr (requires { o.sample; }) parts.sample = o.sample;
    if constexpr (requires { o.decoder_optimizer; }) parts.decoder_optimizer = o.decoder_optimizer;
    return parts;
  }

  /// What the passes of a step write besides the learners' own state: for parts of up to `inputs` samples of
  /// a step of up to `step`, each with `samples` latent vectors.
  struct PassMemory {
    PassMemory(const LatentSpace& space, Index inputs, Index samples, Index step)
        : max_part(inputs),
          max_batch(std::max(inputs, step)),
          latent(space.parts_, inputs, capped_product(inputs, samples)),
          condition(space.conditioning_, inputs),
          noise(space.latent_size() * max_batch * samples),
          d_parameters(space.decoder().output_shape().size() * inputs * samples),
          log_px(inputs * samples),
          weights(inputs * samples) {}

    Index max_part;   ///< samples of a part of a step, which `latent` is made for
    Index max_batch;  ///< and of a whole one
    AutoencoderMemory<S> latent;
    LabelCondition<S> condition;
    UndoMemory<S> undo;
    Vector<S> noise;  // of a whole step
    Vector<S> d_parameters;
    Vector<S> log_px, weights;  // one per latent vector
  };

  /// `ShapeError`, `ConfigError` or `StateError` unless the memory is there and the batch fits the model.
  template <class Memory>
  Memory& prepared(std::optional<Memory>& memory, const Batch<S>& batch, Index part) const {
    decoder().plan();  // a model that was moved from has none
    conditioning_.require(batch, sample_shape(), who_);
    if (!memory || memory->max_part < part || memory->max_batch < batch.size())
      fail<StateError>("{}: call prepare({}) before a step with that many samples", who_, batch.size());
    return *memory;
  }

  /// The noise of so many latent vectors.
  ConstView<S> draw(PassMemory& m, Index columns, const RandomStream& random) const {
    fill_normal(m.noise.data(), latent_size() * columns, random);
    return ConstView<S>(m.noise.data(), latent_size(), columns);
  }
  /// A part's columns of a step's, of which each sample has k.
  static ConstView<S> columns_of(ConstView<S> all, const BatchPart<S>& part, Index k = 1) {
    return ConstView<S>(all.data() + all.rows() * k * part.first, all.rows(), k * part.batch.size());
  }

  /// Decodes z, and log p(x|z) of each. With `fused`, every one weighs the same in the loss, so its value and
  /// its derivative are computed together.
  template <class Parts>
  ConstView<S> explain(Parts& parts, ConstView<S> x, ConstView<S> z, const PassInput<S>& how, PassMemory& m,
                       bool fused) const {
    const Index n = z.cols();
    const ConstView<S> parameters = parts.decode(z, how, m.latent);
    const auto log_px = first_numbers(m.log_px, n);
    if (fused) {
      m.weights.setConstant(S(-1) / static_cast<S>(n));
      const View<S> d(m.d_parameters.data(), parameters.rows(), parameters.cols());
      likelihood_.log_probability_with_backward(x, parameters, first_numbers(m.weights, n), log_px, d);
    } else {
      likelihood_.log_probability(x, parameters, log_px);
    }
    return parameters;
  }

  /// −log p(x|z), of the first n that `explain` gave, on average.
  static double reconstruction_error(const PassMemory& m, Index n) {
    return -m.log_px.head(n).template cast<double>().mean();
  }

  /// Warns of networks that end in an activation where latent vectors or parameters of a distribution are
  /// expected, and where more than half of the log-variances of a batch are outside their range.
  std::vector<Warning> warnings_of_parts(const Batch<S>& batch, const ValueRange& range,
                                         PassMemory& m) const {
    std::vector<Warning> warnings;
    const AnyPosterior<S>& posterior = parts_.posterior();
    warn_of_bounded_outputs(warnings, encoder().plan(),
                            posterior.has_log_q() ? "means and log-variances" : "latent vectors",
                            ValueRange::everything());
    warn_of_bounded_outputs(warnings, decoder().plan(),
                            format_message("the parameters of a {} likelihood", likelihood_.kind()),
                            likelihood_.parameter_range(range));
    const PassInput<S> how{.condition = m.condition(batch.labels)};
    const ConstView<S> noise = draw(m, batch.size(), RandomStream{0, Purpose::evaluation});
    const auto latents = parts_.encode(batch.samples, how, noise, m.latent);
    const auto warn_of_clamping = [&](std::string_view whose, double share) {
      if (share <= 0.5) return;
      warnings.push_back(
          {WarningKind::clamped_log_variances,
           format_message(
               "{:.4g} % of the {}'s log-variances are outside their range, where they learn nothing; "
               "scale the data or begin with smaller weights",
               100 * share, whose)});
    };
    warn_of_clamping("encoder", posterior.clamped_share(latents.h));
    warn_of_clamping("decoder", likelihood_.clamped_share(parts_.decode(latents.z, how, m.latent)));
    return warnings;
  }

  /// Warns where at least half of the latent dimensions hardly depend on the samples; `remedy` is what to do.
  std::vector<Warning> warnings_of_collapse(ConstView<S> x, std::span<const int> labels,
                                            std::string_view remedy, PassMemory& m) const {
    if (x.cols() < 2) return {};
    const ConstView<S> h = encoder().forward({.x = x, .condition = m.condition(labels)}, m.latent.encoder);
    View<S> z(m.latent.z.data(), latent_size(), x.cols());
    parts_.center(h, m.latent, z);
    const std::vector<double> spread = row_variances(as_const(z));
    const auto dead = std::count_if(spread.begin(), spread.end(), [](double v) { return v < 0.01; });
    if (2 * dead < latent_size()) return {};
    return {{WarningKind::posterior_collapse,
             format_message("posterior collapse: {} of {} latent dimensions do not depend on the input; {}",
                            dead, latent_size(), remedy)}};
  }

  AnyLikelihood<S> likelihood_;
  Conditioning conditioning_;
  std::string_view who_;  ///< the model's name in messages
  Autoencoder<S> parts_;

 private:
  static Autoencoder<S> make_parts(AnyLayer<S> encoder, AnyLayer<S> decoder, Index latent_size,
                                   const Conditioning& conditioning, const AutoencoderOptions<S>& o) {
    std::optional<Shape> latent;
    if (latent_size > 0) latent = Shape{latent_size};
    Network<S> to_x =
        conditioning.network(std::move(decoder), latent, {"decoder", o.initializer, o.seed, o.precision});
    const std::optional<Shape> sample = o.likelihood.sample_shape(to_x.output_shape(), o.sample, o.who);
    // Another seed than the decoder's: equal shapes must not start with equal weights.
    Network<S> to_h =
        conditioning.network(std::move(encoder), sample, {"encoder", o.initializer, ~o.seed, o.precision});
    return {std::move(to_h), std::move(to_x), o};
  }
};

}  // namespace eigenerate
