#pragma once

#include "eigenerate/adversarial/gradient_penalty.hpp"

namespace eigenerate {

/// Zero-centered penalty at real samples: `γ/2 · mean ‖∇ₓD(x)‖²`.
///
/// Lazily, with `.every = k`, it is taken in every k-th step alone, with k times the weight. It is the
/// gradient of the summed logits, and so defined for layers that couple the samples of a batch too.
///
/// **Source** Mescheder et al. 2018, eq. 9; lazily: Karras et al. 2020, section 2.2.
struct R1 {
  static constexpr std::string_view kind = "R1";
  static constexpr std::string_view figure = "r1_penalty";
  static constexpr bool of_each_sample = false;

  double gamma = 10;
  Index every = 1;

  void validate() const { detail::require_zero_centered(kind, gamma, every); }

  template <Scalar S>
  void place(ConstView<S> real, ConstView<S> fake, const RandomStream&, View<S> x_hat) const {
    detail::require_loss_views(kind, real, fake, x_hat);
    x_hat = real;
  }
  GradientPenalty of_gradients() const { return {.weight = gamma / 2, .target = 0}; }
};

}  // namespace eigenerate
