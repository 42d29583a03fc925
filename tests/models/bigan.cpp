#include "eigenerate/models/bigan.hpp"

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

using Options = BasicBiganOptions<double>;

const std::vector<int> labels{2, 0, 1, 1, 0};
const StepContext context{.step = 2, .seed = 9};
constexpr int generator = 0;

/// Smooth activations, so that finite differences see no kinks. With classes, every network sees them.
Bigan<double> small(Options options, Index heads = 0) {
  options.seed = 3;
  const Index rows = options.posterior.parameter_rows(2);
  return {Sequential{Linear{infer, 5}, Tanh{}, Linear{5, rows}},
          Sequential{Linear{2 + options.classes, 5}, Silu{}, Linear{5, 4}, Tanh{}},
          Sequential{Linear{infer, 6}, Tanh{}, Linear{6, 5}, Softplus{}, Linear{5, 1 + heads}}, options};
}

/// Generator and encoder, or the discriminator alone, learn.
Options learning(bool both, Options options) {
  options.optimizer = both ? descent : frozen;
  options.discriminator_optimizer = both ? frozen : descent;
  return options;
}

/// Wide enough for several threads, with all that draws random numbers or keeps buffers.
Bigan<float> wide(BiganOptions options = {}) {
  options.posterior = DiagonalNormalPosterior{};
  options.terms = {R1{.every = 2}};
  options.ema_decay = 0.9;
  options.seed = 5;
  return {
      Sequential{Linear{100, 64}, BatchNorm{64}, Relu{}, Linear{64, 20}},
      Sequential{Linear{10, 64}, BatchNorm{64}, Relu{}, Dropout{0.1}, Linear{64, 100}},
      Sequential{Linear{110, 64}, SpectralNorm{Linear{64, 64}}, LeakyRelu{0.2}, Dropout{0.2}, Linear{64, 1}},
      options};
}

}  // namespace

TEST_CASE("a BiGAN: the gradient of a whole step is exact for every player's own loss", "[bigan]") {
  const auto [name, heads, options] = GENERATE(table<std::string, Index, Options>({
      {"deterministic", 0, {}},
      {"least squares, whose sides meet at a half", 0, {.loss = LeastSquares{}}},
      {"minimax", 0, {.loss = Minimax{}}},
      {"drawn, Wasserstein with penalty",
       0,
       {.posterior = DiagonalNormalPosterior{}, .loss = Wasserstein{}, .terms = {GradientPenalty{10}}}},
      {"a flow, relativistic",
       0,
       {.posterior = InverseAutoregressiveFlow{.steps = 2, .hidden = 5, .context = 2},
        .loss = RelativisticAverage{Hinge{}}}},
      {"conditional", 0, {.loss = Hinge{}, .terms = {R1{}}, .classes = 3}},
      {"a class head and features",
       3 + 2,
       {.terms = {ClassHead{.classes = 3}, FeatureMatching{.features = 2}}, .classes = 3}},
  }));
  INFO(name);
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  const Batch<double> batch{x, labels};
  auto both = small(learning(true, options), heads), judge = small(learning(false, options), heads);
  both.prepare(5);
  judge.prepare(5);
  const int last = static_cast<int>(judge.learners().size()) - 1;
  CHECK(last == (name == "a flow, relativistic" ? 3 : 2));
  CHECK(gradient_error(both, batch, context, "generator_loss", generator) < 1e-6);
  for (int learner = 1; learner < last; ++learner) {
    CAPTURE(learner);
    CHECK(gradient_error(both, batch, context, "encoder_loss", learner) < 1e-6);
  }
  CHECK(gradient_error(judge, batch, context, "discriminator_loss", last) < 1e-6);
}

TEST_CASE("where both sides are the same, no player of a BiGAN wins more than the other", "[bigan]") {
  // Mirrored at the logit between real and generated, each side's loss is the other's.
  const auto check = [](const AnyAdversarialLoss<double>& loss, double undecided) {
    CAPTURE(loss.kind());
    CHECK(loss.undecided() == undecided);
    Adversary<double> a(Network<double>(Linear{1, 1}, NetworkOptions{.name = "discriminator"}), {}, loss);
    a.prepare(2);
    a.network().parameters()["discriminator.weight"](0) = 1;
    a.network().parameters()["discriminator.bias"](0) = 0;
    const Matrix<double> high = (Matrix<double>(1, 2) << 2, 3).finished(),
                         low = (Matrix<double>(1, 2) << 2 * undecided - 2, 2 * undecided - 3).finished();
    const AdversaryRound<double> round{.real = high, .fake = low};
    const auto of_fakes = a.fool(round);
    const double value = of_fakes.value;
    const Matrix<double> d = of_fakes.d_fake;
    const auto of_real = a.fool(round, {}, {.maker = Maker::of_real});
    CHECK(of_real.value == value);
    CHECK(of_real.d_fake == -d);
    CHECK(d.sum() < 0);  // fakes climb, and real samples go down
    const auto scores = a.score(high, low, {});
    CHECK(a.fooled(scores) == value);
    CHECK(a.fooled(scores, Maker::of_real) == value);
  };
  check(NonSaturating{}, 0);
  check(Minimax{}, 0);
  check(Wasserstein{}, 0);
  check(Hinge{}, 0);
  check(LeastSquares{}, 0.5);
  check(RelativisticAverage{LeastSquares{}}, 0);
}

TEST_CASE("a player of a BiGAN leaves the others' bytes alone, buffers and moments included", "[bigan]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 8, 1);
  const Optimizer still = Sgd{1e-40};
  const auto after = [&](const BiganOptions& options) {
    Bigan<float> model = wide(options);
    model.prepare(8);
    model.train_step({x, {}}, context);
    return bytes_of_learners(model);
  };
  const auto everyone = after({}), discriminator_alone = after({.optimizer = still}),
             both_alone = after({.discriminator_optimizer = still});
  REQUIRE(everyone.size() == 3);
  CHECK(everyone[2] == discriminator_alone[2]);
  CHECK(everyone[0] != discriminator_alone[0]);
  CHECK(everyone[1] != discriminator_alone[1]);
  CHECK(everyone[2] != both_alone[2]);
  CHECK(everyone[0] != both_alone[0]);  // they learn from the discriminator that has learned
}

TEST_CASE("steps of a BiGAN are PyTorch's", "[bigan][golden]") {
  const Golden goldens = testing::load_golden("models/bigan");
  const auto check = [&](const std::string& name, Options options) {
    const Golden c = goldens[name];
    CAPTURE(name);
    options.classes = c.integer("classes");
    options.optimizer = options.discriminator_optimizer = Sgd{c.number("rate")};
    if (c.boolean("drawn")) options.posterior = DiagonalNormalPosterior{};
    Bigan<double> model = small(options);
    check_golden_step(model, c);
  };
  check("deterministic", {});
  check("drawn codes, WGAN-GP", {.loss = Wasserstein{}, .terms = {GradientPenalty{10}}});
  check("relativistic", {.loss = RelativisticAverage{Hinge{}}});
  check("least squares", {.loss = LeastSquares{}});
  check("conditional", {});
}

TEST_CASE("a BiGAN's step in parts is the step of the whole batch", "[bigan]") {
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  for (const Options& options :
       {Options{.classes = 3}, Options{.posterior = DiagonalNormalPosterior{}, .terms = {R1{}}}}) {
    a_step_in_parts_is_the_whole(small(learning(true, options)), {x, labels});
  }
}

TEST_CASE("a BiGAN: the same bits on any number of threads, and no allocation", "[bigan][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  same_bits_on_any_number_of_threads([] { return wide({.loss = RelativisticAverage{Hinge{}}}); }, {x, {}});
  no_step_after_the_first_allocates([] { return wide(); }, {x, {}});
}

TEST_CASE("a step of a BiGAN that fails takes the discriminator's back", "[bigan]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 8, 1);
  // What is not finite reaches the encoder's gradient, and no loss.
  Bigan<float> model = wide();
  model.prepare(8);
  const auto before = bytes_of_learners(model);
  model.encoder().parameters()["encoder.3.weight"](0) = testing::not_a_number<float>();
  const auto broken = bytes_of_learners(model);
  support::refuses<DivergenceError>([&] { model.train_step({x, {}}, {.undoable = true}); }, {"nan"});
  CHECK(bytes_of_learners(model) == broken);
  CHECK(broken != before);
}

TEST_CASE("what a BiGAN says of itself and does once trained", "[bigan]") {
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  auto model = small({.terms = {R1{.every = 2}}});
  CHECK(joined_names(model.figures()) ==
        "loss, discriminator_loss, generator_loss, encoder_loss, r1_penalty, reconstruction");
  CHECK_FALSE(best_figure(model));
  model.prepare(5);
  CHECK_FALSE(model.train_step({x, {}}, {.step = 1}).contains("r1_penalty"));
  const auto before = bytes_of_learners(model);
  const StepMetrics a = model.evaluate({x, {}}, context), b = model.evaluate({x, {}}, context);
  CHECK(a["loss"] == a["discriminator_loss"] + a["generator_loss"] + a["encoder_loss"]);
  CHECK(std::abs(a["reconstruction"] - mse<double>(model.reconstruct(x), x)) < 1e-12);
  CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end(),
                   [](const auto& p, const auto& q) { return p.value == q.value; }));
  CHECK(model.setup_warnings({x, {}}, {-1, 1}).empty());
  CHECK(bytes_of_learners(model) == before);
  const auto warnings = model.setup_warnings({x, {}}, {-2, 2});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].kind == WarningKind::bounded_outputs);

  const Matrix<double> z = model.embed(x);
  CHECK(z == model.encoder().predict(x));
  CHECK(model.reconstruct(x) == model.decoder().predict(z));
  Matrix<double> pairs(6, 5);
  pairs << x, z;
  CHECK(model.discriminate(x, z) == model.discriminator().predict(pairs));
  CHECK(model.sample(4) == model.make_sampler().sample(4));
  CHECK(model.sample_shape() == Shape{4});
  CHECK(model.sample_range() == ValueRange{-1, 1});
  const auto conditional = small({.classes = 3});
  CHECK(conditional.sample(4, 0) != conditional.sample(4, 2));
  CHECK(conditional.embed(x, labels) != conditional.embed(x, std::vector<int>(5)));
  CHECK(conditional.discriminate(x, z, labels) != conditional.discriminate(x, z, std::vector<int>(5)));
}

TEST_CASE("a BiGAN warns of a generator that collapsed and a discriminator that is sure", "[bigan]") {
  const Matrix<double> x = testing::uniform_batch(4, 50, 1);
  auto model = small({});
  model.decoder().parameters().set_zero();
  const auto collapsed = model.health({x, {}}, context);
  REQUIRE_FALSE(collapsed.empty());
  CHECK(collapsed[0].kind == WarningKind::mode_collapse);
  Bigan<double> sure(Linear{4, 1}, Linear{1, 4}, Linear{5, 1});
  sure.encoder().parameters().set_zero();
  sure.encoder().parameters()["encoder.bias"](0) = 50;
  sure.discriminator().parameters().set_zero();
  sure.discriminator().parameters()["discriminator.weight"](4) = 1;
  sure.discriminator().parameters()["discriminator.bias"](0) = -25;
  const auto warnings = sure.health({x, {}}, context);
  REQUIRE_FALSE(warnings.empty());
  CHECK(warnings.back().kind == WarningKind::discriminator_saturation);
}

TEST_CASE("an encoder and a generator of a BiGAN come to invert each other", "[bigan][slow]") {
  // Two values that are scaled and turned normal numbers: what a line in each direction can map.
  const Matrix<double> mixing = (Matrix<double>(2, 2) << 1.5, 0.5, -0.3, 0.8).finished();
  Bigan<double> model(Linear{2, 2}, Linear{2, 2}, Sequential{Linear{4, 32}, LeakyRelu{0.2}, Linear{32, 1}},
                      {.optimizer = Adam{1e-3, 0.5}, .discriminator_optimizer = Adam{1e-3, 0.5}, .seed = 4});
  model.prepare(128);
  Matrix<double> noise(2, 128);
  double first = 0, last = 0;
  for (std::uint64_t step = 0; step < 3000; ++step) {
    fill_normal(noise.data(), noise.size(), RandomStream{11}.at(step));
    const Matrix<double> x = mixing * noise;
    model.train_step({x, {}}, {.step = step, .seed = 2});
    last = model.evaluate({x, {}}, {.step = step})["reconstruction"];
    if (step == 0) first = last;
  }
  CAPTURE(first, last);
  CHECK(last < 0.1 * first);
}

TEST_CASE("what a BiGAN cannot learn from is refused with what to do", "[bigan]") {
  using support::refuses;
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  auto model = small({});
  refuses<StateError>([&] { model.train_step({x, {}}, {}); }, {"Bigan", "prepare(5)"});
  refuses<ShapeError>([&] { model.discriminate(x, x); }, {"Bigan", "latent vectors of 2", "4 × 5 and 4 × 5"});
  const auto build = [](Index joint, Index outputs, BiganOptions options) {
    return [=] { Bigan(Linear{4, 2}, Linear{2, 4}, Linear{joint, outputs}, options); };
  };
  CHECK_NOTHROW(build(6, 1, {})());
  refuses<ShapeError>(build(5, 1, {}), {"discriminator", "5"});
  refuses<ShapeError>(build(6, 2, {}), {"Bigan: the discriminator must end in one logit"});
  refuses<ConfigError>(build(6, 1 + 3, {.terms = {ClassHead{.classes = 3}}}), {"Bigan", ".classes is 0"});
  refuses<ConfigError>(build(6, 1 + 10, {.terms = {CodeHead{}}}), {"Bigan", "CodeHead"});
  refuses<ConfigError>(build(6, 1, {.latent = -1}), {"Bigan: latent", "-1"});
  refuses<ConfigError>(build(6, 1, {.classes = -1}), {"Bigan: classes", "-1"});
}
