#pragma once

#include <algorithm>

#include "eigenerate/metrics/row_variances.hpp"

namespace eigenerate {

/// How many latent dimensions tell something of the sample: those whose posterior centers vary by more than
/// `threshold` over the samples.
///
/// **Shapes** centers: latent × n.
/// **Source** Burda, Grosse & Salakhutdinov 2016, section 5.2.
template <Scalar S>
Index active_units(ConstView<S> centers, double threshold = 0.01) {
  const auto variances = row_variances(centers);
  return std::count_if(variances.begin(), variances.end(), [&](double v) { return v > threshold; });
}

}  // namespace eigenerate
