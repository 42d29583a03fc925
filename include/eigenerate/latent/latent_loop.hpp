#pragma once

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// A smooth closed walk through latent vectors: by each station in its turn, `steps` points from one to the
/// next, and from the last one back to the first. Frames of it can be shown for ever.
///
/// Cubic pieces with the derivative (next − previous) / 2 at each station, so that nothing turns abruptly
/// there as on straight or spherical paths (`latent_path`). Between stations that have nothing in common the
/// walk comes nearer to their mean: halfway, to 0.8 of the distance that they have from it.
///
/// **Shapes** latent × n stations → latent × n·steps; point k·steps is station k, to the bit.
/// **Errors** `ConfigError` for no stations or steps.
/// **Source** Catmull & Rom 1974, the uniform spline.
inline Matrix<float> latent_loop(const Matrix<float>& stations, Index steps) {
  const Index n = stations.cols();
  if (n < 1 || stations.rows() < 1 || steps < 1)
    fail<ConfigError>(
        "latent_loop: expected at least one station of one dimension and one step, got {} of {} and {}", n,
        stations.rows(), steps);
  Matrix<float> z(stations.rows(), n * steps);
  for (Index i = 0; i < n; ++i) {
    const auto before = stations.col((i + n - 1) % n), here = stations.col(i),
               next = stations.col((i + 1) % n), after = stations.col((i + 2) % n);
    for (Index k = 0; k < steps; ++k) {
      const float t = static_cast<float>(k) / static_cast<float>(steps);
      z.col(i * steps + k) = here + t / 2 * (next - before) +
                             t * t * (before - 2.5f * here + 2 * next - after / 2) +
                             t * t * t / 2 * (3 * (here - next) + after - before);
    }
  }
  return z;
}

}  // namespace eigenerate
