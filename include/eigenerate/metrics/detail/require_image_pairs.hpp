#pragma once

#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"

namespace eigenerate::detail {

/// Refuses images that have no reference each, and a range without an extent; returns the extent.
inline double require_image_pairs(std::string_view who, const ConstView<float>& images,
                                  const ConstView<float>& references, const ValueRange& range) {
  require_features(who, "images", images, "references", references);
  if (images.cols() != references.cols())
    fail<ShapeError>("{}: expected a reference for each of {} images, got {}", who, images.cols(),
                     references.cols());
  if (!(range.is_bounded() && range.low < range.high))
    fail<ConfigError>("{}: expected a range from black to white, got {}", who, to_string(range));
  return range.high - range.low;
}

}  // namespace eigenerate::detail
