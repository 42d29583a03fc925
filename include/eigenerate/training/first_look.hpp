#pragma once

#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/data/batches.hpp"
#include "eigenerate/layers/plan.hpp"
#include "eigenerate/models/model.hpp"

// What a Trainer looks at before the first step, so that no run of hours ends with what was wrong from the
// beginning.

namespace eigenerate {

/// The layer because of which a network needs that many samples in a training batch.
inline const LayerPlan& neediest_layer(const LayerPlan& plan) {
  for (const LayerPlan& child : plan.children)
    if (child.least_training_batch == plan.least_training_batch) return neediest_layer(child);
  return plan;
}

/// Refuses training batches that are too small for one of the model's networks.
///
/// **Errors** `ConfigError` naming the layer.
template <Scalar S>
void require_large_batches(ConstLearners<S> learners, const Batches<S>& batches) {
  for (const Learner<S>* learner : learners) {
    const LayerPlan& plan = learner->network.plan();
    if (batches.min_batch() >= plan.least_training_batch) continue;
    const LayerPlan& layer = neediest_layer(plan);
    fail<ConfigError>(
        "{} ({}): a training batch needs at least {} samples of shape {}, but the last one of an epoch has {} ({} "
        "samples in batches of {}); set drop_last or take another batch size",
        layer.path, layer.kind, layer.least_training_batch, to_string(layer.input), batches.min_batch(),
        batches.dataset().size(), batches.options().batch_size);
  }
}

/// Refuses labels that a conditional model has no class for, wherever in the dataset they stand.
///
/// **Errors** `ConfigError` naming the dataset and the first such label.
template <Model M>
void require_known_classes(const M& model, const Dataset& data) {
  if constexpr (requires { model.classes(); }) {
    if (model.classes() == 0 || data.classes() <= model.classes()) return;
    for (Index i = 0; i < data.size(); ++i)
      if (const int label = data.label(i); label >= model.classes())
        fail<ConfigError>("{}: the model has {} classes, expected labels in [0, {}), got {} for sample {}",
                          data.name(), model.classes(), model.classes(), label, i);
  }
}

/// Refuses data that the model cannot learn from: values outside the support of its losses, labels without a
/// class.
template <Model M>
void require_data(M& model, const Dataset& data) {
  if constexpr (requires { model.require_values(ValueRange{}, std::string_view{}); })
    model.require_values(data.observed_range(), data.name());
  require_known_classes(model, data);
}

/// The names of the figures of an evaluation, found by evaluating the first batch: whatever forbids to evaluate
/// the dataset is said now. The model must be prepared; nothing is learned.
template <Model M>
std::vector<MetricName> figures_of(M& model, Batches<typename M::scalar_type>& batches, std::uint64_t seed) {
  std::vector<MetricName> names;
  const StepMetrics figures = model.evaluate(batches.batch(0, 0), StepContext{.seed = seed});
  for (const auto& figure : figures) names.push_back(figure.name);
  return names;
}

}  // namespace eigenerate
