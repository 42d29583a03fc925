#pragma once

#include <variant>

#include "eigenerate/distributions/bernoulli.hpp"
#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/distributions/unit_normal.hpp"

namespace eigenerate {

/// What a decoder's output may parameterize. All alternatives share `kind`, `support`, `parameter_range`,
/// `parameter_rows`, `log_probability`, `log_probability_backward`, `log_probability_with_backward`, `mean` and `sample`.
using Likelihood = std::variant<Bernoulli, UnitNormal, DiagonalNormal>;

}  // namespace eigenerate
