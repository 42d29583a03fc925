#pragma once

#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/latent/objective.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"

namespace eigenerate {

/// The importance-weighted bound: minus the log of the mean of the k weights w = p(x|z) p(z) / q(z|x).
///
/// **Backward** a sample counts by its share w̃ of its input's weights. The encoder's gradient then has a
/// signal-to-noise ratio that falls with k; doubly reparameterized, the path through z counts by w̃² and the
/// score not at all, which has the same mean and a ratio that rises. It needs ∂ log q/∂z. What the decoder's
/// and the prior's parameters get is the same in both.
/// **Source** Burda, Grosse & Salakhutdinov 2016, eq. 8 and 14; Tucker, Lawson, Gu & Maddison 2019, eq. 8.
struct Iwae {
  static constexpr std::string_view kind = "Iwae";

  bool doubly_reparameterized = false;

  ObjectiveNeeds needs() const;

  template <Scalar S>
  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w) const {
    const double batch = static_cast<double>(t.inputs);
    const auto log_w = [&](std::size_t j) {
      return static_cast<double>(t.log_px[j] + t.log_pz[j] - t.log_qz[j]);
    };
    const auto k = static_cast<std::size_t>(t.samples);
    double sum = 0;
    for (std::size_t begin = 0; begin < t.log_px.size(); begin += k) {
      LogMeanExp mean;
      for (std::size_t j = begin; j < begin + k; ++j) mean.add(log_w(j));
      sum += mean.value();
      for (std::size_t j = begin; j < begin + k && !w.parameters.empty(); ++j) {
        const double share = std::exp(log_w(j) - mean.log_sum());
        w.parameters[j] = static_cast<S>(-share / batch);
        if (doubly_reparameterized) w.path[j] = static_cast<S>(-share * share / batch);
      }
    }
    return {-sum / batch, 1};
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE ObjectiveNeeds Iwae::needs() const {
  return {.densities = true, .path_weights = doubly_reparameterized, .score = !doubly_reparameterized};
}

#endif

}  // namespace eigenerate
