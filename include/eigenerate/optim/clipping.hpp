#pragma once

#include <cmath>
#include <initializer_list>
#include <span>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/network/arena.hpp"

namespace eigenerate {

namespace detail {
/// Clamps n numbers to [−limit, limit].
template <Scalar S>
void clamp(S* values, Index n, double limit) {
  const S bound = static_cast<S>(limit);
  const auto clamped = [bound](S v) {
    return kernels::select(v < -bound, -bound, kernels::select(v > bound, bound, v));
  };
  kernels::map(values, n, clamped, values);
}
}  // namespace detail

/// Clamps every gradient to [−limit, limit]; NaN stays NaN. PyTorch's `clip_grad_value_`.
template <Scalar S>
void clip_by_value(Arena<S>& gradients, const double& limit) {
  if (is_nan(limit) || limit <= 0) fail<ConfigError>("clip_by_value: expected limit > 0, got {}", limit);
  detail::clamp(gradients.data(), gradients.size(), limit);
}

/// Clamps the parameters in these ranges to [−limit, limit]; NaN stays NaN. PyTorch's `clamp_` of each.
template <Scalar S>
void clamp_parameters(Arena<S>& parameters, const double& limit, std::span<const ArenaRange> ranges) {
  if (is_nan(limit) || limit <= 0) fail<ConfigError>("clamp_parameters: expected limit > 0, got {}", limit);
  for (const auto& [begin, end] : ranges) detail::clamp(parameters.data() + begin, end - begin, limit);
}

/// The Euclidean norm of everything in the arenas together, accumulated in double.
template <Scalar S>
double global_norm(std::span<Arena<S>* const> arenas) {
  double squares = 0;
  for (const Arena<S>* arena : arenas) squares += kernels::sum_of_squares(arena->data(), arena->size());
  return std::sqrt(squares);
}

/// Scales gradients that are part of a vector of length `norm` so that it gets `max_norm` at most, see
/// `clip_by_global_norm`.
template <Scalar S>
void scale_to_norm(Arena<S>& gradients, double norm, double max_norm) {
  const double factor = max_norm / (norm + 1e-6);
  if (!is_finite(norm) || factor >= 1) return;
  const auto scale = [f = static_cast<S>(factor)](S g) { return f * g; };
  kernels::map(gradients.data(), gradients.size(), scale, gradients.data());
}

/// Scales the gradients of one or more networks together so that their common norm is at most `max_norm`, and
/// returns the norm that they had. PyTorch's `clip_grad_norm_`: the factor is `max_norm / (norm + 1e-6)`
/// where that is below one.
///
/// Gradients whose norm is not finite are left as they are, for the divergence guard to see.
template <Scalar S>
double clip_by_global_norm(std::span<Arena<S>* const> gradients, const double& max_norm) {
  if (is_nan(max_norm) || max_norm <= 0)
    fail<ConfigError>("clip_by_global_norm: expected max_norm > 0, got {}", max_norm);
  const double norm = global_norm(gradients);
  for (Arena<S>* arena : gradients) scale_to_norm(*arena, norm, max_norm);
  return norm;
}
template <Scalar S>
double clip_by_global_norm(std::initializer_list<Arena<S>*> gradients, const double& max_norm) {
  return clip_by_global_norm(std::span<Arena<S>* const>(gradients.begin(), gradients.size()), max_norm);
}
template <Scalar S>
double clip_by_global_norm(Arena<S>& gradients, const double& max_norm) {
  return clip_by_global_norm({&gradients}, max_norm);
}

}  // namespace eigenerate
