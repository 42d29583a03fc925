#pragma once

#include "eigenerate/models/detail/importance_weights.hpp"
#include "eigenerate/models/vae.hpp"

namespace eigenerate {

template <Scalar S>
Vae<S>::Vae(AnyLayer<S> encoder, AnyLayer<S> decoder, Options options)
    : Space(std::move(encoder), std::move(decoder), options.latent, {options.classes},
            Space::parts_of(options, options.likelihood, "Vae")),
      options_(std::move(options)),
      objective_(options_.chosen_objective()),
      terms_(options_.terms, parts_,
             {.initializer = options_.initializer, .seed = options_.seed, .precision = options_.precision}) {}

template <Scalar S>
void Vae<S>::prepare(Index max_part, Index max_batch) {
  if (!outgrows(memory_, max_part, max_batch)) return;
  memory_.emplace(*this, max_part, options_.samples, objective_.needs(), max_batch);
  terms_.prepare(parts_, max_part, max_part * options_.samples);
}

template <Scalar S>
StepMetrics Vae<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> batch_parts(batch, context.part_size);
  Memory& m = Space::prepared(memory_, batch, batch_parts.largest());
  const auto learners = this->learners();
  StepTransaction<S> step(m.undo, learners, terms_.undo_scope(context));
  const ObjectiveNeeds needs = objective_.needs();
  const ConstView<S> noise =
      draw(m, batch.size() * options_.samples, context.stream(Purpose::reparameterization));
  StepMetrics metrics;
  for (Index i = 0; i < batch_parts.size(); ++i) {
    const BatchPart<S> part = batch_parts[i];
    const PassInput<S> how{.condition = m.condition(part.batch.labels),
                           .mode = Mode::train,
                           .buffers = Buffers::update,
                           .random = part.stream(context.stream(Purpose::dropout)),
                           .progress = context.progress};
    const Forward f = propagate(parts_, part.batch.samples, needs, how,
                                Space::columns_of(noise, part, options_.samples), m, needs.uniform);
    ObjectiveValue value;
    StepMetrics figures = judge(f, needs, context.step, m, value);
    const LatentRound<S> round{.h = f.latents.h,
                               .z = f.latents.z,
                               .random = part.stream(context.stream(Purpose::latent)),
                               .dropout = how.random,
                               .progress = context.progress,
                               .step = context.step};
    backward(f, needs, value, round, m, figures);
    metrics.average_in(figures, part.share);
    for (Learner<S>* learner : learners) part.scale(learner->gradients);
  }
  // The importance-weighted loss can be finite where one of its parts is not.
  double loss = metrics["loss"];
  for (const auto& figure : metrics)
    if (!is_finite(figure.value)) loss = figure.value;
  update<S>(context, options_.clipping, loss, parts_.learners());
  terms_.update(context, options_.clipping, loss);
  step.commit();
  return metrics;
}

template <Scalar S>
StepMetrics Vae<S>::evaluate(const Batch<S>& batch, const StepContext& context) {
  Memory& m = Space::prepared(memory_, batch, batch.size());
  const ObjectiveNeeds needs = objective_.needs();
  const Forward f =
      propagate(std::as_const(parts_), batch.samples, needs,
                {.condition = m.condition(batch.labels), .progress = context.progress},
                draw(m, batch.size() * options_.samples, context.stream(Purpose::evaluation)), m, false);
  ObjectiveValue value;
  return judge(f, needs, std::nullopt, m, value);
}

template <Scalar S>
std::vector<Warning> Vae<S>::health(const Batch<S>& batch, const StepContext&) {
  prepare(batch.size());
  return Space::warnings_of_collapse(batch.samples, batch.labels, "lower beta or warm up the KL term",
                                     Space::prepared(memory_, batch, batch.size()));
}

template <Scalar S>
std::vector<Warning> Vae<S>::setup_warnings(const Batch<S>& batch, const ValueRange& range) {
  prepare(batch.size());
  return Space::warnings_of_parts(batch, range, Space::prepared(memory_, batch, batch.size()));
}

template <Scalar S>
typename Vae<S>::Encoding Vae<S>::encode(ConstView<S> x, std::span<const int> labels) const {
  const DiagonalNormal* normal = options_.posterior.distribution().template as<DiagonalNormal>();
  if (!normal)
    fail<ConfigError>("Vae: {} has no mean and variance in closed form; embed(x) gives a latent vector",
                      options_.posterior.kind());
  const Matrix<S> h = conditioning_.predict(Space::encoder(), x, labels);
  Encoding q{Matrix<S>(latent_size(), x.cols()), Matrix<S>(latent_size(), x.cols())};
  normal->mean(as_const(h), as_view(q.mean));
  normal->log_variance(as_const(h), as_view(q.log_variance));
  return q;
}

template <Scalar S>
std::vector<double> Vae<S>::log_likelihood(ConstView<S> x, Index k, std::span<const int> labels,
                                           std::uint64_t seed) const {
  std::vector<double> result;
  for (const LogMeanExp& mean : importance_weights(x, k, labels, RandomStream{seed, Purpose::evaluation}))
    result.push_back(mean.value());
  return result;
}

template <Scalar S>
std::vector<LogMeanExp> Vae<S>::importance_weights(ConstView<S> x, Index k, std::span<const int> labels,
                                                   const RandomStream& random) const {
  return detail::importance_weights<S>(parts_, likelihood_, conditioning_, x, k, labels, random, "Vae");
}

template <Scalar S>
std::vector<MetricName> Vae<S>::figures() const {
  std::vector<MetricName> names{"loss", "reconstruction"};
  const ObjectiveNeeds needs = objective_.needs();
  if (needs.closed_form_kl || needs.densities) names.push_back("kl");
  terms_.for_each_figure([&](std::string_view name, double) { names.push_back(name); });
  return names;
}

template <Scalar S>
StepMetrics Vae<S>::judge(const Forward& f, const ObjectiveNeeds& needs, std::optional<std::uint64_t> step,
                          Memory& m, ObjectiveValue& value) const {
  const Index n = f.columns(), inputs = f.inputs();
  ObjectiveTerms<S> terms{
      .inputs = inputs, .samples = n / inputs, .log_px = first_numbers(m.log_px, n), .step = step};
  if (needs.densities) {
    terms.log_pz = first_numbers(m.log_pz, n);
    terms.log_qz = first_numbers(m.log_qz, n);
  }
  if (needs.closed_form_kl) {
    options_.prior.kl(options_.posterior, f.latents.h, first_numbers(m.kl, inputs));
    terms.kl = first_numbers(m.kl, inputs);
  }
  if (needs.kl_by_dimension) {
    const View<S> shares(m.kl_by_dimension.data(), latent_size(), inputs);
    options_.prior.kl_by_dimension(options_.posterior, f.latents.h, shares);
    terms.kl_by_dimension = shares;
  }
  ObjectiveWeights<S> weights;
  if (step) {
    weights.parameters = first_numbers(m.weights, n);
    if (needs.path_weights) weights.path = first_numbers(m.path_weights, n);
    if (needs.closed_form_kl) std::construct_at(&weights.kl, m.d_kl.data(), latent_size(), inputs);
  }
  value = objective_.evaluate(terms, weights);
  StepMetrics metrics;
  metrics.set("loss", value.loss);
  metrics.set("reconstruction", Space::reconstruction_error(m, n));
  if (needs.closed_form_kl)
    metrics.set("kl", m.kl.head(inputs).template cast<double>().mean());
  else if (needs.densities)
    metrics.set("kl", (m.log_qz - m.log_pz).head(n).template cast<double>().mean());
  return metrics;
}

template <Scalar S>
void Vae<S>::backward(const Forward& f, const ObjectiveNeeds& needs, const ObjectiveValue& value,
                      const LatentRound<S>& round, Memory& m, StepMetrics& figures) {
  const Index n = f.columns();
  const auto& [h, noise, z] = f.latents;
  const auto likelihood_backward = [&](Vector<S>& weights) {
    const View<S> d(m.d_parameters.data(), f.parameters.rows(), f.parameters.cols());
    likelihood_.log_probability_backward(f.x, f.parameters, first_numbers(weights, n), d);
  };
  const ConstView<S> d_parameters(m.d_parameters.data(), f.parameters.rows(), f.parameters.cols());
  if (!needs.uniform) likelihood_backward(m.weights);
  View<S> dz = parts_.decoder_backward(d_parameters, m.latent, true, !needs.path_weights);
  if (needs.path_weights) {
    likelihood_backward(m.path_weights);
    dz = parts_.decoder_backward(d_parameters, m.latent, false, true);
  }
  View<S> dh = parts_.begin_backward(f.latents, m.latent);
  if (needs.closed_form_kl)
    options_.prior.kl_backward(options_.posterior, h, ConstView<S>(m.d_kl.data(), latent_size(), f.inputs()),
                               dh);
  std::span<const S> d_log_q;
  if (needs.densities) {
    // From here on the weights are those of log p(z), and then of log q(z|x), which has the other sign.
    m.weights *= static_cast<S>(value.density_weight);
    if (needs.path_weights) m.path_weights *= static_cast<S>(value.density_weight);
    Vector<S>& path = needs.path_weights ? m.path_weights : m.weights;
    parts_.prior_backward(z, first_numbers(m.weights, n), first_numbers(path, n), dz, m.latent);
    path *= S(-1);
    if (needs.score)
      d_log_q = first_numbers(path, n);
    else
      options_.posterior.log_density_backward(h, z, first_numbers(path, n), dz, unwanted<S>());
  }
  figures.set("loss", value.loss + terms_.add(parts_, round, dz, dh));
  terms_.for_each_figure([&](std::string_view name, double value_of) { figures.set(name, value_of); });
  parts_.encoder_backward(f.latents, dz, d_log_q, dh, m.latent);
}

EIGENERATE_INSTANTIATE_CLASS(Vae)

}  // namespace eigenerate
