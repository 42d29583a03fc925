#pragma once

#include "eigenerate/distributions/unit_normal.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// `out[j] = log N(z_j; 0, 1)`, summed over the rows of column j.
///
/// **Errors** `ShapeError` unless there is room for one number for each column.
template <Scalar S>
void standard_normal_log_probability(ConstView<S> z, Numbers<S> out) {
  detail::require_count("standard normal", "log-densities", out, z.cols());
  const double constant = static_cast<double>(z.rows()) * detail::half_log_two_pi;
  S* const log_p = out.data();
  kernels::for_each_item(z.cols(), z.rows(), [&](Index j) {
    log_p[j] = static_cast<S>(-0.5 * kernels::sum_of_squares(z.col(j).data(), z.rows()) - constant);
  });
}

/// `dz += −weight[j] · z`: the gradient of Σ weight[j] · log N(z_j; 0, 1).
template <Scalar S>
void standard_normal_log_probability_backward(ConstView<S> z, ConstNumbers<S> weights, View<S> dz) {
  detail::require_extents("standard normal", "dz", dz, z.rows(), z.cols());
  detail::require_count("standard normal", "weights", weights, z.cols());
  const S* const weight = weights.data();
  for (Index j = 0; j < z.cols(); ++j) dz.col(j) -= weight[j] * z.col(j);
}

}  // namespace eigenerate
