#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/identity.hpp"

namespace eigenerate {

/// Adds one number to all values of each sample while training, uniform in ±range/2; the identity when
/// evaluating.
///
/// With `RandomTranslation` and `Cutout` before the layers of a discriminator this is DiffAugment.
///
/// **Shapes** y: as x, any shape.
/// **Backward** `dx = dy`; tangent `ty = tx`.
/// **Cost** a copy.
/// **Errors** `ConfigError` for a range that is negative or not finite.
/// **Source** Zhao et al. 2020, section 3.3 ("color", its brightness), with ±1/2 as there.
struct RandomBrightness : Identity {  // whose derivatives it has
  double range;

  explicit constexpr RandomBrightness(double range_ = 1) : range(range_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    if (pass.mode != Mode::train) return apply(pass, x, y);
    const RandomStream random = pass.layer_random();
    kernels::for_each_item(pass.batch, x.rows(), [&](Index sample) {
      const auto words = random.words(static_cast<std::uint64_t>(sample / 4));
      const S u = to_unit_interval<S>(words[static_cast<std::size_t>(sample % 4)]);
      y.col(sample) = x.col(sample).array() + static_cast<S>(range) * (u - S(0.5));
    });
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan RandomBrightness::plan(const Shape& input, const Place& place) const {
  if (!(is_finite(range) && range >= 0))
    fail<ConfigError>("{} (RandomBrightness): needs a finite range >= 0, got {}", place, range);
  return {place, "RandomBrightness", input, input};
}

#endif

}  // namespace eigenerate
