#include "eigenerate/models/begin_pseudo_inputs.hpp"

#include <cmath>

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/layers/rescale.hpp"
#include "eigenerate/models/vae.hpp"
#include "support/arenas.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

constexpr Index features = 12, pseudo_inputs = 5;

Vae<float> vae_of(const AnyPrior<float>& prior, double ema_decay = 0) {
  return {Sequential{Linear{features, 8}, Tanh{}, Linear{8, 2 * 2}},
          Sequential{Linear{2, 8}, Tanh{}, Linear{8, features}},
          {.prior = prior, .objective = Elbo{.kl = KlTerm::sampled}, .ema_decay = ema_decay}};
}

Matrix<float> pseudo_inputs_of(const Vae<float>& vae) {
  return vae.parts().prior_learner()->network.predict(
      Matrix<float>(Matrix<float>::Identity(pseudo_inputs, pseudo_inputs)));
}

/// As the pixels of digits: most of them at the ends of [0, 1].
Matrix<float> digits() {
  const Matrix<float> x = testing::uniform_batch<float>(features, pseudo_inputs, 3);  // in [0, 1)
  return ((x.array() - 0.5f) * 3 + 0.5f).cwiseMax(0.0f).cwiseMin(1.0f);
}

}  // namespace

TEST_CASE("pseudo-inputs begin as samples, whatever makes them, and nothing else changes", "[vamp]") {
  const auto check = [&](auto layer, const Matrix<float>& samples, const Matrix<float>& expected,
                         double bound) {
    for (const double ema_decay : {0.0, 0.9}) {
      Vae<float> vae = vae_of(VampPrior{layer}, ema_decay);
      const Vae<float> before = vae;
      const double error = begin_pseudo_inputs(vae, samples);
      const Matrix<float> difference = pseudo_inputs_of(vae) - expected;
      CAPTURE(to_string(vae.parts().prior_learner()->network.plan().output), error);
      CHECK(error < bound);
      CHECK(std::abs(error - std::sqrt(difference.cwiseAbs2().mean())) < 1e-5 * samples.maxCoeff());
      CHECK(testing::memory_of(vae.encoder().parameters()) ==
            testing::memory_of(before.encoder().parameters()));
      CHECK(testing::memory_of(vae.decoder().parameters()) ==
            testing::memory_of(before.decoder().parameters()));
      CHECK(vae.parts().prior_learner()->state.step == 0);
    }
  };
  const Matrix<float> pixels = digits(), inner = pixels.cwiseMax(0.05f).cwiseMin(0.95f),
                      levels = 255 * pixels;
  check(Sequential{Linear{pseudo_inputs, features}, Sigmoid{}}, pixels, inner, 1e-3);
  check(Sequential{Linear{pseudo_inputs, 16}, Tanh{}, Linear{16, features}, Sigmoid{}}, pixels, inner, 0.02);
  check(Sequential{Linear{pseudo_inputs, features}, Sigmoid{}, Rescale{255}}, levels, 255 * inner, 0.3);
  check(Linear{pseudo_inputs, features}, pixels, pixels, 1e-3);
  check(Linear{pseudo_inputs, features}, levels, levels, 0.3);
  check(Sequential{Linear{pseudo_inputs, 16}, Tanh{}, Linear{16, features}}, levels, levels, 5);
}

TEST_CASE("what a layer cannot make is told by the error", "[vamp]") {
  // One number less than there are pseudo-inputs passes through.
  Vae<float> vae = vae_of(VampPrior{Sequential{Linear{pseudo_inputs, 1}, Linear{1, features}}});
  CHECK(begin_pseudo_inputs(vae, digits()) > 0.1);
}

TEST_CASE("a prior of another kind, and samples that do not fit, are refused", "[vamp]") {
  Vae<float> standard = vae_of(StandardNormal{}), vamp = vae_of(VampPrior{Linear{pseudo_inputs, features}});
  support::refuses<ConfigError>([&] { begin_pseudo_inputs(standard, digits()); },
                                {"begin_pseudo_inputs", "VampPrior", "StandardNormal"});
  support::refuses<ShapeError>([&] { begin_pseudo_inputs(vamp, digits().leftCols(4)); },
                               {"begin_pseudo_inputs", "12 × 5", "12 × 4"});
}
