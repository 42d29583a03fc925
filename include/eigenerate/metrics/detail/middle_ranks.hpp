#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace eigenerate::detail {

/// Of every number its place in the order of all, from 1; equal ones share the middle of their places.
inline std::vector<double> middle_ranks(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  std::vector<double> ranks(x.size());
  for (std::size_t i = 0, end = 0; i < x.size(); i = end) {
    for (end = i; end < x.size() && x[order[end]] == x[order[i]];) ++end;
    for (std::size_t j = i; j < end; ++j) ranks[order[j]] = 0.5 * static_cast<double>(i + 1 + end);
  }
  return ranks;
}

}  // namespace eigenerate::detail
