#pragma once

#include <optional>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/batch.hpp"
#include "eigenerate/models/model.hpp"

namespace eigenerate {

/// What the Trainer does when a loss or a gradient is not finite.
enum class NonFinitePolicy {
  Throw,     ///< ends the fit with a `DivergenceError` that names network, layer and step
  SkipStep,  ///< leaves the step out: the model stays as it was, to the bit, and the next batch is tried
  Rollback,  ///< goes back to the end of the last good epoch, with half the learning rate and new noise
};

/// Throws `DivergenceError` for a figure that is not finite; `kind` says which figures these are.
void require_finite(const StepMetrics& metrics, const char* kind);

/// The first number of a model's state that is not finite, in words; none where all are.
template <Model M>
std::optional<std::string> find_non_finite(const M& model) {
  return find_non_finite<typename M::scalar_type>(model.learners());
}

/// Why a step failed, as far back as the cause can be seen: a state that was not finite before, or a sample;
/// else what the step itself noticed.
template <Model M>
std::string divergence_cause(const M& model, const Batch<typename M::scalar_type>& batch,
                             const char* noticed) {
  if (const auto found = find_non_finite(model)) return *found;
  for (Index i = 0; i < batch.size(); ++i)
    for (Index k = 0; k < batch.samples.rows(); ++k)
      if (const auto value = batch.samples(k, i); !is_finite(value))
        return format_message("value {} of sample {} of the batch is {}", k, i, non_finite_name(value));
  return noticed;
}

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE void require_finite(const StepMetrics& metrics, const char* kind) {
  for (const auto& entry : metrics)
    if (!is_finite(entry.value))
      fail<DivergenceError>("the {}figure {} is {}", kind, entry.name.view(), non_finite_name(entry.value));
}

#endif

}  // namespace eigenerate
