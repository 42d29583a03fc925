#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/losses/batch_mean.hpp"

namespace eigenerate {

namespace detail {
/// `ConfigError` for a penalty that is to be taken in every k-th step, unless there are such.
inline void require_interval(std::string_view kind, Index every) {
  if (every < 1) fail<ConfigError>("{}: every must be at least 1, got {}", kind, every);
}
/// `ConfigError` unless the weight and the interval of a zero-centered penalty can work.
inline void require_zero_centered(std::string_view kind, const double& gamma, Index every) {
  if (!(is_finite(gamma) && gamma >= 0))
    fail<ConfigError>("{}: expected a finite gamma >= 0, got {}", kind, gamma);
  require_interval(kind, every);
}
}  // namespace detail

/// `x_hat = u · real + (1 − u) · fake` with one uniform u per sample: where the penalty is taken.
///
/// **Shapes** all features × B.
/// **Source** Gulrajani et al. 2017, algorithm 1, line 6.
template <Scalar S>
void interpolate(ConstView<S> real, ConstView<S> fake, const RandomStream& random, View<S> x_hat) {
  detail::require_loss_views("interpolate", real, fake, x_hat);
  if (!wanted(x_hat))
    fail<ShapeError>("interpolate: expected an output of {} × {}, got none", real.rows(), real.cols());
  for (Index j = 0; j < real.cols(); ++j) {
    const auto words = random.words(static_cast<std::uint64_t>(j / 4));
    const S u = to_unit_interval<S>(words[static_cast<std::size_t>(j % 4)]);
    x_hat.col(j) = u * real.col(j) + (S(1) - u) * fake.col(j);
  }
}

/// Keeps a critic's input gradients near a norm, at points between real and generated samples:
/// `weight · mean (‖∇ₓD(x̂)‖₂ − target)²`. One-sided, it leaves gradients below the target alone:
/// `weight · mean max(0, ‖∇ₓD(x̂)‖₂ − target)²`.
///
/// Lazily, with `.every = k`, it is taken in every k-th step of the discriminator alone, with k times the
/// weight. As a function of the input gradients alone it serves the other penalties too;
/// `accumulate_gradient_penalty` takes it to a network's parameters. `R1` and `R2` are zero-centered at real
/// and at generated samples.
///
/// **Shapes** g, v: features × B.
/// **Backward** `v = ∂value/∂g = 2 weight (‖g‖ − target) / (B ‖g‖) · g`, zero where g is (as PyTorch's norm),
/// and where it is left alone.
/// **Source** Gulrajani et al. 2017, eq. 3 and algorithm 1; one-sided: Petzka et al. 2018, eq. 8 (WGAN-LP);
/// lazily: Karras et al. 2020, section 2.2.
struct GradientPenalty {
  static constexpr std::string_view kind = "GradientPenalty";
  static constexpr std::string_view figure = "gradient_penalty";
  static constexpr bool of_each_sample = true;

  double weight = 10;
  double target = 1;
  bool one_sided = false;
  Index every = 1;

  void validate() const;

  /// Where it is taken.
  template <Scalar S>
  void place(ConstView<S> real, ConstView<S> fake, const RandomStream& random, View<S> x_hat) const {
    interpolate(real, fake, random, x_hat);
  }
  const GradientPenalty& of_gradients() const { return *this; }

  /// The value for input gradients `g`, one sample per column, and its gradient with respect to them;
  /// `v` may be the memory of `g`.
  template <Scalar S>
  double operator()(ConstView<S> g, View<S> v = unwanted<S>()) const {
    detail::require_loss_views("GradientPenalty", g, v);
    const double samples = static_cast<double>(g.cols());
    return kernels::sum_over_items(
               g.cols(), g.rows(),
               [&](Index j) {
                 // Squared and scaled in double: in float the squares of gradients below 1e-22 would be lost.
                 const double norm = std::sqrt(kernels::sum_of_squares(g.col(j).data(), g.rows())),
                              excess = one_sided && norm < target ? 0 : norm - target;
                 if (wanted(v)) {
                   const double scale = norm == 0 ? 0 : 2 * weight * excess / (samples * norm);
                   v.col(j) = (scale * g.col(j).template cast<double>()).template cast<S>();
                 }
                 return weight * excess * excess;
               }) /
           samples;
  }
};

#if EIGENERATE_DEFINES(ADVERSARIAL)

EIGENERATE_INLINE void GradientPenalty::validate() const {
  if (!(is_finite(weight) && weight >= 0))
    fail<ConfigError>("GradientPenalty: expected a finite weight >= 0, got {}", weight);
  if (!(is_finite(target) && target >= 0))
    fail<ConfigError>("GradientPenalty: expected a finite target >= 0, got {}", target);
  detail::require_interval(kind, every);
}

#endif

}  // namespace eigenerate
