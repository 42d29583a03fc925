#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/distributions/standard_normal.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/metrics/row_variances.hpp"
#include "eigenerate/models/conditioned_input.hpp"
#include "eigenerate/models/latent_sampler.hpp"
#include "eigenerate/models/learner.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/predict.hpp"
#include "eigenerate/models/step_transaction.hpp"
#include "eigenerate/models/vae_options.hpp"
#include "eigenerate/models/warning.hpp"

namespace eigenerate {

/// Variational autoencoder: encoder x → (mean, log-variance) of q(z|x), decoder z → parameters of p(x|z).
///
/// **Shapes** samples features × n, one per column; latent vectors latent × n. The decoder's input fixes the
/// latent size, its output the sample shape (a `DiagonalNormal` likelihood takes a vector of 2·features).
/// With `classes`, both networks see one channel more per class (see `Conditioning`).
/// **Errors** `ShapeError` or `ConfigError` while building, `ShapeError` for samples or labels that do not
/// fit.
/// **Numerics** all figures in nats per sample; see `Bound` for the two objectives.
/// **Source** Kingma & Welling 2014, eq. 10 and appendix B; Burda et al. 2016, eq. 8 and 14.
template <Layer Encoder, Layer Decoder, Scalar S = float>
class Vae : public LatentSampler<Vae<Encoder, Decoder, S>, S> {
 public:
  using scalar_type = S;
  using Options = BasicVaeOptions<S>;

  Vae(Encoder encoder, Decoder decoder, BasicVaeOptions<S> options = {})
      : options_(validated(options)),
        decoder_(make_decoder(std::move(decoder), options_), {options_.optimizer, options_.ema_decay}),
        encoder_(make_encoder(std::move(encoder), decoder_.network, options_),
                 {options_.optimizer, options_.ema_decay}),
        latent_(conditioning().sample_shape(decoder_.network.input_shape(), "decoder").size()),
        sample_shape_(sample_shape_of(decoder_.network, options_)) {
    if (!decoder_.network.input_shape().is_vector())
      fail<ShapeError>("Vae: the decoder must take a latent vector, got an input of shape {}",
                       to_string(decoder_.network.input_shape()));
    const Shape encoder_sample = conditioning().sample_shape(encoder_.network.input_shape(), "encoder");
    if (encoder_sample.size() != sample_shape_.size())
      fail<ShapeError>("Vae: the decoder generates samples of {} values (shape {}), the encoder takes {}{}",
                       sample_shape_.size(), to_string(sample_shape_),
                       conditioning().room(encoder_.network.input_shape(), "encoder"),
                       conditioning().advice(sample_shape_));
    if (encoder_.network.output_shape() != Shape{2 * latent_})
      fail<ShapeError>(
          "Vae: the decoder takes a latent vector of {}, so the encoder must end in {} (means and "
          "log-variances), got {}",
          latent_, 2 * latent_, to_string(encoder_.network.output_shape()));
  }

  const Options& options() const { return options_; }
  Index latent_size() const { return latent_; }
  Index classes() const { return options_.classes; }
  Shape sample_shape() const { return sample_shape_; }
  /// The interval that decoded samples cannot leave, where there is one.
  std::optional<ValueRange> sample_range() const {
    const ValueRange support = options_.likelihood.support();
    return support == ValueRange::everything() ? decoder_.network.plan().output_range : support;
  }
  Network<Encoder, S>& encoder() { return encoder_.network; }
  const Network<Encoder, S>& encoder() const { return encoder_.network; }
  Network<Decoder, S>& decoder() { return decoder_.network; }
  const Network<Decoder, S>& decoder() const { return decoder_.network; }

  // ---- The contract of a Model
  // -----------------------------------------------------------------------------

  void prepare(Index max_batch) {
    if (!memory_ || memory_->max_batch < max_batch) memory_.emplace(*this, max_batch, options_.samples);
  }

  /// `loss` (the objective), `reconstruction` (−E log p(x|z)) and `kl`; with the importance-weighted bound
  /// the last two are the parts of the mean log weight.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context) {
    Memory& m = prepared(batch);
    StepTransaction step(encoder_, decoder_);
    // What each log p(x|z) weighs in the ELBO is known before it is computed: its value and its derivative
    // then cost one pass.
    const bool elbo = options_.bound == Bound::elbo;
    if (elbo) m.d_log_px.setConstant(S(-1) / static_cast<S>(batch.size() * options_.samples));
    const auto forward = propagate(encoder_.network, decoder_.network, m, batch, options_.samples,
                                   Mode::train, context.stream(Purpose::reparameterization),
                                   context.stream(Purpose::dropout), elbo ? m.d_log_px.data() : nullptr);
    const StepMetrics metrics = bound(forward, m, kl_weight(context.step));
    backward(forward, m);
    // The importance-weighted loss can be finite where one of its parts is not.
    double loss = metrics["loss"];
    for (const auto& figure : metrics)
      if (!is_finite(figure.value)) loss = figure.value;
    update(context, options_.clipping, loss, decoder_, encoder_);
    step.commit();
    return metrics;
  }

  /// The same figures without learning; the KL term has its true weight of 1, whatever `beta` trains with.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context) {
    Memory& m = prepared(batch);
    return bound(propagate(encoder_.network, decoder_.network, m, batch, options_.samples, Mode::evaluate,
                           context.stream(Purpose::evaluation), {}),
                 m, 1);
  }

  /// Warns of posterior collapse: at least half of the latent dimensions have posterior means that vary by
  /// less than 0.01 over the batch, so they tell the decoder nothing.
  /// **Source** Burda et al. 2016, section 5.2 ("active units").
  std::vector<Warning> health(const Batch<S>& batch, const StepContext&) {
    prepare(batch.size());
    Memory& m = prepared(batch);
    if (batch.size() < 2) return {};
    const ConstView<S> h =
        encoder_.network.forward(m.encoder_input.join(batch.samples, batch.labels), m.encoder);
    const std::vector<double> spread = row_variances(h);  // of the means, then of the log-variances
    const auto dead =
        std::count_if(spread.begin(), spread.begin() + latent_, [](double v) { return v < 0.01; });
    if (2 * dead < latent_) return {};
    return {
        {WarningKind::posterior_collapse,
         fmt::format("posterior collapse: {} of {} latent dimensions do not depend on the input; lower beta "
                     "or warm up the KL term",
                     dead, latent_)}};
  }

  /// Refuses values that the likelihood gives no probability.
  void require_values(const ValueRange& range, std::string_view name) const {
    const auto& p = options_.likelihood;
    require_support(fmt::format("{}: a Vae with a {} likelihood", name, p.kind()), p.support(), range);
  }

  /// Warns of networks that end in an activation where logits, means or log-variances are expected, and where more than
  /// half of the log-variances of a batch are outside their range.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range) {
    std::vector<Warning> warnings;
    warn_of_bounded_outputs(warnings, encoder_.network.plan(), "means and log-variances",
                            ValueRange::everything());
    warn_of_bounded_outputs(warnings, decoder_.network.plan(),
                            fmt::format("the parameters of a {} likelihood", options_.likelihood.kind()),
                            options_.likelihood.parameter_range(range));
    prepare(batch.size());
    Memory& m = prepared(batch);
    const Forward f = propagate(encoder_.network, decoder_.network, m, batch, 1, Mode::evaluate,
                                RandomStream{0, Purpose::evaluation}, {});
    const auto warn_of_clamping = [&](std::string_view whose, double share) {
      if (share <= 0.5) return;
      warnings.push_back(
          {WarningKind::clamped_log_variances,
           fmt::format(
               "{:.4g} % of the {}'s log-variances are outside their range, where they learn nothing; "
               "scale the data or begin with smaller weights",
               100 * share, whose)});
    };
    warn_of_clamping("encoder", posterior_.clamped_share(f.h));
    warn_of_clamping("decoder", options_.likelihood.clamped_share(f.parameters));
    return warnings;
  }

  template <class F>
  void for_each_learner(F&& f) {
    f(encoder_);
    f(decoder_);
  }

  // ---- What users do with a trained model
  // ------------------------------------------------------------------

  /// The posterior q(z|x) of every sample.
  struct Encoding {
    Matrix<S> mean, log_variance;  ///< latent × n each; the log-variance is the clamped one that sampling uses
  };
  Encoding encode(ConstView<S> x, std::span<const int> labels = {}) const {
    const Matrix<S> h = predict(encoder_.network, conditioning(), x, labels);
    Encoding q{Matrix<S>(latent_, x.cols()), Matrix<S>(latent_, x.cols())};
    posterior_.mean(as_const(h), as_view(q.mean));
    posterior_.log_variance(as_const(h), as_view(q.log_variance));
    return q;
  }

  /// The mean of p(x|z) for every latent vector.
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const {
    const Matrix<S> parameters = predict(decoder_.network, conditioning(), z, labels);
    Matrix<S> x(sample_shape_.size(), z.cols());
    options_.likelihood.mean(as_const(parameters), as_view(x));
    return x;
  }

  /// Decodes the posterior's mean.
  Matrix<S> reconstruct(ConstView<S> x, std::span<const int> labels = {}) const {
    const Encoding q = encode(x, labels);
    return decode(as_const(q.mean), labels);
  }

  /// Decodes `steps` points on the line between the posterior means of two samples, both ends included.
  Matrix<S> interpolate(ConstView<S> from, ConstView<S> to, Index steps,
                        std::optional<int> label = {}) const {
    if (steps < 2) fail<ConfigError>("Vae: interpolate needs at least 2 steps, got {}", steps);
    if (from.cols() != 1 || to.cols() != 1)
      fail<ShapeError>("Vae: interpolate goes from one sample to another, got {} and {}", from.cols(),
                       to.cols());
    const std::vector<int> labels(label ? static_cast<std::size_t>(steps) : 0, label.value_or(0));
    const std::span<const int> one(labels.data(), label ? 1 : 0);
    const Matrix<S> a = encode(from, one).mean, b = encode(to, one).mean;
    Matrix<S> z(latent_, steps);
    for (Index i = 0; i < steps; ++i) {
      const S t = static_cast<S>(i) / static_cast<S>(steps - 1);
      z.col(i) = (S(1) - t) * a + t * b;
    }
    return decode(as_const(z), labels);
  }

  /// Estimates log p(x) of every sample by `k` importance samples from the posterior (Burda et al. 2016, eq.
  /// 8): a lower bound in expectation that tightens with k.
  /// **Cost** k decoder passes per sample, in portions of bounded memory.
  std::vector<double> log_likelihood(ConstView<S> x, Index k, std::span<const int> labels = {},
                                     std::uint64_t seed = 0) const {
    if (k < 1) fail<ConfigError>("Vae: log_likelihood needs at least one importance sample, got {}", k);
    conditioning().require(x, labels, sample_shape_, "Vae");
    // About 256 decoder columns at a time keep the matrices in cache whatever k is.
    const Index portion = std::min<Index>(k, 64), chunk = std::min<Index>(256 / portion, x.cols());
    Memory m(*this, chunk, portion);
    std::vector<double> result(to_size(x.cols()));
    for (Index begin = 0; begin < x.cols(); begin += chunk) {
      const Index n = std::min(chunk, x.cols() - begin);
      const auto part = classes() == 0 ? std::span<const int>{} : labels.subspan(to_size(begin), to_size(n));
      const Batch<S> batch{ConstView<S>(x.data() + begin * x.rows(), x.rows(), n), part};
      LogMeanExp mean[256];
      for (Index done = 0; done < k; done += portion) {
        const Index samples = std::min(portion, k - done);
        const RandomStream noise =
            RandomStream{seed, Purpose::evaluation}.at(to_size(begin)).lane(to_size(done / portion));
        log_weights(
            propagate(encoder_.network, decoder_.network, m, batch, samples, Mode::evaluate, noise, {}), m);
        for (Index j = 0; j < n * samples; ++j) mean[j / samples].add(m.log_w(j));
      }
      for (Index i = 0; i < n; ++i) result[to_size(begin + i)] = mean[i].value();
    }
    return result;
  }

 private:
  /// Everything a pass writes besides the learners' own state. One column per latent sample.
  struct Memory {
    Memory(const Vae& vae, Index batch, Index samples)
        : max_batch(batch),
          encoder(vae.encoder_.network.make_workspace(batch)),
          decoder(vae.decoder_.network.make_workspace(capped_product(batch, samples))),
          encoder_input(vae.conditioning(), vae.encoder_.network.input_shape(), batch),
          decoder_input(vae.conditioning(), vae.decoder_.network.input_shape(), batch * samples),
          noise(vae.latent_ * batch * samples),
          z(noise.size()),
          dz(noise.size()),
          dh(2 * vae.latent_ * batch),
          d_parameters(vae.decoder_.network.output_shape().size() * batch * samples),
          log_px(batch * samples),
          log_pz(batch * samples),
          log_qz(batch * samples),
          log_w(batch * samples),
          d_log_px(batch * samples),
          kl(batch),
          d_kl(vae.latent_ * batch) {}

    Index max_batch;
    Workspace<S> encoder, decoder;
    ConditionedInput<S> encoder_input, decoder_input;
    Vector<S> noise, z, dz, dh, d_parameters;
    Vector<S> log_px, log_pz, log_qz, log_w, d_log_px;
    Vector<S> kl, d_kl;  // one per input, and one per input and latent dimension
  };

  /// The values of one forward pass: views into the batch and the memory.
  struct Forward {
    ConstView<S> x, h, noise, z, parameters;
    Index samples() const { return z.cols() / x.cols(); }
  };

  static std::size_t to_size(Index n) { return static_cast<std::size_t>(n); }
  Conditioning conditioning() const { return {options_.classes}; }
  double kl_weight(std::uint64_t step) const {
    if (step + 1 >= options_.kl_warm_up_steps) return options_.beta;
    return options_.beta * static_cast<double>(step + 1) / static_cast<double>(options_.kl_warm_up_steps);
  }

  static Options validated(Options options) {
    options.validate();
    return options;
  }
  static Network<Decoder, S> make_decoder(Decoder decoder, const Options& o) {
    return Network<Decoder, S>(std::move(decoder),
                               NetworkOptions{"decoder", o.initializer, o.seed, o.precision});
  }
  static Shape sample_shape_of(const Network<Decoder, S>& decoder, const Options& o) {
    return o.likelihood.sample_shape(decoder.output_shape());
  }
  static Network<Encoder, S> make_encoder(Encoder encoder, const Network<Decoder, S>& decoder,
                                          const Options& o) {
    const Shape input =
        encoder.input_shape().value_or(Conditioning{o.classes}.input_shape(sample_shape_of(decoder, o)));
    // Another seed than the decoder's: equal shapes must not start with equal weights.
    return Network<Encoder, S>(std::move(encoder), input,
                               NetworkOptions{"encoder", o.initializer, ~o.seed, o.precision});
  }

  Memory& prepared(const Batch<S>& batch) {
    decoder_.network.plan();  // a model that was moved from has none
    conditioning().require(batch, sample_shape(), "Vae");
    if (!memory_ || memory_->max_batch < batch.size())
      fail<StateError>("Vae: call prepare({}) before a step with that many samples", batch.size());
    return *memory_;
  }

  /// Encoder, `samples` latent vectors for every input, decoder, log p(x|z); and, where their weights are
  /// given, the gradient of the weighted sum of these. Networks that are not const learn batch statistics.
  template <class EncoderNetwork, class DecoderNetwork>
  Forward propagate(EncoderNetwork& encoder, DecoderNetwork& decoder, Memory& m, const Batch<S>& batch,
                    Index samples, Mode mode, const RandomStream& noise_stream, const RandomStream& dropout,
                    const S* weights = nullptr) const {
    const Index columns = batch.size() * samples;
    const ConstView<S> h =
        encoder.forward(m.encoder_input.join(batch.samples, batch.labels), m.encoder, mode, dropout.lane(0));
    View<S> noise(m.noise.data(), latent_, columns), z(m.z.data(), latent_, columns);
    fill_normal(noise.data(), noise.size(), noise_stream);
    posterior_.reparameterize(h, as_const(noise), z);
    const ConstView<S> parameters =
        decoder.forward(m.decoder_input.join(as_const(z), batch.labels), m.decoder, mode, dropout.lane(1));
    const auto log_px = first_numbers(m.log_px, columns);
    if (weights == nullptr) {
      options_.likelihood.log_probability(batch.samples, parameters, log_px);
    } else {
      const View<S> d(m.d_parameters.data(), parameters.rows(), parameters.cols());
      options_.likelihood.log_probability_with_backward(batch.samples, parameters, numbers(weights, columns), log_px, d);
    }
    return {batch.samples, h, as_const(noise), as_const(z), parameters};
  }

  /// log w = log p(x|z) + log p(z) − log q(z|x) of every latent sample.
  void log_weights(const Forward& f, Memory& m) const {
    const Index n = f.z.cols();
    standard_normal_log_probability(f.z, first_numbers(m.log_pz, n));
    posterior_.log_density_of_sample(f.h, f.noise, first_numbers(m.log_qz, n));
    m.log_w.head(n) = m.log_px.head(n) + m.log_pz.head(n) - m.log_qz.head(n);
  }

  /// The figures of one pass, and the loss's gradients with respect to log p(x|z) (or log w) and the KL
  /// terms.
  StepMetrics bound(const Forward& f, Memory& m, double kl_weight) const {
    const Index columns = f.z.cols(), batch = f.x.cols(), k = f.samples();
    StepMetrics metrics;
    const double reconstruction = -m.log_px.head(columns).template cast<double>().mean();
    if (options_.bound == Bound::elbo) {
      posterior_.kl_to_standard(f.h, first_numbers(m.kl, batch));
      const double kl = m.kl.head(batch).template cast<double>().mean();
      m.d_kl.setConstant(static_cast<S>(kl_weight / static_cast<double>(batch)));
      metrics.set("loss", reconstruction + kl_weight * kl);
      metrics.set("reconstruction", reconstruction);
      metrics.set("kl", kl);
      return metrics;
    }
    log_weights(f, m);
    double sum = 0;
    for (Index i = 0; i < batch; ++i) {
      LogMeanExp mean;
      for (Index j = i * k; j < (i + 1) * k; ++j) mean.add(static_cast<double>(m.log_w(j)));
      sum += mean.value();
      // The gradient of the log of a mean: each sample counts by its normalised weight (Burda et al., eq.
      // 14).
      for (Index j = i * k; j < (i + 1) * k; ++j)
        m.d_log_px(j) = static_cast<S>(-std::exp(static_cast<double>(m.log_w(j)) - mean.log_sum()) /
                                       static_cast<double>(batch));
    }
    metrics.set("loss", -sum / static_cast<double>(batch));
    metrics.set("reconstruction", reconstruction);
    metrics.set("kl", (m.log_qz - m.log_pz).head(columns).template cast<double>().mean());
    return metrics;
  }

  /// Adds the loss's gradients to both learners.
  void backward(const Forward& f, Memory& m) {
    View<S> d_parameters(m.d_parameters.data(), f.parameters.rows(), f.parameters.cols());
    View<S> dz(m.dz.data(), f.z.rows(), f.z.cols()), dh(m.dh.data(), f.h.rows(), f.h.cols());
    if (options_.bound != Bound::elbo) {
      options_.likelihood.log_probability_backward(f.x, f.parameters, first_numbers(m.d_log_px, f.z.cols()),
                                                   d_parameters);
    }
    dz = m.decoder_input.sample_part(
        decoder_.network.backward_to_input(as_const(d_parameters), m.decoder, decoder_.gradients));
    dh.setZero();
    if (options_.bound == Bound::elbo) {
      posterior_.kl_to_standard_backward(f.h, ConstView<S>(m.d_kl.data(), latent_, f.h.cols()), dh);
    } else {
      const auto weights = first_numbers(m.d_log_px, f.z.cols());
      standard_normal_log_probability_backward(f.z, weights, dz);
      m.d_log_px *= S(-1);  // log q enters log w with a minus
      posterior_.log_density_of_sample_backward(f.h, f.noise, weights, dh);
    }
    posterior_.reparameterize_backward(f.h, f.noise, as_const(dz), dh);
    encoder_.network.backward(as_const(dh), m.encoder, encoder_.gradients);
  }

  static constexpr DiagonalNormal posterior_{};

  Options options_;
  Learner<Decoder, S> decoder_;
  Learner<Encoder, S> encoder_;
  Index latent_;
  Shape sample_shape_;
  std::optional<Memory> memory_;
};

/// A VAE in another scalar than float: `make_vae<double>(encoder, decoder, options)`.
template <Scalar S, Layer Encoder, Layer Decoder>
Vae<Encoder, Decoder, S> make_vae(Encoder encoder, Decoder decoder, BasicVaeOptions<S> options = {}) {
  return Vae<Encoder, Decoder, S>(std::move(encoder), std::move(decoder), std::move(options));
}

}  // namespace eigenerate
