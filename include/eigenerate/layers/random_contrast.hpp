#pragma once

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

/// Makes each image flatter or harder while training: the distance of every value from the mean of all the
/// image's values times one factor, uniform in [0.5, 1.5]; the identity when evaluating.
///
/// Behind `RandomBrightness` and `RandomSaturation`, and before `RandomTranslation` and `Cutout`, this is the
/// whole DiffAugment for images in color.
///
/// **Shapes** y: as x, any shape.
/// **Backward** the same map of dy, which is symmetric; tangent likewise.
/// **Cost** a copy.
/// **Source** Zhao et al. 2020, section 3.3 ("color", its contrast), with [0.5, 1.5] as in their program.
struct RandomContrast : LinearMap<RandomContrast> {
  LayerPlan plan(const Shape& input, const Place& place) const {
    return {place, "RandomContrast", input, input};
  }

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    if (pass.mode != Mode::train) return kernels::copy(y.data(), x.data(), y.size());
    const RandomStream random = pass.layer_random();
    kernels::for_each_item(pass.batch, 2 * x.rows(), [&](Index sample) {
      const auto words = random.words(static_cast<std::uint64_t>(sample / 4));
      const S factor = S(0.5) + to_unit_interval<S>(words[static_cast<std::size_t>(sample % 4)]);
      const S mean = static_cast<S>(x.col(sample).template cast<double>().mean());
      y.col(sample) = mean + factor * (x.col(sample).array() - mean);
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
};

}  // namespace eigenerate
