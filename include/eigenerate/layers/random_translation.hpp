#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

/// Shifts each image by whole pixels while training, up to a share of its height and of its width in each
/// direction, every shift as likely as the others; zeros come in from outside. The identity when evaluating.
///
/// One of the layers by which a discriminator learns from few images: `Sequential{RandomBrightness{},
/// RandomTranslation{}, Cutout{}, Conv2d{…}, …}` disturbs real and generated images alike, and gradients pass
/// through (DiffAugment).
///
/// **Shapes** y: as x, an image.
/// **Backward** dy shifted back; tangent tx shifted alike.
/// **Cost** a copy.
/// **Errors** `ConfigError` unless 0 <= share <= 1.
/// **Source** Zhao et al. 2020, section 3.3 ("translation"), with 1/8 as there.
struct RandomTranslation : LinearMap<RandomTranslation> {
  double share;

  explicit constexpr RandomTranslation(double share_ = 0.125) : share(share_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    shift(pass, x, y, 1);
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    shift(pass, dy, dx, -1);
  }

  /// None: evaluating passes are the identity.
  template <Scalar S>
  static bool add_steps(const Pass<S>&, PredictionSteps<S>&) {
    return true;
  }

 private:
  /// The largest shift of so many pixels.
  Index most(Index extent) const {
    return static_cast<Index>(std::lround(share * static_cast<double>(extent)));
  }

  /// `to` is `from`, each image moved by its shift, or by its opposite.
  template <Scalar S>
  void shift(const Pass<S>& pass, ConstView<S> from, View<S> to, Index sign) const {
    if (pass.mode != Mode::train) return kernels::copy(to.data(), from.data(), to.size());
    const Shape& shape = pass.plan->input;
    const Index h = shape.height, w = shape.width, c = shape.channels;
    const RandomStream random = pass.layer_random();
    kernels::for_each_item(pass.batch, shape.size(), [&](Index sample) {
      const auto drawn = [&](Index extent, std::uint64_t word) {
        const Index m = most(extent);
        const auto bound = static_cast<std::uint64_t>(2 * m + 1);
        return sign * (static_cast<Index>(
                           uniform_below(bound, random, 2 * static_cast<std::uint64_t>(sample) + word)) -
                       m);
      };
      const Index down = drawn(h, 0), right = drawn(w, 1);
      const S* const source = from.data() + sample * shape.size();
      S* out = to.data() + sample * shape.size();
      const Index first = std::clamp<Index>(right, 0, w), end = std::clamp<Index>(w + right, 0, w);
      for (Index row = 0; row < h; ++row, out += w * c) {
        const Index source_row = row - down;
        if (source_row < 0 || source_row >= h || first >= end) {
          std::fill_n(out, w * c, S(0));
          continue;
        }
        std::fill_n(out, first * c, S(0));
        std::copy_n(source + (source_row * w + first - right) * c, (end - first) * c, out + first * c);
        std::fill_n(out + end * c, (w - end) * c, S(0));
      }
    });
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan RandomTranslation::plan(const Shape& input, const Place& place) const {
  if (!(is_finite(share) && share >= 0 && share <= 1))
    fail<ConfigError>("{} (RandomTranslation): needs a share in [0, 1], got {}", place, share);
  return {place, "RandomTranslation", input, input};
}

#endif

}  // namespace eigenerate
