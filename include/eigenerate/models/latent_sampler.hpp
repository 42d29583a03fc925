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
#include "eigenerate/latent/latent_plane.hpp"
#include "eigenerate/models/traversal.hpp"
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
/// and `code()`, where they may end in one; and `decode_drawn(z, labels, random)`, where samples take more
/// chance than that of z.
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

  /// Samples along one dimension of latent vectors, all else held: `rows` drawn vectors, each with `steps`
  /// values of the dimension.
  ///
  /// **Shapes** features × steps·rows, those of one latent vector side by side.
  /// **Errors** `ConfigError` for a dimension that there is not or that belongs to a code; and without a
  /// reach, where the prior is not standard normal.
  Matrix<S> traverse(LatentDimension dimension, Index steps, Index rows,
                     const TraversalOptions& options = {}) const {
    if (rows < 1) fail<ConfigError>("traverse: expected at least one row, got {}", rows);
    const auto& model = static_cast<const Derived&>(*this);
    Matrix<S> z(model.latent_size(), rows);
    model.draw_latent({options.seed, Purpose::sampling}, as_view(z));
    const std::vector<int> labels(options.label ? static_cast<std::size_t>(rows) : 0,
                                  options.label.value_or(0));
    return decode_along(z, labels, dimension, steps, options);
  }

  /// Samples of a grid of latent vectors, at equal steps of probability (see `LatentPlane`): all that the
  /// model knows, on one picture. Of two latent dimensions, or of a plane through more.
  ///
  /// **Shapes** features × rows·columns, row by row.
  /// **Errors** `ConfigError` where no plane is named and the latent vectors are not standard normal ones of
  /// two dimensions.
  Matrix<S> manifold(Index rows, Index columns, std::optional<int> label = {}) const {
    const Index latent = static_cast<const Derived&>(*this).latent_size();
    if (latent != 2 || !is_standard_normal())
      fail<ConfigError>(
          "manifold: expected standard normal latent vectors of 2 dimensions, these have {}{}; name a "
          "LatentPlane through them",
          latent, is_standard_normal() ? "" : " and another prior");
    return manifold(LatentPlane<S>::of_dimensions(latent, 0, 1), rows, columns, label);
  }
  Matrix<S> manifold(const LatentPlane<S>& plane, Index rows, Index columns,
                     std::optional<int> label = {}) const {
    const Matrix<S> z = plane.grid(rows, columns);
    const std::vector<int> labels(label ? static_cast<std::size_t>(z.cols()) : 0, label.value_or(0));
    return static_cast<const Derived&>(*this).decode(as_const(z), labels);
  }

  /// Fills z, latent × n.
  void draw_latent(const RandomStream& random, View<S> z) const { fill_normal(z.data(), z.size(), random); }

 protected:
  /// `ConfigError` unless latent vectors can be cut off.
  void require_truncation(const Truncation& truncation) const {
    if (!(is_finite(truncation.limit) && truncation.limit > 0))
      fail<ConfigError>("sample: expected a truncation > 0, got {}", truncation.limit);
    if (!is_standard_normal())
      fail<ConfigError>(
          "sample: only standard normal latent vectors can be cut off, and this model's prior is another one");
  }

  /// Decodes each of these latent vectors with `steps` values of one dimension; labels for each of them.
  Matrix<S> decode_along(const Matrix<S>& held, std::span<const int> labels, LatentDimension dimension,
                         Index steps, const TraversalOptions& options) const {
    const auto& model = static_cast<const Derived&>(*this);
    const Index which = dimension.number, latent = model.latent_size(), free = latent - code_size();
    if (which < 0 || which >= latent)
      fail<ConfigError>("traverse: expected one of {} latent dimensions, got {}", latent, which);
    if (which >= free)
      fail<ConfigError>(
          "traverse: latent dimension {} belongs to the code, which traverse(number of a code) "
          "goes along; {} dimensions are free",
          which, free);
    if (steps < 1) fail<ConfigError>("traverse: expected at least one step, got {}", steps);
    if (!options.reach && !is_standard_normal() && code_size() == 0)
      fail<ConfigError>("traverse: this model's prior is not standard normal, so that a reach is needed");
    if (options.reach && !is_finite(*options.reach))
      fail<ConfigError>("traverse: expected a finite reach, got {}", *options.reach);
    Matrix<S> z(latent, held.cols() * steps);
    std::vector<int> of_each;
    for (Index j = 0; j < z.cols(); ++j) {
      const double i = static_cast<double>(j % steps), n = static_cast<double>(steps);
      z.col(j) = held.col(j / steps);
      z(which, j) = static_cast<S>(!options.reach ? normal_quantile((i + 0.5) / n)
                                   : steps > 1    ? *options.reach * (2 * i / (n - 1) - 1)
                                                  : 0.0);
      if (!labels.empty()) of_each.push_back(labels[static_cast<std::size_t>(j / steps)]);
    }
    return model.decode(as_const(z), of_each);
  }

 private:
  bool is_standard_normal() const {
    const auto& model = static_cast<const Derived&>(*this);
    if constexpr (requires { model.has_standard_normal_latent(); })
      return model.has_standard_normal_latent();
    else
      return true;
  }
  /// Rows of a latent vector that belong to a code.
  Index code_size() const {
    const auto& model = static_cast<const Derived&>(*this);
    if constexpr (requires { model.code(); })
      return model.code().size();
    else
      return 0;
  }

  Matrix<S> draw(Index n, std::span<const int> labels, const RandomStream& random,
                 const std::optional<Truncation>& truncation = {}) const {
    if (n < 1) fail<ConfigError>("sample: expected at least one sample, got {}", n);
    const auto& model = static_cast<const Derived&>(*this);
    Matrix<S> z(model.latent_size(), n);
    if (truncation) require_truncation(*truncation);
    model.draw_latent(random, as_view(z));
    if (truncation) truncate_normal(as_view(z), truncation->limit);
    if constexpr (requires { model.decode_drawn(as_const(z), labels, random); })
      return model.decode_drawn(as_const(z), labels, random);
    else
      return model.decode(as_const(z), labels);
  }
};

}  // namespace eigenerate
