#pragma once
// The four models that `compare_gan_vae` sets against each other: of the same body, of as many parameters
// in all, each trained as its kind is trained well.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/layers/rescale.hpp>
#include <eigenerate/models/inverted_gan.hpp>
#include <string_view>
#include <vector>

#include "gan_recipe.hpp"
#include "mnist_models.hpp"
#include "vae_scores.hpp"

namespace examples {

/// What decides how large a model is.
struct ComparedSize {
  Index channels = 32;  ///< of the first convolution; the second has twice as many
  Index latent = 32;
};

/// 28×28 pixels → `outputs` numbers.
template <class Activation>
AnyLayer<float> compared_encoder(const ComparedSize& size, const Activation& activation, Index outputs) {
  const Index c = size.channels;
  return Sequential{
      Conv2d{1, c, halving},         activation, Conv2d{c, 2 * c, halving}, activation, Flatten{},
      Linear{2 * c * 7 * 7, outputs}};
}

/// z → 28×28 logits. Batch norm where the decoder plays a game, as everybody has it there.
inline LayerList compared_decoder(const ComparedSize& size, bool batch_norm) {
  const Index c = size.channels;
  LayerList d;
  d.add(Linear{size.latent, 2 * c * 7 * 7}).add(Reshape{2 * c, 7, 7});
  if (batch_norm) d.add(BatchNorm{2 * c});
  d.add(Relu{}).add(ConvTranspose2d{2 * c, c, doubling});
  if (batch_norm) d.add(BatchNorm{c});
  return d.add(Relu{}).add(ConvTranspose2d{c, 1, doubling});
}

/// Of every column how far it is from the other's.
inline std::vector<double> squared_distances(const Matrix<float>& x, const Matrix<float>& y) {
  const Eigen::RowVectorXf distances = (x - y).colwise().squaredNorm();
  return {distances.begin(), distances.end()};
}

/// A column of the comparison says how its model is made, what it learns from, how images come into its
/// latent space, and how odd it finds an image, in units of its own.
struct GanColumn {
  static constexpr std::string_view key = "gan", title = "GAN";
  static constexpr Index batch_size = 16;

  /// The recipe `stable` of `mnist_gan`. Pixels are in [0, 1] for all four models, and in [−1, 1] where the
  /// discriminator begins: so γ is a quarter of the recipe's, as gradients are twice as long.
  static Gan<> make(const ComparedSize& size, std::uint64_t seed) {
    GanRecipe recipe = stable_recipe;
    recipe.penalty_weight /= 4;
    LayerList discriminator;
    discriminator.add(Rescale{2, -1})
        .add(compared_encoder(size, LeakyRelu{0.2}, 2 * size.latent))
        .add(LeakyRelu{0.2})
        .add(Linear{2 * size.latent, 1});
    return Gan<>{compared_decoder(size, true).add(Sigmoid{}).sequential(), discriminator.sequential(),
                 options_of(recipe, size.latent, seed)};
  }
  static Dataset lessons(const Dataset& images, std::uint64_t) { return images; }
  static InvertedGan<> space(const Gan<>& gan, const InversionOptions& search) {
    return InvertedGan<>{gan, search};
  }
  /// How sure the discriminator is that it is none of the data.
  static std::vector<double> oddness(const Gan<>& gan, const Matrix<float>& x) {
    const Matrix<float> logits = gan.discriminate(x);
    std::vector<double> odd;
    for (Index i = 0; i < x.cols(); ++i) odd.push_back(-static_cast<double>(logits(0, i)));
    return odd;
  }
};

struct VaeColumn {
  static constexpr std::string_view key = "vae", title = "VAE";
  static constexpr Index batch_size = 64;

  static Vae<> make(const ComparedSize& size, std::uint64_t seed) {
    return Vae<>{compared_encoder(size, Relu{}, 2 * size.latent),
                 compared_decoder(size, false).sequential(),
                 {.likelihood = Bernoulli{}, .optimizer = Adam{1e-3}, .seed = seed}};
  }
  /// Binary pixels, drawn anew in every epoch, so that it is a model of something that has a probability.
  static Dataset lessons(const Dataset& images, std::uint64_t seed) {
    return data::binarize_dynamic(images, seed);
  }
  static const Vae<>& space(const Vae<>& vae, const InversionOptions&) { return vae; }
  /// The negative ELBO.
  static std::vector<double> oddness(const Vae<>& vae, const Matrix<float>& x) {
    return vae_scores(vae, x, 10, 1, 0)[1];
  }
};

struct VaeGanColumn {
  static constexpr std::string_view key = "vaegan", title = "VAE-GAN";
  static constexpr Index batch_size = 64;

  static VaeGan<> make(const ComparedSize& size, std::uint64_t seed) {
    const Index c = size.channels, features = 2 * c * 7 * 7;
    return VaeGan<>{
        compared_encoder(size, Relu{}, 2 * size.latent),
        compared_decoder(size, true).add(Sigmoid{}).sequential(),
        Sequential{Rescale{2, -1}, Conv2d{1, c, halving}, LeakyRelu{0.2}, Conv2d{c, 2 * c, halving},
                   LeakyRelu{0.2}, Flatten{}, Concat{Linear{features, 1}, Identity{}}},
        {.terms = {FeatureReconstruction{.features = features}},
         .optimizer = Adam{1e-3, 0.5},
         .discriminator_optimizer = Adam{2e-4, 0.5},
         .ema_decay = 0.999,
         .ema_warm_up = true,
         .seed = seed}};
  }
  static Dataset lessons(const Dataset& images, std::uint64_t) { return images; }
  static const VaeGan<>& space(const VaeGan<>& model, const InversionOptions&) { return model; }
  /// How far what comes back is from it in features of the discriminator, by which it learns.
  static std::vector<double> oddness(const VaeGan<>& model, const Matrix<float>& x) {
    const Matrix<float> own = model.discriminate(x), back = model.discriminate(model.reconstruct(x));
    const Index features = own.rows() - 1;
    return squared_distances(own.bottomRows(features), back.bottomRows(features));
  }
};

struct AdversarialAutoencoderColumn {
  static constexpr std::string_view key = "aae", title = "AAE";
  static constexpr Index batch_size = 64;

  static AdversarialAutoencoder<> make(const ComparedSize& size, std::uint64_t seed) {
    const Index hidden = 4 * size.latent;
    return AdversarialAutoencoder<>{compared_encoder(size, Relu{}, size.latent),
                                    compared_decoder(size, false).sequential(),
                                    Sequential{Linear{size.latent, hidden}, LeakyRelu{0.2},
                                               Linear{hidden, hidden}, LeakyRelu{0.2}, Linear{hidden, 1}},
                                    {.likelihood = Bernoulli{},
                                     .terms = {R1{.gamma = 1, .every = 16}},
                                     .adversarial_weight = 10,
                                     .optimizer = Adam{1e-3, 0.5},
                                     .discriminator_optimizer = Adam{1e-3, 0.5},
                                     .seed = seed}};
  }
  static Dataset lessons(const Dataset& images, std::uint64_t) { return images; }
  static const AdversarialAutoencoder<>& space(const AdversarialAutoencoder<>& model,
                                               const InversionOptions&) {
    return model;
  }
  /// −log p(x|z) − log p(z) of the code, without the constant.
  static std::vector<double> oddness(const AdversarialAutoencoder<>& model, const Matrix<float>& x) {
    const Matrix<float> z = model.embed(x);
    Vector<float> log_px(x.cols());
    model.likelihood().log_probability(x, model.decoder().predict(z), first_numbers(log_px, x.cols()));
    std::vector<double> odd;
    for (Index i = 0; i < z.cols(); ++i)
      odd.push_back(0.5 * static_cast<double>(z.col(i).squaredNorm()) - static_cast<double>(log_px[i]));
    return odd;
  }
};

/// The number of channels with which a column's model comes closest to so many parameters.
template <class Column>
ComparedSize size_of(Index parameters, Index latent) {
  const auto count = [&](Index channels) {
    return summary(Column::make({channels, latent}, 0)).total.parameters;
  };
  Index low = 1, high = 2;
  while (count(high) < parameters) low = std::exchange(high, 2 * high);
  while (high - low > 1) {
    const Index middle = (low + high) / 2;
    (count(middle) < parameters ? low : high) = middle;
  }
  return {std::abs(count(low) - parameters) < std::abs(count(high) - parameters) ? low : high, latent};
}

}  // namespace examples
