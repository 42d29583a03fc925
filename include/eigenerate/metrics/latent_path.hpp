#pragma once

#include <cmath>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// The path between two latent vectors: along the sphere, as normal ones lie, or straight.
enum class LatentPath { spherical, straight };

/// The point t of the way from a to b.
///
/// The spherical path turns from one direction to the other at a steady angle, and its length goes with it:
/// `sin((1 − t)ω)/sin ω · a + sin(tω)/sin ω · b`, ω the angle between them. Between vectors of one length all
/// points have that length, as the many dimensions of normal ones nearly do, while the straight path leads
/// through the middle, where there are none.
///
/// Where the vectors are parallel it is the straight path. Where they are opposite, or one is zero, no sphere
/// says which way to go, and it is the straight path too: it passes through zero.
///
/// **Errors** `ShapeError` for vectors of two sizes.
/// **Numerics** in double; t = 0 gives a and t = 1 gives b, to the bit. Vectors are parallel or opposite up
/// to an angle of 1e-6.
/// **Source** White 2016, "Sampling generative networks", spherical interpolation (after Shoemake 1985).
inline Vector<double> latent_point(LatentPath path, const Vector<double>& a, const Vector<double>& b,
                                   double t) {
  if (a.size() != b.size())
    fail<ShapeError>("latent_point: expected two vectors of one size, got {} and {} numbers", a.size(),
                     b.size());
  double of_a = 1 - t, of_b = t;
  const double lengths = a.norm() * b.norm();
  if (path == LatentPath::spherical && lengths > 0) {
    // Keeps its digits for small angles, which the arc cosine does not.
    const Vector<double> u = a.normalized(), v = b.normalized();
    const double angle = 2 * std::atan2((u - v).norm(), (u + v).norm()), sine = std::sin(angle);
    if (sine > 1e-6) {
      of_a = std::sin((1 - t) * angle) / sine;
      of_b = std::sin(t * angle) / sine;
    }
  }
  return of_a * a + of_b * b;
}

/// `steps` points of the path from a to b at equal distances, both ends included: latent × steps.
/// **Errors** `ConfigError` for less than two steps; as for `latent_point`.
template <Scalar S>
Matrix<S> latent_path(LatentPath path, const Vector<S>& a, const Vector<S>& b, Index steps) {
  if (steps < 2) fail<ConfigError>("latent_path: expected at least 2 steps, got {}", steps);
  const Vector<double> from = a.template cast<double>(), to = b.template cast<double>();
  Matrix<S> z(a.size(), steps);
  for (Index i = 0; i < steps; ++i)
    z.col(i) = latent_point(path, from, to, static_cast<double>(i) / static_cast<double>(steps - 1))
                   .template cast<S>();
  return z;
}

}  // namespace eigenerate
