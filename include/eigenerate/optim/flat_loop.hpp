#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

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

/// What an optimiser's rule sees of one block of the arenas.
template <Scalar S>
struct UpdateBlock {
  ArrayView<S> parameters;
  ConstArrayView<S> gradients;
  std::array<S*, max_moments> moments{};
  std::uint64_t step = 1;    ///< of this update, counted from 1
  double learning_rate = 0;  ///< schedule included

  ArrayView<S> moment(std::size_t i) const { return {moments[i], parameters.size()}; }
};

}  // namespace eigenerate::detail
