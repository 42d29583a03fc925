#pragma once

#include <string_view>

#include "eigenerate/adversarial/adversarial_loss.hpp"

namespace eigenerate {

/// Another loss played with differences of logits: the discriminator minimizes the mean of
/// `real(C(xᵢ) − C(G(zᵢ)))` over pairs of a real and a generated sample, and the generator that of
/// `real(C(G(zᵢ)) − C(xᵢ))`, so that it learns from real samples too.
///
/// The i-th logit of one side meets the i-th of the other. `Relativistic{NonSaturating{}}` is the
/// relativistic standard GAN, and with `R1` and `R2` the game of R3GAN; `Relativistic{Wasserstein{}}` is the
/// critic's game itself. What the other loss says of generated samples is not used: where it treats both
/// sides alike, it says the same. `RelativisticAverage` compares with the other side's mean instead.
///
/// **Backward** with n pairs and the slope s of `real` at the difference: `s / n` to this side, `−s / n` to
/// the other.
/// **Errors** `ShapeError` for sides that differ in their numbers of logits.
/// **Source** Jolicoeur-Martineau 2018, section 4 (for the standard GAN); for any loss: Jolicoeur-Martineau
/// 2020, "On relativistic f-divergences" (relativistic paired GANs); R3GAN: Huang et al. 2024.
template <PointwiseAdversarialLoss L>
struct Relativistic {
  static constexpr std::string_view kind = "Relativistic";
  static constexpr bool takes_scores = true;  // only differences of the outputs mean anything
  static constexpr bool needs_lipschitz = detail::needs_lipschitz<L>();
  static constexpr bool compares = true;
  static constexpr bool pairs = true;

  L loss{};

  void validate() const { loss.validate(); }

  template <Scalar S>
  double discriminator(ConstView<S> real, ConstView<S> fake, View<S> d_real, View<S> d_fake) const {
    const Index n = real.size();
    if (fake.size() != n)
      fail<ShapeError>("{}: pairs as many logits of real samples as of generated ones, got {} and {}", kind,
                       n, fake.size());
    const S *const a = real.data(), *const b = fake.data();
    S *const da = d_real.data(), *const db = d_fake.data();  // null where they are not wanted
    const S scale = static_cast<S>(1.0 / static_cast<double>(n));
    return detail::mean_of_terms(n, [&](Index i) {
      const auto [value, slope] = loss.real(a[i] - b[i]);
      if (da) da[i] = scale * slope;
      if (db) db[i] = -scale * slope;
      return value;
    });
  }

  template <Scalar S>
  double generator(ConstView<S> fake, ConstView<S> real, View<S> d_fake, View<S> d_real) const {
    return discriminator(fake, real, d_fake, d_real);
  }
};

template <PointwiseAdversarialLoss L>
Relativistic(L) -> Relativistic<L>;

}  // namespace eigenerate
