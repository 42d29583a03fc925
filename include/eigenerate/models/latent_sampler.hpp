#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/distributions/truncated_normal.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/latent_code.hpp"
#include "eigenerate/models/truncation.hpp"

namespace eigenerate {

/// The ways to draw samples from a model that decodes a latent vector: base of `LatentSpace`, `Gan` and
/// `Sampler`.
///
/// A model's samples are those of its parameters as they are: they may change between two calls, through
/// references that leave no trace, and to fold them anew for each call would cost as much as an image does. A
/// program that samples all the time keeps the model's `make_sampler()`.
///
/// `Derived` has `latent_size()` and `decode(z, labels)`, which checks the labels; and a `draw_latent` of its
/// own and `has_standard_normal_latent()`, where its latent vectors may be others than standard normal ones;
/// and `code()`, where they may end in one.
template <class Derived, Scalar S>
class LatentSampler {
 public:
  /// `n` samples, one per column; the same stream gives the same samples.
  Matrix<S> sample(Index n, const RandomStream& random = {0, Purpose::sampling}) const {
    return draw(n, {}, random);
  }
  Matrix<S> sample(Index n, Seed seed) const {
    return sample(n, RandomStream{seed.value, Purpose::sampling});
  }
  /// `n` samples of one label, from a conditional model. (A number here is a label; a seed is written
  /// `Seed{42}`.)
  Matrix<S> sample(Index n, int label, const RandomStream& random = {0, Purpose::sampling}) const {
    const std::vector<int> labels(static_cast<std::size_t>(std::max<Index>(n, 0)), label);
    return draw(n, labels, random);
  }
  Matrix<S> sample(Index n, int label, Seed seed) const {
    return sample(n, label, RandomStream{seed.value, Purpose::sampling});
  }
  /// One sample for every label, from a conditional model.
  Matrix<S> sample(std::span<const int> labels, const RandomStream& random = {0, Purpose::sampling}) const {
    return draw(static_cast<Index>(labels.size()), labels, random);
  }
  Matrix<S> sample(std::span<const int> labels, Seed seed) const {
    return sample(labels, RandomStream{seed.value, Purpose::sampling});
  }
  /// The same from latent vectors that are cut off, see `Truncation`.
  Matrix<S> sample(Index n, const Truncation& truncation,
                   const RandomStream& random = {0, Purpose::sampling}) const {
    return draw(n, {}, random, truncation);
  }
  Matrix<S> sample(Index n, const Truncation& truncation, Seed seed) const {
    return sample(n, truncation, RandomStream{seed.value, Purpose::sampling});
  }
  Matrix<S> sample(std::span<const int> labels, const Truncation& truncation,
                   const RandomStream& random = {0, Purpose::sampling}) const {
    return draw(static_cast<Index>(labels.size()), labels, random, truncation);
  }
  Matrix<S> sample(std::span<const int> labels, const Truncation& truncation, Seed seed) const {
    return sample(labels, truncation, RandomStream{seed.value, Purpose::sampling});
  }

  /// Samples along one code of latent vectors, all else held: `rows` vectors, each with `steps` values of
  /// code `which`. A categorical code goes through its first categories, a continuous one from −reach to
  /// reach; an InfoGAN's was drawn from [−1, 1].
  ///
  /// **Shapes** features × steps·rows, those of one latent vector side by side.
  /// **Errors** `ConfigError` for a code that there is not, and more steps than categories.
  Matrix<S> traverse(Index which, Index steps, Index rows, std::optional<int> label = {}, double reach = 1,
                     const RandomStream& random = {0, Purpose::sampling}) const {
    const auto& model = static_cast<const Derived&>(*this);
    const LatentCode code = model.code();
    if (which < 0 || which >= code.count())
      fail<ConfigError>("traverse: expected the number of one of {} codes, got {}", code.count(), which);
    const bool chooses = which < code.categorical;
    if (rows < 1 || steps < 1 || (chooses && steps > code.categories))
      fail<ConfigError>("traverse: expected at least one row and one step{}, got {} and {}",
                        chooses ? format_message(", at most {}", code.categories) : "", rows, steps);
    Matrix<S> drawn(model.latent_size(), rows), z(model.latent_size(), rows * steps);
    model.draw_latent(random, as_view(drawn));
    for (Index j = 0; j < z.cols(); ++j) {
      z.col(j) = drawn.col(j / steps);
      const double i = static_cast<double>(j % steps), end = static_cast<double>(steps - 1);
      code.set(as_view(z), j, which, chooses ? i : steps > 1 ? reach * (2 * i / end - 1) : 0.0);
    }
    const std::vector<int> labels(label ? static_cast<std::size_t>(z.cols()) : 0, label.value_or(0));
    return model.decode(as_const(z), labels);
  }

  /// Fills z, latent × n.
  void draw_latent(const RandomStream& random, View<S> z) const { fill_normal(z.data(), z.size(), random); }

 protected:
  /// `ConfigError` unless latent vectors can be cut off.
  void require_truncation(const Truncation& truncation) const {
    const auto& model = static_cast<const Derived&>(*this);
    if (!(is_finite(truncation.limit) && truncation.limit > 0))
      fail<ConfigError>("sample: expected a truncation > 0, got {}", truncation.limit);
    if constexpr (requires { model.has_standard_normal_latent(); })
      if (!model.has_standard_normal_latent())
        fail<ConfigError>(
            "sample: only standard normal latent vectors can be cut off, and this model's prior is another one");
  }

 private:
  Matrix<S> draw(Index n, std::span<const int> labels, const RandomStream& random,
                 const std::optional<Truncation>& truncation = {}) const {
    if (n < 1) fail<ConfigError>("sample: expected at least one sample, got {}", n);
    const auto& model = static_cast<const Derived&>(*this);
    Matrix<S> z(model.latent_size(), n);
    if (truncation) require_truncation(*truncation);
    model.draw_latent(random, as_view(z));
    if (truncation) truncate_normal(as_view(z), truncation->limit);
    return model.decode(as_const(z), labels);
  }
};

}  // namespace eigenerate
