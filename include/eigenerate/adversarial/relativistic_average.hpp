#pragma once

#include <string_view>

#include "eigenerate/adversarial/adversarial_loss.hpp"

namespace eigenerate {

/// Another loss played with logits relative to the other side's mean: with `x̃ = C(x) − mean C(G(z))` and `z̃
/// = C(G(z)) − mean C(x)` the discriminator minimizes `real(x̃) + fake(z̃)`, and the generator the same with
/// the sides exchanged, `real(z̃) + fake(x̃)`, so that it learns from real samples too.
///
/// `RelativisticAverage{Hinge{}}` is the relativistic average hinge loss,
/// `RelativisticAverage{NonSaturating{}}` the relativistic average GAN. A label smoothing of `L` is of
/// whichever side is called real.
///
/// **Backward** through both means: with n logits on this side, `(slope(l̃) − the mean slope of the other
/// side) / n`.
/// **Numerics** the means are those of one pass: where gradients accumulate over parts of a batch
/// (`TrainerOptions::accumulate`), of a part, so that a step in parts is not the step of the whole batch.
/// **Source** Jolicoeur-Martineau 2018, eq. 14 and 15; hinge: section 5.
template <PointwiseAdversarialLoss L>
struct RelativisticAverage {
  static constexpr std::string_view kind = "RelativisticAverage";
  static constexpr bool takes_scores = true;  // only differences of the outputs mean anything
  static constexpr bool needs_lipschitz = detail::needs_lipschitz<L>();
  static constexpr bool compares = true;

  L loss{};

  void validate() const { loss.validate(); }

  template <Scalar S>
  double discriminator(ConstView<S> real, ConstView<S> fake, View<S> d_real, View<S> d_fake) const {
    const double real_mean = mean(real), fake_mean = mean(fake);
    const auto of_real = [loss = loss, fake_mean](S l) {
      return loss.real(static_cast<S>(static_cast<double>(l) - fake_mean));
    };
    const auto of_fake = [loss = loss, real_mean](S l) {
      return loss.fake(static_cast<S>(static_cast<double>(l) - real_mean));
    };
    if (wanted(d_real)) write(d_real, real, of_real, mean_slope(fake, of_fake));
    if (wanted(d_fake)) write(d_fake, fake, of_fake, mean_slope(real, of_real));
    return mean_value(real, of_real) + mean_value(fake, of_fake);
  }

  template <Scalar S>
  double generator(ConstView<S> fake, ConstView<S> real, View<S> d_fake, View<S> d_real) const {
    return discriminator(fake, real, d_fake, d_real);
  }

 private:
  template <Scalar S>
  static double mean(ConstView<S> logits) {
    return detail::mean_over_logits(logits, [](S l) { return l; });
  }
  template <Scalar S, class Point>
  static double mean_value(ConstView<S> logits, const Point& point) {
    return detail::mean_over_logits(logits, [point](S l) { return point(l).value; });
  }
  template <Scalar S, class Point>
  static double mean_slope(ConstView<S> logits, const Point& point) {
    return detail::mean_over_logits(logits, [point](S l) { return point(l).derivative; });
  }
  template <Scalar S, class Point>
  static void write(View<S> d, ConstView<S> logits, const Point& point, double others_slope) {
    const auto slope = [point, others_slope, n = static_cast<double>(logits.size())](S l) {
      return static_cast<S>((static_cast<double>(point(l).derivative) - others_slope) / n);
    };
    kernels::map(d.data(), logits.size(), slope, logits.data());
  }
};

template <PointwiseAdversarialLoss L>
RelativisticAverage(L) -> RelativisticAverage<L>;

}  // namespace eigenerate
