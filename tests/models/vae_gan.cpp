#include "eigenerate/models/vae_gan.hpp"

#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/losses/mse.hpp"
#include "eigenerate/testing/not_a_number.hpp"
#include "models/golden_step.hpp"
#include "models/model_step.hpp"
#include "models/step_promises.hpp"
#include "support/batches.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using namespace step_promises;
using testing::Golden;

namespace {

using Options = BasicVaeGanOptions<double>;

const StepContext context{.step = 2, .seed = 9};
constexpr int decoder = 0, encoder = 1, discriminator = 2;

/// Smooth activations, so that finite differences see no kinks; the last hidden layer is seen.
VaeGan<double> small(Options options) {
  options.seed = 3;
  return {Sequential{Linear{4, 5}, Tanh{}, Linear{5, 4}},
          Sequential{Linear{2, 5}, Silu{}, BatchNorm{5}, Linear{5, 4}, Tanh{}},
          Sequential{Linear{4, 6}, Tanh{}, Linear{6, 5}, Softplus{}, Concat{Linear{5, 1}, Identity{}}},
          options};
}

const FeatureReconstruction similar{.weight = 0.8, .features = 5};

/// Encoder and decoder, or the discriminator alone, learn.
Options learning(bool autoencoder, Options options) {
  options.optimizer = autoencoder ? descent : frozen;
  options.discriminator_optimizer = autoencoder ? frozen : descent;
  return options;
}

/// Wide enough for several threads, with all that draws random numbers or keeps buffers.
VaeGan<float> wide(VaeGanOptions options = {}) {
  options.terms = {FeatureReconstruction{.features = 64}, R1{.every = 2}};
  options.ema_decay = 0.9;
  options.seed = 5;
  return {Sequential{Linear{100, 64}, BatchNorm{64}, Relu{}, Linear{64, 20}},
          Sequential{Linear{10, 64}, BatchNorm{64}, Relu{}, Dropout{0.1}, Linear{64, 100}},
          Sequential{Linear{100, 64}, SpectralNorm{Linear{64, 64}}, LeakyRelu{0.2}, Dropout{0.2},
                     Concat{Linear{64, 1}, Identity{}}},
          options};
}

}  // namespace

TEST_CASE("a VAE-GAN: the gradient of a whole step is exact for every player's own loss", "[vae_gan]") {
  const auto [name, options] = GENERATE(table<std::string, Options>({
      {"as it is", {.terms = {similar}}},
      {"weighted", {.terms = {similar}, .kl_weight = 0.3, .decoder_term_weight = 7}},
      {"Wasserstein with penalty", {.loss = Wasserstein{}, .terms = {similar, GradientPenalty{10}}}},
      {"relativistic with R1", {.loss = RelativisticAverage{Hinge{}}, .terms = {R1{}, similar}}},
      {"least squares, without the terms for the decoder",
       {.loss = LeastSquares{}, .terms = {similar}, .decoder_term_weight = 0}},
  }));
  INFO(name);
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  const Batch<double> batch{x, {}};
  auto both = small(learning(true, options)), judge = small(learning(false, options));
  both.prepare(5);
  judge.prepare(5);
  CHECK(gradient_error(both, batch, context, "decoder_loss", decoder) < 1e-6);
  CHECK(gradient_error(both, batch, context, "encoder_loss", encoder) < 1e-6);
  CHECK(gradient_error(judge, batch, context, "discriminator_loss", discriminator) < 1e-6);
}

TEST_CASE("a VAE-GAN's losses are made of their parts", "[vae_gan]") {
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  auto model = small({.terms = {similar}, .kl_weight = 0.3, .decoder_term_weight = 7}),
       alone = small({.terms = {similar}, .kl_weight = 0.3, .decoder_term_weight = 0});
  model.prepare(5);
  alone.prepare(5);
  const StepMetrics m = model.train_step({x, {}}, context), game = alone.train_step({x, {}}, context);
  CHECK(m["feature_reconstruction"] > 0);
  CHECK(std::abs(m["encoder_loss"] - (0.3 * m["kl"] + m["feature_reconstruction"])) < 1e-12);
  CHECK(std::abs(m["decoder_loss"] - (game["decoder_loss"] + 7 * m["feature_reconstruction"])) < 1e-12);
  CHECK(m["loss"] == m["encoder_loss"] + m["decoder_loss"]);
}

TEST_CASE("a player of a VAE-GAN leaves the others' bytes alone, buffers and moments included", "[vae_gan]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 8, 1);
  const Optimizer still = Sgd{1e-40};
  const auto after = [&](const VaeGanOptions& options) {
    VaeGan<float> model = wide(options);
    model.prepare(8);
    model.train_step({x, {}}, context);
    return bytes_of_learners(model);
  };
  const auto everyone = after({}), discriminator_alone = after({.optimizer = still}),
             both_alone = after({.discriminator_optimizer = still}),
             heavier = after({.decoder_term_weight = 5});
  REQUIRE(everyone.size() == 3);
  CHECK(everyone[discriminator] == discriminator_alone[discriminator]);
  CHECK(everyone[decoder] != discriminator_alone[decoder]);
  CHECK(everyone[encoder] != discriminator_alone[encoder]);
  CHECK(everyone[discriminator] != both_alone[discriminator]);
  CHECK(heavier[decoder] != everyone[decoder]);
  CHECK(heavier[encoder] == everyone[encoder]);
}

TEST_CASE("the encoder of a VAE-GAN learns nothing from the game", "[vae_gan]") {
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  const auto after = [&](const AnyAdversarialLoss<double>& loss) {
    auto model = small(learning(true, {.loss = loss, .terms = {similar}}));
    model.prepare(5);
    model.train_step({x, {}}, context);
    return bytes_of_learners(model);
  };
  const auto a = after(NonSaturating{}), b = after(Wasserstein{});
  CHECK(a[encoder] == b[encoder]);
  CHECK(a[decoder] != b[decoder]);
}

TEST_CASE("steps of a VAE-GAN are PyTorch's", "[vae_gan][golden]") {
  const Golden goldens = testing::load_golden("models/vae_gan");
  const auto check = [&](const std::string& name, Options options) {
    const Golden c = goldens[name];
    CAPTURE(name);
    options.kl_weight = c.number("kl_weight");
    options.decoder_term_weight = c.number("decoder_term_weight");
    options.optimizer = options.discriminator_optimizer = Sgd{c.number("rate")};
    VaeGan<double> model = small(options);
    check_golden_step(model, c);
  };
  check("non-saturating", {.terms = {similar}});
  check("WGAN-GP", {.loss = Wasserstein{}, .terms = {GradientPenalty{10}, similar}});
  check("relativistic", {.loss = RelativisticAverage{Hinge{}}, .terms = {similar}});
}

TEST_CASE("a VAE-GAN's step in parts is the step of the whole batch", "[vae_gan]") {
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  Options options = learning(true, {.terms = {similar}, .kl_weight = 0.3, .decoder_term_weight = 2});
  options.seed = 3;
  a_step_in_parts_is_the_whole(
      VaeGan<double>(Sequential{Linear{4, 5}, Tanh{}, Linear{5, 4}},
                     Sequential{Linear{2, 5}, Silu{}, Linear{5, 4}, Tanh{}},
                     Sequential{Linear{4, 5}, Softplus{}, Concat{Linear{5, 1}, Identity{}}}, options),
      {x, {}});
}

TEST_CASE("a VAE-GAN: the same bits on any number of threads, and no allocation", "[vae_gan][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  same_bits_on_any_number_of_threads([] { return wide({.loss = RelativisticAverage{Hinge{}}}); }, {x, {}});
  no_step_after_the_first_allocates([] { return wide(); }, {x, {}});
}

TEST_CASE("a step of a VAE-GAN that fails takes the discriminator's back", "[vae_gan]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 8, 1);
  VaeGan<float> model = wide();
  model.prepare(8);
  model.encoder().parameters()["encoder.3.weight"](0) = testing::not_a_number<float>();
  const auto before = bytes_of_learners(model);
  support::refuses<DivergenceError>([&] { model.train_step({x, {}}, {.undoable = true}); }, {"nan"});
  CHECK(bytes_of_learners(model) == before);
}

TEST_CASE("what a VAE-GAN says of itself and does once trained", "[vae_gan]") {
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  auto model = small({.terms = {similar, R1{.every = 2}}});
  CHECK(joined_names(model.figures()) ==
        "loss, discriminator_loss, encoder_loss, decoder_loss, kl, feature_reconstruction, r1_penalty, "
        "reconstruction");
  CHECK_FALSE(best_figure(model));
  model.prepare(5);
  CHECK_FALSE(model.train_step({x, {}}, {.step = 1}).contains("r1_penalty"));
  const auto before = bytes_of_learners(model);
  const StepMetrics a = model.evaluate({x, {}}, context), b = model.evaluate({x, {}}, context);
  CHECK(a["loss"] == a["encoder_loss"] + a["decoder_loss"]);
  CHECK(a["encoder_loss"] == a["kl"]);
  CHECK(a["reconstruction"] > 0);
  CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end(),
                   [](const auto& p, const auto& q) { return p.value == q.value; }));
  CHECK(model.setup_warnings({x, {}}, {-1, 1}).empty());
  CHECK(bytes_of_learners(model) == before);
  CHECK(model.embed(x) == model.encoder().predict(x).topRows(2));
  CHECK(model.reconstruct(x) == model.decode(model.embed(x)));
  CHECK(model.discriminate(x).rows() == 1 + 5);
  CHECK(model.sample(4) == model.sample(4));
  CHECK(model.sample_shape() == Shape{4});
  CHECK(model.sample_range() == ValueRange{-1, 1});
  model.decoder().parameters().set_zero();
  const auto warnings = model.health({x, {}}, context);
  REQUIRE_FALSE(warnings.empty());
  CHECK(warnings[0].kind == WarningKind::mode_collapse);
}

TEST_CASE("what a VAE-GAN cannot learn from is refused with what to do", "[vae_gan]") {
  using support::refuses;
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  auto model = small({.terms = {similar}});
  refuses<StateError>([&] { model.train_step({x, {}}, {}); }, {"VaeGan", "prepare(5)"});
  const auto build = [](Index encoded, Index outputs, VaeGanOptions options) {
    return [=] { VaeGan(Linear{4, encoded}, Linear{2, 4}, Linear{4, outputs}, options); };
  };
  const FeatureReconstruction three{.features = 3};
  CHECK_NOTHROW(build(4, 4, {.terms = {three}})());
  refuses<ConfigError>(build(4, 1, {}), {"VaeGan", "Identity{}", "FeatureReconstruction"});
  refuses<ConfigError>(build(2, 4, {.posterior = DeterministicPosterior{}, .terms = {three}}),
                       {"VaeGan", "closed form", "DeterministicPosterior", "StandardNormal"});
  refuses<ConfigError>(build(4, 4 + 10, {.terms = {three, ClassHead{}}}), {"VaeGan", "ClassHead"});
  refuses<ConfigError>(build(4, 4 + 10, {.terms = {three, CodeHead{}}}), {"VaeGan", "CodeHead"});
  refuses<ShapeError>(build(4, 5, {.terms = {three}}), {"VaeGan: the discriminator must end in one logit"});
  refuses<ConfigError>(build(4, 4, {.terms = {three}, .kl_weight = -1}), {"VaeGan", "kl_weight", "-1"});
  refuses<ConfigError>(build(4, 4, {.terms = {three}, .latent = -1}), {"VaeGan: latent", "-1"});
}
