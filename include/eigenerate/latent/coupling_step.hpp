#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/elu.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"
#include "eigenerate/layers/sequential.hpp"

namespace eigenerate {

/// One step of a flow that is as cheap to invert: about half of the dimensions stay, and a network of these
/// says how the others are scaled and shifted.
///
///     (s̃, t) = network(z_kept),   s = 2 tanh(s̃/2),   z′_moved = e^s z_moved + t,   l′ = l + Σ s
///
/// Step number i moves those dimensions whose bit ⌊i/2⌋, counted around, is i mod 2. So two steps move all of
/// them, and any two dimensions differ in a bit, in whose steps they meet. The network has one hidden layer
/// of ELUs.
///
/// **Shapes** x: (z, l), latent + 1 × B, l the log-determinant so far; y: (z′, l′).
/// **Backward** `ds̃ = (1 − s²/4) (e^s z_moved dz′_moved + dl′)`, `dt = dz′_moved`; `dz_moved = e^s
/// dz′_moved`, `dz_kept = dz′_kept + network's`.
/// **Cost** the network's each way, and memory for its input and output.
/// **Errors** `ConfigError` for fewer than two dimensions, of which none could stay.
/// **Numerics** e^s lies in [0.13, 7.4], so no step can blow up, and its inverse neither.
/// **Source** Dinh, Sohl-Dickstein & Bengio 2017 (Real NVP), eq. 7 and 8; they bound s by a learned factor.
class CouplingStep : public RefusesTangent {
 public:
  CouplingStep(Index latent, Index hidden, Index number);

  std::optional<Shape> input_shape() const { return Shape{latent_ + 1}; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const View<S> st = run_network(pass, x);
    kernels::for_each_item(pass.batch, 8 * latent_, [&](Index j) {
      std::copy_n(x.col(j).data(), latent_ + 1, y.col(j).data());
      each_moved([&](Index m, Index i) {
        const S s = scale(st(m, j));
        y(i, j) = kernels::exp(s) * x(i, j) + st(moved_ + m, j);
        y(latent_, j) += s;
      });
    });
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    const View<S> kept = pass.matrix(pass.cache_slot(Cache::kept), latent_ - moved_),
                  st = pass.matrix(pass.cache_slot(Cache::st), 2 * moved_);
    View<S> dst = pass.matrix(pass.scratch_slot(Scratch::dst), 2 * moved_);
    kernels::for_each_item(pass.batch, 8 * latent_, [&](Index j) {
      each_moved([&](Index m, Index i) {
        const S s = scale(st(m, j));
        dst(m, j) = (S(1) - S(0.25) * s * s) * (kernels::exp(s) * x(i, j) * dy(i, j) + dy(latent_, j));
        dst(moved_ + m, j) = dy(i, j);
      });
    });
    View<S> d_kept =
        wanted(dx) ? pass.matrix(pass.scratch_slot(Scratch::d_kept), latent_ - moved_) : unwanted<S>();
    network_.backward(pass.child(0), as_const(kept), as_const(st), as_const(dst), d_kept);
    if (!wanted(dx)) return;
    kernels::for_each_item(pass.batch, 8 * latent_, [&](Index j) {
      std::copy_n(dy.col(j).data(), latent_ + 1, dx.col(j).data());
      each_kept([&](Index k, Index i) { dx(i, j) += d_kept(k, j); });
      each_moved([&](Index m, Index i) { dx(i, j) *= kernels::exp(scale(st(m, j))); });
    });
  }

  /// z of z′, in place, without l: z is latent × B.
  template <Scalar S>
  void invert(const Pass<S>& pass, View<S> z) const {
    const View<S> st = run_network(pass, as_const(z));
    kernels::for_each_item(pass.batch, 8 * latent_, [&](Index j) {
      each_moved([&](Index m, Index i) {
        z(i, j) = kernels::exp(-scale(st(m, j))) * (z(i, j) - st(moved_ + m, j));
      });
    });
  }

 private:
  // The dimensions that stay, kept × B, and (s̃, t), 2·moved × B; their gradients.
  struct Cache {
    enum : Index { kept, st };
  };
  struct Scratch {
    enum : Index { dst, d_kept };
  };

  using Net = Sequential<Linear, Elu, Linear>;

  template <Scalar S>
  static S scale(S s) {
    return S(2) * kernels::tanh(S(0.5) * s);
  }

  bool moves(Index i) const { return (i >> bit_ & 1) == number_ % 2; }
  /// Calls `f(m, i)` for every dimension i that is moved, the m-th of them; and the same of those that stay.
  template <class F>
  void each_moved(const F& f) const {
    for (Index i = 0, m = 0; i < latent_; ++i)
      if (moves(i)) f(m++, i);
  }
  template <class F>
  void each_kept(const F& f) const {
    for (Index i = 0, k = 0; i < latent_; ++i)
      if (!moves(i)) f(k++, i);
  }

  /// (s̃, t) of the dimensions that stay.
  template <Scalar S>
  View<S> run_network(const Pass<S>& pass, ConstView<S> x) const {
    View<S> kept = pass.matrix(pass.cache_slot(Cache::kept), latent_ - moved_),
            st = pass.matrix(pass.cache_slot(Cache::st), 2 * moved_);
    for (Index j = 0; j < pass.batch; ++j) each_kept([&](Index k, Index i) { kept(k, j) = x(i, j); });
    network_.forward(pass.child(0), as_const(kept), st);
    return st;
  }

  Index latent_, number_, bit_, moved_;
  Net network_;
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE CouplingStep::CouplingStep(Index latent, Index hidden, Index number)
    : latent_(latent), number_(number), bit_(0), moved_(0), network_(Linear{1, 1}, Elu{}, Linear{1, 1}) {
  if (latent < 2 || hidden < 1 || number < 0)
    fail<ConfigError>(
        "CouplingStep: expected a latent of at least 2, hidden of at least 1 and a number of at least 0, got "
        "{}, {} and {}",
        latent, hidden, number);
  bit_ = number / 2 % static_cast<Index>(std::bit_width(static_cast<std::uint64_t>(latent - 1)));
  each_moved([&](Index, Index) { ++moved_; });
  network_ = Net{Linear{latent - moved_, hidden}, Elu{}, Linear{hidden, 2 * moved_}};
}

EIGENERATE_INLINE LayerPlan CouplingStep::plan(const Shape& input, const Place& place) const {
  if (input != Shape{latent_ + 1}) fail_input(place, "CouplingStep", to_string(Shape{latent_ + 1}), input);
  LayerPlan network = network_.plan(Shape{latent_ - moved_}, place.child("network"));
  LayerPlan plan(place, "CouplingStep", input, input);
  plan.refuses_tangent = "is a flow's, which no gradient penalty looks through";
  plan.cache.add({latent_ - moved_, 0});
  plan.cache.add({2 * moved_, 0});
  plan.scratch.add({2 * moved_, 0});
  plan.scratch.add({latent_ - moved_, 0});
  plan.add_child(std::move(network));
  return plan;
}

#endif

}  // namespace eigenerate
