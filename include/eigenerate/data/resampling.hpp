#pragma once

namespace eigenerate::data {

/// How pixels of another size are made of those that lie around them.
enum class Resampling {
  bilinear,  ///< by their distance, of the nearest two along each dimension
  bicubic,   ///< by the cubic of Keys with a = −0.5, of the nearest four
  area       ///< the mean of those that a pixel covers, for shrinking by whole factors
};

}  // namespace eigenerate::data
