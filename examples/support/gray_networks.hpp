#pragma once
// VAEs of gray images of any size, as gray_vae and animate train them.

#include <eigenerate/data/levels.hpp>
#include <eigenerate/data/load_idx.hpp>
#include <string>
#include <vector>

#include "mnist_models.hpp"

namespace examples {

/// What the networks of a VAE of gray levels are like.
struct GrayNetworks {
  std::string likelihood = "logistic-mixture";
  std::string posterior = "normal";
  Index components = 5;  // of a logistic mixture
  Index hidden = 300;
  Index latent = 20;
};

/// Two hidden layers of one width each. The KL has its full weight after `warm_up` steps.
inline Vae<> make_gray_vae(const GrayNetworks& n, const Shape& image, Index warm_up, VaeOptions options) {
  const PixelLikelihood pixel = pixel_likelihood(n.likelihood, n.components);
  options.likelihood = pixel.likelihood;
  options.posterior = posterior_of(n.posterior);
  options.objective =
      Elbo{.schedule = KlSchedule::warm_up(static_cast<std::uint64_t>(warm_up)),
           .kl = n.posterior == "normal" || n.posterior == "full" ? KlTerm::closed_form : KlTerm::sampled};
  LayerList encoder, decoder;
  if (pixel.of_levels) encoder.add(Flatten{}).add(Rescale{1 / 127.5, -1});
  encoder.add(Linear{image.size(), n.hidden})
      .add(Silu{})
      .add(Linear{n.hidden, n.hidden})
      .add(Silu{})
      .add(Linear{n.hidden, options.posterior.parameter_rows(n.latent)});
  decoder.add(Linear{n.latent, n.hidden})
      .add(Silu{})
      .add(Linear{n.hidden, n.hidden})
      .add(Silu{})
      .add(Linear{n.hidden, pixel.numbers * image.size()});
  if (pixel.of_levels) decoder.add(Reshape{pixel.numbers, image.height, image.width});
  return Vae<>{encoder.sequential(), decoder.sequential(), options};
}

/// The images of a file, and three parts of them that were drawn by a seed.
struct GrayImages {
  Dataset all, train, validation, test;
};

/// The gray levels of an IDX file of any images of one channel.
inline GrayImages load_gray_images(const std::string& path, Index validation, Index test,
                                   std::uint64_t seed) {
  const Dataset all = data::to_levels(data::load_idx(path));
  const Index rest = all.size() - validation - test;
  if (all.sample_shape().channels != 1 || rest < 2)
    throw ConfigError(fmt::format("{}: expected more than {} images of one channel, got {} of shape {}", path,
                                  validation + test + 1, all.size(), to_string(all.sample_shape())));
  std::vector<Index> order(static_cast<std::size_t>(all.size()));
  random_permutation(order, RandomStream{seed, Purpose::split});
  const std::span<const Index> drawn(order);
  const auto part = [&](Index first, Index n) {
    return all.subset(drawn.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(n)));
  };
  return {all, part(test + validation, rest), part(test, validation), part(0, test)};
}

}  // namespace examples
