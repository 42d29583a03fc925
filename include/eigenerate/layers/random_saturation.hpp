#pragma once

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

/// Makes the colors of each image paler or stronger while training: the distance of every value from the mean
/// of its pixel's channels times one factor for the image, uniform in [0, 2]; the identity when evaluating.
/// Gray images stay as they are.
///
/// **Shapes** y: as x, an image.
/// **Backward** the same map of dy, which is symmetric; tangent likewise.
/// **Cost** a copy.
/// **Source** Zhao et al. 2020, section 3.3 ("color", its saturation), with [0, 2] as in their program.
struct RandomSaturation : LinearMap<RandomSaturation> {
  LayerPlan plan(const Shape& input, const Place& place) const {
    return {place, "RandomSaturation", input, input};
  }

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    if (pass.mode != Mode::train) return kernels::copy(y.data(), x.data(), y.size());
    const Shape& shape = pass.plan->input;
    const RandomStream random = pass.layer_random();
    kernels::for_each_item(pass.batch, 4 * shape.size(), [&](Index sample) {
      const auto words = random.words(static_cast<std::uint64_t>(sample / 4));
      const S factor = 2 * to_unit_interval<S>(words[static_cast<std::size_t>(sample % 4)]);
      const Index pixels = shape.height * shape.width;
      const Eigen::Map<const Matrix<S>> from(x.data() + sample * shape.size(), shape.channels, pixels);
      Eigen::Map<Matrix<S>> to(y.data() + sample * shape.size(), shape.channels, pixels);
      for (Index p = 0; p < pixels; ++p) {
        const S mean = from.col(p).mean();
        to.col(p) = mean + factor * (from.col(p).array() - mean);
      }
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
