#pragma once

#include "eigenerate/distributions/unit_normal.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// `out[j] = log N(z_j; 0, 1)`, summed over the rows of column j: the density of the prior.
template <Scalar S>
void standard_normal_log_probability(ConstView<S> z, S* out) {
  const double constant = static_cast<double>(z.rows()) * detail::half_log_two_pi;
  kernels::for_each_item(z.cols(), z.rows(), [&](Index j) {
    out[j] = static_cast<S>(-0.5 * kernels::sum_of_squares(z.col(j).data(), z.rows()) - constant);
  });
}

/// `dz += −weight[j] · z`: the gradient of Σ weight[j] · log N(z_j; 0, 1).
template <Scalar S>
void standard_normal_log_probability_backward(ConstView<S> z, const S* weights, View<S> dz) {
  detail::require_extents("standard normal", "dz", dz, z.rows(), z.cols());
  for (Index j = 0; j < z.cols(); ++j) dz.col(j) -= weights[j] * z.col(j);
}

}  // namespace eigenerate
