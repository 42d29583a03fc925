#pragma once
// The models of the MNIST programs, as functions of their options: training builds them afresh,
// `mnist_sample` builds them again around trained weights. The first layers leave their input widths open,
// so one text serves models with labels and without.

#include <eigenerate/eigenerate.hpp>

#include "mnist_options.hpp"

namespace examples {

using MnistVae = Vae<>;
using MnistGan = Gan<>;

inline MnistVae make_mnist_vae(const MnistOptions& o) {
  const Index latent = o.latent;
  const VaeOptions options{.likelihood = Bernoulli{},
                           .optimizer = Adam{o.learning_rate},
                           .classes = o.classes(),
                           .latent = latent,
                           .seed = o.seed};
  if (o.architecture == "mlp")
    return MnistVae{Sequential{Linear{infer, 400}, Relu{}, Linear{400, 2 * latent}},
                    Sequential{Linear{infer, 400}, Relu{}, Linear{400, 784}}, options};
  return MnistVae{Sequential{Conv2d{infer, 32, {.kernel = 4, .stride = 2, .padding = 1}}, Relu{},
                             Conv2d{32, 64, {.kernel = 4, .stride = 2, .padding = 1}}, Relu{}, Flatten{},
                             Linear{64 * 7 * 7, 2 * latent}},
                  Sequential{Linear{infer, 64 * 7 * 7}, Relu{}, Reshape{64, 7, 7},
                             ConvTranspose2d{64, 32, {.kernel = 4, .stride = 2, .padding = 1}}, Relu{},
                             ConvTranspose2d{32, 1, {.kernel = 4, .stride = 2, .padding = 1}}},
                  options};
}

inline MnistGan make_mnist_gan(const MnistOptions& o) {
  // Radford et al. 2016: β₁ = 0.5; weights of the convolutional networks from N(0, 0.02).
  const Adam adam{o.learning_rate, 0.5};
  GanOptions options{.generator_optimizer = adam,
                     .discriminator_optimizer = adam,
                     .classes = o.classes(),
                     .latent = o.latent,
                     .seed = o.seed};
  if (o.architecture == "mlp")
    return MnistGan{Sequential{Linear{infer, 256}, LeakyRelu{0.2}, Linear{256, 512}, LeakyRelu{0.2},
                               Linear{512, 784}, Tanh{}},
                    Sequential{Linear{infer, 512}, LeakyRelu{0.2}, Dropout{0.3}, Linear{512, 256},
                               LeakyRelu{0.2}, Dropout{0.3}, Linear{256, 1}},
                    options};
  options.initializer = NormalInit{0, 0.02};
  return MnistGan{
      Sequential{Linear{infer, 128 * 7 * 7}, Reshape{128, 7, 7}, BatchNorm{128}, Relu{},
                 ConvTranspose2d{128, 64, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{64}, Relu{},
                 ConvTranspose2d{64, 1, {.kernel = 4, .stride = 2, .padding = 1}}, Tanh{}},
      Sequential{Conv2d{infer, 64, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{0.2},
                 Conv2d{64, 128, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{128}, LeakyRelu{0.2},
                 Flatten{}, Linear{128 * 7 * 7, 1}},
      options};
}

/// What a program must know to build the model around its weights again; stands in the weight file.
inline std::map<std::string, std::string> description(const std::string& model, const MnistOptions& o) {
  return {{"model", model},
          {"architecture", o.architecture},
          {"latent", std::to_string(o.latent)},
          {"conditional", o.conditional ? "yes" : "no"}};
}

}  // namespace examples
