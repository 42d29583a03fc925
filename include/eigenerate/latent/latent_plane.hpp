#pragma once

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/distributions/normal_quantile.hpp"

namespace eigenerate {

/// A plane of latent vectors, `origin + a · across + b · down`.
template <Scalar S = float>
struct LatentPlane {
  Vector<S> origin, across, down;

  /// That of two dimensions, through zero.
  static LatentPlane of_dimensions(Index latent, Index across, Index down) {
    if (across < 0 || across >= latent || down < 0 || down >= latent || across == down)
      fail<ConfigError>("LatentPlane: expected two of {} latent dimensions, got {} and {}", latent, across,
                        down);
    LatentPlane plane{Vector<S>::Zero(latent), Vector<S>::Zero(latent), Vector<S>::Zero(latent)};
    plane.across(across) = plane.down(down) = S(1);
    return plane;
  }

  /// Latent vectors at a grid of equal steps in probability: point (i, j) of the unit square, each step's
  /// middle, goes through the inverse of the normal distribution to `a` and `b`. So each stands for as much
  /// of the prior as any other, and the corners are not where nothing is ever drawn.
  ///
  /// **Shapes** latent × rows·columns, row by row; `across` grows to the right and `down` downwards.
  /// **Source** Kingma & Welling 2014, appendix A and figure 4.
  Matrix<S> grid(Index rows, Index columns) const {
    if (rows < 1 || columns < 1)
      fail<ConfigError>("LatentPlane: expected a grid of at least one row and column, got {} × {}", rows,
                        columns);
    if (origin.size() != across.size() || origin.size() != down.size())
      fail<ShapeError>("LatentPlane: expected vectors of one size, got {}, {} and {}", origin.size(),
                       across.size(), down.size());
    const auto at = [](Index i, Index of) {
      return static_cast<S>(normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(of)));
    };
    Matrix<S> z(origin.size(), rows * columns);
    for (Index i = 0; i < z.cols(); ++i)
      z.col(i) = origin + at(i % columns, columns) * across + at(i / columns, rows) * down;
    return z;
  }
};

}  // namespace eigenerate
