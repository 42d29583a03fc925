#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "eigenerate/core/random.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/metrics/detail/require_features.hpp"
#include "eigenerate/metrics/estimate.hpp"
#include "eigenerate/metrics/latent_path.hpp"

namespace eigenerate {

/// How path lengths are sampled.
struct PathLengthOptions {
  Index samples = 1000;
  double step = 1e-4;  ///< along a path of length 1
  LatentPath path = LatentPath::spherical;
  double left_out = 0.01;  ///< share of the shortest, and of the longest, that do not count
  Index batch = 128;
  std::uint64_t seed = 0;
};

/// How much features of generated samples change along a path through the latent space,
/// `E |f(g(z(t + ε))) − f(g(z(t)))|² / ε²` between standard normal latent vectors at a random place t: long
/// where the space has jumps. There is no floor in real data; compare models of the same features.
///
/// The error is that of a mean over the paths that count.
///
/// **Shapes** `generator(z)`: latent × n → samples × n; `features(x)`: samples × n → features × n; both take
/// and return what a `ConstView<float>` is made of.
/// **Cost** two samples for each path.
/// **Errors** `ConfigError` for options out of range and a feature that is not finite, `ShapeError` for
/// another number of columns.
/// **Numerics** differences of floats: with features of order one a step of 1e-4 keeps three digits.
/// **Source** Karras, Laine & Aila 2019, section 4.1; extremes left out as in their program.
template <class Generator, class Features>
Estimate perceptual_path_length(Generator&& generator, Features&& features, Index latent,
                                const PathLengthOptions& options = {}) {
  const bool finite = is_finite(options.step) && is_finite(options.left_out);
  if (latent < 1 || options.samples < 1 || options.batch < 1 || !finite ||
      !(options.step > 0 && options.step < 1) || !(options.left_out >= 0 && options.left_out < 0.5))
    fail<ConfigError>(
        "perceptual_path_length: expected latent, samples and batch of at least 1, a step in (0, 1) and left_out in "
        "[0, 0.5), got {}, {}, {}, {} and {}",
        latent, options.samples, options.batch, options.step, options.left_out);
  const RandomStream random{options.seed, Purpose::evaluation};
  std::vector<double> lengths;
  Matrix<double> ends(latent, 2);
  for (Index first = 0; first < options.samples; first += options.batch) {
    const Index n = std::min(options.batch, options.samples - first);
    Matrix<float> z(latent, 2 * n);
    for (Index i = 0; i < n; ++i) {
      const RandomStream own = random.lane(static_cast<std::uint64_t>(first + i));
      fill_normal(ends.data(), ends.size(), own);
      const double t = (1 - options.step) * to_unit_interval<double>(own.at(1).words(0)[0]);
      z.col(i) = latent_point(options.path, ends.col(0), ends.col(1), t).cast<float>();
      z.col(n + i) = latent_point(options.path, ends.col(0), ends.col(1), t + options.step).cast<float>();
    }
    const Matrix<float> samples = generator(ConstView<float>(z));
    const Matrix<float> f = features(ConstView<float>(samples));
    detail::require_features("perceptual_path_length", "features", f);
    if (f.cols() != 2 * n)
      fail<ShapeError>("perceptual_path_length: expected features of {} samples, got {}", 2 * n, f.cols());
    for (Index i = 0; i < n; ++i)
      lengths.push_back(
          (f.col(i).template cast<double>() - f.col(n + i).template cast<double>()).squaredNorm() /
          (options.step * options.step));
  }
  std::sort(lengths.begin(), lengths.end());
  const auto cut = static_cast<std::size_t>(options.left_out * static_cast<double>(lengths.size()));
  return mean_of(std::span<const double>(lengths).subspan(cut, lengths.size() - 2 * cut));
}

}  // namespace eigenerate
