#pragma once
// Convolutional networks for 28×28 images that learn in seconds: for programs that train several models.

#include "layer_list.hpp"
#include "mnist_models.hpp"

namespace examples {

/// Images → so many numbers.
inline AnyLayer<float> small_encoder(Index outputs) {
  return Sequential{Conv2d{infer, 16, halving},
                    BatchNorm{16},
                    Relu{},
                    Conv2d{16, 32, halving},
                    BatchNorm{32},
                    Relu{},
                    Flatten{},
                    Linear{32 * 7 * 7, outputs}};
}

/// Latent vectors → an image without bounds: logits of a Bernoulli likelihood.
inline LayerList small_decoder() {
  LayerList layers;
  layers.add(Linear{infer, 32 * 7 * 7}).add(Reshape{32, 7, 7}).add(BatchNorm{32}).add(Relu{});
  layers.add(ConvTranspose2d{32, 16, doubling}).add(BatchNorm{16}).add(Relu{});
  return layers.add(ConvTranspose2d{16, 1, doubling});
}

/// Images → the 1,568 features that a discriminator judges by. No batch norm: it would tell real batches from
/// generated ones.
inline LayerList& add_small_judge(LayerList& layers) {
  layers.add(Conv2d{infer, 16, halving}).add(LeakyRelu{0.2}).add(Conv2d{16, 32, halving}).add(LeakyRelu{0.2});
  return layers.add(Flatten{});
}

/// With labels, which encoder and decoder see.
inline MnistVae small_vae(Index latent, std::uint64_t seed) {
  return MnistVae{small_encoder(2 * latent),
                  small_decoder().sequential(),
                  {.optimizer = Adam{3e-3},
                   .classes = 10,
                   .latent = latent,
                   .ema_decay = 0.999,
                   .ema_warm_up = true,
                   .seed = seed}};
}

/// How small GANs learn: fast, without momentum, under a gentle R1, and samples are those of an average.
inline GanOptions small_gan_options(Index classes, std::uint64_t seed) {
  return {.terms = {R1{.gamma = 0.1, .every = 16}},
          .generator_optimizer = Adam{2e-3, 0, 0.99},
          .discriminator_optimizer = Adam{4e-3, 0, 0.99},
          .classes = classes,
          .latent = 32,
          .ema_decay = 0.999,
          .ema_warm_up = true,
          .seed = seed};
}

}  // namespace examples
