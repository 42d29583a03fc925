#pragma once

#include <algorithm>
#include <string_view>
#include <variant>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/adam.hpp"
#include "eigenerate/optim/adam_w.hpp"
#include "eigenerate/optim/detail/rule_update.hpp"
#include "eigenerate/optim/detail/validation.hpp"
#include "eigenerate/optim/rms_prop.hpp"
#include "eigenerate/optim/sgd.hpp"

namespace eigenerate {

/// Another rule takes `every` steps ahead, and then the parameters go back most of the way: with φ what they
/// were before, `p = φ + share · (p − φ)`. It damps the rotation of two players about their equilibrium.
///
/// Nothing is differentiated through the inner steps: unlike in an unrolled GAN, a player's gradient is that
/// of its loss now. Give it to both players; where one takes k steps for each step of the other, with k times
/// `every`, so that both go back together. The inner rule's moments stay. Moving averages and evaluations see
/// the parameters wherever they are in a cycle.
///
/// **Cost** memory for φ; two passes over the parameters in `every` steps.
/// **Source** Zhang et al. 2019, algorithm 1; for games: Chavdarova et al. 2021, algorithm 1.
struct Lookahead {
  std::variant<Sgd, Adam, AdamW, RmsProp> rule = Adam{};
  Index every = 5;
  double share = 0.5;

  void validate() const;

  /// Those of the inner rule, and φ.
  detail::MomentNames moment_names() const;

  /// Before step `step`, counted from 1: at the beginning of a cycle, φ is what the parameters are, those
  /// that are frozen too, as they may learn again within it.
  template <Scalar S>
  void begin_step(std::uint64_t step, const S* parameters, S* slow, Index size) const {
    if ((step - 1) % static_cast<std::uint64_t>(every) == 0) kernels::copy(slow, parameters, size);
  }

  template <Scalar S>
  void update(const detail::RuleUpdate<S>& u) const {
    detail::RuleUpdate<S> ahead = u;
    S* const slow = std::visit(
        [&](const auto& inner) {
          S*& last = ahead.arrays.moments[inner.moment_names().size()];
          S* const own = last;
          last = nullptr;
          inner.update(ahead);
          return own;
        },
        rule);
    if (u.step % static_cast<std::uint64_t>(every) != 0) return;
    const auto back = [by = static_cast<S>(share)](S from, S to) { return from + by * (to - from); };
    kernels::map(u.arrays.parameters, u.size, back, slow, u.arrays.parameters);
  }
};

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE void Lookahead::validate() const {
  std::visit([](const auto& inner) { inner.validate(); }, rule);
  detail::require_field(every >= 1, "Lookahead", "every", ">= 1", static_cast<double>(every));
  detail::require_field(is_finite(share) && share > 0 && share <= 1, "Lookahead", "share", "in (0, 1]",
                        share);
}

EIGENERATE_INLINE detail::MomentNames Lookahead::moment_names() const {
  detail::MomentNames names = std::visit([](const auto& inner) { return inner.moment_names(); }, rule);
  names.add("slow");
  return names;
}

#endif

}  // namespace eigenerate
