// The game of a FactorVAE as a term on latent vectors.

#include "eigenerate/adversarial/factor_vae.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/latent_term_conformance.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

auto discriminator(Index latent) {
  return Sequential{Linear{latent, 32}, Tanh{}, Linear{32, 1}};
}

}  // namespace

TEST_CASE("a FactorVAE's term keeps its contract", "[conformance]") {
  static_assert(LatentTerm<FactorVae<decltype(discriminator(3))>>);
  CHECK(testing::check_latent_term(FactorVae{discriminator(3), {.gamma = 6}}) == std::vector<std::string>{});
}

TEST_CASE("a trained discriminator estimates the total correlation", "[adversarial]") {
  const AnyPosterior<float> posterior{DiagonalNormalPosterior{}};
  const AnyPrior<float> prior{StandardNormal{}};
  const auto estimate = [&](double correlation) {
    const AnyLatentTerm<float> term = FactorVae{discriminator(2), {.gamma = 1, .optimizer = Adam{3e-3}}};
    const auto player = term.start({.latent = 2, .posterior = &posterior, .prior = &prior, .seed = 4});
    const Index n = 256;
    player->prepare(n, n);
    Matrix<float> h = Matrix<float>::Zero(4, n), z(2, n), dz(2, n);
    double mean = 0;
    for (std::uint64_t step = 0; step < 700; ++step) {
      fill_normal(z.data(), z.size(), RandomStream{1}.at(step));
      z.row(1) = static_cast<float>(correlation) * z.row(0) +
                 static_cast<float>(std::sqrt(1 - correlation * correlation)) * z.row(1);
      dz.setZero();
      const double share =
          player->add({.h = h, .z = z, .random = RandomStream{2}.at(step)}, as_view(dz), unwanted<float>());
      if (step >= 500) mean += share / 200;
      Learner<float>* const learner = player->learner();
      update<float>({.step = step}, {}, player->learner_loss(), Learners<float>(&learner, 1));
    }
    return mean;
  };
  // −½ log (1 − ρ²) of two normal numbers.
  CHECK(std::abs(estimate(0)) < 0.05);
  CHECK(std::abs(estimate(0.8) - 0.511) < 0.1);
}
