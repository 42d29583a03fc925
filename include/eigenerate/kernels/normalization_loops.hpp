#pragma once
// What batch and layer normalization do to the elements of one thread's share.

#include "eigenerate/kernels/types.hpp"
#include "eigenerate/kernels/vector_loop.hpp"

EIGENERATE_LOOPS_BEGIN

namespace eigenerate::kernels::detail {

/// The double of the same value.
template <class S>
EIGENERATE_LOOP double wide(S x) noexcept {
  return static_cast<double>(x);
}

/// A weight of ones, for layers without one.
template <class S>
struct Ones {
  constexpr S operator[](Index) const noexcept { return S(1); }
};

/// Calls `f(w)`, or `f(Ones)` where w is null.
template <class S, class F>
EIGENERATE_LOOP void with_weight(const S* w, const F& f) noexcept {
  if (w == nullptr)
    f(Ones<S>{});
  else
    f(w);
}

/// The passes of batch normalization over elements: rows are channels, with coefficients of their own.
template <class S>
struct RowLoops {
  /// y(r, c) = (x(r, c) − center[r])·scale[r] + shift[r].
  EIGENERATE_LOOP static void scale(S* y, const S* x, const S* center, const S* scale, const S* shift,
                                    Index rows, Index columns) noexcept {
    for (Index c = 0; c < columns; ++c, y += rows, x += rows)
      for_elements(rows, [=](Index r) { y[r] = (x[r] - center[r]) * scale[r] + shift[r]; });
  }

  /// y(r, c) = scale[r]·g(r, c) + slope[r]·(x(r, c) − center[r]) + shift[r].
  EIGENERATE_LOOP static void combine(S* y, const S* g, const S* x, const S* center, const S* scale,
                                      const S* slope, const S* shift, Index rows, Index columns) noexcept {
    for (Index c = 0; c < columns; ++c, y += rows, g += rows, x += rows)
      for_elements(rows,
                   [=](Index r) { y[r] = scale[r] * g[r] + (slope[r] * (x[r] - center[r]) + shift[r]); });
  }
};

/// The loops of layer normalization: one sample, whose elements share their statistics. A null weight is
/// ones. Reductions convert to double before they multiply or add.
template <class S>
struct SampleLoops {
  /// Σ x[i].
  EIGENERATE_LOOP static double sum(const S* x, Index size) noexcept {
    return sum_elements(size, [=](Index i) { return wide(x[i]); });
  }

  /// Σ (x[i] − center)².
  EIGENERATE_LOOP static double squared_deviations(const S* x, S center, Index size) noexcept {
    return sum_elements(size, [=](Index i) {
      const double d = wide(x[i]) - wide(center);
      return d * d;
    });
  }

  /// Σ x[i]·y[i].
  EIGENERATE_LOOP static double dot(const S* x, const S* y, Index size) noexcept {
    return sum_elements(size, [=](Index i) { return wide(x[i]) * wide(y[i]); });
  }

  /// sum = Σ w[i]·g[i]; product = Σ w[i]·g[i]·(x[i] − center).
  EIGENERATE_LOOP static void gradient_sums(double* sum, double* product, const S* g, const S* weight,
                                            const S* x, S center, Index size) noexcept {
    with_weight(weight, [=](auto w) {
      *sum = sum_elements(size, [=](Index i) { return wide(w[i]) * wide(g[i]); });
      *product =
          sum_elements(size, [=](Index i) { return wide(w[i]) * wide(g[i]) * (wide(x[i]) - wide(center)); });
    });
  }

  /// y[i] = (x[i] − center)·scale·w[i] + b[i]; w and b are both null or neither.
  EIGENERATE_LOOP static void normalize(S* y, const S* x, S center, S scale, const S* w, const S* b,
                                        Index size) noexcept {
    if (w == nullptr)
      for_elements(size, [=](Index i) { y[i] = (x[i] - center) * scale; });
    else
      for_elements(size, [=](Index i) { y[i] = (x[i] - center) * scale * w[i] + b[i]; });
  }

  /// y[i] = after[i]·(scale·before[i]·g[i] + slope·(x[i] − center) + shift).
  EIGENERATE_LOOP static void combine(S* y, const S* after, const S* before, S scale, const S* g, S slope,
                                      const S* x, S center, S shift, Index size) noexcept {
    with_weight(after, [=](auto a) {
      with_weight(before, [=](auto b) {
        for_elements(size, [=](Index i) {
          y[i] = a[i] * (scale * (b[i] * g[i]) + (slope * (x[i] - center) + shift));
        });
      });
    });
  }

  /// y[i] = w[i]·(g[i] + a·h[i]) + b·t[i].
  EIGENERATE_LOOP static void mix(S* y, const S* weight, const S* g, S a, const S* h, S b, const S* t,
                                  Index size) noexcept {
    with_weight(weight, [=](auto w) {
      for_elements(size, [=](Index i) { y[i] = w[i] * (g[i] + a * h[i]) + b * t[i]; });
    });
  }

  /// sums[i] += g[i]·(scale·t[i] + slope·(x[i] − center) + shift).
  EIGENERATE_LOOP static void add_products(double* sums, const S* g, S scale, const S* t, S slope, const S* x,
                                           S center, S shift, Index size) noexcept {
    for_elements(size, [=](Index i) {
      const double d = wide(x[i]) - wide(center);
      const double z = wide(slope) * d + wide(shift);
      sums[i] += wide(g[i]) * (wide(scale) * wide(t[i]) + z);
    });
  }
};

}  // namespace eigenerate::kernels::detail

EIGENERATE_LOOPS_END
