#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

/// Sets a rectangle of each image to zero while training, a share of its height and of its width, whose
/// center may be any pixel, so that a part of it may lie outside; the identity when evaluating.
///
/// With `RandomTranslation` and `RandomBrightness` before the layers of a discriminator this is DiffAugment.
///
/// **Shapes** y: as x, an image.
/// **Backward** dy with the same zeros; tangent tx likewise.
/// **Cost** a copy.
/// **Errors** `ConfigError` unless 0 <= share <= 1.
/// **Source** DeVries & Taylor 2017; Zhao et al. 2020, section 3.3 ("cutout"), with 1/2 as there.
struct Cutout : LinearMap<Cutout> {
  double share;

  explicit constexpr Cutout(double share_ = 0.5) : share(share_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    kernels::copy(y.data(), x.data(), y.size());
    if (pass.mode != Mode::train) return;
    const Shape& shape = pass.plan->input;
    const RandomStream random = pass.layer_random();
    kernels::for_each_item(pass.batch, shape.size(), [&](Index sample) {
      const auto place = 2 * static_cast<std::uint64_t>(sample);
      const Span rows = hole(shape.height, random, place), columns = hole(shape.width, random, place + 1);
      S* const image = y.data() + sample * shape.size();
      for (Index row = rows.begin; row < rows.end; ++row)
        std::fill_n(image + (row * shape.width + columns.begin) * shape.channels,
                    (columns.end - columns.begin) * shape.channels, S(0));
    });
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    apply(pass, dy, dx);
  }

  /// None: evaluating passes are the identity.
  template <Scalar S>
  static bool add_steps(const Pass<S>&, PredictionSteps<S>&) {
    return true;
  }

 private:
  struct Span {
    Index begin, end;
  };
  /// Where the hole lies along one extent.
  Span hole(Index extent, const RandomStream& random, std::uint64_t draw) const {
    const Index size = static_cast<Index>(std::lround(share * static_cast<double>(extent)));
    // Centers of a hole of even size lie between two pixels, the two ends included, as DiffAugment draws
    // them.
    const auto centers = static_cast<std::uint64_t>(extent + (size % 2 == 0 ? 1 : 0));
    const Index begin = static_cast<Index>(uniform_below(centers, random, draw)) - size / 2;
    return {std::max<Index>(begin, 0), std::min(begin + size, extent)};
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Cutout::plan(const Shape& input, const Place& place) const {
  if (!(is_finite(share) && share >= 0 && share <= 1))
    fail<ConfigError>("{} (Cutout): needs a share in [0, 1], got {}", place, share);
  return {place, "Cutout", input, input};
}

#endif

}  // namespace eigenerate
