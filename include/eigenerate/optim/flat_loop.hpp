#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "eigenerate/core/memory.hpp"
#include "eigenerate/distributions/chunked.hpp"

namespace eigenerate::detail {

/// Scalars of one block of a flat loop. The blocks of five arenas (parameters, gradients, three moments) are
/// 20 KiB of float, so a rule of several statements finds them in the first-level cache after the first.
inline constexpr Index flat_block = 1024;

/// Calls `f(first, size)` for consecutive blocks of [0, size), on all threads.
template <class F>
void for_each_block(Index size, F&& f) {
  for_each_item((size + flat_block - 1) / flat_block, flat_block, [&](Index block) {
    const Index first = block * flat_block;
    f(first, std::min(flat_block, size - first));
  });
}

/// Most arenas that a rule remembers.
inline constexpr std::size_t max_moments = 3;

/// The names of what a rule remembers, as PyTorch's state dict has them.
class MomentNames {
 public:
  MomentNames() = default;
  MomentNames(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) add(name);
  }
  void add(std::string_view name) { names_[size_++] = name; }
  std::size_t size() const { return size_; }
  const std::string_view* begin() const { return names_.data(); }
  const std::string_view* end() const { return names_.data() + size_; }

 private:
  std::array<std::string_view, max_moments> names_;
  std::size_t size_ = 0;
};

/// What an optimiser's rule sees of one block of the arenas, and the few passes over a block that all rules
/// are made of. Each pass is compiled once and shared; its operands stay in the first-level cache in between.
template <Scalar S>
struct UpdateBlock {
  ArrayView<S> parameters;
  ConstArrayView<S> gradients;
  std::array<S*, max_moments> moments{};
  std::uint64_t step = 1;    ///< of this update, counted from 1
  double learning_rate = 0;  ///< schedule included

  ArrayView<S> moment(std::size_t i) const { return {moments[i], parameters.size()}; }

  /// `d = g + weight_decay · p`, the gradient of the loss with an L2 term.
  void decayed_gradient(double weight_decay, ArrayView<S> d) const {
    d = gradients + static_cast<S>(weight_decay) * parameters;
  }
  /// `p −= rate · direction`.
  void descend(double rate, ConstArrayView<S> direction) { parameters -= static_cast<S>(rate) * direction; }

  /// `m = keep · m + add · d`.
  static void mix(ArrayView<S> m, double keep, double add, ConstArrayView<S> d) {
    m = static_cast<S>(keep) * m + static_cast<S>(add) * d;
  }
  /// `v = keep · v + add · d²`.
  static void mix_squares(ArrayView<S> v, double keep, double add, ConstArrayView<S> d) {
    v = static_cast<S>(keep) * v + static_cast<S>(add) * d.square();
  }
  /// `q = m / (scale · √v + ε)`; q may be m.
  static void divide_by_root(ConstArrayView<S> m, ConstArrayView<S> v, double scale, double epsilon,
                             ArrayView<S> q) {
    q = m / (static_cast<S>(scale) * v.sqrt() + static_cast<S>(epsilon));
  }
};

/// A block of numbers on the stack, for what a rule needs in between.
template <Scalar S>
class BlockBuffer {
 public:
  ArrayView<S> first(Index size) { return {values_, size}; }

 private:
  alignas(alignment_bytes) S values_[static_cast<std::size_t>(flat_block)];
};

/// Read-only view of a writable one.
template <Scalar S>
ConstArrayView<S> read(const ArrayView<S>& a) {
  return {a.data(), a.size()};
}

}  // namespace eigenerate::detail
