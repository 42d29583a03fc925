#pragma once

#include <algorithm>

#include "eigenerate/latent/any_posterior.hpp"

namespace eigenerate::detail {

/// Calls `f(first, log_q)` with log q(z_j|h_i), a row for each column of h, for portions of the columns of z
/// from `first` on.
template <Scalar S, class F>
void for_all_densities(const AnyPosterior<S>& q, ConstView<S> h, ConstView<S> z, const F& f) {
  constexpr Index portion = 256;
  Vector<S> memory(q.component_memory(z.rows(), h.cols()));
  for (Index first = 0; first < z.cols(); first += portion) {
    const ConstView<S> some(z.data() + first * z.rows(), z.rows(), std::min(portion, z.cols() - first));
    Matrix<S> log_q(q.component_rows(h.cols()), some.cols());
    q.log_components(h, some, memory.data(), as_view(log_q));
    f(first, log_q.topRows(h.cols()));
  }
}

}  // namespace eigenerate::detail
