#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/data/batches.hpp"
#include "eigenerate/layers/plan.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/training/trainer_options.hpp"

// What a Trainer looks at before the first step, so that no run of hours ends with what was wrong from the
// beginning.

namespace eigenerate {

/// The layer because of which a network needs that many samples in a training batch.
const LayerPlan& neediest_layer(const LayerPlan& plan);

/// Refuses training batches that are too small for one of the model's networks, which see `batch_size`
/// samples of a step at a time.
///
/// **Errors** `ConfigError` naming the layer.
template <Scalar S>
void require_large_batches(ConstLearners<S> learners, const Batches<S>& batches, Index batch_size) {
  const Index least = (batches.min_batch() - 1) % batch_size + 1;
  for (const Learner<S>* learner : learners) {
    const LayerPlan& plan = learner->network.plan();
    if (least >= plan.least_training_batch) continue;
    const LayerPlan& layer = neediest_layer(plan);
    fail<ConfigError>(
        "{} ({}): a training batch needs at least {} samples of shape {}, but the last one of an epoch has {} ({} "
        "samples in batches of {}); set drop_last or take another batch size",
        layer.path, layer.kind, layer.least_training_batch, to_string(layer.input), least,
        batches.dataset().size(), batch_size);
  }
}

/// Refuses labels that a conditional model has no class for, wherever in the dataset they stand, and samples
/// without a label unless it learns from these too (`takes_unlabelled`, a constant).
///
/// **Errors** `ConfigError` naming the dataset and the first such label.
template <Model M>
void require_known_classes(const M& model, const Dataset& data) {
  if constexpr (requires { model.classes(); }) {
    if (model.classes() == 0 || !data.has_labels()) return;
    constexpr bool takes_unlabelled = requires {
      requires M::takes_unlabelled;
    };
    for (Index i = 0; i < data.size(); ++i) {
      const int label = data.label(i);
      if (label == Dataset::unlabelled && !takes_unlabelled)
        fail<ConfigError>("{}: the model learns from labelled samples alone, and sample {} has no label",
                          data.name(), i);
      if (label >= model.classes())
        fail<ConfigError>("{}: the model has {} classes, expected labels in [0, {}), got {} for sample {}",
                          data.name(), model.classes(), model.classes(), label, i);
    }
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

/// Makes room in a model for steps of up to `whole` samples, in parts where gradients are accumulated, and
/// for evaluations of up to `evaluated`.
///
/// **Errors** `ConfigError` for a model that cannot accumulate gradients and shall.
template <Model M>
void prepare_memory(M& model, const TrainerOptions& options, Index whole, Index evaluated) {
  const Index part = std::max(std::min(options.batch_size, whole), evaluated);
  if (options.accumulate == 1) return model.prepare(part);
  if constexpr (requires { model.prepare(part, whole); })
    model.prepare(part, std::max(part, whole));
  else
    fail<ConfigError>(
        "Trainer: this model cannot accumulate gradients, for it has no prepare(max_part, max_batch); accumulate is {}",
        options.accumulate);
}

/// Refuses more figures than there is room for, and two of one name.
///
/// **Errors** `ConfigError` naming them; `whose` are they.
void require_room(const std::vector<MetricName>& figures, std::string_view whose);

/// The names of the figures of an evaluation, found by evaluating a batch: whatever forbids to evaluate the
/// dataset is said now. The model must be prepared; nothing is learned.
///
/// **Errors** `ConfigError` for a model that has more figures than there is room for.
template <Model M>
std::vector<MetricName> figures_of(M& model, const Batch<typename M::scalar_type>& batch,
                                   std::uint64_t seed) {
  if constexpr (requires { model.figures(); }) require_room(model.figures(), "the figures of this model");
  std::vector<MetricName> names;
  const StepMetrics figures = model.evaluate(batch, StepContext{.seed = seed});
  for (const auto& figure : figures) names.push_back(figure.name);
  return names;
}

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE const LayerPlan& neediest_layer(const LayerPlan& plan) {
  for (const LayerPlan& child : plan.children)
    if (child.least_training_batch == plan.least_training_batch) return neediest_layer(child);
  return plan;
}

EIGENERATE_INLINE void require_room(const std::vector<MetricName>& figures, std::string_view whose) {
  if (figures.size() > StepMetrics::capacity)
    fail<ConfigError>("metrics: {} are {}, there is room for {}: {}", whose, figures.size(),
                      StepMetrics::capacity, joined_names(figures));
  for (auto a = figures.begin(); a != figures.end(); ++a)
    for (auto b = figures.begin(); b != a; ++b)
      if (a->view() == b->view()) fail<ConfigError>("metrics: {} have '{}' twice", whose, a->view());
}

#endif

}  // namespace eigenerate
