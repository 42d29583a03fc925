#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"
#include "eigenerate/metrics/estimate.hpp"

namespace eigenerate {

/// How sequences of frames move.
struct FrameConsistency {
  Estimate step;              ///< from a frame to the next one, mean of the sequences
  Estimate largest;           ///< the largest step of a sequence by its mean step, mean of the sequences
  std::vector<double> steps;  ///< all of them, sequence by sequence
};

/// How far it is from a frame to the next one, by the root of the mean squared difference of their values,
/// and how evenly: `largest` is 1 at a steady pace, and far above where frames jump. One that stands still
/// has a steady pace too.
///
/// A cross-fade of pixels takes the smallest and steadiest steps that there are, through what are no images:
/// compare with clips of a real film, and look at the frames themselves too (`recognized_share`,
/// `nearest_neighbors`). The steps depend on the number of frames.
///
/// The errors are those of means over the sequences, each of which counts once.
///
/// **Shapes** frames: features × length·sequences, those of one sequence side by side; images, or their
/// features.
/// **Errors** `ShapeError` for a length below 2 and other numbers of frames, `ConfigError` for a number that
/// is not finite.
/// **Numerics** differences and sums in double.
inline FrameConsistency frame_consistency(ConstView<float> frames, Index length) {
  detail::require_features("frame_consistency", "frames", frames);
  if (length < 2 || frames.cols() % length != 0)
    fail<ShapeError>("frame_consistency: expected sequences of {} frames each, at least 2, got {} frames",
                     length, frames.cols());
  FrameConsistency result;
  std::vector<double> mean_steps, largest_steps;
  for (Index first = 0; first < frames.cols(); first += length) {
    double sum = 0, largest = 0;
    for (Index i = first; i + 1 < first + length; ++i) {
      const double step =
          std::sqrt((frames.col(i + 1).cast<double>() - frames.col(i).cast<double>()).squaredNorm() /
                    static_cast<double>(frames.rows()));
      sum += step;
      largest = std::max(largest, step);
      result.steps.push_back(step);
    }
    mean_steps.push_back(sum / static_cast<double>(length - 1));
    largest_steps.push_back(sum > 0 ? largest / mean_steps.back() : 1);
  }
  result.step = mean_of(mean_steps);
  result.largest = mean_of(largest_steps);
  return result;
}

}  // namespace eigenerate
