#include "eigenerate/latent/autoencoder.hpp"

#include "eigenerate/latent/chain_posterior.hpp"
#include "eigenerate/latent/chain_prior.hpp"
#include "eigenerate/latent/vamp_prior.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/vae.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::refuses;

namespace {

Vae<float> vae_of(const AnyPosterior<float>& posterior, const AnyPrior<float>& prior) {
  return {Sequential{Linear{6, 8}, BatchNorm{8}, Relu{}, Linear{8, posterior.parameter_rows(3)}},
          Sequential{Linear{3, 8}, BatchNorm{8}, Relu{}, Linear{8, 6}},
          {.posterior = posterior, .prior = prior, .objective = Elbo{.kl = KlTerm::sampled}}};
}

}  // namespace

// Passes do not move these buffers, so that what is predicted would be with statistics that nobody took.
TEST_CASE("networks of a prior or a posterior with layers that keep buffers are refused by name",
          "[autoencoder]") {
  const auto hidden = [](Index in, auto norm, Index out) {
    return Sequential{Linear{in, 4}, norm, Linear{4, out}};
  };
  const DiagonalNormalPosterior usual;
  CHECK_NOTHROW(vae_of(usual, VampPrior{hidden(5, Relu{}, 6)}));
  refuses<ConfigError>([&] { vae_of(usual, VampPrior{hidden(5, BatchNorm{4}, 6)}); },
                       {"Vae", "prior.1.running_mean", "BatchNorm"});
  refuses<ConfigError>(
      [&] {
        vae_of(usual, VampPrior{Sequential{SpectralNorm{Linear{5, 6}}, Sigmoid{}}});
      },
      {"Vae", "prior.0.weight_u", "SpectralNorm"});
  const ChainPrior prior{hidden(1, Tanh{}, 4)};
  CHECK_NOTHROW(vae_of(ChainPosterior{hidden(2, Tanh{}, 2)}, prior));
  refuses<ConfigError>([&] { vae_of(ChainPosterior{hidden(2, BatchNorm{4}, 2)}, prior); },
                       {"posterior.1.running_mean", "BatchNorm"});
}
