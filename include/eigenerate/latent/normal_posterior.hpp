#pragma once

#include <concepts>
#include <string_view>

#include "eigenerate/distributions/normal_components.hpp"
#include "eigenerate/latent/posterior.hpp"

namespace eigenerate {

/// A posterior that is a normal distribution of reparameterized samples: `DiagonalNormalPosterior` and
/// `FullNormalPosterior`. The encoder puts out the parameters of it, and nothing else.
///
/// **Shapes** h: the distribution's parameters × n; z: latent × k·n.
/// **Numerics** and **Source** those of the distribution.
template <class Distribution>
struct NormalPosterior {
  static constexpr std::string_view kind = Distribution::posterior_kind;

  Distribution normal = {};

  void validate() const { normal.validate(); }
  Index parameter_rows(Index latent) const { return normal.parameter_rows(latent); }
  const Distribution& distribution() const { return normal; }

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
  requires std::same_as<Distribution, DiagonalNormal> NormalComponents<S> components(Index latent, Index k,
                                                                                     S* memory)
  const { return {normal, latent, k, memory}; }

  template <Scalar S>
  double clamped_share(ConstView<S> h) const {
    return normal.clamped_share(h);
  }
};

}  // namespace eigenerate
