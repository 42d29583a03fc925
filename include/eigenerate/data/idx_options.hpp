#pragma once

#include <optional>

#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/pixel_range.hpp"

namespace eigenerate::data {

/// How the arrays of IDX files become a dataset.
struct IdxOptions {
  PixelRange range = PixelRange::unit;  ///< of the gray levels 0 … 255
  Index classes = 0;                    ///< 0: as many as the largest label says
  int first_label = 0;                  ///< the file's label of class 0: EMNIST's letters count from 1
  bool transposed = false;              ///< whether images stand column by column, as EMNIST's do
  bool channels_first = false;          ///< in four dimensions: n×C×H×W instead of n×H×W×C
  std::optional<Shape> shape = {};      ///< the only one to accept, where one is given
};

}  // namespace eigenerate::data
