#pragma once

#include <utility>

#include "eigenerate/core/random.hpp"
#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/distributions/standard_normal.hpp"
#include "eigenerate/latent/detail/levels.hpp"
#include "eigenerate/latent/prior.hpp"

namespace eigenerate {

/// Two levels of latent vectors, one generated from the other: `p(z₁, z₂) = N(z₂; 0, 1) p(z₁|z₂)`, the latter
/// of independent normal dimensions.
///
/// The layer makes the parameters of z₁ from z₂ and becomes a network of its own, named `prior`. A latent
/// vector is z₁ above z₂; see `ChainPosterior`.
///
/// **Backward** where parameters and path weigh differently the network's backward runs twice.
/// **Errors** `ShapeError` where the layer's input and half its output are not the two levels of the latent
/// vectors.
/// **Source** Burda et al. 2016, section 2 and figure 1b.
template <Layer L>
class ChainPrior {
 public:
  static constexpr std::string_view kind = "ChainPrior";

  /// The layer begins with a vector of z₂'s size and ends in the means and log-variances of z₁.
  explicit ChainPrior(L next, const DiagonalNormal& normal = {})
      : layer_(std::move(next)), normal_(normal), second_(detail::level_of(layer_, kind)) {}

  void validate() const { normal_.validate(); }

  template <Scalar S>
  PartPlan<S> plan(Index latent, const Network<S>&, const AnyPosterior<S>&) const {
    const Shape made = layer_.plan(Shape{second_}, Place("prior")).output;
    detail::require_levels(kind, made, second_, latent - second_, latent);
    // z₁ and z₂; their gradients; the parameters of z₁ and their gradient; a log-density.
    return {.layer = AnyLayer<S>(layer_),
            .input = Shape{second_},
            .memory_per_sample = 2 * latent + 4 * (latent - second_) + 1};
  }

  template <Scalar S>
  void log_probability(const PriorPass<S>& pass, ConstView<S> z, Numbers<S> out) const {
    Levels<S> m(pass, second_, z.rows(), z.cols());
    detail::split_rows(z, m.z1, m.z2);
    standard_normal_log_probability(as_const(m.z2), out);
    m.of_z1 = pass.own.forward(pass.how, as_const(m.z2));
    normal_.log_probability(as_const(m.z1), as_const(m.of_z1), m.log_p1);
    for (std::size_t j = 0; j < out.size(); ++j) out[j] += m.log_p1[j];
  }

  template <Scalar S>
  void backward(const PriorPass<S>& pass, ConstView<S> z, ConstNumbers<S> parameter_weights,
                ConstNumbers<S> path_weights, View<S> dz) const {
    Levels<S> m(pass, second_, z.rows(), z.cols());
    const ConstView<S> z1 = as_const(m.z1), of_z1 = as_const(m.of_z1);
    const auto through_network = [&](ConstNumbers<S> weights, Arena<S>* parameters, bool x) {
      normal_.log_probability_backward(z1, of_z1, weights, m.d_of_z1);
      return pass.own.network
          ->backward(as_const(m.d_of_z1), *pass.own.workspace, {.parameters = parameters, .x = x})
          .x;
    };
    const bool together = parameter_weights.data() == path_weights.data();
    if (!together) through_network(parameter_weights, pass.own.gradients, false);
    m.dz2 = through_network(path_weights, together ? pass.own.gradients : nullptr, true);
    m.dz1.setZero();
    normal_.log_probability_backward_to_x(z1, of_z1, path_weights, m.dz1);
    standard_normal_log_probability_backward(as_const(m.z2), path_weights, m.dz2);
    dz.topRows(m.dz1.rows()) += m.dz1;
    dz.bottomRows(m.dz2.rows()) += m.dz2;
  }

  template <Scalar S>
  void sample(const PriorPass<S>& pass, const RandomStream& random, View<S> z) const {
    Levels<S> m(pass, second_, z.rows(), z.cols());
    fill_normal(m.z2.data(), m.z2.size(), random.lane(0));
    normal_.sample(pass.own.forward(pass.how, as_const(m.z2)), random.lane(2), m.z1);
    detail::join_rows(as_const(m.z1), as_const(m.z2), z);
  }

 private:
  /// The pass's memory.
  template <Scalar S>
  struct Levels {
    Levels(const PriorPass<S>& pass, Index second, Index latent, Index n)
        : z1(pass.memory, latent - second, n),
          z2(pass.memory + (latent - second) * pass.samples, second, n),
          dz1(pass.memory + latent * pass.samples, latent - second, n),
          dz2(pass.memory + (2 * latent - second) * pass.samples, second, n),
          of_z1(pass.memory + 2 * latent * pass.samples, 2 * (latent - second), n),
          d_of_z1(pass.memory + (4 * latent - 2 * second) * pass.samples, 2 * (latent - second), n),
          log_p1(numbers(pass.memory + (6 * latent - 4 * second) * pass.samples, n)) {}
    View<S> z1, z2, dz1, dz2, of_z1, d_of_z1;
    Numbers<S> log_p1;
  };

  L layer_;
  DiagonalNormal normal_;
  Index second_;
};

}  // namespace eigenerate
