#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/elu.hpp"
#include "eigenerate/layers/join_condition.hpp"
#include "eigenerate/layers/masked_linear.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"
#include "eigenerate/layers/sequential.hpp"

namespace eigenerate {

/// One step of an inverse autoregressive flow: z_i moves towards m_i, which depends on the z before it and on
/// the context, the condition of the network.
///
///     (m, s) = network(z, context),   σ = sigmoid(s + 1),   z′ = σ z + (1 − σ) m,   l′ = l + Σ log σ
///
/// The network has one hidden layer of ELUs. `backwards` turns the order of the dimensions around.
///
/// **Shapes** x: (z, l), latent + 1 × B, l the log-determinant so far; y: (z′, l′). The condition is a
/// vector.
/// **Backward** `dm = (1 − σ) dz′`, `ds = (1 − σ) (σ (z − m) dz′ + dl′)`, `dz = σ dz′ + network's dz`, `dl =
/// dl′`.
/// **Cost** the network's, and memory for z and its output.
/// **Numerics** the 1 keeps σ near 0.73 at first, so that a step begins close to the identity.
/// **Source** Kingma et al. 2016, eq. 13-15 and algorithm 1 (there the 1 is the bias's initial value).
class InverseAutoregressiveStep : public RefusesTangent {
 public:
  InverseAutoregressiveStep(Index latent, Index context, Index hidden, bool backwards)
      : latent_(latent), network_(make_network(latent, context, hidden, backwards)) {}

  std::optional<Shape> input_shape() const { return Shape{latent_ + 1}; }
  static constexpr bool takes_condition() { return true; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    View<S> z = pass.matrix(pass.cache_slot(Cache::z), latent_),
            ms = pass.matrix(pass.cache_slot(Cache::ms), 2 * latent_);
    for (Index j = 0; j < pass.batch; ++j) std::copy_n(x.col(j).data(), latent_, z.col(j).data());
    network_.forward(pass.child(0), as_const(z), ms);
    kernels::for_each_item(pass.batch, latent_, [&](Index j) {
      const S* const z_j = x.col(j).data();
      const S* const m = ms.data() + j * 2 * latent_;
      const auto move = [](S z_i, S m_i, S s_i) {
        const S gate = kernels::sigmoid(s_i + S(1));
        return gate * z_i + (S(1) - gate) * m_i;
      };
      const auto cost = [](S s_i) { return kernels::softplus(-(s_i + S(1))); };
      kernels::map(y.col(j).data(), latent_, move, z_j, m, m + latent_);
      y(latent_, j) = z_j[latent_] - static_cast<S>(kernels::sum_of_map<S>(latent_, cost, m + latent_));
    });
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    View<S> z = pass.matrix(pass.cache_slot(Cache::z), latent_),
            ms = pass.matrix(pass.cache_slot(Cache::ms), 2 * latent_);
    View<S> dms = pass.matrix(pass.scratch_slot(Scratch::dms), 2 * latent_);
    View<S> dz = wanted(dx) ? pass.matrix(pass.scratch_slot(Scratch::dz), latent_) : unwanted<S>();
    kernels::for_each_item(pass.batch, latent_, [&](Index j) {
      const S* const m = ms.data() + j * 2 * latent_;
      const S* const dz_out = dy.col(j).data();
      S* const dm = dms.data() + j * 2 * latent_;
      const auto to_m = [](S dz_i, S s_i) { return (S(1) - kernels::sigmoid(s_i + S(1))) * dz_i; };
      const auto to_s = [dl = dz_out[latent_]](S dz_i, S z_i, S m_i, S s_i) {
        const S gate = kernels::sigmoid(s_i + S(1));
        return (S(1) - gate) * (gate * (z_i - m_i) * dz_i + dl);
      };
      kernels::map(dm, latent_, to_m, dz_out, m + latent_);
      kernels::map(dm + latent_, latent_, to_s, dz_out, x.col(j).data(), m, m + latent_);
    });
    network_.backward(pass.child(0), as_const(z), as_const(ms), as_const(dms), dz);
    if (!wanted(dx)) return;
    for (Index j = 0; j < pass.batch; ++j) {
      const auto through = [](S dz_i, S s_i, S more) { return kernels::sigmoid(s_i + S(1)) * dz_i + more; };
      kernels::map(dx.col(j).data(), latent_, through, dy.col(j).data(),
                   ms.data() + j * 2 * latent_ + latent_, as_const(dz).col(j).data());
      dx(latent_, j) = dy(latent_, j);
    }
  }

 private:
  // z, latent × B, and (m, s), 2·latent × B; their gradients, dz the network's alone.
  struct Cache {
    enum : Index { z, ms };
  };
  struct Scratch {
    enum : Index { dms, dz };
  };

  using Net = Sequential<JoinCondition, MaskedLinear, Elu, MaskedLinear>;

  /// Degrees 1 to latent in the order of the flow, 0 for the context, which all may see.
  static Net make_network(Index latent, Index context, Index hidden, bool backwards);

  Index latent_;
  Net network_;
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE LayerPlan InverseAutoregressiveStep::plan(const Shape& input, const Place& place) const {
  if (input != Shape{latent_ + 1})
    fail_input(place, "InverseAutoregressiveStep", to_string(Shape{latent_ + 1}), input);
  LayerPlan network = network_.plan(Shape{latent_}, place.child("network"));
  LayerPlan plan(place, "InverseAutoregressiveStep", input, input);
  plan.refuses_tangent = "is the flow of a posterior, which no gradient penalty looks through";
  plan.cache.add({latent_, 0});
  plan.cache.add({2 * latent_, 0});
  plan.scratch.add({2 * latent_, 0});
  plan.scratch.add({latent_, 0});
  plan.add_child(std::move(network));
  return plan;
}

EIGENERATE_INLINE InverseAutoregressiveStep::Net InverseAutoregressiveStep::make_network(Index latent,
                                                                                         Index context,
                                                                                         Index hidden,
                                                                                         bool backwards) {
  if (latent < 1 || context < 1 || hidden < 1)
    fail<ConfigError>(
        "InverseAutoregressiveStep: expected latent, context and hidden of at least 1, got {}, {} and {}",
        latent, context, hidden);
  std::vector<Index> in, middle, out;
  for (Index i = 0; i < latent; ++i) in.push_back(backwards ? latent - i : i + 1);
  for (int half = 0; half < 2; ++half) out.insert(out.end(), in.begin(), in.end());
  in.insert(in.end(), static_cast<std::size_t>(context), 0);
  for (Index i = 0; i < hidden; ++i) middle.push_back(i % latent);
  return Net{JoinCondition{}, MaskedLinear{in, middle}, Elu{}, MaskedLinear{middle, out, true}};
}

#endif

}  // namespace eigenerate
