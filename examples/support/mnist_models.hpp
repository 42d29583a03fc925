#pragma once
// The models of the MNIST programs, as functions of what stands in a weight file's description: training
// builds them afresh, `mnist_sample` and `evaluate_samples` build them again around trained weights. The
// first layers leave their input widths open, so one text serves models with labels and without.

#include <eigenerate/adversarial/factor_vae.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/latent/chain_posterior.hpp>
#include <eigenerate/latent/chain_prior.hpp>
#include <eigenerate/latent/flow_prior.hpp>
#include <eigenerate/latent/full_normal_posterior.hpp>
#include <eigenerate/latent/mixture_prior.hpp>
#include <eigenerate/latent/planar_flow.hpp>
#include <eigenerate/latent/radial_flow.hpp>
#include <utility>
#include <vector>

#include "layer_list.hpp"
#include "mnist_networks.hpp"
#include "pixel_likelihood.hpp"

namespace examples {

using MnistVae = Vae<>;
using MnistGan = Gan<>;
using MnistVaeGan = VaeGan<>;
using MnistBigan = Bigan<>;

inline constexpr Conv2dOptions halving{.kernel = 4, .stride = 2, .padding = 1};
inline constexpr ConvTranspose2dOptions doubling{.kernel = 4, .stride = 2, .padding = 1};

/// Burda et al. 2016, with two levels of latent variables.
inline MnistVae make_mnist_chain(const MnistNetworks& n, VaeOptions options) {
  constexpr Index first = 100, second = 50;
  if (n.posterior != n.architecture || n.prior != n.architecture || n.labels() ||
      n.latent != first + second || n.likelihood != "bernoulli")
    throw ConfigError(
        fmt::format("chain is an architecture of {} latent dimensions, a posterior and a prior "
                    "together, without labels and with a bernoulli likelihood",
                    first + second));
  const auto level = [](Index from, Index to) {
    return Sequential{Linear{from, 100}, Tanh{}, Linear{100, 100}, Tanh{}, Linear{100, 2 * to}};
  };
  options.posterior = ChainPosterior{level(first, second)};
  options.prior = ChainPrior{level(second, first)};
  options.latent = n.latent;
  return MnistVae{Sequential{Linear{784, 200}, Tanh{}, Linear{200, 200}, Tanh{}, Linear{200, 2 * first}},
                  Sequential{SelectChannels{0, first}, Linear{first, 200}, Tanh{}, Linear{200, 200}, Tanh{},
                             Linear{200, 784}},
                  options};
}

/// Of the posteriors that need no networks of a program's own, the one of that name.
inline AnyPosterior<float> posterior_of(const std::string& name) {
  if (name == "full") return FullNormalPosterior{};
  if (name == "planar") return PlanarFlow{};
  if (name == "radial") return RadialFlow{};
  if (name == "iaf") return InverseAutoregressiveFlow{};
  if (name == "point") return DeterministicPosterior{};
  return DiagonalNormalPosterior{};
}

/// Pseudo-inputs that look like images.
inline AnyLayer<float> vamp_inputs(Index count, bool of_levels) {
  if (of_levels) return Sequential{Linear{count, 784}, Sigmoid{}, Rescale{255}};
  return Sequential{Linear{count, 784}, Sigmoid{}};
}

inline MnistVae make_mnist_vae(const MnistNetworks& n, VaeOptions options = {}) {
  const PixelLikelihood pixel = pixel_likelihood(n.likelihood);
  options.likelihood = pixel.likelihood;
  if (n.architecture == "chain" || n.posterior == "chain" || n.prior == "chain")
    return make_mnist_chain(n, options);
  options.posterior = posterior_of(n.posterior);
  if (n.prior == "mixture") options.prior = MixturePrior{};
  if (n.prior == "vamp") options.prior = VampPrior{vamp_inputs(n.pseudo_inputs, pixel.of_levels)};
  if (n.prior == "flow") options.prior = FlowPrior{};
  const Index rows = options.posterior.parameter_rows(n.latent);
  options.classes = n.classes();
  options.latent = n.latent;
  LayerList encoder, decoder;
  pixel.begin(encoder, n.architecture != "conv", n.labels());
  if (n.architecture == "mlp") {
    encoder.add(Linear{infer, 400}).add(Relu{}).add(Linear{400, rows});
    decoder.add(Linear{infer, 400}).add(Relu{}).add(Linear{400, 784 * pixel.numbers});
  } else if (n.architecture == "tanh") {  // Burda et al. 2016, with one layer of latent variables
    encoder.add(Linear{infer, 200}).add(Tanh{}).add(Linear{200, 200}).add(Tanh{}).add(Linear{200, rows});
    decoder.add(Linear{infer, 200})
        .add(Tanh{})
        .add(Linear{200, 200})
        .add(Tanh{})
        .add(Linear{200, 784 * pixel.numbers});
  } else {
    options.sample = Shape{1, 28, 28};
    encoder.add(Conv2d{infer, 32, halving})
        .add(Relu{})
        .add(Conv2d{32, 64, halving})
        .add(Relu{})
        .add(Flatten{})
        .add(Linear{64 * 7 * 7, rows});
    decoder.add(Linear{infer, 64 * 7 * 7})
        .add(Relu{})
        .add(Reshape{64, 7, 7})
        .add(ConvTranspose2d{64, 32, doubling})
        .add(Relu{})
        .add(ConvTranspose2d{32, pixel.numbers, doubling});
  }
  pixel.end(decoder, 28);
  return MnistVae{encoder.sequential(), decoder.sequential(), options};
}

/// The term of a FactorVAE, with its discriminator.
inline AnyLatentTerm<float> mnist_factor_vae(Index latent, double gamma) {
  return FactorVae{
      Sequential{Linear{latent, 256}, LeakyRelu{0.2}, Linear{256, 256}, LeakyRelu{0.2}, Linear{256, 1}},
      {.gamma = gamma}};
}

/// One around trained weights: it learns no more, so that any posterior and prior will do.
inline MnistVae make_trained_mnist_vae(const MnistNetworks& n) {
  VaeOptions options{.objective = Reconstruction{}};
  if (n.factor_vae) options.terms = {mnist_factor_vae(n.latent, 0)};
  return make_mnist_vae(n, options);
}

/// z, and the label's code where there is one, → 28×28 pixels in (−1, 1).
inline AnyLayer<float> mnist_generator(const MnistNetworks& n) {
  LayerList g;
  if (n.architecture == "mlp")
    g.add(Linear{infer, 256})
        .add(LeakyRelu{0.2})
        .add(Linear{256, 512})
        .add(LeakyRelu{0.2})
        .add(Linear{512, 784});
  else
    g.add(Linear{infer, 64 * 7 * 7})
        .add(Reshape{64, 7, 7})
        .add(BatchNorm{64})
        .add(Relu{})
        .add(ConvTranspose2d{64, 32, doubling})
        .add(BatchNorm{32})
        .add(Relu{})
        .add(ConvTranspose2d{32, 1, doubling});
  return g.add(Tanh{}).sequential();
}

/// The last numbers of the latent vector, which `info` gives a meaning: one of ten values, where no label
/// does that, and two numbers (Chen et al. 2016).
inline LatentCode mnist_code(const MnistNetworks& n) {
  return {.categorical = n.labels() ? 0 : 1, .categories = 10, .continuous = 2};
}

/// 28×28 pixels → a logit, ten further ones where it has to tell the class, and what it tells of the code.
inline AnyLayer<float> mnist_discriminator(const MnistNetworks& n) {
  const bool spectral = n.spectral_norm;
  LayerList d;
  if (n.noise > 0) d.add(InstanceNoise{{.deviation = n.noise, .until = n.noise_until}});
  if (n.augment) d.add(RandomBrightness{}).add(RandomTranslation{}).add(Cutout{});
  if (n.conditional == "concat") d.add(JoinCondition{});  // labels are not to be disturbed
  if (n.architecture == "mlp") {
    d.add_weights(Linear{infer, 512}, spectral).add(LeakyRelu{0.2}).add(Dropout{0.3});
    d.add_weights(Linear{512, 256}, spectral);
    if (n.batch_norm) d.add(BatchNorm{256});
    d.add(LeakyRelu{0.2}).add(Dropout{0.3});
  } else {
    d.add_weights(Conv2d{infer, 32, halving}, spectral).add(LeakyRelu{0.2});
    d.add_weights(Conv2d{32, 64, halving}, spectral);
    if (n.batch_norm) d.add(BatchNorm{64});
    d.add(LeakyRelu{0.2}).add(Flatten{});
  }
  const auto logits = [&] {
    LayerList head;
    if (n.conditional == "projection") return head.add_weights(ProjectCondition{}, spectral).sequential();
    return head.add_weights(Linear{infer, n.conditional == "acgan" ? 11 : 1}, spectral).sequential();
  };
  if (!n.info) return d.add(logits()).sequential();
  LayerList told;
  told.add_weights(Linear{infer, 64}, spectral).add(LeakyRelu{0.2});
  told.add_weights(Linear{64, CodeHead{.code = mnist_code(n)}.plan().channels}, spectral);
  return d.add(Concat{logits(), told.sequential()}).sequential();
}

inline MnistGan make_mnist_gan(const MnistNetworks& n, GanOptions options = {}) {
  options.classes = n.classes();
  options.latent = n.latent;
  options.packing = n.pac;
  if (n.conditional == "acgan") options.terms.push_back(ClassHead{.classes = 10});
  if (n.info) options.terms.push_back(CodeHead{.code = mnist_code(n)});
  return MnistGan{mnist_generator(n), mnist_discriminator(n), options};
}

/// An autoencoder whose likeness of images is that of its discriminator's last features.
inline MnistVaeGan make_mnist_vaegan(const MnistNetworks& n, VaeGanOptions options = {}) {
  options.latent = n.latent;
  AnyLayer<float> encoder = Sequential{Flatten{}, Linear{784, 400}, Relu{}, Linear{400, 2 * n.latent}},
                  decoder =
                      Sequential{Linear{infer, 400}, BatchNorm{400}, Relu{}, Linear{400, 784}, Sigmoid{}},
                  judge = Sequential{Flatten{}, Linear{784, 256}, LeakyRelu{0.2}};
  Index features = 256;
  if (n.architecture == "conv") {
    encoder = Sequential{Conv2d{1, 32, halving},          Relu{}, Conv2d{32, 64, halving}, Relu{}, Flatten{},
                         Linear{64 * 7 * 7, 2 * n.latent}};
    decoder = Sequential{Linear{infer, 64 * 7 * 7},
                         Reshape{64, 7, 7},
                         BatchNorm{64},
                         Relu{},
                         ConvTranspose2d{64, 32, doubling},
                         BatchNorm{32},
                         Relu{},
                         ConvTranspose2d{32, 1, doubling},
                         Sigmoid{}};
    judge = Sequential{Conv2d{1, 32, halving}, LeakyRelu{0.2}, Conv2d{32, 64, halving}, LeakyRelu{0.2},
                       Flatten{}};
    features = 64 * 7 * 7;
  }
  options.terms.push_back(FeatureReconstruction{.features = features});
  return MnistVaeGan{encoder, decoder, Sequential{judge, Concat{Linear{features, 1}, Identity{}}}, options};
}

/// A generator and an encoder that become each other's inverse. Pairs of image and code are columns, which
/// the discriminator takes as they are: all networks are made of `Linear` layers.
inline MnistBigan make_mnist_bigan(const MnistNetworks& n, BiganOptions options = {}) {
  options.classes = n.classes();
  options.latent = n.latent;
  const auto hidden = [](Index out) {
    return Sequential{Linear{infer, out}, BatchNorm{out}, LeakyRelu{0.2}};
  };
  return MnistBigan{
      Sequential{hidden(512), hidden(512), Linear{512, n.latent}},
      Sequential{hidden(512), hidden(512), Linear{512, 784}, Tanh{}},
      Sequential{Linear{infer, 512}, LeakyRelu{0.2}, Linear{512, 512}, LeakyRelu{0.2}, Linear{512, 1}},
      options};
}

}  // namespace examples
