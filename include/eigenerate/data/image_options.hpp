#pragma once

#include <cstdint>

#include "eigenerate/core/types.hpp"
#include "eigenerate/data/pixel_range.hpp"

namespace eigenerate::data {

/// How pictures of other proportions become images of one size: their middle is cut out, as large as the
/// proportions allow; or all of them is stretched.
enum class ImageFit { crop, stretch };

/// How the pictures of a folder become a dataset.
struct ImageOptions {
  Index channels = 3;  ///< 1: gray, 3: red, green, blue; pictures of the other kind are converted
  ImageFit fit = ImageFit::crop;
  PixelRange range = PixelRange::unit;
  std::uint8_t background = 0;  ///< gray level behind what is transparent
  bool labels = false;          ///< whether sub-folders are classes, in the order of their names
  bool skip_broken = false;     ///< leave out pictures that cannot be read, rather than stop at the first one
};

}  // namespace eigenerate::data
