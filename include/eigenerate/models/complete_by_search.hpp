#pragma once

#include <span>
#include <type_traits>

#include "eigenerate/models/inverted_gan.hpp"
#include "eigenerate/models/latent_space.hpp"

namespace eigenerate {

/// What `complete_by_search` found for each sample, one per column.
template <Scalar S>
struct FoundCompletion : Inversion<S> {
  Matrix<S> x;  ///< features × n: seen values are as they were, hidden ones are decoded from z
};

namespace detail {

/// `search(seen, condition)` gives the latent vectors.
template <Scalar S, class Model, class Search>
FoundCompletion<S> complete_by_search(const Model& model, ConstView<S> x, ConstView<S> mask,
                                      std::span<const int> labels, Search&& search) {
  const Conditioning conditioning{model.classes()};
  conditioning.require(x, labels, model.sample_shape(), "complete_by_search");
  const SeenValues seen("complete_by_search", x, mask);
  LabelCondition<S> condition(conditioning, x.cols());
  FoundCompletion<S> found{search(seen, condition(labels)), {}};
  found.x = model.decode(as_const(found.z), labels);
  seen.restore(x, as_view(found.x));
  return found;
}

}  // namespace detail

/// Completes samples of which only a part is seen, by the latent vector that explains that part best: the
/// search of `invert`, whose error is that of seen values alone.
///
/// For a GAN the error is the mean squared difference of the seen values; for an autoencoder −log p(seen|z)
/// over their number. `prior_weight` keeps to latent vectors that samples are made from; of the autoencoder
/// latent / (2 · seen values) makes it the most probable one under a standard normal prior. It is one answer,
/// where `complete` draws several with their probabilities, but it asks for no posterior. The search begins
/// at standard normal vectors, whatever the prior.
///
/// **Shapes** as `complete`.
/// **Errors** as `complete` and `invert`.
/// **Source** Yeh et al. 2017, "Semantic image inpainting with deep generative models", section 3, with
/// squares for absolute values and the prior's density for the discriminator's opinion.
template <Scalar S>
FoundCompletion<S> complete_by_search(const LatentSpace<S>& model, std::type_identity_t<ConstView<S>> x,
                                      std::type_identity_t<ConstView<S>> mask,
                                      std::span<const int> labels = {},
                                      const InversionOptions& options = {}) {
  return detail::complete_by_search<S>(model, x, mask, labels, [&](const SeenValues& seen, ConstView<S> c) {
    return invert_likelihood(model.decoder(), model.likelihood(), x, seen, c, options);
  });
}
template <Scalar S>
FoundCompletion<S> complete_by_search(const Gan<S>& gan, std::type_identity_t<ConstView<S>> x,
                                      std::type_identity_t<ConstView<S>> mask,
                                      std::span<const int> labels = {},
                                      const InversionOptions& options = {}) {
  return detail::complete_by_search<S>(gan, x, mask, labels, [&](const SeenValues& seen, ConstView<S> c) {
    return invert_seen(gan.generator(), x, seen, c, options);
  });
}
/// With the inverted GAN's options.
template <Scalar S>
FoundCompletion<S> complete_by_search(const InvertedGan<S>& inverted, std::type_identity_t<ConstView<S>> x,
                                      std::type_identity_t<ConstView<S>> mask,
                                      std::span<const int> labels = {}) {
  return complete_by_search(inverted.gan(), x, mask, labels, inverted.options());
}

}  // namespace eigenerate
