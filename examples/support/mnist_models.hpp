#pragma once
// The models of the MNIST programs, as functions of what stands in a weight file's description: training
// builds them afresh, `mnist_sample` and `evaluate_samples` build them again around trained weights. The first
// layers leave their input widths open, so one text serves models with labels and without.

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

#include "mnist_networks.hpp"

namespace examples {

using MnistVae = Vae<>;
using MnistGan = Gan<>;
using MnistVaeGan = VaeGan<>;
using MnistBigan = Bigan<>;

/// Layers that are chosen one by one.
class LayerList {
 public:
  template <class L>
  LayerList& add(L layer) {
    layers_.push_back(AnyLayer<float>(std::move(layer)));
    return *this;
  }
  /// A layer with weights, under spectral normalization where that is wanted.
  template <class L>
  LayerList& add_weights(L layer, bool spectral) {
    return spectral ? add(SpectralNorm{std::move(layer)}) : add(std::move(layer));
  }
  AnyLayer<float> sequential() const { return AnySequential<float>{layers_}; }

 private:
  std::vector<AnyLayer<float>> layers_;
};

inline constexpr Conv2dOptions halving{.kernel = 4, .stride = 2, .padding = 1};
inline constexpr ConvTranspose2dOptions doubling{.kernel = 4, .stride = 2, .padding = 1};

/// Burda et al. 2016, with two levels of latent variables.
inline MnistVae make_mnist_chain(const MnistNetworks& n, VaeOptions options) {
  constexpr Index first = 100, second = 50;
  if (n.posterior != n.architecture || n.prior != n.architecture || n.labels() || n.latent != first + second)
    throw ConfigError(
        fmt::format("chain is an architecture of {} latent dimensions, a posterior and a prior "
                    "together, without labels",
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

inline MnistVae make_mnist_vae(const MnistNetworks& n, VaeOptions options = {}) {
  options.likelihood = Bernoulli{};
  if (n.architecture == "chain" || n.posterior == "chain" || n.prior == "chain")
    return make_mnist_chain(n, options);
  options.posterior = posterior_of(n.posterior);
  if (n.prior == "mixture") options.prior = MixturePrior{};
  if (n.prior == "vamp") options.prior = VampPrior{Sequential{Linear{50, 784}, Sigmoid{}}};
  if (n.prior == "flow") options.prior = FlowPrior{};
  const Index rows = options.posterior.parameter_rows(n.latent);
  options.classes = n.classes();
  options.latent = n.latent;
  if (n.architecture == "mlp")
    return MnistVae{Sequential{Linear{infer, 400}, Relu{}, Linear{400, rows}},
                    Sequential{Linear{infer, 400}, Relu{}, Linear{400, 784}}, options};
  if (n.architecture == "tanh")  // Burda et al. 2016, with one layer of latent variables
    return MnistVae{Sequential{Linear{infer, 200}, Tanh{}, Linear{200, 200}, Tanh{}, Linear{200, rows}},
                    Sequential{Linear{infer, 200}, Tanh{}, Linear{200, 200}, Tanh{}, Linear{200, 784}},
                    options};
  return MnistVae{Sequential{Conv2d{infer, 32, halving}, Relu{}, Conv2d{32, 64, halving}, Relu{}, Flatten{},
                             Linear{64 * 7 * 7, rows}},
                  Sequential{Linear{infer, 64 * 7 * 7}, Relu{}, Reshape{64, 7, 7},
                             ConvTranspose2d{64, 32, doubling}, Relu{}, ConvTranspose2d{32, 1, doubling}},
                  options};
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

/// The last numbers of the latent vector, which `info` gives a meaning: one of ten values, where no label does
/// that, and two numbers (Chen et al. 2016).
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

/// A generator and an encoder that become each other's inverse. Pairs of image and code are columns, which the
/// discriminator takes as they are: all networks are made of `Linear` layers.
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
