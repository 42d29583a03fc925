#pragma once

#include "eigenerate/adversarial/adversary_term.hpp"
#include "eigenerate/core/limits.hpp"

namespace eigenerate {

/// Has generated samples match the data in the mean of features of the discriminator:
/// `weight · ‖E f(real) − E f(fake)‖²`, in the loss of whoever made the fakes alone.
///
/// The features are channels of the discriminator's output, behind the logit; those of an inner layer are
/// put out beside it, `Concat{Linear{64, 1}, Identity{}}`. The discriminator learns them by its logit only.
///
/// Where gradients accumulate over parts of a batch, the means are those of a part.
///
/// **Backward** `d_fake = 2 weight (E f(fake) − E f(real)) / n` in every sample.
/// **Source** Salimans et al. 2016, eq. 1 (there in place of the game, here beside it).
struct FeatureMatching {
  static constexpr std::string_view kind = "FeatureMatching";
  static constexpr std::string_view fool_figure = "feature_matching";

  double weight = 1;
  Index features = 64;  ///< channels of the output that they are

  void validate() const {
    if (!(is_finite(weight) && weight >= 0))
      fail<ConfigError>("FeatureMatching: expected a finite weight >= 0, got {}", weight);
    if (features < 1 || features > max_factor)
      fail<ConfigError>("FeatureMatching: expected features in [1, {}], got {}", max_factor, features);
  }
  OutputTermPlan plan() const { return {.channels = features, .compares = true}; }

  template <Scalar S>
  double learn(const AdversaryRound<S>&, const TermSide<S>&, const TermSide<S>&, const TermPass<S>&) const {
    return 0;
  }

  template <Scalar S>
  double fool(const AdversaryRound<S>&, const TermSide<S>& fake, const TermSide<S>& real) const {
    // Of a map, a feature is one channel at one pixel.
    const Index n = fake.x.cols(), size = fake.head.size() / n;
    double value = 0;
    for (Index i = 0; i < size; ++i) {
      double sum = 0;
      for (Index j = 0; j < n; ++j)
        sum += static_cast<double>(fake.head.data()[i + j * size]) -
               static_cast<double>(real.head.data()[i + j * size]);
      const double difference = sum / static_cast<double>(n);
      value += weight * difference * difference;
      View<S> d = fake.d_head;
      for (Index j = 0; j < n; ++j)
        d.data()[i + j * size] = static_cast<S>(2 * weight * difference / static_cast<double>(n));
    }
    return value;
  }
};

}  // namespace eigenerate
