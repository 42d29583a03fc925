#pragma once

#include <string_view>
#include <type_traits>

#include "eigenerate/models/gan.hpp"

namespace eigenerate {

/// How far samples are from what a generator makes of them.
struct GanResidual {
  Vector<double> of_values;    ///< n: the mean squared difference of their values
  Vector<double> of_features;  ///< n: the same of the discriminator's features; zeros where it has none
};

/// How samples differ from what a GAN makes of them, in their values and in the features of its
/// discriminator: what AnoGAN and f-AnoGAN call the score of an anomaly. The first are to be had by a search
/// (`Gan::invert`) or by an encoder (`GanEncoder`).
///
/// Features are what the discriminator puts out behind its logit, of every pixel where that is a map: those
/// of an inner layer by `Concat{Linear{64, 1}, Identity{}}`, for which `FeatureMatching` makes room, with a
/// weight or without.
///
/// **Shapes** x, made: sample × n.
/// **Errors** `ShapeError` for other extents; `ConfigError` for a conditional GAN and for packs, in which
/// features are none of a sample.
/// **Source** Schlegl et al. 2017, eq. 2 and 4, and 2019, eq. 3, both with squares.
template <Scalar S>
GanResidual gan_residual(const Gan<S>& gan, std::type_identity_t<ConstView<S>> x,
                         std::type_identity_t<ConstView<S>> made);

namespace detail {

/// Throws unless the features of a GAN's discriminator belong to a sample each.
template <Scalar S>
void require_features_of_samples(std::string_view who, const Gan<S>& gan) {
  if (gan.classes() > 0 || gan.options().packing > 1)
    fail<ConfigError>(
        "{}: expected a GAN without labels whose discriminator judges one sample at a time, got "
        "{} classes and packs of {}",
        who, gan.classes(), gan.options().packing);
}

/// Rows of a discriminator's output that are no logits.
inline Index feature_rows(const Shape& output) {
  return output.size() - output.height * output.width;
}

/// Calls `f(row)` for these rows.
template <class F>
void for_each_feature_row(const Shape& output, F&& f) {
  for (Index row = 0; row < output.size(); ++row)
    if (row % output.channels != 0) f(row);
}

}  // namespace detail

template <Scalar S>
GanResidual gan_residual(const Gan<S>& gan, std::type_identity_t<ConstView<S>> x,
                         std::type_identity_t<ConstView<S>> made) {
  detail::require_features_of_samples("gan_residual", gan);
  detail::require_samples(gan.generator().name(), x, gan.sample_shape(), x.cols(), "the samples");
  detail::require_samples(gan.generator().name(), made, gan.sample_shape(), x.cols(), "what is made of them");
  const auto difference = [](const auto& a, const auto& b) {
    return (a.template cast<double>() - b.template cast<double>()).eval();
  };
  GanResidual found{difference(x, made).colwise().squaredNorm().transpose() / static_cast<double>(x.rows()),
                    Vector<double>::Zero(x.cols())};
  const Shape& output = gan.discriminator().output_shape();
  const Index features = detail::feature_rows(output);
  if (features == 0) return found;
  const Matrix<S> of_x = gan.discriminate(x), of_made = gan.discriminate(made);
  detail::for_each_feature_row(output, [&](Index row) {
    found.of_features += difference(of_x.row(row), of_made.row(row)).cwiseAbs2().transpose();
  });
  found.of_features /= static_cast<double>(features);
  return found;
}

}  // namespace eigenerate
