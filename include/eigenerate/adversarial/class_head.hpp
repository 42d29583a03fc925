#pragma once

#include "eigenerate/adversarial/adversary_term.hpp"
#include "eigenerate/losses/softmax_cross_entropy.hpp"

namespace eigenerate {

/// A discriminator that tells the class too: `weight · cross-entropy` of the labels, from channels of its own
/// behind the logit. The discriminator learns it from real samples, and whoever made the fakes learns to have
/// them recognized as what they were made for. A discriminator with it is not shown the labels.
///
/// **Shapes** the discriminator ends in 1 + classes outputs, `Linear{128, 1 + 10}`.
/// **Errors** `ConfigError` for a discriminator that ends in a map, and for rounds without labels.
/// **Source** Odena et al. 2017, section 4 (AC-GAN). They have the discriminator learn classes from generated
/// samples too, with `of_fakes`; without, it is not taught to recognize samples that do not look like data.
struct ClassHead {
  static constexpr std::string_view kind = "ClassHead";
  static constexpr std::string_view figure = "class_loss";
  static constexpr std::string_view fool_figure = "fake_class_loss";

  double weight = 1;
  Index classes = 10;
  bool of_fakes = false;  ///< whether the discriminator learns from generated samples too

  void validate() const {
    if (!(is_finite(weight) && weight >= 0))
      fail<ConfigError>("ClassHead: expected a finite weight >= 0, got {}", weight);
    if (classes < 2 || classes > max_factor)
      fail<ConfigError>("ClassHead: expected classes in [2, {}], got {}", max_factor, classes);
  }
  OutputTermPlan plan() const { return {.channels = classes, .classes = classes}; }
  template <Scalar S>
  void require(const Network<S>& discriminator) const {
    if (discriminator.output_shape().pixels() != 1)
      fail<ConfigError>("ClassHead: a sample has one class, but {} ends in a map of shape {}; pool it before",
                        discriminator.name(), to_string(discriminator.output_shape()));
  }

  template <Scalar S>
  double learn(const AdversaryRound<S>& round, const TermSide<S>& real, const TermSide<S>& fake,
               const TermPass<S>&) const {
    return told(round, real) + (of_fakes ? told(round, fake) : 0.0);
  }
  template <Scalar S>
  double fool(const AdversaryRound<S>& round, const TermSide<S>& fake, const TermSide<S>&) const {
    return told(round, fake);
  }

 private:
  template <Scalar S>
  double told(const AdversaryRound<S>& round, const TermSide<S>& side) const {
    if (static_cast<Index>(round.labels.size()) != side.head.cols())
      fail<ConfigError>("ClassHead: expected a label for each of {} samples, got {}", side.head.cols(),
                        round.labels.size());
    View<S> d = side.d_head;
    const double value = softmax_cross_entropy(side.head, round.labels, d);
    d *= static_cast<S>(weight);
    return weight * value;
  }
};

}  // namespace eigenerate
