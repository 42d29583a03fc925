#pragma once

#include <optional>

#include "eigenerate/latent/autoencoder.hpp"
#include "eigenerate/latent/latent_code.hpp"

namespace eigenerate {

/// The latent vectors that a trained autoencoder draws from its prior, with copies of the networks that it
/// draws them with: it stays as it is when the autoencoder trains on. Copies of the parts alone, so it is
/// small where the prior has no network.
///
/// Constant, so that several threads may draw, each with a memory of its own.
template <Scalar S = float>
class PriorSampler {
 public:
  /// Standard normal ones, but for a code that they end in.
  explicit PriorSampler(const LatentCode& code = {}) : code_(code) {}
  explicit PriorSampler(const Autoencoder<S>& a)
      : prior_(a.prior()), code_(a.posterior().code()), plan_(a.prior_plan()), posterior_(a.posterior()) {
    if (a.prior_learner()) own_ = a.prior_learner()->network;
    if (plan_.encoder_columns > 0) encoder_ = a.encoder().network;
  }

  /// What they end in.
  const LatentCode& code() const { return code_; }
  bool is_standard_normal() const { return prior_.kind() == StandardNormal::kind && code_.size() == 0; }

  /// For up to so many vectors at a time.
  PriorMemory<S> make_memory(Index max_samples) const {
    return {plan_, pointer(own_), pointer(encoder_), 1, max_samples};
  }

  /// Fills z, latent × n; the bits of `Autoencoder::draw_latent`. Nothing allocates.
  void draw(const RandomStream& random, View<S> z, PriorMemory<S>& m) const {
    prior_.sample(m.pass({}, pointer(own_), pointer(encoder_), pointer(posterior_)), random, z);
    code_.draw(random, z);
  }

 private:
  template <class T>
  static const T* pointer(const std::optional<T>& value) {
    return value ? &*value : nullptr;
  }

  AnyPrior<S> prior_{StandardNormal{}};
  LatentCode code_;
  PartPlan<S> plan_;
  std::optional<AnyPosterior<S>> posterior_;
  std::optional<Network<S>> own_, encoder_;
};

}  // namespace eigenerate
