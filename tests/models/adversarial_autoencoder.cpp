#include "eigenerate/models/adversarial_autoencoder.hpp"

#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
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

using Options = BasicAdversarialAutoencoderOptions<double>;

const std::vector<int> labels{2, 0, 1, 1, 0};
const StepContext context{.step = 2, .seed = 9};

/// Smooth activations, so that finite differences see no kinks.
AdversarialAutoencoder<double> small(Options options) {
  options.seed = 3;
  const Index rows = options.posterior.parameter_rows(2);
  return {Sequential{Linear{infer, 5}, Tanh{}, Linear{5, rows}},
          Sequential{Linear{2 + options.classes, 5}, Silu{}, Linear{5, 6}},
          Sequential{Linear{infer, 6}, Tanh{}, Linear{6, 5}, Softplus{}, Linear{5, 1}}, options};
}

/// Those of encoder and decoder, or of the discriminator alone, learn.
Options learning(bool autoencoder, Options options) {
  options.optimizer = autoencoder ? descent : frozen;
  options.discriminator_optimizer = autoencoder ? frozen : descent;
  return options;
}

/// Wide enough for several threads, with all that draws random numbers or keeps buffers.
AdversarialAutoencoder<float> wide(AdversarialAutoencoderOptions options = {}) {
  options.posterior = DiagonalNormalPosterior{};
  options.terms = {R1{.every = 2}};
  options.ema_decay = 0.9;
  options.seed = 5;
  return {
      Sequential{Linear{100, 64}, BatchNorm{64}, Relu{}, Linear{64, 20}},
      Sequential{Linear{10, 64}, BatchNorm{64}, Relu{}, Dropout{0.1}, Linear{64, 100}},
      Sequential{Linear{10, 64}, SpectralNorm{Linear{64, 64}}, LeakyRelu{0.2}, Dropout{0.2}, Linear{64, 1}},
      options};
}

/// A prior with a parameter and nothing else that matters.
struct Learned : StandardNormal {
  template <Scalar S>
  PartPlan<S> plan(Index latent, const Network<S>&, const AnyPosterior<S>&) const {
    return {.layer = AnyLayer<S>(Linear{latent, latent}), .input = Shape{latent}, .columns = {0, 1}};
  }
};

}  // namespace

TEST_CASE("an adversarial autoencoder: the gradient of a whole step is exact for every network", "[aae]") {
  const auto [name, options] = GENERATE(table<std::string, Options>({
      {"deterministic", {}},
      {"weighted", {.adversarial_weight = 7}},
      {"normal posterior, Wasserstein with penalty",
       {.posterior = DiagonalNormalPosterior{}, .loss = Wasserstein{}, .terms = {GradientPenalty{10}}}},
      {"a flow, relativistic",
       {.posterior = InverseAutoregressiveFlow{.steps = 2, .hidden = 5, .context = 2},
        .loss = RelativisticAverage{Hinge{}}}},
      {"conditional", {.terms = {R1{}}, .adversarial_weight = 2, .classes = 3}},
  }));
  INFO(name);
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  const Batch<double> batch{x, labels};
  auto autoencoder = small(learning(true, options)), judge = small(learning(false, options));
  autoencoder.prepare(5);
  judge.prepare(5);
  const int last = static_cast<int>(judge.learners().size()) - 1;
  CHECK(last == (name == "a flow, relativistic" ? 3 : 2));
  for (int learner = 0; learner < last; ++learner) {
    CAPTURE(learner);
    CHECK(gradient_error(autoencoder, batch, context, "loss", learner) < 1e-6);
  }
  CHECK(gradient_error(judge, batch, context, "discriminator_loss", last) < 1e-6);
}

TEST_CASE(
    "a player of an adversarial autoencoder leaves the other's bytes alone, buffers and moments included",
    "[aae]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 8, 1);
  const Optimizer still = Sgd{1e-40};
  const auto after = [&](const AdversarialAutoencoderOptions& options) {
    AdversarialAutoencoder<float> model = wide(options);
    model.prepare(8);
    model.train_step({x, {}}, context);
    return bytes_of_learners(model);
  };
  const auto both = after({}), discriminator_alone = after({.optimizer = still}),
             unweighted = after({.adversarial_weight = 0}),
             autoencoder_alone = after({.adversarial_weight = 0, .discriminator_optimizer = still});
  REQUIRE(both.size() == 3);
  CHECK(both[2] == discriminator_alone[2]);
  CHECK(both[0] != discriminator_alone[0]);
  CHECK(both[1] != discriminator_alone[1]);
  CHECK(unweighted[0] == autoencoder_alone[0]);
  CHECK(unweighted[1] == autoencoder_alone[1]);
  CHECK(unweighted[2] != autoencoder_alone[2]);
  CHECK(unweighted[1] != both[1]);
  CHECK(unweighted[0] == both[0]);  // the game is not the decoder's
}

TEST_CASE("steps of an adversarial autoencoder are PyTorch's", "[aae][golden]") {
  const Golden goldens = testing::load_golden("models/adversarial_autoencoder");
  const auto check = [&](const std::string& name, Options options) {
    const Golden c = goldens[name];
    CAPTURE(name);
    options.adversarial_weight = c.number("weight");
    options.classes = c.integer("classes");
    options.optimizer = options.discriminator_optimizer = Sgd{c.number("rate")};
    if (c.boolean("drawn")) options.posterior = DiagonalNormalPosterior{};
    AdversarialAutoencoder<double> model = small(options);
    check_golden_step(model, c);
  };
  check("deterministic", {});
  check("drawn codes, WGAN-GP", {.loss = Wasserstein{}, .terms = {GradientPenalty{10}}});
  check("relativistic", {.loss = RelativisticAverage{Hinge{}}});
  check("conditional", {});
}

TEST_CASE("a step in parts is the step of the whole batch", "[aae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  for (const Options& options : {Options{.adversarial_weight = 3, .classes = 3},
                                 Options{.posterior = DiagonalNormalPosterior{}, .terms = {R1{}}}}) {
    a_step_in_parts_is_the_whole(small(learning(true, options)), {x, labels});
  }
}

TEST_CASE("an adversarial autoencoder: the same bits on any number of threads", "[aae][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  same_bits_on_any_number_of_threads([] { return wide({.loss = RelativisticAverage{Hinge{}}}); }, {x, {}});
}

TEST_CASE("an adversarial autoencoder: no step after the first allocates", "[aae][allocation]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  no_step_after_the_first_allocates([] { return wide(); }, {x, {}});
}

TEST_CASE("a step of the autoencoder that fails takes the discriminator's back", "[aae]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 8, 1);
  AdversarialAutoencoder<float> model = wide();
  model.prepare(8);
  const Network<float> decoder = model.decoder();
  model.decoder().parameters()["decoder.4.bias"](0) = testing::not_a_number<float>();
  const auto before = bytes_of_learners(model);
  support::refuses<DivergenceError>(
      [&] {
        model.train_step({x, {}}, {.undoable = true});
      },
      {"decoder", "nan"});
  CHECK(bytes_of_learners(model) == before);
  model.decoder() = decoder;
  CHECK_NOTHROW(model.train_step({x, {}}, {}));
  CHECK(bytes_of_learners(model)[2] != before[2]);
}

TEST_CASE("what an adversarial autoencoder says of itself and does once trained", "[aae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1), one = x.leftCols(1), other = x.rightCols(1);
  auto model = small({.terms = {R1{.every = 2}}, .adversarial_weight = 2});
  CHECK(joined_names(model.figures()) ==
        "loss, reconstruction, discriminator_loss, generator_loss, r1_penalty");
  CHECK(best_figure(model)->view() == "reconstruction");
  model.prepare(5);
  CHECK_FALSE(model.train_step({x, {}}, {.step = 1}).contains("r1_penalty"));
  const auto before = bytes_of_learners(model);
  const StepMetrics a = model.evaluate({x, {}}, context), b = model.evaluate({x, {}}, context);
  CHECK(a["loss"] == a["reconstruction"] + 2 * a["generator_loss"]);
  CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end(),
                   [](const auto& p, const auto& q) { return p.value == q.value; }));
  CHECK(model.health({x, {}}, context).empty());
  CHECK(model.setup_warnings({x, {}}, {0, 1}).empty());
  CHECK(bytes_of_learners(model) == before);

  const Matrix<double> z = model.embed(x);
  CHECK(z == model.encoder().predict(x));
  CHECK(model.reconstruct(x) == model.decode(z));
  CHECK(model.interpolate(one, other, 3).col(2) == model.reconstruct(other).col(0));
  CHECK(model.discriminate(z) == model.discriminator().predict(z));
  CHECK(model.sample(4) == model.sample(4));
  CHECK(model.sample_shape() == Shape{6});
  CHECK(model.sample_range() == ValueRange{0, 1});
  const auto conditional = small({.classes = 3});
  CHECK(conditional.sample(4, 0) != conditional.sample(4, 2));
  CHECK(conditional.embed(x, labels) != conditional.embed(x, std::vector<int>(5)));
}

TEST_CASE("a discriminator of codes that is sure, or bounded, is warned of", "[aae]") {
  const Matrix<double> x = testing::uniform_batch(6, 200, 1);
  AdversarialAutoencoder<double> model(Linear{6, 1}, Linear{1, 6}, Linear{1, 1});
  model.encoder().parameters().set_zero();
  model.encoder().parameters()["encoder.bias"](0) = -50;
  model.discriminator().parameters()["discriminator.weight"](0) = 1;
  model.discriminator().parameters()["discriminator.bias"](0) = 25;
  const auto warnings = model.health({x, {}}, context);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].kind == WarningKind::discriminator_saturation);
  AdversarialAutoencoder<double> bounded(Sequential{Linear{6, 1}, Tanh{}}, Linear{1, 6},
                                         Sequential{Linear{1, 1}, Sigmoid{}}, {.loss = Wasserstein{}});
  const auto found = bounded.setup_warnings({x, {}}, {0, 1});
  REQUIRE(found.size() == 3);
  CHECK(support::contains(found[0].message,
                          "encoder.1 (Tanh) keeps its outputs in [-1, 1], but latent vectors"));
  CHECK(support::contains(found[1].message, "discriminator.1 (Sigmoid)"));
  CHECK(found[2].kind == WarningKind::unconstrained_critic);
}

TEST_CASE("what cannot be an adversarial autoencoder is refused by name", "[aae]") {
  using support::refuses;
  const auto build = [](AdversarialAutoencoderOptions options, Index rows = 2,
                        AnyLayer<float> judge = Linear{2, 1}) {
    return [=] { AdversarialAutoencoder<float>(Linear{6, rows}, Linear{2, 6}, judge, options); };
  };
  CHECK_NOTHROW(build({})());
  refuses<ShapeError>(build({}, 4), {"end in 2", "DeterministicPosterior", "got 4"});
  refuses<ShapeError>(build({}, 2, Linear{3, 1}), {"discriminator", "expected input 3, got 2"});
  refuses<ShapeError>(build({}, 2, Linear{2, 2}), {"AdversarialAutoencoder", "one logit", "shape 2"});
  refuses<ConfigError>(build({.adversarial_weight = -1}), {"adversarial_weight", "got -1"});
  refuses<ConfigError>(build({.classes = -1}), {"AdversarialAutoencoder", "classes"});
  refuses<ConfigError>(build({.latent = -1}), {"AdversarialAutoencoder", "latent"});
  refuses<ConfigError>(build({.loss = Minimax{0.7}}), {"Minimax"});
  refuses<ConfigError>(build({.terms = {R1{.gamma = -1}}}), {"R1"});
  refuses<ConfigError>(
      [] {
        AdversarialAutoencoder<float>(Linear{infer, 2}, Linear{infer, 6}, Linear{infer, 4},
                                      {.terms = {ClassHead{.classes = 3}}, .classes = 3, .latent = 2});
      },
      {"AdversarialAutoencoder", "no classes", "ClassHead"});
  refuses<ConfigError>(build({.prior = Learned{}}),
                       {"AdversarialAutoencoder", "StandardNormal", "parameters"});
  refuses<ConfigError>(build({.prior = VampPrior{Linear{3, 6}}}), {"VampPrior", "DeterministicPosterior"});
  // And what needs a density does not take its posterior.
  const auto vae = [](VaeOptions options) {
    options.posterior = DeterministicPosterior{};
    return [=] { Vae<float>(Linear{6, 2}, Linear{2, 6}, options); };
  };
  refuses<ConfigError>(vae({}), {"Elbo", "DeterministicPosterior", "log q(z|x)"});
  refuses<ConfigError>(vae({.objective = Iwae{}}), {"Iwae", "DeterministicPosterior", "log q(z|x)"});

  AdversarialAutoencoder<float> model(Linear{6, 2}, Linear{2, 6}, Linear{2, 1});
  const Matrix<float> x = testing::uniform_batch<float>(6, 3, 1),
                      wrong = testing::uniform_batch<float>(5, 3, 1);
  refuses<StateError>([&] { model.train_step({x, {}}, {}); }, {"AdversarialAutoencoder", "prepare(3)"});
  refuses<ShapeError>([&] { model.train_step({wrong, {}}, {}); }, {"AdversarialAutoencoder", "6 values"});
  refuses<ConfigError>(
      [&] {
        model.require_values({-1, 1}, "digits");
      },
      {"digits", "AdversarialAutoencoder", "Bernoulli", "[0, 1]"});
}
