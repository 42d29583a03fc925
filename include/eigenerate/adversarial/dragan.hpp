#pragma once

#include "eigenerate/adversarial/gradient_penalty.hpp"
#include "eigenerate/core/compiled.hpp"

namespace eigenerate {

/// Keeps the discriminator's input gradients near norm 1 around the data: `weight · mean (‖∇ₓD(x̂)‖₂ − 1)²`
/// at `x̂ = x + u · spread · σ · v`, where σ is the standard deviation of all numbers of the batch, u is one
/// uniform number for a sample and v one for each of its values. One-sided, it leaves smaller gradients
/// alone; lazily, with `.every = k`, it is taken in every k-th step alone, with k times the weight.
///
/// **Numerics** σ is that of one pass: where gradients accumulate over parts of a batch
/// (`TrainerOptions::accumulate`), of a part, so that a step in parts is not the step of the whole batch.
/// **Source** Kodali et al. 2017, eq. 4, with the noise of the authors' program (spread 0.5), which is
/// uniform and no normal one.
struct Dragan {
  static constexpr std::string_view kind = "Dragan";
  static constexpr std::string_view figure = "dragan_penalty";
  static constexpr bool of_each_sample = true;

  double weight = 10;
  double spread = 0.5;
  bool one_sided = false;
  Index every = 1;

  void validate() const;

  template <Scalar S>
  void place(ConstView<S> real, ConstView<S> fake, const RandomStream& random, View<S> x_hat) const {
    detail::require_loss_views(kind, real, fake, x_hat);
    const double n = static_cast<double>(real.size());
    const auto mean_of = [&](double center, int power) {
      return kernels::sum_over_items(real.cols(), real.rows(),
                                     [&](Index j) {
                                       double sum = 0;
                                       for (Index i = 0; i < real.rows(); ++i) {
                                         const double d = static_cast<double>(real(i, j)) - center;
                                         sum += power == 1 ? d : d * d;
                                       }
                                       return sum;
                                     }) /
             n;
    };
    const double deviation = std::sqrt(mean_of(mean_of(0, 1), 2));
    fill_uniform(x_hat.data(), x_hat.size(), random.lane(1));
    for (Index j = 0; j < real.cols(); ++j) {
      const auto words = random.words(static_cast<std::uint64_t>(j / 4));
      const S u = to_unit_interval<S>(words[static_cast<std::size_t>(j % 4)]);
      x_hat.col(j) = real.col(j) + u * static_cast<S>(spread * deviation) * x_hat.col(j);
    }
  }
  GradientPenalty of_gradients() const { return {.weight = weight, .target = 1, .one_sided = one_sided}; }
};

#if EIGENERATE_DEFINES(ADVERSARIAL)

EIGENERATE_INLINE void Dragan::validate() const {
  if (!(is_finite(weight) && weight >= 0 && is_finite(spread) && spread > 0))
    fail<ConfigError>("Dragan: expected a finite weight >= 0 and a finite spread > 0, got {} and {}", weight,
                      spread);
  detail::require_interval(kind, every);
}

#endif

}  // namespace eigenerate
