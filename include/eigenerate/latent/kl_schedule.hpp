#pragma once

#include <algorithm>
#include <cstdint>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"

namespace eigenerate {

/// How the weight of a KL term rises in training, as a share of its full weight: a pure function of the step.
///
///     Elbo{.beta = 4, .schedule = KlSchedule::cycles({.steps = 2000, .count = 4})}
///
/// By default it is full from the first step on.
/// **Errors** `validate`: `ConfigError` for a cycle without steps, no cycles, or a rise outside of (0, 1].
/// **Source** linear warm-up: Bowman et al. 2016, section 3.1 (there a sigmoid), Sønderby et al. 2016,
/// section 2.3; cycles: Fu et al. 2019, section 4, with a linear rise. The first step of a rise already
/// counts, where theirs has a weight of 0.
class KlSchedule {
 public:
  /// What cycles are like. Fu et al. take four, each rising in its first half.
  struct Cycles {
    std::uint64_t steps = 1;  ///< of one cycle
    std::uint64_t count = 4;  ///< after them the weight stays full
    double rise = 0.5;        ///< the share of a cycle in which it rises; then it stays full
  };

  constexpr KlSchedule() = default;
  /// Rises linearly in so many steps, and stays.
  static constexpr KlSchedule warm_up(std::uint64_t steps) {
    return KlSchedule({.steps = std::max<std::uint64_t>(steps, 1), .count = 1, .rise = 1});
  }
  /// Begins anew several times, so that the latent vectors of one cycle are where the next one starts.
  static constexpr KlSchedule cycles(const Cycles& cycles) { return KlSchedule(cycles); }

  void validate() const;

  /// The share in that step, in (0, 1].
  double weight(std::uint64_t step) const;

 private:
  explicit constexpr KlSchedule(const Cycles& cycles) : cycles_(cycles) {}

  Cycles cycles_{.steps = 1, .count = 1, .rise = 1};
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void KlSchedule::validate() const {
  if (cycles_.steps < 1 || cycles_.count < 1)
    fail<ConfigError>("KlSchedule: expected cycles of at least 1 step, and at least 1 of them, got {} and {}",
                      cycles_.steps, cycles_.count);
  if (!(is_finite(cycles_.rise) && cycles_.rise > 0 && cycles_.rise <= 1))
    fail<ConfigError>("KlSchedule: expected a rise in (0, 1], a share of a cycle, got {}", cycles_.rise);
}

EIGENERATE_INLINE double KlSchedule::weight(std::uint64_t step) const {
  if (step / cycles_.steps >= cycles_.count) return 1;
  const double rising = cycles_.rise * static_cast<double>(cycles_.steps);
  return std::min(static_cast<double>(step % cycles_.steps + 1) / rising, 1.0);
}

#endif

}  // namespace eigenerate
