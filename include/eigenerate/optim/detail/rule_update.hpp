#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <tuple>

#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::detail {

/// Most arenas that a rule remembers.
inline constexpr std::size_t max_moments = std::tuple_size_v<decltype(kernels::UpdateArrays<float>::moments)>;

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

/// What an optimiser's rule is given for one step.
template <Scalar S>
struct RuleUpdate {
  kernels::UpdateArrays<S> arrays;
  Index size = 0;
  std::uint64_t step = 1;    ///< of this update, counted from 1
  double learning_rate = 0;  ///< schedule included

  /// Passes over the arrays once.
  template <class Kernel>
  void run(const Kernel& kernel) const {
    kernels::update(arrays, size, kernel);
  }
};

}  // namespace eigenerate::detail
