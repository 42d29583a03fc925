#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/latent/detail/term_sums.hpp"
#include "eigenerate/latent/kl_schedule.hpp"

namespace eigenerate {

/// How the KL term of an ELBO is computed.
enum class KlTerm {
  closed_form,  ///< exactly; posterior and prior must have a closed form together
  sampled       ///< as log q(z|x) − log p(z) of the latent samples, for any two
};

/// The evidence lower bound: `−E log p(x|z) + β · KL(q(z|x) ‖ p(z))`, a mean over the latent samples.
///
/// **Numerics** with closed-form KL and free bits the loss holds Σ_d max(λ, KL_d), where KL_d is the mean of
/// dimension d over the batch (over each part of a step that is taken in parts): a dimension below λ gets no
/// gradient from its KL. A model that is judged has β = 1 and no free bits.
/// **Errors** `validate`: `ConfigError` for members out of range, for free bits of a sampled KL, and for
/// sticking-the-landing of a closed-form one.
/// **Source** Kingma & Welling 2014, eq. 10; β: Higgins et al. 2017; free bits: Kingma et al. 2016, appendix
/// C.8; sticking the landing: Roeder, Wu & Duvenaud 2017 (the score of log q, of mean zero, is left out; it
/// needs ∂ log q/∂z).
struct Elbo {
  static constexpr std::string_view kind = "Elbo";

  double beta = 1;           ///< weight of the KL term in training
  KlSchedule schedule = {};  ///< how that weight rises to `beta`
  KlTerm kl = KlTerm::closed_form;
  double free_bits = 0;  ///< λ, in nats per latent dimension
  bool sticking_the_landing = false;

  void validate() const;

  ObjectiveNeeds needs() const;

  /// The weight of the KL term in that step; 1 where none is trained.
  double kl_weight(std::optional<std::uint64_t> step) const;

  template <Scalar S>
  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w) const {
    const double weight = kl_weight(t.step), reconstruction = -detail::mean_of(t.log_px);
    detail::weigh_uniformly(t, w.parameters);
    if (kl == KlTerm::sampled)
      return {reconstruction + weight * (detail::mean_of(t.log_qz) - detail::mean_of(t.log_pz)), weight};
    View<S> d_kl = w.kl;
    if (wanted(d_kl)) d_kl.setConstant(static_cast<S>(weight / static_cast<double>(t.inputs)));
    if (free_bits == 0 || !t.step) return {reconstruction + weight * detail::mean_of(t.kl), 0};
    double divergence = 0;
    for (Index d = 0; d < t.kl_by_dimension.rows(); ++d) {
      const double kl_d = t.kl_by_dimension.row(d).template cast<double>().mean();
      divergence += kl_d < free_bits ? free_bits : kl_d;  // a NaN stays one
      if (kl_d < free_bits && wanted(d_kl)) d_kl.row(d).setZero();
    }
    return {reconstruction + weight * divergence, 0};
  }
};

#if EIGENERATE_DEFINES(LATENT)

EIGENERATE_INLINE void Elbo::validate() const {
  schedule.validate();
  if (!(is_finite(beta) && beta >= 0))
    fail<ConfigError>("Elbo: beta must be finite and not negative, got {}", beta);
  if (!(is_finite(free_bits) && free_bits >= 0))
    fail<ConfigError>("Elbo: free_bits must be finite and not negative, got {}", free_bits);
  if (free_bits > 0 && kl != KlTerm::closed_form)
    fail<ConfigError>("Elbo: free_bits need the KL of each dimension, which a sampled KL does not have");
  if (sticking_the_landing && kl != KlTerm::sampled)
    fail<ConfigError>(
        "Elbo: a closed-form KL has no score to leave out; for sticking_the_landing say "
        ".kl = KlTerm::sampled");
}

EIGENERATE_INLINE ObjectiveNeeds Elbo::needs() const {
  const bool closed = kl == KlTerm::closed_form;
  return {.densities = !closed,
          .closed_form_kl = closed,
          .kl_by_dimension = free_bits > 0,
          .score = !sticking_the_landing,
          .uniform = true};
}

EIGENERATE_INLINE double Elbo::kl_weight(std::optional<std::uint64_t> step) const {
  return step ? beta * schedule.weight(*step) : 1;
}

#endif

}  // namespace eigenerate
