#pragma once

#include <concepts>
#include <string_view>

#include "eigenerate/core/numbers.hpp"
#include "eigenerate/latent/part.hpp"

namespace eigenerate {

/// The distribution q(z|x) of latent vectors, given an encoder's output h, in one scalar.
///
/// A posterior is an immutable value. It has
/// - `kind`: its name, a string, as error messages show it;
/// - `parameter_rows(latent)`: the numbers that an encoder puts out for latent vectors of so many dimensions;
/// - `sample(pass, h, noise, z, log_q)`: makes z of standard normal noise of the same extents, and log q(z|x)
///   of each where `log_q` is not empty. One column of h serves as many neighbouring columns of z as there
///   are for each;
/// - `backward(pass, h, noise, dz, d_log_q, dh)`: `dh += ` the gradient of ⟨dz, z⟩ + ⟨d_log_q, log q(z|x)⟩,
///   the noise held fixed, so that log q moves with z too; empty `d_log_q` are zeros. Adds to the gradients
///   of its own network;
/// - `center(pass, h, z)`: the z of no noise, one for each column of h.
///
/// It may have
/// - `plan<S>(latent)`: a `PartPlan`, where it has a network or needs memory;
/// - `has_log_q`, a constant: false where z has no density given x, as a code that is not drawn. It is then
///   never asked for log q, and whatever needs that is refused by its name;
/// - `log_density(h, z, out)` and `log_density_backward(h, z, weights, dz, dh)`: log q at any z, pairing
///   columns as distributions do, and `dz += `, `dh = ` the gradient of the weighted sum where wanted.
///   Estimators that leave out the score need it, and priors that are made of posteriors; a posterior without
///   it is refused there, by its name;
/// - `components(latent, k, memory)`: the densities of all pairs of k columns of h and some of z, where there
///   is a faster way than `log_density` of each: a view with the functions of `NormalComponents`. Whoever
///   derives from a posterior and changes its density changes this too;
/// - `distribution()`: what it is, where h is nothing but the parameters of one; closed-form KLs are known
///   for these;
/// - `code`, a `LatentCode`, where latent vectors end in one: vectors of the prior then do too;
/// - `clamped_share(h)`: the share of log-variances outside their range.
///
/// Nothing allocates. Prove one of your own by `testing::check_posterior`.
template <class Q, class S>
concept PosteriorOf = requires(const Q& q, const PartPass<S>& pass, ConstView<S> in, View<S> out,
                               std::span<S> values, std::span<const S> weights) {
  { q.kind } -> std::convertible_to<std::string_view>;
  { q.parameter_rows(Index{}) } -> std::same_as<Index>;
  q.sample(pass, in, in, out, values);
  q.backward(pass, in, in, in, weights, out);
  q.center(pass, in, out);
};

template <class Q>
concept Posterior = PosteriorOf<Q, float> || PosteriorOf<Q, double>;

}  // namespace eigenerate
