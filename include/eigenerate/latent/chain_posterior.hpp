#pragma once

#include <utility>

#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/latent/detail/levels.hpp"
#include "eigenerate/latent/posterior.hpp"

namespace eigenerate {

/// Two levels of latent vectors, one inferred from the other: `q(z₁, z₂|x) = q(z₁|x) q(z₂|z₁)`, both of
/// independent normal dimensions.
///
/// The encoder puts out the parameters of z₁; the layer, which becomes a network of its own named
/// `posterior`, makes those of z₂ from z₁. A latent vector is z₁ above z₂. What belongs to it is a
/// `ChainPrior`, and a decoder that begins with `SelectChannels{0, size of z₁}`.
///
/// **Shapes** h: 2·(size of z₁) × n; z: (size of z₁ + size of z₂) × k·n.
/// **Errors** `ShapeError` where the layer's input and half its output are not the two levels of the latent
/// vectors.
/// **Numerics** no density at any z but those drawn: estimators that need one are refused.
/// **Source** Burda et al. 2016, section 2 and figure 1b (h¹ and h² there).
template <Layer L>
class ChainPosterior {
 public:
  static constexpr std::string_view kind = "ChainPosterior";

  /// The layer begins with a vector of z₁'s size and ends in the means and log-variances of z₂.
  explicit ChainPosterior(L next, const DiagonalNormal& normal = {})
      : layer_(std::move(next)), normal_(normal), first_(detail::level_of(layer_, kind)) {}

  void validate() const { normal_.validate(); }

  Index parameter_rows(Index) const { return 2 * first_; }

  template <Scalar S>
  PartPlan<S> plan(Index latent) const {
    const Shape made = layer_.plan(Shape{first_}, Place("posterior")).output;
    detail::require_levels(kind, made, first_, latent - first_, latent);
    // Of both levels noise, z, which the network's backward reads, and dz; of z₂ the parameters, their
    // gradient and the log-density.
    return {.layer = AnyLayer<S>(layer_),
            .input = Shape{first_},
            .memory_per_sample = 3 * latent + 4 * (latent - first_) + 1};
  }

  template <Scalar S>
  void sample(const PartPass<S>& pass, ConstView<S> h, ConstView<S> noise, View<S> z,
              Numbers<S> log_q) const {
    Levels<S> m(pass, first_, noise.rows(), noise.cols());
    detail::split_rows(noise, m.noise1, m.noise2);
    normal_.reparameterize(h, as_const(m.noise1), m.z1);
    m.of_z2 = pass.own.forward(pass.how, as_const(m.z1));
    const ConstView<S> of_z2 = as_const(m.of_z2);
    normal_.reparameterize(of_z2, as_const(m.noise2), m.z2);
    detail::join_rows(as_const(m.z1), as_const(m.z2), z);
    if (log_q.empty()) return;
    normal_.log_density_of_sample(h, as_const(m.noise1), log_q);
    normal_.log_density_of_sample(of_z2, as_const(m.noise2), m.log_q2);
    for (std::size_t j = 0; j < log_q.size(); ++j) log_q[j] += m.log_q2[j];
  }

  template <Scalar S>
  void backward(const PartPass<S>& pass, ConstView<S> h, ConstView<S>, ConstView<S> dz,
                ConstNumbers<S> d_log_q, View<S> dh) const {
    Levels<S> m(pass, first_, dz.rows(), dz.cols());
    detail::split_rows(dz, m.dz1, m.dz2);
    const ConstView<S> of_z2 = as_const(m.of_z2);
    m.d_of_z2.setZero();
    if (!d_log_q.empty())
      normal_.log_density_of_sample_backward(of_z2, as_const(m.noise2), d_log_q, m.d_of_z2);
    normal_.reparameterize_backward(of_z2, as_const(m.noise2), as_const(m.dz2), m.d_of_z2);
    m.dz1 += pass.own.network
                 ->backward(as_const(m.d_of_z2), *pass.own.workspace,
                            {.parameters = pass.own.gradients, .x = true})
                 .x;
    if (!d_log_q.empty()) normal_.log_density_of_sample_backward(h, as_const(m.noise1), d_log_q, dh);
    normal_.reparameterize_backward(h, as_const(m.noise1), as_const(m.dz1), dh);
  }

  template <Scalar S>
  void center(const PartPass<S>& pass, ConstView<S> h, View<S> z) const {
    Levels<S> m(pass, first_, z.rows(), z.cols());
    normal_.mean(h, m.z1);
    normal_.mean(pass.own.forward(pass.how, as_const(m.z1)), m.z2);
    detail::join_rows(as_const(m.z1), as_const(m.z2), z);
  }

  template <Scalar S>
  double clamped_share(ConstView<S> h) const {
    return normal_.clamped_share(h);
  }

 private:
  /// The pass's memory.
  template <Scalar S>
  struct Levels {
    Levels(const PartPass<S>& pass, Index first, Index latent, Index n)
        : Levels([&](Index row) { return pass.memory + row * pass.samples; }, first, latent - first, n) {}
    template <class Rows>
    Levels(const Rows& from, Index first, Index second, Index n)
        : noise1(from(0), first, n),
          noise2(from(first), second, n),
          z1(from(first + second), first, n),
          z2(from(2 * first + second), second, n),
          dz1(from(2 * (first + second)), first, n),
          dz2(from(3 * first + 2 * second), second, n),
          of_z2(from(3 * (first + second)), 2 * second, n),
          d_of_z2(from(3 * first + 5 * second), 2 * second, n),
          log_q2(numbers(from(3 * first + 7 * second), n)) {}
    View<S> noise1, noise2, z1, z2, dz1, dz2, of_z2, d_of_z2;
    Numbers<S> log_q2;
  };

  L layer_;
  DiagonalNormal normal_;
  Index first_;
};

}  // namespace eigenerate
