#pragma once

#include <cmath>

#include "eigenerate/models/detail/importance_weights.hpp"
#include "eigenerate/models/semi_supervised_vae.hpp"

namespace eigenerate {

template <Scalar S>
SemiSupervisedVae<S>::SemiSupervisedVae(AnyLayer<S> classifier, AnyLayer<S> encoder, AnyLayer<S> decoder,
                                        Options options)
    : Space(std::move(encoder), std::move(decoder), options.latent, {options.classes},
            Space::parts_of(options, options.likelihood, "SemiSupervisedVae")),
      options_(std::move(options)),
      classifier_(
          // The third seed, beside the decoder's and the encoder's.
          network_under<S>({}, std::move(classifier), sample_shape(),
                           {"classifier", options_.initializer, options_.seed + 1, options_.precision}),
          {options_.optimizer, options_.ema_decay, options_.ema_warm_up}) {
  const Shape& out = this->classifier().output_shape();
  if (out != Shape{classes()})
    fail<ShapeError>("SemiSupervisedVae: expected a classifier that puts out {} logits, got shape {}",
                     classes(), to_string(out));
}

template <Scalar S>
void SemiSupervisedVae<S>::prepare(Index max_part, Index max_batch) {
  if (!outgrows(memory_, max_part, max_batch)) return;
  memory_.emplace(*this, max_part, max_batch, capped_product(max_part, classes()));
}

template <Scalar S>
typename SemiSupervisedVae<S>::Memory& SemiSupervisedVae<S>::prepared(const Batch<S>& batch, Index part) {
  classifier().plan();  // a model that was moved from has none
  if (batch.samples.rows() != sample_shape().size() || batch.size() < 1)
    fail<ShapeError>("SemiSupervisedVae: expected columns of {} values (shape {}), got {} × {}",
                     sample_shape().size(), to_string(sample_shape()), batch.samples.rows(), batch.size());
  if (!batch.labels.empty() && static_cast<Index>(batch.labels.size()) != batch.size())
    fail<ShapeError>("SemiSupervisedVae: expected {} labels, got {}", batch.size(), batch.labels.size());
  for (const int label : batch.labels)
    if (label != Dataset::unlabelled && (label < 0 || label >= classes()))
      fail<ConfigError>("SemiSupervisedVae: expected labels in [0, {}), or {} where there is none, got {}",
                        classes(), Dataset::unlabelled, label);
  if (!memory_ || memory_->max_part < part || memory_->max_batch < batch.size())
    fail<StateError>("SemiSupervisedVae: call prepare({}) before a step with that many samples",
                     batch.size());
  return *memory_;
}

template <Scalar S>
StepMetrics SemiSupervisedVae<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> batch_parts(batch, context.part_size);
  Memory& m = prepared(batch, batch_parts.largest());
  const auto learners = this->learners();
  StepTransaction<S> step(m.undo, learners, UndoScope::buffers);
  const ConstView<S> noise = Space::draw(m, batch.size(), context.stream(Purpose::reparameterization));
  StepMetrics metrics;
  for (Index i = 0; i < batch_parts.size(); ++i) {
    const BatchPart<S> part = batch_parts[i];
    const Forward f = propagate(*this, part.batch,
                                {.mode = Mode::train,
                                 .buffers = Buffers::update,
                                 .random = part.stream(context.stream(Purpose::dropout)),
                                 .progress = context.progress},
                                Space::columns_of(noise, part), m);
    metrics.average_in(judge(f, m), part.share);
    backward(f, m);
    for (Learner<S>* learner : learners) part.scale(learner->gradients);
  }
  update<S>(context, options_.clipping, metrics["loss"], learners);
  step.commit();
  return metrics;
}

template <Scalar S>
StepMetrics SemiSupervisedVae<S>::evaluate(const Batch<S>& batch, const StepContext& context) {
  Memory& m = prepared(batch, batch.size());
  const ConstView<S> noise = Space::draw(m, batch.size(), context.stream(Purpose::evaluation));
  return judge(propagate(std::as_const(*this), batch, {.progress = context.progress}, noise, m), m);
}

template <Scalar S>
std::vector<Warning> SemiSupervisedVae<S>::health(const Batch<S>& batch, const StepContext&) {
  prepare(batch.size());
  Memory& m = prepared(batch, batch.size());
  std::vector<int> labels = classify(batch.samples);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (const int known = label_of(batch.labels, static_cast<Index>(i)); known != Dataset::unlabelled)
      labels[i] = known;
  return Space::warnings_of_collapse(batch.samples, labels, "make the encoder wider or their number smaller",
                                     m);
}

template <Scalar S>
std::vector<Warning> SemiSupervisedVae<S>::setup_warnings(const Batch<S>& batch, const ValueRange& range) {
  std::vector<int> labels(static_cast<std::size_t>(batch.size()));  // those of any class serve
  prepare(batch.size());
  std::vector<Warning> warnings =
      Space::warnings_of_parts({batch.samples, labels}, range, prepared(batch, batch.size()));
  warn_of_bounded_outputs(warnings, classifier().plan(), "logits", ValueRange::everything());
  return warnings;
}

template <Scalar S>
Matrix<S> SemiSupervisedVae<S>::class_probabilities(ConstView<S> x) const {
  Matrix<S> p = classifier().predict(x);
  for (auto column : p.colwise()) {
    column = (column.array() - column.maxCoeff()).exp();
    column /= column.sum();
  }
  return p;
}

template <Scalar S>
std::vector<int> SemiSupervisedVae<S>::classify(ConstView<S> x) const {
  const Matrix<S> logits = classifier().predict(x);
  std::vector<int> labels;
  for (const auto column : logits.colwise()) {
    Index best = 0;
    column.maxCoeff(&best);
    labels.push_back(static_cast<int>(best));
  }
  return labels;
}

template <Scalar S>
std::vector<LogMeanExp> SemiSupervisedVae<S>::importance_weights(ConstView<S> x, Index k,
                                                                 std::span<const int> labels,
                                                                 const RandomStream& random) const {
  const auto given = [&](std::span<const int> of, const RandomStream& draws) {
    return detail::importance_weights<S>(parts_, likelihood_, conditioning_, x, k, of, draws, Space::name());
  };
  if (!labels.empty()) return given(labels, random);
  std::vector<LogMeanExp> all(static_cast<std::size_t>(x.cols()));
  for (int y = 0; y < static_cast<int>(classes()); ++y) {
    const std::vector<int> same(all.size(), y);
    const auto of_class = given(same, random.lane(static_cast<std::uint64_t>(y)));
    for (std::size_t i = 0; i < all.size(); ++i) all[i].add(of_class[i]);
  }
  return all;
}

template <Scalar S>
Index SemiSupervisedVae<S>::make_columns(const Batch<S>& batch, ConstView<S> noise, Memory& m) const {
  const Index features = batch.samples.rows(), latent = noise.rows();
  Index columns = 0;
  const auto add = [&](Index sample, Index label) {
    std::copy_n(batch.samples.data() + features * sample, features, m.x.data() + features * columns);
    std::copy_n(noise.data() + latent * sample, latent, m.noise_of_columns.data() + latent * columns);
    m.labels[static_cast<std::size_t>(columns++)] = static_cast<int>(label);
  };
  for (Index i = 0; i < batch.size(); ++i)
    if (const int label = label_of(batch.labels, i); label != Dataset::unlabelled)
      add(i, label);
    else
      for (Index y = 0; y < classes(); ++y) add(i, y);
  return columns;
}

template <Scalar S>
template <class Self>
typename SemiSupervisedVae<S>::Forward SemiSupervisedVae<S>::propagate(Self& self, const Batch<S>& batch,
                                                                       PassInput<S> how, ConstView<S> noise,
                                                                       Memory& m) {
  constexpr std::uint64_t lane_classifier = 4;  // behind those of an autoencoder's four networks
  PassInput<S> guess = how;
  guess.x = batch.samples;
  guess.random = how.random.lane(lane_classifier);
  const ConstView<S> logits = self.classifier().forward(guess, m.classifier);

  const Index n = self.make_columns(batch, noise, m);
  const ConstView<S> x(m.x.data(), batch.samples.rows(), n);
  how.condition = m.condition(std::span<const int>(m.labels).first(static_cast<std::size_t>(n)));
  const bool sampled = !self.has_kl();
  const auto latents = self.parts_.encode(x, how, ConstView<S>(m.noise_of_columns.data(), noise.rows(), n),
                                          m.latent, sampled ? first_numbers(m.log_qz, n) : std::span<S>{});
  const ConstView<S> parameters = self.explain(self.parts_, x, latents.z, how, m, false);
  if (sampled) self.parts_.log_prior(latents.z, how, m.latent, first_numbers(m.log_pz, n));
  return {batch.labels, logits, x, latents, parameters};
}

template <Scalar S>
StepMetrics SemiSupervisedVae<S>::judge(const Forward& f, Memory& m) const {
  const Index samples = f.logits.cols(), n = f.x.cols();
  if (has_kl())
    options_.prior.kl(options_.posterior, f.latents.h, first_numbers(m.kl, n));
  else
    m.kl.head(n) = (m.log_qz - m.log_pz).head(n);
  View<S> d_logits(m.d_logits.data(), classes(), samples);
  const double share = 1 / static_cast<double>(samples), alpha = options_.classification_weight;
  const double log_py = -std::log(static_cast<double>(classes()));
  double labelled = 0, unlabelled = 0, classification = 0;
  Index known = 0, wrong = 0, column = 0;
  const auto bound = [&](Index j) {  // L(x, y) of that column
    return static_cast<double>(m.log_px(j)) - static_cast<double>(m.kl(j)) + log_py;
  };
  for (Index i = 0; i < samples; ++i) {
    const auto l = f.logits.col(i).template cast<double>().array();
    Index guess = 0;
    const double largest = l.maxCoeff(&guess), log_sum = largest + std::log((l - largest).exp().sum());
    const auto log_q = [&](Index y) { return static_cast<double>(f.logits(y, i)) - log_sum; };
    if (const int label = label_of(f.labels, i); label != Dataset::unlabelled) {
      labelled -= bound(column);
      classification -= log_q(label);
      wrong += guess != label;
      m.weights(column) = static_cast<S>(share);
      for (Index y = 0; y < classes(); ++y)
        d_logits(y, i) = static_cast<S>(alpha * share * (std::exp(log_q(y)) - (y == label ? 1 : 0)));
      ++known, ++column;
      continue;
    }
    double u = 0;  // U(x)
    for (Index y = 0; y < classes(); ++y) u += std::exp(log_q(y)) * (bound(column + y) - log_q(y));
    for (Index y = 0; y < classes(); ++y) {
      const double weight = share * std::exp(log_q(y));
      m.weights(column + y) = static_cast<S>(weight);
      d_logits(y, i) = static_cast<S>(-weight * (bound(column + y) - log_q(y) - u));
    }
    unlabelled -= u;
    column += classes();
  }
  const auto mean = [](double sum, Index count) { return count > 0 ? sum / static_cast<double>(count) : 0; };
  const double known_share = share * static_cast<double>(known);
  StepMetrics metrics;
  metrics.set("loss", share * (labelled + unlabelled + alpha * classification));
  metrics.set("labelled", mean(labelled, known), known_share);
  metrics.set("unlabelled", mean(unlabelled, samples - known), 1 - known_share);
  metrics.set("classification", mean(classification, known), known_share);
  metrics.set("error", mean(static_cast<double>(wrong), known), known_share);
  return metrics;
}

template <Scalar S>
void SemiSupervisedVae<S>::backward(const Forward& f, Memory& m) {
  const Index n = f.x.cols();
  const auto& [h, noise, z] = f.latents;
  classifier().backward(ConstView<S>(m.d_logits.data(), classes(), f.logits.cols()), m.classifier,
                        {.parameters = &classifier_.gradients});
  // The weights are those of the loss by the KL of each column; by log p(x|y, z) they have the other sign.
  View<S> d_kl(m.d_kl.data(), latent_size(), n);
  for (Index j = 0; j < n; ++j) d_kl.col(j).setConstant(m.weights(j));
  m.weights *= S(-1);
  const auto weights = first_numbers(m.weights, n);
  const View<S> d(m.d_parameters.data(), f.parameters.rows(), n);
  likelihood_.log_probability_backward(f.x, f.parameters, weights, d);
  View<S> dz = parts_.decoder_backward(as_const(d), m.latent);
  View<S> dh = parts_.begin_backward(f.latents, m.latent);
  std::span<const S> d_log_q;
  if (has_kl()) {
    options_.prior.kl_backward(options_.posterior, h, as_const(d_kl), dh);
  } else {
    parts_.prior_backward(z, weights, weights, dz, m.latent);
    m.weights *= S(-1);
    d_log_q = weights;
  }
  parts_.encoder_backward(f.latents, dz, d_log_q, dh, m.latent);
}

EIGENERATE_INSTANTIATE_CLASS(SemiSupervisedVae)

}  // namespace eigenerate
