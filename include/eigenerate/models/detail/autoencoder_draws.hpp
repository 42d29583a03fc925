#pragma once

#include <span>
#include <type_traits>
#include <vector>

#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/models/detail/all_densities.hpp"
#include "eigenerate/models/latent_space.hpp"

namespace eigenerate::detail {

/// Latent vectors of an autoencoder, see `Completer`.
template <Scalar S>
class AutoencoderDraws {
 public:
  AutoencoderDraws(const LatentSpace<S>& model, Index draws)
      : parts_(model.parts()),
        memory_(parts_, draws, draws),
        condition_({model.classes()}, draws),
        z_(parts_.latent_size(), draws),
        noise_(z_.rows(), z_.cols()) {}

  /// `ConfigError` unless a posterior has a density at any z, and so a mixture of them.
  static void require_density(const LatentSpace<S>& model) {
    model.parts().posterior().require_density(
        "complete, in rounds after the first (rounds = 0 draws from the prior alone)");
  }

  ConstView<S> from_prior(std::span<const int> labels, const RandomStream& random) {
    how_ = {.condition = condition_(labels)};
    parts_.draw_latent(random, as_view(z_));
    return parts_.decode(z_, how_, memory_);
  }

  ConstView<S> from_posteriors(const Matrix<S>& x, std::span<const int> labels, const RandomStream& random) {
    how_ = {.condition = condition_(labels)};
    fill_normal(noise_.data(), noise_.size(), random);
    const auto latents = parts_.encode(x, how_, noise_, memory_);
    h_ = latents.h;
    z_ = latents.z;
    return parts_.decode(z_, how_, memory_);
  }

  std::vector<LogMeanExp> mixture() const {
    std::vector<LogMeanExp> all(static_cast<std::size_t>(z_.cols()));
    for_all_densities<S>(parts_.posterior(), h_, z_, [&](Index first, const auto& log_q) {
      for (Index j = 0; j < log_q.cols(); ++j)
        for (const S of_one : log_q.col(j)) all[static_cast<std::size_t>(first + j)].add(of_one);
    });
    return all;
  }

  Vector<double> log_prior() {
    Vector<S> log_p(z_.cols());
    parts_.log_prior(z_, how_, memory_, numbers(log_p));
    return log_p.template cast<double>();
  }

  const Matrix<S>& z() const { return z_; }

 private:
  const Autoencoder<S>& parts_;
  AutoencoderMemory<S> memory_;
  LabelCondition<S> condition_;
  PassInput<S> how_;
  Matrix<S> h_, z_, noise_;
};

/// The type of the draws of a model.
template <Scalar S>
std::type_identity<AutoencoderDraws<S>> draws_of(const LatentSpace<S>&) {
  return {};
}

}  // namespace eigenerate::detail
