#pragma once
// What stands in a weight file besides the weights: of which networks they are.

#include <eigenerate/core/types.hpp>
#include <map>
#include <string>
#include <vector>

namespace examples {

using namespace eigenerate;

/// What a VAE may be made of, in the words of the command line and of weight files. `chain`: two levels of
/// latent vectors, for which networks, posterior and prior go together.
inline const std::vector<std::string> mnist_vae_architectures{"mlp", "conv", "tanh", "chain"};
inline const std::vector<std::string> mnist_posteriors{"normal", "full",  "planar", "radial",
                                                       "iaf",    "point", "chain"};
inline const std::vector<std::string> mnist_priors{"standard", "mixture", "vamp", "flow", "chain"};

/// What the networks of a program's model are like.
struct MnistNetworks {
  std::string architecture = "mlp";
  Index latent = 20;
  std::string conditional = "no";  // how labels are used: no, concat, projection, acgan
  // Of a vae:
  std::string posterior = "normal", prior = "standard", likelihood = "bernoulli";
  Index pseudo_inputs = 50;  // of a vamp prior
  bool factor_vae = false;   // whether a discriminator judges its codes
  // Of a discriminator:
  bool batch_norm = false, spectral_norm = false;
  Index pac = 1;                        // samples that it judges as one
  bool augment = false;                 // whether it sees disturbed images
  double noise = 0, noise_until = 0.5;  // on what it sees
  bool info = false;                    // whether it tells the code in the latent vector

  bool labels() const { return conditional != "no"; }
  Index classes() const { return labels() ? 10 : 0; }
};

/// What a program must know to build the model around its weights again; stands in the weight file.
inline std::map<std::string, std::string> description_of(const std::string& model, const MnistNetworks& n) {
  return {{"model", model},
          {"architecture", n.architecture},
          {"latent", std::to_string(n.latent)},
          {"conditional", n.conditional},
          {"posterior", n.posterior},
          {"prior", n.prior},
          {"pseudo-inputs", std::to_string(n.pseudo_inputs)},
          {"likelihood", n.likelihood},
          {"factor-vae", n.factor_vae ? "yes" : "no"},
          {"batch-norm", n.batch_norm ? "yes" : "no"},
          {"spectral-norm", n.spectral_norm ? "yes" : "no"},
          {"pac", std::to_string(n.pac)},
          {"augment", n.augment ? "yes" : "no"},
          {"noise", n.noise > 0 ? "yes" : "no"},
          {"info", n.info ? "yes" : "no"}};
}

}  // namespace examples
