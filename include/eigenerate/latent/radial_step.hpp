#pragma once

#include <cmath>
#include <optional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/detail/amortized_step.hpp"

namespace eigenerate {

/// One step of a radial flow: z moves away from a center z₀, or towards it, the more the nearer it is.
///
///     z′ = z + β h δ,   δ = z − z₀,   r = ‖δ‖,   h = 1 / (α + r)
///     l′ = l + (latent − 1) log(1 + β h) + log(1 + β h − β h² r)
///
/// with `α = log(1 + e^a) > 0` and `β = log(1 + e^k) − α > −α`, so that z′ has one z.
///
/// **Shapes** x: (z, l), latent + 1 × B, l the log-determinant so far; y: (z′, l′). The parameters (z₀, a, k)
/// are latent + 2 rows of the condition, from row `first` on.
/// **Backward** with κ = α + β and `Q = r² + 2 α r + κ α`, `l′ − l = (latent − 1) log(r + κ) + log Q −
/// (latent + 1) log(α + r)`; its derivatives are those of its three terms, and `dδ = βh dz′ + dr δ/r`.
/// **Cost** a few passes over memory.
/// **Errors** `ConfigError` for a network without a condition, `ShapeError` for one that is too short.
/// **Numerics** only positive numbers are added under the logarithms. l has no derivative at z₀, and 0 is
/// taken for it. Equal a and k, as zeros are, make the identity.
/// **Source** Rezende & Mohamed 2015, eq. 14 and appendix A.2, which leaves the choice of α > 0 open.
class RadialStep : public detail::AmortizedStep<RadialStep> {
 public:
  static constexpr std::string_view kind = "RadialStep";
  static constexpr std::string_view flow_kind = "RadialFlow";  ///< of a posterior made of such steps

  explicit RadialStep(Index latent, Index first = 0) : AmortizedStep(latent, first) {}

  static Index parameter_rows(Index latent) { return latent + 2; }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const Index n = latent();
    each_condition(pass, [&](const S* center, Index, Index first, Index last) {
      const S alpha = kernels::softplus(center[n]), kappa = kernels::softplus(center[n + 1]);
      for (Index j = first; j < last; ++j) {
        const S* const z = x.col(j).data();
        const S r = distance(z, center), far = alpha + r, push = (kappa - alpha) / far;
        for (Index i = 0; i < n; ++i) y(i, j) = z[i] + push * (z[i] - center[i]);
        y(n, j) = z[n] + static_cast<S>(n - 1) * kernels::log(r + kappa) +
                  kernels::log(r * r + S(2) * alpha * r + kappa * alpha) -
                  static_cast<S>(n + 1) * kernels::log(far);
      }
    });
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (!wanted(dx) && !pass.d_condition) return;
    const Index n = latent();
    each_condition(pass, [&](const S* center, Index column, Index first, Index last) {
      const S alpha = kernels::softplus(center[n]), kappa = kernels::softplus(center[n + 1]);
      S* const d = gradient_of(pass, column);
      S d_alpha = 0, d_kappa = 0;
      for (Index j = first; j < last; ++j) {
        const S *const z = x.col(j).data(), *const dz_out = dy.col(j).data();
        const S r = distance(z, center), far = alpha + r, push = (kappa - alpha) / far;
        S d_push = 0;
        for (Index i = 0; i < n; ++i) d_push += (z[i] - center[i]) * dz_out[i];
        d_push /= far;  // and so of βh as a function of κ − α
        const S dl = dz_out[n], of_ring = dl * static_cast<S>(n - 1) / (r + kappa),
                of_q = dl / (r * r + S(2) * alpha * r + kappa * alpha),
                of_far = d_push * push + dl * static_cast<S>(n + 1) / far;  // to be taken off
        d_kappa += d_push + of_ring + of_q * alpha;
        d_alpha += -d_push - of_far + of_q * (S(2) * r + kappa);
        const S dr = of_ring + of_q * S(2) * (r + alpha) - of_far, along = r > S(0) ? dr / r : S(0);
        for (Index i = 0; i < n; ++i) {
          const S d_delta = push * dz_out[i] + along * (z[i] - center[i]);
          if (wanted(dx)) dx(i, j) = dz_out[i] + d_delta;
          if (d != nullptr) d[i] -= d_delta;
        }
        if (wanted(dx)) dx(n, j) = dl;
      }
      if (d == nullptr) return;
      d[n] += d_alpha * kernels::sigmoid(center[n]);
      d[n + 1] += d_kappa * kernels::sigmoid(center[n + 1]);
    });
  }

 private:
  friend AmortizedStep;

  template <Scalar S>
  S distance(const S* z, const S* center) const {
    S squares = 0;
    for (Index i = 0; i < latent(); ++i) squares += (z[i] - center[i]) * (z[i] - center[i]);
    return std::sqrt(squares);
  }

  static Extent scratch(Index) { return {}; }
};

}  // namespace eigenerate
