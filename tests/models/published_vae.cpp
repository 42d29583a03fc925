// Published weights of PyTorch give PyTorch's numbers: the two VAEs of the bits-back authors, whose encoders
// put out log-deviations. The files are reduced copies, see tests/goldens/published_vae.py.

#include <cmath>
#include <filesystem>
#include <string>

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/io/weights.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using testing::Golden;

namespace {

template <Scalar S>
BasicVaeOptions<S> options(AnyLikelihood<S> likelihood, bool log_deviation) {
  const Scale scale = log_deviation ? Scale::log_deviation : Scale::log_variance;
  return {.likelihood = likelihood, .posterior = DiagonalNormalPosterior{{.scale = scale}}};
}

/// The authors' networks; the likelihood says which.
template <Scalar S>
Vae<S> network_of(const Golden& c, Index pixels, bool log_deviation = true) {
  const Index hidden = c.integer("hidden"), latent = c.integer("latent");
  if (c.name() == "binary")
    return {Sequential{Linear{pixels, hidden}, Relu{}, Linear{hidden, 2 * latent}},
            Sequential{Linear{latent, hidden}, Relu{}, Linear{hidden, pixels}},
            options<S>(Bernoulli{}, log_deviation)};
  const Index middle = hidden;
  return {Sequential{Linear{pixels, middle}, BatchNorm{middle}, Relu{}, Linear{middle, 2 * latent},
                     BatchNorm{2 * latent}},
          Sequential{Linear{latent, hidden}, BatchNorm{hidden}, Relu{}, Linear{hidden, 2 * pixels}},
          options<S>(BetaBinomial{255}, log_deviation)};
}

template <Scalar S>
StepMetrics evaluate(const Golden& c, const std::string& suffix, bool log_deviation = true) {
  const Matrix<S> x = c.batch<S>("x");
  auto vae = network_of<S>(c, x.rows(), log_deviation);
  load_weights(std::filesystem::path(EIGENERATE_SOURCE_DIR) / "tests/goldens/models" /
                   ("published_" + c.name() + "_vae" + suffix + ".safetensors"),
               vae);
  vae.prepare(x.cols());
  return vae.evaluate({as_const(x), {}}, {.step = static_cast<std::uint64_t>(c.integer("step")),
                                          .seed = static_cast<std::uint64_t>(c.integer("seed"))});
}

}  // namespace

TEST_CASE("published PyTorch weights give PyTorch's ELBO", "[vae][golden]") {
  for (const Golden& c : testing::load_golden("models/published_vae").cases()) {
    CAPTURE(c.path());
    const StepMetrics precise = evaluate<double>(c, ""), fast = evaluate<float>(c, "");
    for (const auto* figure : {"loss", "reconstruction", "kl"}) {
      CAPTURE(figure);
      const double expected = c.number(figure);
      CHECK(std::abs(precise[figure] / expected - 1) <= testing::tolerance::golden);
      // Six digits, with the latent vectors and the weights in float.
      CHECK(std::abs(fast[figure] / expected - 1) <= 1e-6);
    }
    // Read as log-variances they are another model.
    CHECK(std::abs(evaluate<double>(c, "", false)["kl"] / c.number("kl") - 1) > 0.01);
  }
}
