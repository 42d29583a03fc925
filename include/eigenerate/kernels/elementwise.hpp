#pragma once
// The loop over elements: every function of one or more arrays of equal length goes through `map`, and every
// sum of one through `sum_of_map`.

#include <algorithm>

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/math.hpp"
#include "eigenerate/kernels/types.hpp"
#include "eigenerate/kernels/vector_loop.hpp"

EIGENERATE_LOOPS_BEGIN

namespace eigenerate::kernels {

/// What a function of `map_and_sum` returns.
template <class S>
struct ValueAndTerm {
  S value;  ///< goes to the array
  S term;   ///< goes into the sum
};

namespace detail {

/// Elements of one block: 64 floats are eight AVX registers, enough to hide the latency of a function's chain
/// of operations.
inline constexpr Index map_block = 64;

template <class S, class F, class... In>
EIGENERATE_LOOP void map_blocks(S* out, Index n, const F& given, const In*... in) noexcept {
  const F f = given;  // a copy that no store below can change
  for (Index first = 0; first < n; first += map_block) {
    EIGENERATE_VECTORIZE
    for (Index i = 0; i < map_block; ++i) out[first + i] = f(in[first + i]...);
  }
}

/// Σ terms, where only the first `used` of the block count: pairs of pairs are added in S, the rest in
/// double.
template <class S>
EIGENERATE_LOOP void add_terms(double* sums, S* terms, Index used) noexcept {
  constexpr Index lanes = map_block / 4;
  for (Index i = used; i < map_block; ++i) terms[i] = S(0);
  EIGENERATE_VECTORIZE
  for (Index i = 0; i < lanes; ++i) {
    const S sum = (terms[i] + terms[i + lanes]) + (terms[i + 2 * lanes] + terms[i + 3 * lanes]);
    sums[i] += static_cast<double>(sum);
  }
}

template <class S, class F, class... In>
EIGENERATE_LOOP void sum_blocks(double* sums, Index n, const F& given, const In*... in) noexcept {
  const F f = given;
  for (Index first = 0; first < n; first += map_block) {
    S terms[map_block];
    EIGENERATE_VECTORIZE
    for (Index i = 0; i < map_block; ++i) terms[i] = f(in[first + i]...);
    add_terms(sums, terms, n - first);
  }
}

template <class S, class F, class... In>
EIGENERATE_LOOP void map_and_sum_blocks(double* sums, S* out, Index n, const F& given,
                                        const In*... in) noexcept {
  const F f = given;
  for (Index first = 0; first < n; first += map_block) {
    S terms[map_block];
    EIGENERATE_VECTORIZE
    for (Index i = 0; i < map_block; ++i) {
      const ValueAndTerm<S> both = f(in[first + i]...);
      out[first + i] = both.value;
      terms[i] = both.term;
    }
    add_terms(sums, terms, n - first);
  }
}

/// The first `n` < map_block elements of an array, then zeros.
template <class S>
struct PaddedBlock {
  PaddedBlock(const S* from, Index n) noexcept {
    std::fill(std::copy_n(from, n, values), values + map_block, S(0));
  }
  S values[map_block];
};

/// The partial sums of one pass.
struct LaneSums {
  double lanes[map_block / 4] = {};

  double total() const noexcept {
    double sum = 0;
    for (const double lane : lanes) sum += lane;
    return sum;
  }
};

}  // namespace detail

/// out[i] = f(in[i]…) for i in [0, n), on all threads.
///
/// `out` may be one of the inputs; otherwise the arrays do not overlap. `f` has no side effects, is called on
/// up to 63 further zeros, and vectorises where it has neither branches nor calls (`math.hpp`).
template <class S, class F, class... In>
void map(S* out, Index n, const F& f, const In*... in) noexcept {
  // Whole blocks only, the rest padded: an element gives the same bits wherever in an array it stands.
  auto* const run = detail::compiled<detail::map_blocks<S, F, In...>>();
  const Index blocks = n / detail::map_block, rest = n % detail::map_block;
  detail::for_ranges(blocks, detail::map_block, [&](Index block, Index last_block) {
    const Index i = block * detail::map_block;
    run(out + i, last_block * detail::map_block - i, f, (in + i)...);
  });
  if (rest == 0) return;
  S padded[detail::map_block];
  run(padded, detail::map_block, f, detail::PaddedBlock<In>(in + n - rest, rest).values...);
  std::copy_n(padded, rest, out + n - rest);
}

/// Σ f(in[i]…) for i in [0, n), on the calling thread; `f` as for `map`.
///
/// **Numerics** terms are computed in S, added four at a time in S and the rest in double: the error of the
/// sum is below 2·2⁻²⁴ · Σ|term| in float, whatever n.
template <class S, class F, class... In>
[[nodiscard]] double sum_of_map(Index n, const F& f, const In*... in) noexcept {
  auto* const run = detail::compiled<detail::sum_blocks<S, F, In...>>();
  const Index rest = n % detail::map_block;
  detail::LaneSums sums;
  run(sums.lanes, n - rest, f, in...);
  if (rest > 0) run(sums.lanes, rest, f, detail::PaddedBlock<In>(in + n - rest, rest).values...);
  return sums.total();
}

/// Both at once: out[i] = f(in[i]…).value, and the sum of f(in[i]…).term is returned; on the calling thread,
/// with `map`'s rules and `sum_of_map`'s error.
template <class S, class F, class... In>
double map_and_sum(S* out, Index n, const F& f, const In*... in) noexcept {
  auto* const run = detail::compiled<detail::map_and_sum_blocks<S, F, In...>>();
  const Index rest = n % detail::map_block;
  detail::LaneSums sums;
  run(sums.lanes, out, n - rest, f, in...);
  if (rest > 0) {
    S padded[detail::map_block];
    run(sums.lanes, padded, rest, f, detail::PaddedBlock<In>(in + n - rest, rest).values...);
    std::copy_n(padded, rest, out + n - rest);
  }
  return sums.total();
}

/// y = x.
template <class S>
void copy(S* y, const S* x, Index n) noexcept {
  const auto identity = [](S v) { return v; };
  map(y, n, identity, x);
}

/// y = 1 / (1 + e^-x).
template <class S>
void sigmoid(S* y, const S* x, Index n) noexcept {
  const auto f = [](S v) { return sigmoid(v); };
  map(y, n, f, x);
}

/// y = tanh(x).
template <class S>
void tanh(S* y, const S* x, Index n) noexcept {
  const auto f = [](S v) { return tanh(v); };
  map(y, n, f, x);
}

/// y = log(1 + e^x).
template <class S>
void softplus(S* y, const S* x, Index n) noexcept {
  const auto f = [](S v) { return softplus(v); };
  map(y, n, f, x);
}

}  // namespace eigenerate::kernels

EIGENERATE_LOOPS_END
