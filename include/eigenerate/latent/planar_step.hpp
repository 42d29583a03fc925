#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/detail/amortized_step.hpp"

namespace eigenerate {

/// One step of a planar flow: z is stretched or squeezed along u, where it lies near the plane `wᵀz + b = 0`.
///
///     z′ = z + û tanh(a),   a = wᵀz + b,   l′ = l + log |1 + ûᵀw (1 − tanh² a)|
///     û = u + (m(wᵀu) − wᵀu) w / ‖w‖²,     m(s) = log(1 + e^{s + c}) − 1
///
/// û is u moved along w so far that `wᵀû = m(wᵀu) > −1`, and then z′ has one z.
///
/// **Shapes** x: (z, l), latent + 1 × B, l the log-determinant so far; y: (z′, l′). The parameters (w, u, b)
/// are 2·latent + 1 rows of the condition, from row `first` on.
/// **Backward** with t = tanh a and the determinant `D = t² + (1 + m)(1 − t²)`: `dt = ûᵀdz′ − 2 t m dl′/D`,
/// `da = (1 − t²) dt`, `dz = dz′ + da w`; `dû = Σ t dz′`, `dm = Σ (1 − t²) dl′/D` over the samples that a
/// column of the condition serves, and through û on to u and w.
/// **Cost** a few passes over memory.
/// **Errors** `ConfigError` for a network without a condition, `ShapeError` for one that is too short.
/// **Numerics** D is a sum of positive terms, and no rounding error is divided by a small ‖w‖ or wᵀu, see
/// `Plane`. Where w is so small that its square is lost, û is u.
/// **Source** Rezende & Mohamed 2015, eq. 10 to 12 and appendix A.1. There c is 0, and u = 0 no identity but
/// a step that grows without bounds as w shrinks; with `c = log(e − 1)`, `m(0) = 0`. The steps are the same.
class PlanarStep : public detail::AmortizedStep<PlanarStep> {
 public:
  static constexpr std::string_view kind = "PlanarStep";
  static constexpr std::string_view flow_kind = "PlanarFlow";  ///< of a posterior made of such steps

  explicit PlanarStep(Index latent, Index first = 0) : AmortizedStep(latent, first) {}

  static Index parameter_rows(Index latent) { return 2 * latent + 1; }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    each_condition(pass, [&](const S* parameters, Index, Index first, Index last) {
      const Plane<S> p(parameters, latent());
      for (Index j = first; j < last; ++j) {
        const S *const z = x.col(j).data(), t = p.tanh_at(z);
        for (Index i = 0; i < latent(); ++i) y(i, j) = z[i] + t * p.moved(i);
        y(latent(), j) = z[latent()] + kernels::log(p.determinant(t));
      }
    });
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (!wanted(dx) && !pass.d_condition) return;
    const Index n = latent();
    each_condition(pass, [&](const S* parameters, Index column, Index first, Index last) {
      const Plane<S> p(parameters, n);
      S* const d = gradient_of(pass, column);
      S* const d_moved = pass.scratch_slot(0) + column * n;
      std::fill_n(d_moved, n, S(0));
      S dm = 0;
      for (Index j = first; j < last; ++j) {
        const S *const z = x.col(j).data(), *const dz_out = dy.col(j).data();
        const S t = p.tanh_at(z), slope = S(1) - t * t, d_determinant = dz_out[n] / p.determinant(t);
        S dt = S(-2) * t * p.m * d_determinant;
        for (Index i = 0; i < n; ++i) {
          dt += p.moved(i) * dz_out[i];
          d_moved[i] += t * dz_out[i];
        }
        dm += slope * d_determinant;
        const S da = slope * dt;
        if (wanted(dx)) {
          for (Index i = 0; i < n; ++i) dx(i, j) = dz_out[i] + da * p.w[i];
          dx(n, j) = dz_out[n];
        }
        if (d == nullptr) continue;
        for (Index i = 0; i < n; ++i) d[i] += da * z[i];
        d[2 * n] += da;
      }
      if (d != nullptr) p.add_gradient_of_moved(d_moved, dm, d, d + n);
    });
  }

 private:
  friend AmortizedStep;

  /// What the parameters (w, u, b) say, once for all samples that they serve. With `v = w / ‖w‖`, `α = vᵀu`
  /// and `s = wᵀu`,
  ///
  ///     û = u + ρ(s) α v,   ρ(s) = (m(s) − s) / s
  ///
  /// Near s = 0, where m − s and s are lost in rounding, ρ is its series. m is the logarithm of the mean of
  /// `e^{s X}`, where X is 1 with probability K = 1 − 1/e and else 0, so its derivatives at 0 are the
  /// cumulants of X.
  template <Scalar S>
  struct Plane {
    Plane(const S* parameters, Index features)
        : n(features), w(parameters), u(parameters + n), b(parameters[2 * n]) {
      S squares = 0;
      for (Index i = 0; i < n; ++i) {
        s += w[i] * u[i];
        squares += w[i] * w[i];
      }
      if (squares >= S(1e-30)) norm = std::sqrt(squares);
      one_plus_m = kernels::softplus(s + S(c));
      m_slope = kernels::sigmoid(s + S(c));
      // The next term of the series and the rounding of the quotients are each some 1e-7 there, in double
      // 1e-12.
      constexpr S near = sizeof(S) == sizeof(float) ? S(0.3) : S(0.01);
      if (std::abs(s) < near) {
        rho = S(-1) + polynomial({k, k2 / 2, k3 / 6, k4 / 24, k5 / 120, k6 / 720});
        rho_slope = polynomial({k2 / 2, k3 / 3, k4 / 8, k5 / 30, k6 / 144});
        m = s * (S(1) + rho);
      } else {
        m = one_plus_m - S(1);
        rho = (m - s) / s;
        rho_slope = (m_slope - S(1) - rho) / s;
      }
      for (Index i = 0; i < n; ++i) alpha += unit(i) * u[i];
      g = norm > S(0) ? rho * alpha / norm : S(0);
    }

    S moved(Index i) const { return u[i] + g * w[i]; }
    S tanh_at(const S* z) const {
      S a = b;
      for (Index i = 0; i < n; ++i) a += w[i] * z[i];
      return kernels::tanh(a);
    }
    S determinant(S t) const { return t * t + one_plus_m * (S(1) - t * t); }

    /// From those of û and m to those of w and u: with d = dû and `τ = vᵀd`,
    ///
    ///     ds = m′ dm + ρ′ α τ,   du = d + ρ τ v + ds w
    ///     dw = ds u + ρ (α d + τ u − 2 α τ v) / ‖w‖
    ///
    /// Of one dimension, where v is ±1, the bracket is 0 to the bit.
    void add_gradient_of_moved(const S* d, S dm, S* dw, S* du) const {
      S tau = 0;
      for (Index i = 0; i < n; ++i) tau += unit(i) * d[i];
      const S ds = m_slope * dm + rho_slope * alpha * tau, turn = norm > S(0) ? rho / norm : S(0);
      for (Index i = 0; i < n; ++i) {
        du[i] += d[i] + rho * tau * unit(i) + ds * w[i];
        dw[i] += ds * u[i] + turn * (alpha * d[i] + tau * u[i] - S(2) * alpha * tau * unit(i));
      }
    }

    S unit(Index i) const { return norm > S(0) ? w[i] / norm : S(0); }
    S polynomial(std::initializer_list<double> coefficients) const {
      S sum = 0;
      for (auto last = coefficients.end(); last != coefficients.begin();)
        sum = sum * s + static_cast<S>(*--last);
      return sum;
    }

    static constexpr double c = 0.54132485461291806;  // log(e − 1)
    // K, and the cumulants of X.
    static constexpr double k = 0.63212055882855768, k2 = k * (1 - k), k3 = k2 * (1 - 2 * k),
                            k4 = k2 * (1 - 6 * k2), k5 = k3 * (1 - 12 * k2),
                            k6 = k2 * (1 - 30 * k2 + 120 * k2 * k2);

    Index n;
    const S* w;
    const S* u;
    S b;
    S s = 0, norm = 0, alpha = 0;
    S one_plus_m, m, m_slope, rho, rho_slope, g;
  };

  static Extent scratch(Index latent) { return {latent, 0}; }  // dû, for each column of the condition
};

}  // namespace eigenerate
