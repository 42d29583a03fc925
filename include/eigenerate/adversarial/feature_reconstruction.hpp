#pragma once

#include "eigenerate/adversarial/adversary_term.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/limits.hpp"

namespace eigenerate {

/// Has each generated sample come close to the real one of its column, as features of the discriminator see
/// them: `weight / 2 · mean ‖f(real) − f(fake)‖²`, in the loss of whoever made the fakes alone. It is the
/// similarity that a `VaeGan` learns, and serves wherever fakes are made from real samples.
///
/// The features are channels of the discriminator's output, behind the logit; those of an inner layer are put
/// out beside it, `Concat{Linear{64, 1}, Identity{}}`. The discriminator learns them by its logit only.
///
/// **Shapes** a sum over all features, of every pixel where the output is a map; a mean over samples.
/// **Backward** `d_fake = weight (f(fake) − f(real)) / n`.
/// **Source** Larsen et al. 2016, eq. 7 to 9, without the density's constant.
struct FeatureReconstruction {
  static constexpr std::string_view kind = "FeatureReconstruction";
  static constexpr std::string_view fool_figure = "feature_reconstruction";

  double weight = 1;
  Index features = 64;  ///< channels of the output that they are

  void validate() const {
    if (!(is_finite(weight) && weight >= 0))
      fail<ConfigError>("FeatureReconstruction: expected a finite weight >= 0, got {}", weight);
    if (features < 1 || features > max_factor)
      fail<ConfigError>("FeatureReconstruction: expected features in [1, {}], got {}", max_factor, features);
  }
  OutputTermPlan plan() const { return {.channels = features, .compares = true}; }

  template <Scalar S>
  double learn(const AdversaryRound<S>&, const TermSide<S>&, const TermSide<S>&, const TermPass<S>&) const {
    return 0;
  }

  template <Scalar S>
  double fool(const AdversaryRound<S>&, const TermSide<S>& fake, const TermSide<S>& real) const {
    const double n = static_cast<double>(fake.x.cols());
    double sum = 0;
    View<S> d = fake.d_head;
    for (Index i = 0; i < fake.head.size(); ++i) {
      const double difference =
          static_cast<double>(fake.head.data()[i]) - static_cast<double>(real.head.data()[i]);
      sum += difference * difference;
      d.data()[i] = static_cast<S>(weight * difference / n);
    }
    return 0.5 * weight * sum / n;
  }
};

}  // namespace eigenerate
