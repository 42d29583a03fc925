#pragma once

#include <concepts>
#include <string_view>

#include "eigenerate/core/numbers.hpp"
#include "eigenerate/latent/any_posterior.hpp"

namespace eigenerate {

/// What a prior may use in one pass: its networks, and the posterior of the model that it belongs to.
template <Scalar S>
struct PriorPass : PartPass<S> {
  const AnyPosterior<S>* posterior = nullptr;
};

/// The distributions of posteriors to which a prior has a closed-form KL.
template <class... D>
struct ClosedForms {};

/// The distribution p(z) of latent vectors before anything is seen, in one scalar.
///
/// A prior is an immutable value. It has
/// - `kind`: its name, a string, as error messages show it;
/// - `log_probability(pass, z, out)`: the log-density, one number for each column of z;
/// - `backward(pass, z, parameter_weights, path_weights, dz)`: `dz += path_weights[j] · ∂ log p(z_j)/∂z_j`,
///   and the
///   gradient of Σ parameter_weights[j] · log p(z_j) with z held fixed is added to those of its networks;
/// - `sample(pass, random, z)`, from any lane of the stream but 1, of which a `LatentCode` is drawn.
///
/// It may have
/// - `plan<S>(latent, encoder, posterior)`: a `PartPlan`, where it has a network, borrows the encoder or
///   needs memory, or
///   a `ConfigError` where that encoder or posterior does not serve it;
/// - `closed_forms`, a `ClosedForms<D…>`, and for each distribution D of posteriors in it `kl(d, h, out)`,
///   one number for each column of h, `kl_by_dimension(d, h, out)`, latent × n, and `kl_backward(d, h,
///   weights, dh)`, which adds.
///
/// Nothing allocates. Prove one of your own by `testing::check_prior`.
template <class P, class S>
concept PriorOf = requires(const P& p, const PriorPass<S>& pass, ConstView<S> in, View<S> out,
                           const RandomStream& random, std::span<S> values, std::span<const S> weights) {
  { p.kind } -> std::convertible_to<std::string_view>;
  p.log_probability(pass, in, values);
  p.backward(pass, in, weights, weights, out);
  p.sample(pass, random, out);
};

template <class P>
concept Prior = PriorOf<P, float> || PriorOf<P, double>;

}  // namespace eigenerate
