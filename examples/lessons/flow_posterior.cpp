// How much does a posterior that can bend gain? VAEs of the same two moons, trained on the
// importance-weighted bound: with independent normal dimensions, with any covariance, and with posteriors
// that are bent by flows. The closer q(z|x) comes to the true posterior, the smaller the gap between the
// bound of one sample and log p(x).
//
//     eigenerate/latent/full_normal_posterior.hpp         any covariance
//     eigenerate/latent/planar_flow.hpp                   a flow whose steps' parameters the encoder puts out
//     eigenerate/latent/inverse_autoregressive_flow.hpp   one with networks; its steps are layers like others
//     eigenerate/latent/iwae.hpp                          the objective

#include <fmt/format.h>

#include <vector>

#include <eigenerate/data/toy.hpp>
#include "eigenerate/eigenerate.hpp"
#include "eigenerate/latent/full_normal_posterior.hpp"
#include "eigenerate/latent/planar_flow.hpp"

using namespace eigenerate;

namespace {

constexpr Index latent = 2, context = 8;

/// An encoder that ends in as many numbers as the posterior asks for.
Vae<float> make_vae(const AnyPosterior<float>& posterior) {
  return {
      Sequential{Linear{2, 64}, Silu{}, Linear{64, 64}, Silu{}, Linear{64, posterior.parameter_rows(latent)}},
      Sequential{Linear{latent, 64}, Silu{}, Linear{64, 64}, Silu{}, Linear{64, 2 * 2}},
      {.likelihood = DiagonalNormal{.min_log_variance = -4},  // no point is worth a spike of its own
       .posterior = posterior,
       .objective = Iwae{},
       .optimizer = Adam{2e-3},
       .samples = 4,
       .seed = 1}};
}

void train_and_report(const char* name, Vae<float> vae, const Dataset& train, const Dataset& test) {
  Trainer trainer{{.epochs = 60, .batch_size = 128, .seed = 2, .schedule = CosineSchedule{0.01}}};
  trainer.fit(vae, train);

  const auto mean = [](const std::vector<double>& values) {
    double sum = 0;
    for (const double v : values) sum += v;
    return sum / static_cast<double>(values.size());
  };
  // One importance sample gives the ELBO on average, a thousand nearly log p(x): what lies between is the
  // posterior's.
  const Matrix<float> x = test.samples();
  const double elbo = mean(vae.log_likelihood(x, 1)), best = mean(vae.log_likelihood(x, 1000));
  fmt::print("{:<28} log p(x) {:7.3f}   ELBO {:7.3f}   gap {:.3f} nats\n", name, best, elbo, best - elbo);
}

}  // namespace

int main() {
  const Dataset train = data::two_moons(4000, {.noise = 0.05, .seed = 1});
  const Dataset test = data::two_moons(500, {.noise = 0.05, .seed = 2});
  train_and_report("normal posterior", make_vae(DiagonalNormalPosterior{}), train, test);
  train_and_report("full normal posterior", make_vae(FullNormalPosterior{}), train, test);
  train_and_report("planar flow", make_vae(PlanarFlow{.steps = 8}), train, test);
  train_and_report("inverse autoregressive flow",
                   make_vae(InverseAutoregressiveFlow{.steps = 4, .hidden = 32, .context = context}), train,
                   test);
}
