#pragma once

#include <optional>
#include <span>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/latent/latent_direction.hpp"
#include "eigenerate/metrics/latent_path.hpp"
#include "eigenerate/models/latent_sampler.hpp"

namespace eigenerate {

/// The way of an interpolation, and of what a conditional model decodes.
struct InterpolationOptions {
  LatentPath path = LatentPath::straight;
  std::optional<int> label = {};
};

/// The ways through a latent space into which samples can be brought: base of `LatentSpace` (so of `Vae`,
/// `VaeGan`, `AdversarialAutoencoder`, `Bigan`), `LadderVae` and `InvertedGan`. What needs no sample to begin
/// with, `LatentSampler` has.
///
/// All embed, move in the latent space, and decode. Labels are those that a conditional model wants.
///
/// `Derived` has what `LatentSampler` asks for, and `name()`, `classes()` and `embed(x, labels)`.
template <class Derived, Scalar S>
class LatentWalks : public LatentSampler<Derived, S> {
  using Base = LatentSampler<Derived, S>;

 public:
  /// Decodes the samples' latent vectors.
  Matrix<S> reconstruct(ConstView<S> x, std::span<const int> labels = {}) const {
    const Matrix<S> z = self().embed(x, labels);
    return self().decode(as_const(z), labels);
  }

  /// Decodes `steps` points on the way from one sample to another, both ends included.
  ///
  /// **Shapes** features × 1 each → features × steps.
  /// **Errors** `ConfigError` for fewer than 2 steps.
  Matrix<S> interpolate(ConstView<S> from, ConstView<S> to, Index steps,
                        const InterpolationOptions& options) const {
    if (steps < 2) fail<ConfigError>("{}: interpolate needs at least 2 steps, got {}", self().name(), steps);
    if (from.cols() != 1 || to.cols() != 1)
      fail<ShapeError>("{}: interpolate goes from one sample to another, got {} and {}", self().name(),
                       from.cols(), to.cols());
    const std::vector<int> labels = repeated(options.label, steps);
    const auto one = std::span(labels).first(options.label ? 1 : 0);
    const Vector<S> a = self().embed(from, one), b = self().embed(to, one);
    const Matrix<S> z = latent_path<S>(options.path, a, b, steps);
    return self().decode(as_const(z), labels);
  }
  Matrix<S> interpolate(ConstView<S> from, ConstView<S> to, Index steps,
                        std::optional<int> label = {}) const {
    return interpolate(from, to, steps, InterpolationOptions{.label = label});
  }

  /// Decodes a grid between four samples, its corners: top left, top right, bottom left, bottom right. Its
  /// left and right edges are interpolations, and so is every row between them.
  ///
  /// **Shapes** features × 4 → features × rows·columns, row by row.
  Matrix<S> interpolate(ConstView<S> corners, Index rows, Index columns,
                        const InterpolationOptions& options = {}) const {
    if (rows < 2 || columns < 2)
      fail<ConfigError>("{}: interpolate needs at least 2 steps, got {} rows and {} columns", self().name(),
                        rows, columns);
    if (corners.cols() != 4)
      fail<ShapeError>("{}: interpolate needs the four corners of a grid, got {} samples", self().name(),
                       corners.cols());
    const Matrix<S> c = self().embed(corners, repeated(options.label, 4));
    const Matrix<S> left = latent_path<S>(options.path, c.col(0), c.col(2), rows),
                    right = latent_path<S>(options.path, c.col(1), c.col(3), rows);
    Matrix<S> z(c.rows(), rows * columns);
    for (Index row = 0; row < rows; ++row)
      z.middleCols(row * columns, columns) =
          latent_path<S>(options.path, left.col(row), right.col(row), columns);
    return self().decode(as_const(z), repeated(options.label, z.cols()));
  }

  using Base::traverse;
  /// Samples along one dimension of the latent vectors of given samples, all else held: each with `steps`
  /// values of the dimension, side by side. Of the options only the reach counts.
  ///
  /// **Shapes** features × n → features × steps·n.
  Matrix<S> traverse(ConstView<S> x, LatentDimension dimension, Index steps, std::span<const int> labels = {},
                     const TraversalOptions& options = {}) const {
    return Base::decode_along(self().embed(x, labels), labels, dimension, steps, options);
  }

  /// The way from samples of one label to those of another, see `latent_direction`.
  ///
  /// **Shapes** features × n, with a label for each whether the model is conditional or not → latent.
  Vector<S> direction(ConstView<S> x, std::span<const int> labels, int from, int to) const {
    const Matrix<S> codes = self().embed(x, self().classes() > 0 ? labels : std::span<const int>{});
    return latent_direction(as_const(codes), labels, from, to);
  }

  /// Decodes the latent vectors of samples, moved so far along a direction: the arithmetic of Radford et al.
  /// 2016 and Larsen et al. 2016, `z(x) + weight · (z̄(to) − z̄(from))`.
  Matrix<S> shift(ConstView<S> x, const Vector<S>& direction, double weight = 1,
                  std::span<const int> labels = {}) const {
    if (direction.size() != self().latent_size())
      fail<ShapeError>("{}: shift needs a direction of {} values, got {}", self().name(),
                       self().latent_size(), direction.size());
    Matrix<S> z = self().embed(x, labels);
    z.colwise() += static_cast<S>(weight) * direction;
    return self().decode(as_const(z), labels);
  }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }

  static std::vector<int> repeated(const std::optional<int>& label, Index n) {
    return std::vector<int>(label ? static_cast<std::size_t>(n) : 0, label.value_or(0));
  }
};

}  // namespace eigenerate
