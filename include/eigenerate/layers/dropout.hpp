#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

/// Sets each element to zero with probability p and scales the others by 1/(1 − p) while training; the
/// identity when evaluating.
///
/// The mask is a function of (seed, step, layer, element) alone: the pass's stream for dropout, the layer's
/// lane, and the element's place in the batch.
///
/// **Shapes** y: as x, any shape.
/// **Backward** `dx = m ∘ dy` with the same mask m ∈ {0, 1/(1 − p)}.
/// **Cost** one Philox block for each four elements; memory for the mask.
/// **Errors** `ConfigError` unless 0 <= p < 1.
/// **Source** Srivastava et al. 2014; scaled while training ("inverted"), as PyTorch.
struct Dropout : LinearMap<Dropout> {
  double p;

  explicit constexpr Dropout(double probability = 0.5) : p(probability) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    if (drops(pass)) draw_mask(pass.layer_random(), pass.cache_slot(Cache::mask), x.size());
    apply(pass, x, y);
  }

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    if (!drops(pass)) return kernels::copy(y.data(), x.data(), y.size());
    const S* mask = pass.cache_slot(Cache::mask);
    const auto times = [](S xi, S mi) { return xi * mi; };
    kernels::map(y.data(), y.size(), times, x.data(), mask);
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    apply(pass, dy, dx);
  }

  /// None: evaluating passes drop nothing.
  template <Scalar S>
  static bool add_steps(const Pass<S>&, PredictionSteps<S>&) {
    return true;
  }

 private:
  // m in the shape of x; empty where p = 0.
  struct Cache {
    enum : Index { mask };
  };

  template <Scalar S>
  bool drops(const Pass<S>& pass) const {
    return p > 0 && pass.mode == Mode::train;
  }

  template <Scalar S>
  void draw_mask(const RandomStream& stream, S* mask, Index size) const {
    const double below = std::min(std::ldexp(p, 32), std::ldexp(1.0, 32) - 1);
    kernels::fill_mask(mask, size, static_cast<std::uint32_t>(below), static_cast<S>(1 / (1 - p)), stream);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Dropout::plan(const Shape& input, const Place& place) const {
  if (!(is_finite(p) && p >= 0 && p < 1))
    fail<ConfigError>("{} (Dropout): needs a probability in [0, 1), got {}", place, p);
  LayerPlan plan(place, "Dropout", input, input);
  plan.cache.add({p > 0 ? input.size() : 0, 0});
  return plan;
}

#endif

}  // namespace eigenerate
