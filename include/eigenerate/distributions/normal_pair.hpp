#pragma once

#include <cmath>
#include <string_view>

#include "eigenerate/distributions/pairing.hpp"
#include "eigenerate/distributions/scale.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// Two independent normals of the same features, in the parameters of a `DiagonalNormal`: what both say
/// together, and how far one is from the other.
///
/// The product of two normal densities is one again, but for a constant. Precisions add, and each mean weighs
/// as much as its precision:
///
///     e⁻ᵛ = e⁻ᵛᵃ + e⁻ᵛᵇ,   µ = w µ_a + (1 − w) µ_b   with w = e⁻ᵛᵃ / e⁻ᵛ
///
/// **Shapes** all parameters: 2·features × n, the means above the log-variances.
/// **Backward** ∂v/∂v_a = w and ∂w/∂v_a = −w (1 − w). Log-variances are clamped to the range of a
/// `DiagonalNormal`, and have no gradient outside.
/// **Errors** `ShapeError` for views that do not fit.
/// **Numerics** w = sigmoid(v_b − v_a) and v = min(v_a, v_b) − softplus(−|v_a − v_b|): no precision that
/// overflows. It may lie below the range by log 2; whoever uses it clamps it again.
/// **Source** Sønderby, Raiko, Maaløe, Sønderby & Winther 2016, section 2 (the precision-weighted combination
/// of a ladder).
struct NormalPair {
  static constexpr std::string_view kind = "NormalPair";

  double min_log_variance = -20;
  double max_log_variance = 20;

  /// The parameters of the normal that is proportional to the product; `out` may be neither of both.
  template <Scalar S>
  void product(ConstView<S> a, ConstView<S> b, View<S> out) const {
    const Index n = features_of(a);
    require_like(a, b, "the other's parameters");
    require_like(a, out, "the product's parameters");
    const auto range = range_of<S>();
    const auto mean = [range](S m_a, S v_a, S m_b, S v_b) {
      return m_b + kernels::sigmoid(range.clamp(v_b) - range.clamp(v_a)) * (m_a - m_b);
    };
    const auto log_variance = [range](S v_a, S v_b) {
      v_a = range.clamp(v_a);
      v_b = range.clamp(v_b);
      return kernels::select(v_a < v_b, v_a, v_b) - kernels::softplus(-std::abs(v_a - v_b));
    };
    kernels::for_each_item(a.cols(), n, [&](Index j) {
      const S *const p = a.col(j).data(), *const q = b.col(j).data();
      S* const y = out.col(j).data();
      kernels::map(y, n, mean, p, p + n, q, q + n);
      kernels::map(y + n, n, log_variance, p + n, q + n);
    });
  }

  /// `d_a += (∂product/∂a)ᵀ d`, and the same for b.
  template <Scalar S>
  void product_backward(ConstView<S> a, ConstView<S> b, ConstView<S> d, View<S> d_a, View<S> d_b) const {
    add_share(a, b, d, d_a);
    add_share(b, a, d, d_b);
  }

  /// `out[j]` = KL(q_j ‖ p_j) = ½ Σ (µ_q − µ_p)² e⁻ᵛᵖ + e^(v_q − v_p) − 1 − (v_q − v_p).
  template <Scalar S>
  void kl(ConstView<S> q, ConstView<S> p, Numbers<S> out) const {
    const Index n = features_of(q);
    require_like(q, p, "the other's parameters");
    detail::require_count(kind, "divergences", out, q.cols());
    S* const divergence = out.data();
    const auto term = [range = range_of<S>()](S m_q, S v_q, S m_p, S v_p) {
      v_p = range.clamp(v_p);
      return (m_q - m_p) * (m_q - m_p) * kernels::exp(-v_p) +
             kernels::exp_minus_tangent(range.clamp(v_q) - v_p);
    };
    kernels::for_each_item(q.cols(), n, [&](Index j) {
      const S *const a = q.col(j).data(), *const b = p.col(j).data();
      divergence[j] = static_cast<S>(0.5 * kernels::sum_of_map<S>(n, term, a, a + n, b, b + n));
    });
  }

  /// `d_q += weight · ∂(Σ KL)/∂q`, and the same for p where it is wanted.
  template <Scalar S>
  void kl_backward(ConstView<S> q, ConstView<S> p, S weight, View<S> d_q, View<S> d_p) const {
    const Index n = features_of(q);
    require_like(q, p, "the other's parameters");
    require_like(q, d_q, "d_q");
    if (wanted(d_p)) require_like(q, d_p, "d_p");
    const auto range = range_of<S>();
    const auto of_m_q = [range, weight](S d, S m_q, S m_p, S v_p) {
      return d + weight * (m_q - m_p) * kernels::exp(-range.clamp(v_p));
    };
    const auto of_v_q = [range, weight](S d, S v_q, S v_p) {
      return d + S(0.5) * weight * range.slope(v_q) * kernels::expm1(range.clamp(v_q) - range.clamp(v_p));
    };
    const auto of_v_p = [range, weight](S d, S m_q, S v_q, S m_p, S v_p) {
      const S v = range.clamp(v_p);
      return d - S(0.5) * weight * range.slope(v_p) *
                     ((m_q - m_p) * (m_q - m_p) * kernels::exp(-v) + kernels::expm1(range.clamp(v_q) - v));
    };
    kernels::for_each_item(q.cols(), n, [&](Index j) {
      const S *const a = q.col(j).data(), *const b = p.col(j).data();
      S* const d_a = d_q.col(j).data();
      kernels::map(d_a, n, of_m_q, d_a, a, b, b + n);
      kernels::map(d_a + n, n, of_v_q, d_a + n, a + n, b + n);
      if (!wanted(d_p)) return;
      S* const d_b = d_p.col(j).data();
      kernels::map(d_b, n, of_m_q, d_b, b, a, b + n);  // the same with the means exchanged
      kernels::map(d_b + n, n, of_v_p, d_b + n, a, a + n, b, b + n);
    });
  }

 private:
  template <Scalar S>
  detail::ClampedScale<S> range_of() const {
    return {static_cast<S>(min_log_variance), static_cast<S>(max_log_variance)};
  }
  template <Scalar S>
  static Index features_of(ConstView<S> parameters) {
    if (parameters.rows() % 2 != 0)
      fail<ShapeError>("NormalPair: parameters need as many means as log-variances, got {} rows",
                       parameters.rows());
    return parameters.rows() / 2;
  }
  template <class V, class W>
  static void require_like(const V& model, const W& view, std::string_view what) {
    detail::require_extents(kind, what, view, model.rows(), model.cols());
  }

  /// What the product's gradient says to one of both.
  template <Scalar S>
  void add_share(ConstView<S> of, ConstView<S> other, ConstView<S> d, View<S> d_of) const {
    const Index n = features_of(of);
    require_like(of, other, "the other's parameters");
    require_like(of, d, "the product's gradient");
    require_like(of, d_of, "a gradient");
    const auto range = range_of<S>();
    const auto to_mean = [range](S sum, S d_m, S v, S v_other) {
      return sum + kernels::sigmoid(range.clamp(v_other) - range.clamp(v)) * d_m;
    };
    const auto to_log_variance = [range](S sum, S d_m, S d_v, S m, S v, S m_other, S v_other) {
      const S w = kernels::sigmoid(range.clamp(v_other) - range.clamp(v));
      return sum + range.slope(v) * w * (d_v - (S(1) - w) * (m - m_other) * d_m);
    };
    kernels::for_each_item(of.cols(), n, [&](Index j) {
      const S *const a = of.col(j).data(), *const b = other.col(j).data(), *const d_y = d.col(j).data();
      S* const d_a = d_of.col(j).data();
      kernels::map(d_a, n, to_mean, d_a, d_y, a + n, b + n);
      kernels::map(d_a + n, n, to_log_variance, d_a + n, d_y, d_y + n, a, a + n, b, b + n);
    });
  }
};

}  // namespace eigenerate
