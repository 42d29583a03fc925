#pragma once

#include <numeric>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/element_map.hpp"
#include "eigenerate/layers/plan.hpp"

namespace eigenerate::detail {

/// Whether PyTorch's order (channel, row, column) is also the order in memory.
constexpr bool is_one_order(const Shape& shape) {
  return shape.channels == 1 || shape.pixels() == 1;
}

/// Samples of that shape as vectors in PyTorch's order.
template <class S>
void to_pytorch_order(S* vectors, const S* images, const Shape& shape, Index batch) {
  kernels::transpose_each(vectors, images, shape.channels, shape.pixels(), batch);
}

/// Vectors in PyTorch's order as samples of that shape.
template <class S>
void from_pytorch_order(S* images, const S* vectors, const Shape& shape, Index batch) {
  kernels::transpose_each(images, vectors, shape.pixels(), shape.channels, batch);
}

/// What `reorder` needs: a sample's vector where both ends are real images.
constexpr Extent reorder_scratch(const Shape& a, const Shape& b) {
  return {a == b || is_one_order(a) || is_one_order(b) ? 0 : a.size(), 0};
}

/// Samples of one shape in another shape of the same size, each element in its place in PyTorch's order.
template <class S>
void reorder(S* out, const Shape& out_shape, const S* in, const Shape& in_shape, Index batch, S* scratch) {
  if (in_shape == out_shape) return kernels::copy(out, in, batch * in_shape.size());
  if (is_one_order(in_shape)) return from_pytorch_order(out, in, out_shape, batch);
  if (is_one_order(out_shape)) return to_pytorch_order(out, in, in_shape, batch);
  to_pytorch_order(scratch, in, in_shape, batch);
  from_pytorch_order(out, scratch, out_shape, batch);
}

/// What `reorder` does to one sample.
ElementMap reordering(const Shape& out_shape, const Shape& in_shape);

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE ElementMap reordering(const Shape& out_shape, const Shape& in_shape) {
  if (in_shape == out_shape || (is_one_order(in_shape) && is_one_order(out_shape))) return {};
  std::vector<double> places(static_cast<std::size_t>(in_shape.size())), moved(places.size()),
      scratch(places.size());
  std::iota(places.begin(), places.end(), 0.0);
  reorder(moved.data(), out_shape, places.data(), in_shape, 1, scratch.data());
  ElementMap map;
  for (const double place : moved) map.source.push_back(static_cast<Index>(place));
  return map;
}

#endif

}  // namespace eigenerate::detail
