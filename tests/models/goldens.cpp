// Whole steps of the models against PyTorch's autograd, from the same weights on the same random numbers.

#include "eigenerate/layers/layers.hpp"
#include "models/golden_step.hpp"
#include "models/model_step.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using testing::Golden;

TEST_CASE("a VAE's step is PyTorch's", "[vae][golden]") {
  for (const Golden& c : testing::load_golden("models/vae").cases()) {
    CAPTURE(c.path());
    const Index k = c.integer("classes");
    auto vae =
        Vae<double>(Sequential{Linear{6 + k, 5}, Tanh{}, Linear{5, 4}},
                    Sequential{Linear{2 + k, 5}, Silu{}, Linear{5, 6}},
                    {.optimizer = descent,
                     .bound = c.boolean("importance_weighted") ? Bound::importance_weighted : Bound::elbo,
                     .samples = c.integer("samples"),
                     .beta = c.number("beta"),
                     .classes = k});
    check_golden_gradients(vae, c);
  }
}

TEST_CASE("a GAN's step is PyTorch's, double backward of the gradient penalty included", "[gan][golden]") {
  for (const Golden& c : testing::load_golden("models/gan").cases()) {
    CAPTURE(c.path());
    Gan<double>::Options options{.generator_optimizer = Sgd{c.number("rate")},
                                 .discriminator_optimizer = Sgd{c.number("rate")}};
    if (c.boolean("wasserstein")) options.loss = Wasserstein{};
    if (c.number("penalty") > 0) options.gradient_penalty = GradientPenalty{c.number("penalty")};
    auto gan = Gan<double>(Sequential{Linear{3, 5}, Silu{}, Linear{5, 4}, Tanh{}},
                           Sequential{Linear{4, 6}, Tanh{}, Linear{6, 5}, Softplus{}, Linear{5, 1}}, options);
    check_golden_step(gan, c);
  }
}

TEST_CASE("a GAN's step with a loss that compares and with other penalties is PyTorch's", "[gan][golden]") {
  const Golden goldens = testing::load_golden("models/gan_terms");
  const auto check = [&](const std::string& name, Gan<double>::Options options) {
    const Golden c = goldens[name];
    CAPTURE(name);
    options.generator_optimizer = options.discriminator_optimizer = Sgd{c.number("rate")};
    Gan<double> gan(Sequential{Linear{3, 5}, Silu{}, Linear{5, 4}, Tanh{}},
                    Sequential{Linear{infer, 6}, Tanh{}, Linear{6, 5}, Softplus{}, Linear{5, 1}}, options);
    const StepMetrics m = check_golden_step(gan, c);
    for (const auto& term : options.terms) {
      const auto figure = term.figure();
      CHECK(m.contains(figure) == (name != "lazy R1, left out"));
      if (m.contains(figure)) CHECK(std::abs(m[figure] - c.number("gradient_penalty")) < 1e-12);
    }
  };
  check("relativistic average hinge", {.loss = RelativisticAverage{Hinge{}}});
  check("R1", {.terms = {R1{.gamma = 3}}});
  check("lazy R1, taken", {.terms = {R1{.gamma = 3, .every = 2}}});
  check("lazy R1, left out", {.terms = {R1{.gamma = 3, .every = 2}}});
  check("R2", {.terms = {R2{.gamma = 3}}});
  check("DRAGAN", {.terms = {Dragan{}}});
  check("relativistic pairs with R1", {.loss = Relativistic{NonSaturating{}}, .terms = {R1{.gamma = 3}}});
  check("lazy WGAN-GP", {.loss = Wasserstein{}, .terms = {GradientPenalty{.weight = 10, .every = 2}}});
  check("packs with WGAN-GP", {.loss = Wasserstein{}, .terms = {GradientPenalty{}}, .packing = 2});
  check("packs with R1", {.terms = {R1{.gamma = 3}}, .packing = 2});
}
