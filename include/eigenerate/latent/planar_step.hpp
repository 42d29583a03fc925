#pragma once

#include <algorithm>
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
/// **Numerics** D is a sum of positive terms. Where w is so small that its square is lost, û is u.
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

  /// What the parameters (w, u, b) say, once for all samples that they serve.
  template <Scalar S>
  struct Plane {
    Plane(const S* parameters, Index features)
        : n(features), w(parameters), u(parameters + n), b(parameters[2 * n]) {
      S squares = 0;
      for (Index i = 0; i < n; ++i) {
        s += w[i] * u[i];
        squares += w[i] * w[i];
      }
      inverse = squares < S(1e-30) ? S(0) : S(1) / squares;
      one_plus_m = kernels::softplus(s + S(c));
      if (inverse == S(0)) one_plus_m = S(1) + s;
      m = one_plus_m - S(1);
      g = (m - s) * inverse;
    }

    S moved(Index i) const { return u[i] + g * w[i]; }
    S tanh_at(const S* z) const {
      S a = b;
      for (Index i = 0; i < n; ++i) a += w[i] * z[i];
      return kernels::tanh(a);
    }
    S determinant(S t) const { return t * t + one_plus_m * (S(1) - t * t); }

    /// From those of û and m to those of w and u, with `g = (m − s) / ‖w‖²`.
    void add_gradient_of_moved(const S* d_moved, S dm, S* dw, S* du) const {
      S dg = 0;
      for (Index i = 0; i < n; ++i) dg += w[i] * d_moved[i];
      dm += dg * inverse;
      const S m_slope = inverse == S(0) ? S(1) : kernels::sigmoid(s + S(c));
      const S ds = m_slope * dm - dg * inverse, d_squares = -dg * g * inverse;
      for (Index i = 0; i < n; ++i) {
        du[i] += d_moved[i] + ds * w[i];
        dw[i] += g * d_moved[i] + ds * u[i] + S(2) * d_squares * w[i];
      }
    }

    static constexpr double c = 0.54132485461291806;  // log(e − 1)

    Index n;
    const S* w;
    const S* u;
    S b;
    S s = 0;  // wᵀu
    S inverse, one_plus_m, m, g;
  };

  static Extent scratch(Index latent) { return {latent, 0}; }  // dû, for each column of the condition
};

}  // namespace eigenerate
