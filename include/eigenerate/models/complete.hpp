#pragma once

#include <span>

#include "eigenerate/models/completion.hpp"
#include "eigenerate/models/detail/autoencoder_draws.hpp"
#include "eigenerate/models/detail/completer.hpp"
#include "eigenerate/models/detail/ladder_draws.hpp"
#include "eigenerate/models/seen_values.hpp"

namespace eigenerate {

/// Completes samples of which only a part is seen: draws from p(hidden values | seen values), by importance
/// sampling in the latent space.
///
/// The first latent vectors come from the prior. Each is weighted by the probability that it gives to what is
/// seen; they are resampled by these weights, and each fills the hidden values of a copy of the sample by a
/// draw from p(x|z). In the next round the latent vectors come from the posteriors of these copies, and their
/// weights are `p(seen|z) p(z) / q(z)`, q the mixture of all these posteriors. So the copies move to where
/// the sample may belong, as in the Markov chain of Rezende et al., which encodes and decodes by turns; but
/// what comes out is right for any encoder, up to the error of importance sampling: it is exact as the number
/// of draws grows. Metropolis steps within that chain (Mattei & Frellsen 2018) correct it one sample at a
/// time, where here the draws of the last round say by themselves how much they are worth.
///
/// The model is a `LatentSpace` or a `LadderVae`; a latent vector of a ladder is one of each level, of which
/// `z` shows the highest. Decoded values are means of p(x|z), as those of `sample` are. What stands in hidden
/// places is not read.
///
/// **Shapes** x: features × n; mask: features × n, or features × 1 for all, 1 where a value is seen and 0
/// where it is hidden; a label for each sample of a conditional model.
/// **Cost** (1 + rounds) · draws passes through the decoder, rounds · draws through the encoder, and rounds ·
/// draws² densities, for each sample.
/// **Errors** `ConfigError` naming a likelihood whose features are not independent, and a posterior without a
/// density at any z, of which only `rounds = 0` can do; for numbers in the mask that are neither 0 nor 1, and
/// for seen values that are not finite or without a probability. `ShapeError` for other extents.
/// **Numerics** each sample's draws depend on the seed and its number alone; the same bits for any number of
/// threads.
/// **Source** Rezende et al. 2014, section 5, missing data imputation (the chain); Cappé et al. 2004
/// (population Monte Carlo); Owen & Zhou 2000 (weights by the mixture).
template <class M>
requires requires(const M& model) {
  detail::draws_of(model);
}
Completion<typename M::scalar_type> complete(const M& model, ConstView<typename M::scalar_type> x,
                                             ConstView<typename M::scalar_type> mask,
                                             std::span<const int> labels,
                                             const CompletionOptions& options = {}) {
  using S = typename M::scalar_type;
  using Draws = typename decltype(detail::draws_of(model))::type;
  options.validate();
  const Conditioning conditioning{model.classes()};
  conditioning.require(x, labels, model.sample_shape(), model.name());
  if (options.rounds > 0) Draws::require_density(model);
  const SeenValues seen("complete", x, mask);
  const Index n = x.cols(), k = options.completions;
  Completion<S> found{Matrix<S>(x.rows(), n * k), Matrix<S>(model.latent_size(), n * k),
                      Matrix<S>(x.rows(), n), Vector<double>(n), Vector<double>(n)};
  detail::Completer<M, Draws> completer(model, options);
  for (Index j = 0; j < n; ++j)
    completer.run(found, ConstView<S>(x.data() + j * x.rows(), x.rows(), 1), seen.of(j),
                  labels.empty() ? labels : labels.subspan(static_cast<std::size_t>(j), 1), j);
  seen.restore(x, as_view(found.x));
  seen.restore(x, as_view(found.mean));
  return found;
}
template <class M>
requires requires(const M& model) {
  detail::draws_of(model);
}
Completion<typename M::scalar_type> complete(const M& model, ConstView<typename M::scalar_type> x,
                                             ConstView<typename M::scalar_type> mask,
                                             const CompletionOptions& options = {}) {
  return complete(model, x, mask, std::span<const int>{}, options);
}

}  // namespace eigenerate
