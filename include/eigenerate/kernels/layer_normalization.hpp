#pragma once
// Layer normalization: each column (a sample) is normalized over its rows (its features).
//
// With n features, µ = mean(x), r = 1/√(mean((x − µ)²) + ε), z = r·(x − µ) and ⟨a, b⟩ = mean(a ∘ b), the
// Jacobian of z is the symmetric A t = r·(t − mean(t) − z·⟨z, t⟩). For given t it has the form r·t + slope·(x
// − µ) + shift.

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/types.hpp"

namespace eigenerate::kernels {

/// `y = z ∘ w + b` per column; also writes µ and r of each.
///
/// **Shapes**: x and y rows × columns; mean and inverse_deviation columns; w and b rows, or both null for
/// ones and zeros. y may be x; nothing else may overlap.
///
/// A column of one row is 0 whatever x is: its r is written as 0, so that all derivatives are 0 too, and not
/// differences of rounded numbers.
///
/// **Numerics**: µ and the variance are summed in double, in two passes, and rounded once.
template <class S>
void normalize_columns(S* y, S* mean, S* inverse_deviation, const S* x, const S* w, const S* b,
                       double epsilon, Index rows, Index columns) noexcept;

/// `y = after ∘ A (before ∘ t)` per column, A the Jacobian of z. Where `slope` and `shift` are not null, also
/// writes those of A (before ∘ t) = r·(before ∘ t) + slope·(x − µ) + shift.
///
/// **Shapes**: x, t and y rows × columns; mean, inverse_deviation, slope and shift columns; after and before
/// rows, or null for ones. y may be t; nothing else may overlap.
///
/// **Numerics**: the two means are summed in double and rounded once.
template <class S>
void apply_normalization_jacobian(S* y, S* slope, S* shift, const S* after, const S* before, const S* t,
                                  const S* x, const S* mean, const S* inverse_deviation, Index rows,
                                  Index columns) noexcept;

/// `dw += Σ_columns g ∘ (scale·t + slope·(x − µ) + shift)`: the weight's gradient from the output (scale = 0,
/// slope = r, shift = 0, t anything finite) or from the tangent A t (scale = r, slope and shift those of A
/// t).
///
/// **Shapes**: dw rows; g, t and x rows × columns; the others columns, or null for zeros. Nothing may overlap
/// dw.
///
/// **Numerics**: each row is summed in double, in the order of the columns, and rounded once.
template <class S>
void accumulate_normalized_products(S* dw, const S* g, const S* scale, const S* t, const S* slope, const S* x,
                                    const S* mean, const S* shift, Index rows, Index columns) noexcept;

/// The gradient with respect to x of Σ dy ∘ y + Σ dty ∘ ty, with y = w ∘ z + b and ty = w ∘ (A t):
/// `dx = A h − r·z·⟨dty, ty⟩` with `h = w ∘ dy − r·(⟨z, t⟩·w ∘ dty + ⟨z, w ∘ dty⟩·t)`.
///
/// h holds what z does to y and, r held fixed, to A t; the last term is what r does to A t, since ∂r/∂x =
/// −r²·z/n.
///
/// **Shapes**: dx, dy, dty, x, t and ty rows × columns; slope (that of A t), mean and inverse_deviation
/// columns; w rows, or null for ones. Nothing may overlap.
///
/// **Numerics**: the means are summed in double and rounded once.
template <class S>
void normalization_second_order(S* dx, const S* dy, const S* dty, const S* w, const S* x, const S* t,
                                const S* ty, const S* slope, const S* mean, const S* inverse_deviation,
                                Index rows, Index columns) noexcept;

}  // namespace eigenerate::kernels

#if EIGENERATE_DEFINES(KERNELS)

#include <algorithm>
#include <cmath>

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/normalization_loops.hpp"

EIGENERATE_LOOPS_BEGIN

namespace eigenerate::kernels {

namespace detail {

/// Calls `f(column)` for every column, on the pool where that pays.
template <class F>
void for_each_column(Index rows, Index columns, const F& f) noexcept {
  for_ranges(columns, rows, [&](Index begin, Index end) {
    for (Index c = begin; c < end; ++c) f(c);
  });
}

/// What the Jacobian of one sample needs to know of w ∘ t: A (w ∘ t) = r·(w ∘ t) + slope·(x − µ) + shift.
template <class S>
struct Projection {
  S slope, shift;

  Projection(const S* t, const S* w, const S* x, S mean, S r, Index size) noexcept {
    double sum, product;
    compiled<SampleLoops<S>::gradient_sums>()(&sum, &product, t, w, x, mean, size);
    const double scale = static_cast<double>(r), n = static_cast<double>(size);
    slope = static_cast<S>(-scale * scale * scale * product / n);
    shift = static_cast<S>(-scale * sum / n);
  }
};

}  // namespace detail

template <class S>
void normalize_columns(S* y, S* mean, S* inverse_deviation, const S* x, const S* w, const S* b,
                       double epsilon, Index rows, Index columns) noexcept {
  using Loops = detail::SampleLoops<S>;
  const double n = static_cast<double>(rows);
  detail::for_each_column(rows, columns, [&](Index c) {
    const S* const sample = x + c * rows;
    mean[c] = static_cast<S>(detail::compiled<Loops::sum>()(sample, rows) / n);
    const double variance = detail::compiled<Loops::squared_deviations>()(sample, mean[c], rows) / n;
    inverse_deviation[c] = rows > 1 ? static_cast<S>(1 / std::sqrt(variance + epsilon)) : S(0);
    detail::compiled<Loops::normalize>()(y + c * rows, sample, mean[c], inverse_deviation[c], w, b, rows);
  });
}

template <class S>
void apply_normalization_jacobian(S* y, S* slope, S* shift, const S* after, const S* before, const S* t,
                                  const S* x, const S* mean, const S* inverse_deviation, Index rows,
                                  Index columns) noexcept {
  detail::for_each_column(rows, columns, [&](Index c) {
    const Index at = c * rows;
    const S mu = mean[c], r = inverse_deviation[c];
    const detail::Projection<S> p(t + at, before, x + at, mu, r, rows);
    detail::compiled<detail::SampleLoops<S>::combine>()(y + at, after, before, r, t + at, p.slope, x + at, mu,
                                                        p.shift, rows);
    if (slope != nullptr) slope[c] = p.slope;
    if (shift != nullptr) shift[c] = p.shift;
  });
}

template <class S>
void accumulate_normalized_products(S* dw, const S* g, const S* scale, const S* t, const S* slope, const S* x,
                                    const S* mean, const S* shift, Index rows, Index columns) noexcept {
  constexpr Index block =
      512;  // rows that one thread sums, in pieces of 2 KiB of each sample: shorter ones stream badly
  detail::for_ranges((rows + block - 1) / block, block * columns, [&](Index begin, Index end) {
    for (Index first = begin * block; first < std::min(rows, end * block); first += block) {
      const Index size = std::min(block, rows - first);
      double sums[block] = {};
      for (Index c = 0; c < columns; ++c) {
        const Index at = first + c * rows;
        detail::compiled<detail::SampleLoops<S>::add_products>()(
            sums, g + at, scale == nullptr ? S(0) : scale[c], t + at, slope[c], x + at, mean[c],
            shift == nullptr ? S(0) : shift[c], size);
      }
      for (Index i = 0; i < size; ++i)
        dw[first + i] = static_cast<S>(static_cast<double>(dw[first + i]) + sums[i]);
    }
  });
}

template <class S>
void normalization_second_order(S* dx, const S* dy, const S* dty, const S* w, const S* x, const S* t,
                                const S* ty, const S* slope, const S* mean, const S* inverse_deviation,
                                Index rows, Index columns) noexcept {
  using Loops = detail::SampleLoops<S>;
  const double n = static_cast<double>(rows);
  detail::for_each_column(rows, columns, [&](Index c) {
    const Index at = c * rows;
    const S mu = mean[c], r = inverse_deviation[c];
    const detail::Projection<S> of_dty(dty + at, w, x + at, mu, r, rows);
    // The slope of A t is −r²·⟨z, t⟩, and likewise for w ∘ dty: divided by r they are the factors in h.
    const auto by_r = [r](S of_a) { return r == S(0) ? S(0) : of_a / r; };
    detail::compiled<Loops::mix>()(dx + at, w, dy + at, by_r(slope[c]), dty + at, by_r(of_dty.slope), t + at,
                                   rows);
    const detail::Projection<S> of_h(dx + at, nullptr, x + at, mu, r, rows);
    const double through_r = detail::compiled<Loops::dot>()(dty + at, ty + at, rows) / n;
    const S full_slope = of_h.slope - r * r * static_cast<S>(through_r);
    detail::compiled<Loops::combine>()(dx + at, nullptr, nullptr, r, dx + at, full_slope, x + at, mu,
                                       of_h.shift, rows);
  });
}

EIGENERATE_INSTANTIATE(normalize_columns)
EIGENERATE_INSTANTIATE(apply_normalization_jacobian)
EIGENERATE_INSTANTIATE(accumulate_normalized_products)
EIGENERATE_INSTANTIATE(normalization_second_order)

}  // namespace eigenerate::kernels

EIGENERATE_LOOPS_END

#endif
