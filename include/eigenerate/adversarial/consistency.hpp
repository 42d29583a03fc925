#pragma once

#include "eigenerate/adversarial/adversary_term.hpp"

namespace eigenerate {

/// A function `disturb(x, random, out)` of samples, features × n.
template <class F, class S>
concept Disturbs = requires(const F& disturb, ConstView<S> x, const RandomStream& random, View<S> out) {
  disturb(x, random, out);
};

/// Keeps the discriminator's logits where they are when a real sample is disturbed, as by a shift or a flip:
/// `weight · mean (D(x) − D(T(x)))²`, in the discriminator's loss alone. T is any function
/// `disturb(x, random, out)`, all of features × n:
///
///     .terms = {Consistency{[](auto x, const RandomStream& random, auto out) { … }}}
///
/// **Cost** one more pass of the discriminator, forward and backward.
/// **Source** Zhang et al. 2020, eq. 3 and algorithm 1 ("consistency regularization"), on real samples.
template <class Disturb>
struct Consistency {
  static constexpr std::string_view kind = "Consistency";
  static constexpr std::string_view figure = "consistency";

  Disturb disturb;
  double weight = 10;

  void validate() const {
    if (!(is_finite(weight) && weight >= 0))
      fail<ConfigError>("Consistency: expected a finite weight >= 0, got {}", weight);
  }
  OutputTermPlan plan() const { return {.passes = true}; }

  template <Scalar S>
  double learn(const AdversaryRound<S>& round, const TermSide<S>& real, const TermSide<S>&,
               const TermPass<S>& pass) const requires(Disturbs<Disturb, S>) {
    const View<S> disturbed = pass.samples(real.x.cols());
    disturb(real.x, round.random, disturbed);
    pass.run(disturbed);
    const ConstView<S> here = real.logits, there = pass.logits();
    const double n = static_cast<double>(here.size());
    View<S> d_here = real.d_logits, d_there = pass.d_logits();
    double sum = 0;
    for (Index i = 0; i < here.size(); ++i) {
      const double difference = static_cast<double>(here(i)) - static_cast<double>(there(i));
      sum += difference * difference;
      const S d = static_cast<S>(2 * weight * difference / n);
      d_here(i) += d;
      d_there(i) = -d;
    }
    pass.backward();
    return weight * sum / n;
  }
  template <Scalar S>
  double fool(const AdversaryRound<S>&, const TermSide<S>&, const TermSide<S>&) const {
    return 0;
  }
};

template <class Disturb>
Consistency(Disturb, double = 10) -> Consistency<Disturb>;

}  // namespace eigenerate
