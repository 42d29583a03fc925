#pragma once

#include <vector>

#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate::data::detail {

/// How the images of a row-major array of 2 (n×features), 3 (n×H×W) or 4 (n×H×W×C) dimensions stand in it.
struct ImageLayout {
  Index count = 0;
  Shape shape;
  Index channel = 1, row = 1, column = 1;  ///< how far apart neighbors stand

  /// `channels_first`: n×C×H×W; `transposed`: column by column.
  ImageLayout(const std::vector<Index>& extents, bool channels_first, bool transposed) : count(extents[0]) {
    const auto rank = extents.size();
    if (rank == 2) {
      shape = {extents[1]};
      return;
    }
    const bool planes = rank == 4 && channels_first;
    const Index channels = rank == 3 ? 1 : extents[planes ? 1 : 3];
    const Index slow = extents[planes ? 2 : 1], fast = extents[planes ? 3 : 2];
    channel = planes ? slow * fast : 1;
    const Index next = planes ? 1 : channels;
    shape = transposed ? Shape{channels, fast, slow} : Shape{channels, slow, fast};
    row = transposed ? next : next * fast;
    column = transposed ? next * fast : next;
  }

  /// Whether images stand in the array as in a dataset, row by row with channels last.
  bool in_order() const {
    return (shape.channels == 1 || channel == 1) && (shape.width == 1 || column == shape.channels) &&
           (shape.height == 1 || row == shape.channels * shape.width);
  }

  /// The same images in the order of a dataset.
  template <class T>
  std::vector<T> in_order(const T* images) const {
    std::vector<T> out;
    out.reserve(static_cast<std::size_t>(count * shape.size()));
    for (Index i = 0; i < count; ++i)
      for (Index r = 0; r < shape.height; ++r)
        for (Index c = 0; c < shape.width; ++c)
          for (Index k = 0; k < shape.channels; ++k)
            out.push_back(images[i * shape.size() + r * row + c * column + k * channel]);
    return out;
  }
};

}  // namespace eigenerate::data::detail
