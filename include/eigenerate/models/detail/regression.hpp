#pragma once

#include "eigenerate/models/regression.hpp"

namespace eigenerate {

template <Scalar S>
void Regression<S>::prepare(Index max_part, Index) {
  if (!memory_ || memory_->max_part < max_part) memory_.emplace(network(), max_part);
}

template <Scalar S>
StepMetrics Regression<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> parts(batch, context.part_size);
  Memory& m = prepared(batch, parts.largest());
  const auto learners = this->learners();
  StepTransaction<S> step(m.undo, learners, UndoScope::buffers);
  double loss = 0;
  for (Index i = 0; i < parts.size(); ++i) {
    const BatchPart<S> part = parts[i];
    const ConstView<S> y = learner_.network.forward({.x = part.batch.condition,
                                                     .mode = Mode::train,
                                                     .buffers = Buffers::update,
                                                     .random = part.stream(context.stream(Purpose::dropout)),
                                                     .progress = context.progress},
                                                    m.workspace);
    View<S> dy(m.d_output.data(), y.rows(), y.cols());
    loss += part.share * options_.loss(y, part.batch.samples, dy);
    learner_.network.backward(dy, m.workspace, {.parameters = &learner_.gradients});
    part.scale(learner_.gradients);
  }
  update<S>(context, options_.clipping, loss, learners);
  step.commit();
  StepMetrics metrics;
  metrics.set("loss", loss);
  return metrics;
}

template <Scalar S>
StepMetrics Regression<S>::evaluate(const Batch<S>& batch, const StepContext&) {
  Memory& m = prepared(batch, batch.size());
  const ConstView<S> y = learner_.network.forward({.x = batch.condition}, m.workspace);
  StepMetrics metrics;
  metrics.set("loss", options_.loss(y, batch.samples, unwanted<S>()));
  return metrics;
}

template <Scalar S>
std::vector<Warning> Regression<S>::setup_warnings(const Batch<S>&, const ValueRange& range) const {
  std::vector<Warning> warnings;
  warn_of_bounded_outputs(warnings, network().plan(), "the data", range);
  return warnings;
}

template <Scalar S>
Learner<S> Regression<S>::make_learner(AnyLayer<S> network, const Options& o) {
  if (!o.source && !network.input_shape())
    fail<ConfigError>(
        "Regression: the first layer takes images of any size; say the conditions' shape, as in .source = "
        "Shape{{1, 28, 28}}");
  return {network_under(std::nullopt, std::move(network), o.source,
                        {"network", o.initializer, o.seed, o.precision}),
          {o.optimizer, o.ema_decay, o.ema_warm_up}};
}

template <Scalar S>
typename Regression<S>::Memory& Regression<S>::prepared(const Batch<S>& batch, Index part) {
  network().plan();  // a model that was moved from has none
  require_pairs(batch, source_shape(), sample_shape(), "Regression", "targets.with_conditions(sources)");
  if (!memory_ || memory_->max_part < part)
    fail<StateError>("Regression: call prepare({}) before a step with that many samples", batch.size());
  return *memory_;
}

EIGENERATE_INSTANTIATE_CLASS(Regression)

}  // namespace eigenerate
