#pragma once

#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/distributions/full_normal.hpp"
#include "eigenerate/distributions/standard_normal.hpp"
#include "eigenerate/latent/prior.hpp"

namespace eigenerate {

/// Independent standard normal dimensions: the prior without parameters.
struct StandardNormal {
  static constexpr std::string_view kind = "StandardNormal";
  using closed_forms = ClosedForms<DiagonalNormal, FullNormal>;

  template <Scalar S>
  void log_probability(const PriorPass<S>&, ConstView<S> z, Numbers<S> out) const {
    standard_normal_log_probability(z, out);
  }
  template <Scalar S>
  void backward(const PriorPass<S>&, ConstView<S> z, ConstNumbers<S>, ConstNumbers<S> path_weights,
                View<S> dz) const {
    standard_normal_log_probability_backward(z, path_weights, dz);
  }
  template <Scalar S>
  void sample(const PriorPass<S>&, const RandomStream& random, View<S> z) const {
    fill_normal(z.data(), z.size(), random);
  }

  template <class Q, Scalar S>
  void kl(const Q& q, ConstView<S> h, Numbers<S> out) const {
    q.kl_to_standard(h, out);
  }
  template <class Q, Scalar S>
  void kl_by_dimension(const Q& q, ConstView<S> h, View<S> out) const {
    q.kl_to_standard_by_dimension(h, out);
  }
  template <class Q, Scalar S>
  void kl_backward(const Q& q, ConstView<S> h, ConstView<S> weights, View<S> dh) const {
    q.kl_to_standard_backward(h, weights, dh);
  }
};

}  // namespace eigenerate
