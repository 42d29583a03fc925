#pragma once
// The loop over elements: every function of one or more arrays of equal length goes through `map`.

#include <algorithm>

#include "eigenerate/kernels/chunks.hpp"
#include "eigenerate/kernels/math.hpp"
#include "eigenerate/kernels/types.hpp"
#include "eigenerate/kernels/vector_loop.hpp"

namespace eigenerate::kernels {

namespace detail {

/// Elements of one block: 64 floats are eight AVX registers, enough to hide the latency of a function's chain
/// of operations.
inline constexpr Index map_block = 64;

template <class S, class F, class... In>
EIGENERATE_LOOP void map_one_block(S* out, const F& f, const In*... in) noexcept {
  EIGENERATE_VECTORIZE
  for (Index i = 0; i < map_block; ++i) out[i] = f(in[i]...);
}

/// The first `n` < map_block elements of an array, then zeros.
template <class S>
struct PaddedBlock {
  PaddedBlock(const S* from, Index n) noexcept {
    std::fill(std::copy_n(from, n, values), values + map_block, S(0));
  }
  S values[map_block];
};

}  // namespace detail

/// out[i] = f(in[i]…) for i in [0, n), on all threads.
///
/// `out` may be one of the inputs; otherwise the arrays do not overlap. `f` has no side effects, is called on
/// up to 63 further zeros, and vectorises where it has neither branches nor calls (`math.hpp`).
template <class S, class F, class... In>
void map(S* out, Index n, const F& f, const In*... in) noexcept {
  // Whole blocks only, the rest padded: an element gives the same bits wherever in an array it stands.
  auto* const run_block = detail::compiled<detail::map_one_block<S, F, In...>>();
  const Index blocks = detail::divide_up(n, detail::map_block);
  detail::for_ranges(blocks, detail::map_block, [&](Index block, Index last_block) {
    Index i = block * detail::map_block;
    const Index end = std::min(n, last_block * detail::map_block);
    for (; i + detail::map_block <= end; i += detail::map_block) run_block(out + i, f, (in + i)...);
    if (i == end) return;
    S rest[detail::map_block];
    run_block(rest, f, detail::PaddedBlock<In>(in + i, end - i).values...);
    std::copy_n(rest, end - i, out + i);
  });
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
