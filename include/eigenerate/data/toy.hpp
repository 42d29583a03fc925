#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/shuffle.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::data {

/// Options of `gaussian_ring`.
struct RingOptions {
  Index modes = 8;
  double radius = 2;
  double sigma = 0.02;
  std::uint64_t seed = 0;
};

/// Options of `gaussian_grid`.
struct GridMixtureOptions {
  Index side = 5;
  double spacing = 2;
  double sigma = 0.05;
  std::uint64_t seed = 0;
};

/// Options of `two_moons` and `swiss_roll`: the standard deviation of Gaussian noise added to both
/// coordinates.
struct CurveOptions {
  double noise = 0;
  std::uint64_t seed = 0;
};

namespace detail {

/// The independent parts of one toy set's randomness.
enum class ToyLane : std::uint16_t { noise, mode, order, parameter };

inline RandomStream toy_stream(std::uint64_t seed, ToyLane lane) {
  return RandomStream{seed, Purpose::toy_data}.lane(static_cast<std::uint64_t>(lane));
}

/// Adds normal noise to every coordinate.
inline void add_noise(Matrix<float>& points, double sigma, std::uint64_t seed) {
  if (sigma == 0) return;
  Matrix<double> noise(points.rows(), points.cols());
  fill_normal(noise.data(), noise.size(), toy_stream(seed, ToyLane::noise));
  points += (sigma * noise).cast<float>();
}

inline void require_toy(std::string_view name, Index n, double noise) {
  if (n < 1) fail<ConfigError>("{}: expected at least one sample, got {}", name, n);
  if (!(is_finite(noise) && noise >= 0))
    fail<ConfigError>("{}: expected noise >= 0 and finite, got {}", name, noise);
}

/// `n` points: each takes one center at random, plus noise.
inline Dataset mixture(std::string name, Index n, const Matrix<float>& centers, double sigma,
                       std::uint64_t seed) {
  std::vector<int> labels(static_cast<std::size_t>(n));
  Matrix<float> points(2, n);
  const auto stream = toy_stream(seed, ToyLane::mode);
  for (Index i = 0; i < n; ++i) {
    const auto mode = static_cast<Index>(
        uniform_below(static_cast<std::uint64_t>(centers.cols()), stream, static_cast<std::uint64_t>(i)));
    labels[static_cast<std::size_t>(i)] = static_cast<int>(mode);
    points.col(i) = centers.col(mode);
  }
  add_noise(points, sigma, seed);
  return Dataset(std::move(name), {2}, std::move(points), std::move(labels), centers.cols());
}

}  // namespace detail

/// The means of `gaussian_ring`: 2 × modes, counter-clockwise from (radius, 0).
Matrix<float> ring_centers(const RingOptions& options = {});

/// The means of `gaussian_grid`: 2 × side², centered on the origin, the first coordinate running fastest.
Matrix<float> grid_centers(const GridMixtureOptions& options = {});

/// Equal mixture of narrow Gaussians on a circle; the label is the mode.
///
/// **Source** the 8-Gaussian ring of Metz et al. 2017, "Unrolled generative adversarial networks".
Dataset gaussian_ring(Index n, const RingOptions& options = {});

/// Equal mixture of narrow Gaussians on a square grid; the label is the mode.
///
/// **Source** the 25-Gaussian grid of Dumoulin et al. 2017, "Adversarially learned inference".
Dataset gaussian_grid(Index n, const GridMixtureOptions& options = {});

/// Two interleaved half circles, n/2 points evenly spaced on the outer one (label 0), the rest on the inner
/// one (label 1), in random order.
///
/// **Source** scikit-learn's `make_moons`, the same points and labels before noise and order.
Dataset two_moons(Index n, const CurveOptions& options = {});

/// A spiral: t · (cos t, sin t) for t uniform on [1.5π, 4.5π]; no labels.
///
/// **Source** scikit-learn's `make_swiss_roll` without its middle coordinate; Marsland 2014, chapter 6.
Dataset swiss_roll(Index n, const CurveOptions& options = {});

#if EIGENERATE_DEFINES(DATA)

EIGENERATE_INLINE Matrix<float> ring_centers(const RingOptions& options) {
  if (options.modes < 1) fail<ConfigError>("ring_centers: expected at least 1 mode, got {}", options.modes);
  Matrix<float> centers(2, options.modes);
  for (Index k = 0; k < options.modes; ++k) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(options.modes);
    centers(0, k) = static_cast<float>(options.radius * std::cos(angle));
    centers(1, k) = static_cast<float>(options.radius * std::sin(angle));
  }
  return centers;
}

EIGENERATE_INLINE Matrix<float> grid_centers(const GridMixtureOptions& options) {
  if (options.side < 1)
    fail<ConfigError>("grid_centers: expected a side of at least 1, got {}", options.side);
  Matrix<float> centers(2, options.side * options.side);
  const double middle = static_cast<double>(options.side - 1) / 2;
  for (Index k = 0; k < centers.cols(); ++k) {
    centers(0, k) = static_cast<float>(options.spacing * (static_cast<double>(k % options.side) - middle));
    centers(1, k) = static_cast<float>(options.spacing * (static_cast<double>(k / options.side) - middle));
  }
  return centers;
}

EIGENERATE_INLINE Dataset gaussian_ring(Index n, const RingOptions& options) {
  detail::require_toy("gaussian_ring", n, options.sigma);
  return detail::mixture("gaussian_ring", n, ring_centers(options), options.sigma, options.seed);
}

EIGENERATE_INLINE Dataset gaussian_grid(Index n, const GridMixtureOptions& options) {
  detail::require_toy("gaussian_grid", n, options.sigma);
  return detail::mixture("gaussian_grid", n, grid_centers(options), options.sigma, options.seed);
}

EIGENERATE_INLINE Dataset two_moons(Index n, const CurveOptions& options) {
  detail::require_toy("two_moons", n, options.noise);
  std::vector<Index> order(static_cast<std::size_t>(n));
  random_permutation(order, detail::toy_stream(options.seed, detail::ToyLane::order));
  std::vector<int> labels(order.size());
  Matrix<float> points(2, n);
  const Index outer = n / 2;
  for (Index k = 0; k < n; ++k) {
    const bool inside = k >= outer;
    const Index step = inside ? k - outer : k;
    const Index steps = (inside ? n - outer : outer) - 1;
    const double angle =
        steps > 0 ? std::numbers::pi * static_cast<double>(step) / static_cast<double>(steps) : 0;
    const Index i = order[static_cast<std::size_t>(k)];
    labels[static_cast<std::size_t>(i)] = inside ? 1 : 0;
    points(0, i) = static_cast<float>(inside ? 1 - std::cos(angle) : std::cos(angle));
    points(1, i) = static_cast<float>(inside ? 0.5 - std::sin(angle) : std::sin(angle));
  }
  detail::add_noise(points, options.noise, options.seed);
  return Dataset("two_moons", {2}, std::move(points), std::move(labels), 2);
}

EIGENERATE_INLINE Dataset swiss_roll(Index n, const CurveOptions& options) {
  detail::require_toy("swiss_roll", n, options.noise);
  std::vector<double> uniform(static_cast<std::size_t>(n));
  fill_uniform(uniform.data(), n, detail::toy_stream(options.seed, detail::ToyLane::parameter));
  Matrix<float> points(2, n);
  for (Index i = 0; i < n; ++i) {
    const double t = 1.5 * std::numbers::pi * (1 + 2 * uniform[static_cast<std::size_t>(i)]);
    points.col(i) << static_cast<float>(t * std::cos(t)), static_cast<float>(t * std::sin(t));
  }
  detail::add_noise(points, options.noise, options.seed);
  return Dataset("swiss_roll", {2}, std::move(points));
}

#endif

}  // namespace eigenerate::data
