#pragma once

#include <algorithm>

#include "eigenerate/latent/posterior.hpp"

namespace eigenerate {

/// The encoder's output itself: `z = h`, nothing is drawn.
///
/// **Shapes** h: latent × n; z: latent × k·n.
/// **Numerics** All mass lies in one point, so there is no log q(z|x) and no KL: objectives that need either
/// are refused, and what brings the codes to the prior is a term on all of them together, as the game of the
/// `AdversarialAutoencoder`.
/// **Source** Makhzani et al. 2016, section 2.1 ("deterministic"); Tolstikhin et al. 2018, section 2.2.
struct DeterministicPosterior {
  static constexpr std::string_view kind = "DeterministicPosterior";
  static constexpr bool has_log_q = false;

  Index parameter_rows(Index latent) const { return latent; }

  template <Scalar S>
  void sample(const PartPass<S>&, ConstView<S> h, ConstView<S>, View<S> z, Numbers<S>) const {
    const Index k = z.cols() / h.cols();
    for (Index j = 0; j < z.cols(); ++j) std::copy_n(h.col(j / k).data(), h.rows(), z.col(j).data());
  }

  template <Scalar S>
  void backward(const PartPass<S>&, ConstView<S> h, ConstView<S>, ConstView<S> dz, ConstNumbers<S>,
                View<S> dh) const {
    const Index k = dz.cols() / h.cols();
    for (Index j = 0; j < dz.cols(); ++j) dh.col(j / k) += dz.col(j);
  }

  template <Scalar S>
  void center(const PartPass<S>& pass, ConstView<S> h, View<S> z) const {
    sample(pass, h, h, z, {});
  }
};

}  // namespace eigenerate
