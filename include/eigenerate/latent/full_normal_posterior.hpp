#pragma once

#include "eigenerate/distributions/full_normal.hpp"
#include "eigenerate/latent/posterior.hpp"

namespace eigenerate {

/// A normal with any covariance: the encoder puts out the parameters of a `FullNormal`, `z = µ + L ε`.
///
/// Its dimensions may depend on each other given x, so that a decoder need not keep them apart. Everything
/// that a `DiagonalNormalPosterior` does, it does: the KL to `StandardNormal` has a closed form, and its
/// density is known everywhere. The KL of a dimension is that given the ones before it.
///
/// **Shapes** h: latent · (latent + 3) / 2 × n; z: latent × k·n.
/// **Cost** and **Numerics** those of `FullNormal`.
/// **Source** Kingma & Welling 2019, section 2.5.1.
struct FullNormalPosterior {
  static constexpr std::string_view kind = "FullNormalPosterior";

  FullNormal normal = {};

  void validate() const { normal.validate(); }
  Index parameter_rows(Index latent) const { return normal.parameter_rows(latent); }
  const FullNormal& distribution() const { return normal; }

  template <Scalar S>
  void sample(const PartPass<S>&, ConstView<S> h, ConstView<S> noise, View<S> z, Numbers<S> log_q) const {
    if (!log_q.empty()) normal.log_density_of_sample(h, noise, log_q);
    normal.reparameterize(h, noise, z);
  }

  template <Scalar S>
  void backward(const PartPass<S>&, ConstView<S> h, ConstView<S> noise, ConstView<S> dz,
                ConstNumbers<S> d_log_q, View<S> dh) const {
    if (!d_log_q.empty()) normal.log_density_of_sample_backward(h, noise, d_log_q, dh);
    normal.reparameterize_backward(h, noise, dz, dh);
  }

  template <Scalar S>
  void center(const PartPass<S>&, ConstView<S> h, View<S> z) const {
    normal.mean(h, z);
  }

  template <Scalar S>
  void log_density(ConstView<S> h, ConstView<S> z, Numbers<S> out) const {
    normal.log_probability(z, h, out);
  }

  template <Scalar S>
  void log_density_backward(ConstView<S> h, ConstView<S> z, ConstNumbers<S> weights, View<S> dz,
                            View<S> dh) const {
    if (wanted(dz)) normal.log_probability_backward_to_x(z, h, weights, dz);
    if (wanted(dh)) normal.log_probability_backward(z, h, weights, dh);
  }

  template <Scalar S>
  double clamped_share(ConstView<S> h) const {
    return normal.clamped_share(h);
  }
};

}  // namespace eigenerate
