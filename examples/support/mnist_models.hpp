#pragma once
// The models of the MNIST programs, as functions of what stands in a weight file's description: training
// builds them afresh, `mnist_sample` and `evaluate_samples` build them again around trained weights. The first
// layers leave their input widths open, so one text serves models with labels and without.

#include <eigenerate/eigenerate.hpp>
#include <map>
#include <string>
#include <vector>

namespace examples {

using namespace eigenerate;

/// What the networks of a program's model are like.
struct MnistNetworks {
  std::string architecture = "mlp";
  Index latent = 20;
  std::string conditional = "no";  // how labels are used: no, concat, projection, acgan
  // Of a discriminator:
  bool batch_norm = false, spectral_norm = false;
  Index pac = 1;                        // samples that it judges as one
  bool augment = false;                 // whether it sees disturbed images
  double noise = 0, noise_until = 0.5;  // on what it sees

  bool labels() const { return conditional != "no"; }
  Index classes() const { return labels() ? 10 : 0; }
};

using MnistVae = Vae<>;
using MnistGan = Gan<>;

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

inline MnistVae make_mnist_vae(const MnistNetworks& n, VaeOptions options = {}) {
  options.likelihood = Bernoulli{};
  options.classes = n.classes();
  options.latent = n.latent;
  if (n.architecture == "mlp")
    return MnistVae{Sequential{Linear{infer, 400}, Relu{}, Linear{400, 2 * n.latent}},
                    Sequential{Linear{infer, 400}, Relu{}, Linear{400, 784}}, options};
  return MnistVae{Sequential{Conv2d{infer, 32, halving}, Relu{}, Conv2d{32, 64, halving}, Relu{}, Flatten{},
                             Linear{64 * 7 * 7, 2 * n.latent}},
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

/// 28×28 pixels → a logit, and ten further ones where it has to tell the class.
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
  if (n.conditional == "projection")
    d.add_weights(ProjectCondition{}, spectral);
  else
    d.add_weights(Linear{infer, n.conditional == "acgan" ? 11 : 1}, spectral);
  return d.sequential();
}

inline MnistGan make_mnist_gan(const MnistNetworks& n, GanOptions options = {}) {
  options.classes = n.classes();
  options.latent = n.latent;
  options.packing = n.pac;
  if (n.conditional == "acgan") options.terms.push_back(ClassHead{.classes = 10});
  return MnistGan{mnist_generator(n), mnist_discriminator(n), options};
}

/// What a program must know to build the model around its weights again; stands in the weight file.
inline std::map<std::string, std::string> description_of(const std::string& model, const MnistNetworks& n) {
  return {{"model", model},
          {"architecture", n.architecture},
          {"latent", std::to_string(n.latent)},
          {"conditional", n.conditional},
          {"batch-norm", n.batch_norm ? "yes" : "no"},
          {"spectral-norm", n.spectral_norm ? "yes" : "no"},
          {"pac", std::to_string(n.pac)},
          {"augment", n.augment ? "yes" : "no"},
          {"noise", n.noise > 0 ? "yes" : "no"}};
}

}  // namespace examples
