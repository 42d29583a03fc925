#pragma once
// What find_anomalies learns with: a VAE, a GAN and an encoder for it, of images of any size or of vectors.

#include <eigenerate/distributions/normal.hpp>
#include <eigenerate/layers/append_parameter.hpp>
#include <eigenerate/layers/rescale.hpp>
#include <eigenerate/models/gan_encoder.hpp>

#include "gan_recipe.hpp"
#include "layer_list.hpp"
#include "mnist_models.hpp"

namespace examples {

/// Networks of Linear layers, or of convolutions that halve and double images of which they see quarters.
struct AnomalyNetworks {
  Shape shape;
  bool convolutional = false;
  Index latent = 20;
  Index width = 16;  ///< channels of the first convolution, or units of the hidden layers

  bool of_images() const { return !shape.is_vector(); }
  Index rows() const { return shape.height / 4; }
  Index columns() const { return shape.width / 4; }
  /// What the last hidden layer of networks that take samples puts out.
  Index features() const { return convolutional ? 2 * width * rows() * columns() : width; }

  /// Takes samples, up to its features.
  template <class Activation>
  LayerList into_features(const Activation& activation) const {
    LayerList layers;
    if (convolutional)
      return layers.add(Conv2d{shape.channels, width, halving})
          .add(activation)
          .add(Conv2d{width, 2 * width, halving})
          .add(activation)
          .add(Flatten{});
    return layers.add(Flatten{})
        .add(Linear{shape.size(), width})
        .add(activation)
        .add(Linear{width, width})
        .add(activation);
  }
  AnyLayer<float> encoder(Index out) const {
    return into_features(Relu{}).add(Linear{features(), out}).sequential();
  }
  /// From latent vectors to numbers without bounds.
  LayerList decoder(bool norm) const {
    LayerList layers;
    if (!convolutional)
      return layers.add(Linear{latent, width})
          .add(Relu{})
          .add(Linear{width, width})
          .add(Relu{})
          .add(Linear{width, shape.size()})
          .add(Reshape{shape.channels, shape.height, shape.width});
    layers.add(Linear{latent, features()}).add(Reshape{2 * width, rows(), columns()});
    if (norm) layers.add(BatchNorm{2 * width});
    layers.add(Relu{}).add(ConvTranspose2d{2 * width, width, doubling});
    if (norm) layers.add(BatchNorm{width});
    return layers.add(Relu{}).add(ConvTranspose2d{width, shape.channels, doubling});
  }
};

/// Gray is a probability; of a table's values, one deviation for all is learned with them.
inline Vae<> anomaly_vae(const AnomalyNetworks& n, std::uint64_t seed) {
  VaeOptions options{.optimizer = Adam{1e-3}, .seed = seed};
  LayerList decoder = n.decoder(false);
  if (!n.of_images()) {
    options.likelihood = Normal{{.spread = Spread::shared}};
    decoder.add(AppendParameter{1});
  }
  return Vae<>{n.encoder(2 * n.latent), decoder.sequential(), options};
}

/// The recipe `stable` of mnist_gan, with a discriminator that puts out its last features too.
inline Gan<> anomaly_gan(const AnomalyNetworks& n, std::uint64_t seed) {
  LayerList generator = n.decoder(true), discriminator;
  if (n.of_images()) generator.add(Sigmoid{});
  if (n.of_images()) discriminator.add(Rescale{2, -1});
  discriminator.add(n.into_features(LeakyRelu{0.2}).sequential())
      .add(Concat{Linear{n.features(), 1}, Identity{}});
  GanOptions options = options_of(stable_recipe, n.latent, seed);
  options.terms.insert(options.terms.begin(), FeatureMatching{.weight = 0, .features = n.features()});
  return Gan<>{generator.sequential(), discriminator.sequential(), options};
}

}  // namespace examples
