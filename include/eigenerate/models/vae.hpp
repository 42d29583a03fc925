#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "eigenerate/distributions/standard_normal.hpp"
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

/// Variational autoencoder: encoder x → (mean, log-variance) of q(z|x), decoder z → parameters of p(x|z).
///
/// **Shapes** samples features × n, one per column; latent vectors latent × n. The decoder's input fixes the
/// latent size, its output the sample shape (a `DiagonalNormal` likelihood takes a vector of 2·features).
/// With `classes`, both networks see one channel more per class (see `Conditioning`).
/// **Errors** `ShapeError` or `ConfigError` while building, `ShapeError` for samples or labels that do not
/// fit.
/// **Numerics** all figures in nats per sample; see `Bound` for the two objectives.
/// **Source** Kingma & Welling 2014, eq. 10 and appendix B; Burda et al. 2016, eq. 8 and 14.
template <Scalar S = float>
class Vae : public LatentSampler<Vae<S>, S> {
 public:
  using scalar_type = S;

  Vae(AnyLayer<S> encoder, AnyLayer<S> decoder, VaeOptions options = {})
      : options_(validated(options)),
        decoder_(make_decoder(std::move(decoder), options_), {options_.optimizer, options_.ema_decay}),
        sample_shape_(sample_shape_of(decoder_.network, options_)),
        encoder_(make_encoder(std::move(encoder), sample_shape_, options_),
                 {options_.optimizer, options_.ema_decay}),
        latent_(decoder_.network.input_shape().size()) {
    if (!decoder_.network.input_shape().is_vector())
      fail<ShapeError>("Vae: the decoder must take a latent vector, got an input of shape {}",
                       to_string(decoder_.network.input_shape()));
    if (encoder_.network.output_shape() != Shape{2 * latent_})
      fail<ShapeError>(
          "Vae: the decoder takes a latent vector of {}, so the encoder must end in {} (means and "
          "log-variances), got {}",
          latent_, 2 * latent_, to_string(encoder_.network.output_shape()));
  }

  const VaeOptions& options() const { return options_; }
  Index latent_size() const { return latent_; }
  Index classes() const { return options_.classes; }
  Shape sample_shape() const { return sample_shape_; }
  /// The interval that decoded samples cannot leave, where there is one.
  std::optional<ValueRange> sample_range() const {
    const ValueRange support = std::visit([](const auto& p) { return p.support(); }, options_.likelihood);
    return support == ValueRange::everything() ? decoder_.network.plan().output_range : support;
  }
  Network<S>& encoder() { return encoder_.network; }
  const Network<S>& encoder() const { return encoder_.network; }
  Network<S>& decoder() { return decoder_.network; }
  const Network<S>& decoder() const { return decoder_.network; }

  // ---- The contract of a Model
  // -----------------------------------------------------------------------------

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch) {
    if (!memory_ || memory_->max_part < max_part || memory_->max_batch < max_batch)
      memory_.emplace(*this, max_part, options_.samples, max_batch);
  }

  /// `loss` (the objective), `reconstruction` (−E log p(x|z)) and `kl`; with the importance-weighted bound
  /// the last two are the parts of the mean log weight.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context) {
    const BatchParts<S> parts(batch, context.part_size);
    Memory& m = prepared(batch, parts.largest());
    const auto learners = this->learners();
    StepTransaction<S> step(m.undo, learners, UndoScope::buffers);
    const ConstView<S> noise =
        draw(m, batch.size() * options_.samples, context.stream(Purpose::reparameterization));
    // What each log p(x|z) weighs in the ELBO is known before it is computed: its value and its derivative
    // then cost one pass.
    const bool elbo = options_.bound == Bound::elbo;
    StepMetrics metrics;
    for (Index i = 0; i < parts.size(); ++i) {
      const BatchPart<S> part = parts[i];
      if (elbo) m.d_log_px.setConstant(S(-1) / static_cast<S>(part.batch.size() * options_.samples));
      const auto forward = propagate(encoder_.network, decoder_.network, m, part.batch, options_.samples,
                                     {.mode = Mode::train,
                                      .buffers = Buffers::update,
                                      .random = part.stream(context.stream(Purpose::dropout)),
                                      .progress = context.progress},
                                     columns_of(noise, part), elbo ? m.d_log_px.data() : nullptr);
      metrics.average_in(bound(forward, m, kl_weight(context.step)), part.share);
      backward(forward, m);
      for (Learner<S>* learner : learners) part.scale(learner->gradients);
    }
    // The importance-weighted loss can be finite where one of its parts is not.
    double loss = metrics["loss"];
    for (const auto& figure : metrics)
      if (!is_finite(figure.value)) loss = figure.value;
    update<S>(context, options_.clipping, loss, learners);
    step.commit();
    return metrics;
  }

  /// The same figures without learning; the KL term has its true weight of 1, whatever `beta` trains with.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context) {
    Memory& m = prepared(batch);
    return bound(propagate(encoder_.network, decoder_.network, m, batch, options_.samples,
                           {.progress = context.progress},
                           draw(m, batch.size() * options_.samples, context.stream(Purpose::evaluation))),
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
        encoder_.network.forward({.x = batch.samples, .condition = m.condition(batch.labels)}, m.encoder);
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
    std::visit(
        [&](const auto& p) {
          require_support(fmt::format("{}: a Vae with a {} likelihood", name, p.kind), p.support(), range);
        },
        options_.likelihood);
  }

  /// Warns of networks that end in an activation where logits, means or log-variances are expected, and where more than
  /// half of the log-variances of a batch are outside their range.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range) {
    std::vector<Warning> warnings;
    warn_of_bounded_outputs(warnings, encoder_.network.plan(), "means and log-variances",
                            ValueRange::everything());
    const std::string parameters =
        std::visit([](const auto& p) { return fmt::format("the parameters of a {} likelihood", p.kind); },
                   options_.likelihood);
    warn_of_bounded_outputs(
        warnings, decoder_.network.plan(), parameters,
        std::visit([&](const auto& p) { return p.parameter_range(range); }, options_.likelihood));
    prepare(batch.size());
    Memory& m = prepared(batch);
    const Forward f = propagate(encoder_.network, decoder_.network, m, batch, 1, {},
                                draw(m, batch.size(), RandomStream{0, Purpose::evaluation}));
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
    std::visit(
        [&](const auto& p) {
          if constexpr (requires { p.clamped_share(f.parameters); })
            warn_of_clamping("decoder", p.clamped_share(f.parameters));
        },
        options_.likelihood);
    return warnings;
  }

  std::vector<MetricName> figures() const { return {"loss", "reconstruction", "kl"}; }
  std::optional<std::string_view> best_figure() const { return "loss"; }

  /// From the loss backwards.
  std::array<Learner<S>*, 2> learners() { return {&decoder_, &encoder_}; }
  std::array<const Learner<S>*, 2> learners() const { return {&decoder_, &encoder_}; }

  // ---- What users do with a trained model
  // ------------------------------------------------------------------

  /// The posterior q(z|x) of every sample.
  struct Encoding {
    Matrix<S> mean, log_variance;  ///< latent × n each
  };
  Encoding encode(ConstView<S> x, std::span<const int> labels = {}) const {
    const Matrix<S> h = conditioning().predict(encoder_.network, x, labels);
    return {h.topRows(latent_), h.bottomRows(latent_)};
  }

  /// The mean of p(x|z) for every latent vector.
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const {
    const Matrix<S> parameters = conditioning().predict(decoder_.network, z, labels);
    Matrix<S> x(sample_shape_.size(), z.cols());
    std::visit([&](const auto& p) { p.mean(as_const(parameters), as_view(x)); }, options_.likelihood);
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
            propagate(encoder_.network, decoder_.network, m, batch, samples, {}, draw(m, n * samples, noise)),
            m);
        for (Index j = 0; j < n * samples; ++j) mean[j / samples].add(m.log_w(j));
      }
      for (Index i = 0; i < n; ++i) result[to_size(begin + i)] = mean[i].value();
    }
    return result;
  }

 private:
  /// Everything a pass writes besides the learners' own state. One column per latent sample.
  struct Memory {
    Memory(const Vae& vae, Index batch, Index samples, Index step = 0)
        : max_part(batch),
          max_batch(std::max(batch, step)),
          encoder(vae.encoder_.network.make_workspace(batch)),
          decoder(vae.decoder_.network.make_workspace(capped_product(batch, samples))),
          condition(vae.conditioning(), batch),
          noise(vae.latent_ * max_batch * samples),
          z(vae.latent_ * batch * samples),
          dz(z.size()),
          dh(2 * vae.latent_ * batch),
          d_parameters(vae.decoder_.network.output_shape().size() * batch * samples),
          log_px(batch * samples),
          log_pz(batch * samples),
          log_qz(batch * samples),
          log_w(batch * samples),
          d_log_px(batch * samples),
          kl(batch),
          d_kl(batch) {}

    Index max_part, max_batch;
    Workspace<S> encoder, decoder;
    LabelCondition<S> condition;
    UndoMemory<S> undo;
    Vector<S> noise;  // of a whole step
    Vector<S> z, dz, dh, d_parameters;
    Vector<S> log_px, log_pz, log_qz, log_w, d_log_px;
    Vector<S> kl, d_kl;  // one per input
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

  static VaeOptions validated(VaeOptions options) {
    options.validate();
    return options;
  }
  static Network<S> make_decoder(AnyLayer<S> layer, const VaeOptions& o) {
    std::optional<Shape> latent;
    if (o.latent > 0) latent = Shape{o.latent};
    return Conditioning{o.classes}.network(std::move(layer), latent,
                                           {"decoder", o.initializer, o.seed, o.precision});
  }
  static Network<S> make_encoder(AnyLayer<S> layer, const Shape& sample, const VaeOptions& o) {
    // Another seed than the decoder's: equal shapes must not start with equal weights.
    return Conditioning{o.classes}.network<S>(std::move(layer), sample,
                                              {"encoder", o.initializer, ~o.seed, o.precision});
  }
  static Shape sample_shape_of(const Network<S>& decoder, const VaeOptions& o) {
    const Shape out = decoder.output_shape();
    if (!std::holds_alternative<DiagonalNormal>(o.likelihood)) return out;
    if (!out.is_vector() || out.channels % 2 != 0)
      fail<ShapeError>(
          "Vae: for a DiagonalNormal likelihood the decoder must end in a vector of means and "
          "log-variances (put Flatten{{}} behind an image), got {}",
          to_string(out));
    return {out.channels / 2};
  }

  Memory& prepared(const Batch<S>& batch) { return prepared(batch, batch.size()); }
  Memory& prepared(const Batch<S>& batch, Index part) {
    decoder_.network.plan();  // a model that was moved from has none
    conditioning().require(batch, sample_shape(), "Vae");
    if (!memory_ || memory_->max_batch < batch.size() || memory_->max_part < part)
      fail<StateError>("Vae: call prepare({}) before a step with that many samples", batch.size());
    return *memory_;
  }

  /// Encoder, `samples` latent vectors for every input, decoder, log p(x|z); and, where their weights are
  /// given, the gradient of the weighted sum of these. `how` says all about both passes but their inputs.
  template <class N>
  Forward propagate(N& encoder, N& decoder, Memory& m, const Batch<S>& batch, Index samples, PassInput<S> how,
                    ConstView<S> noise, const S* weights = nullptr) const {
    const Index columns = batch.size() * samples;
    const RandomStream dropout = how.random;
    how.condition = m.condition(batch.labels);
    how.x = batch.samples;
    how.random = dropout.lane(0);
    const ConstView<S> h = encoder.forward(how, m.encoder);
    View<S> z(m.z.data(), latent_, columns);
    posterior_.reparameterize(h, noise, z);
    how.x = z;
    how.random = dropout.lane(1);
    const ConstView<S> parameters = decoder.forward(how, m.decoder);
    std::visit(
        [&](const auto& p) {
          if (weights == nullptr) return p.log_probability(batch.samples, parameters, m.log_px.data());
          const View<S> d(m.d_parameters.data(), parameters.rows(), parameters.cols());
          p.log_probability_with_backward(batch.samples, parameters, weights, m.log_px.data(), d);
        },
        options_.likelihood);
    return {batch.samples, h, noise, as_const(z), parameters};
  }

  /// The noise of so many latent vectors.
  ConstView<S> draw(Memory& m, Index columns, const RandomStream& random) const {
    fill_normal(m.noise.data(), latent_ * columns, random);
    return ConstView<S>(m.noise.data(), latent_, columns);
  }
  /// A part's columns of the noise of a step.
  ConstView<S> columns_of(ConstView<S> noise, const BatchPart<S>& part) const {
    const Index k = options_.samples;
    return ConstView<S>(noise.data() + latent_ * k * part.first, latent_, k * part.batch.size());
  }

  /// log w = log p(x|z) + log p(z) − log q(z|x) of every latent sample.
  void log_weights(const Forward& f, Memory& m) const {
    const Index n = f.z.cols();
    standard_normal_log_probability(f.z, m.log_pz.data());
    posterior_.log_density_of_sample(f.h, f.noise, m.log_qz.data());
    m.log_w.head(n) = m.log_px.head(n) + m.log_pz.head(n) - m.log_qz.head(n);
  }

  /// The figures of one pass, and the loss's gradients with respect to log p(x|z) (or log w) and the KL
  /// terms.
  StepMetrics bound(const Forward& f, Memory& m, double kl_weight) const {
    const Index columns = f.z.cols(), batch = f.x.cols(), k = f.samples();
    StepMetrics metrics;
    const double reconstruction = -m.log_px.head(columns).template cast<double>().mean();
    if (options_.bound == Bound::elbo) {
      posterior_.kl_to_standard(f.h, m.kl.data());
      const double kl = m.kl.head(batch).template cast<double>().mean();
      m.d_kl.head(batch).setConstant(static_cast<S>(kl_weight / static_cast<double>(batch)));
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
      std::visit(
          [&](const auto& p) {
            p.log_probability_backward(f.x, f.parameters, m.d_log_px.data(), d_parameters);
          },
          options_.likelihood);
    }
    dz = decoder_.network.backward(d_parameters, m.decoder, {.parameters = &decoder_.gradients, .x = true}).x;
    dh.setZero();
    if (options_.bound == Bound::elbo) {
      posterior_.kl_to_standard_backward(f.h, m.d_kl.data(), dh);
    } else {
      standard_normal_log_probability_backward(f.z, m.d_log_px.data(), dz);
      m.d_log_px *= S(-1);  // log q enters log w with a minus
      posterior_.log_density_of_sample_backward(f.h, f.noise, m.d_log_px.data(), dh);
    }
    posterior_.reparameterize_backward(f.h, f.noise, as_const(dz), dh);
    encoder_.network.backward(dh, m.encoder, {.parameters = &encoder_.gradients});
  }

  static constexpr DiagonalNormal posterior_{};

  VaeOptions options_;
  Learner<S> decoder_;
  Shape sample_shape_;
  Learner<S> encoder_;
  Index latent_;
  std::optional<Memory> memory_;
};

template <Layer Encoder, Layer Decoder>
Vae(Encoder, Decoder, VaeOptions = {}) -> Vae<ScalarOf<Encoder>>;

}  // namespace eigenerate
