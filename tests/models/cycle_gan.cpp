#include "eigenerate/models/cycle_gan.hpp"

#include "eigenerate/data/unpaired.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/training/training.hpp"
#include "models/golden_step.hpp"
#include "models/model_step.hpp"
#include "models/step_promises.hpp"
#include "support/arenas.hpp"
#include "support/batches.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using namespace step_promises;
using support::refuses;
using testing::Golden;
using testing::memory_of;

namespace {

const StepContext context{.step = 2, .seed = 9};
const Conv2dOptions halve{.kernel = 4, .stride = 2, .padding = 1};
const ConvTranspose2dOptions enlarge{.kernel = 4, .stride = 2, .padding = 1};
const std::array<const char*, 4> names{"to_target", "to_source", "target_discriminator",
                                       "source_discriminator"};

/// Images of 2×4×8 on both sides, discriminators of patches with maps of 1 × 3 logits and that many features.
template <class Norm = Tanh>
CycleGan<double> small(CycleGan<double>::Options options, Norm norm = {}, Index features = 0) {
  options.source = Shape{2, 4, 8};
  options.seed = 3;
  const Sequential translator{Conv2d{2, 3, halve}, norm, ConvTranspose2d{3, 2, enlarge}, Tanh{}};
  const Sequential critic{Conv2d{2, 4, halve}, Tanh{}, Conv2d{4, 1 + features, {.kernel = 2}}};
  return {translator, translator, critic, critic, options};
}

struct Sides {
  Matrix<double> y, x;
  explicit Sides(Index n) : y(testing::normal_batch(64, n, 1, 0.5)), x(testing::normal_batch(64, n, 2)) {}
  Batch<double> batch() const { return {y, {}, x}; }
};

}  // namespace

TEST_CASE("cycle gan: the gradients of all four networks' whole steps are exact", "[cycle_gan]") {
  const Sides sides(3);
  const auto check = [&](CycleGan<double>::Options options, auto norm, Index features = 0) {
    const auto of = [&](int which, std::string_view figure) {
      options.generator_optimizer = which < 2 ? descent : frozen;
      options.discriminator_optimizer = which < 2 ? frozen : descent;
      auto model = small(options, norm, features);
      model.prepare(3);
      model.train_step(sides.batch(), {});  // fills the history
      return gradient_error(model, sides.batch(), context, figure, which);
    };
    for (int which = 0; which < 4; ++which) {
      CAPTURE(which);
      CHECK(of(which, which < 2 ? "generator_loss" : "discriminator_loss") < testing::tolerance::derivative);
    }
  };
  check({}, Tanh{});
  check({.cycle_weight = 0, .history = 0}, BatchNorm{3});
  check({.cycle_weight = 2, .identity_weight = 0.5, .history = 2}, BatchNorm{3});
  check({.cycle_weight = 1, .loss = RelativisticAverage{Hinge{}}, .terms = {R1{.gamma = 3}}}, Tanh{});
  check({.cycle_weight = 1, .terms = {FeatureMatching{.weight = 3, .features = 2}}}, Tanh{}, 2);
}

TEST_CASE("a cycle gan step is PyTorch's", "[cycle_gan][golden]") {
  const Golden goldens = testing::load_golden("models/cycle_gan");
  for (const std::string name : {"least squares", "relativistic"}) {
    CAPTURE(name);
    const Golden c = goldens[name];
    CycleGan<double>::Options options{.cycle_weight = c.number("cycle_weight"),
                                      .identity_weight = c.number("identity_weight"),
                                      .generator_optimizer = Sgd{c.number("rate")},
                                      .discriminator_optimizer = Sgd{c.number("rate")}};
    if (name == "relativistic") options.loss = RelativisticAverage{Hinge{}};
    auto model = small(options);
    check_golden_step(model, c);
  }
}

TEST_CASE("cycle gan: a step in parts is the step of the whole batch", "[cycle_gan]") {
  const Sides sides(5);
  // What a history shows is drawn for each part by itself, but for the first samples, which are new.
  for (const Index history : {0, 5}) {
    const CycleGan<double>::Options options{.identity_weight = 0.5,
                                            .terms = {R1{}},
                                            .history = history,
                                            .generator_optimizer = descent,
                                            .discriminator_optimizer = descent};
    a_step_in_parts_is_the_whole(small(options), sides.batch());
  }
}

TEST_CASE("cycle gan: only translations move running statistics, and each discriminator its own history",
          "[cycle_gan]") {
  const Sides sides(4);
  auto model = small({.identity_weight = 1, .history = 3}, BatchNorm{3});
  model.prepare(4);
  const auto before = model.to_target().parameters();
  // The statistics of a translation alone, of a network by itself.
  Network<double> alone(model.to_target());
  auto workspace = alone.make_workspace(4);
  alone.forward({.x = sides.x, .mode = Mode::train, .buffers = Buffers::update}, workspace);
  model.train_step(sides.batch(), {});
  CHECK(memory_of(model.to_target().buffers()) == memory_of(alone.buffers()));

  const auto kept = [&](std::size_t i) { return *model.learners()[i]->memory; };
  CHECK_FALSE(model.learners()[0]->memory);
  CHECK(kept(2).segments()[0].name == "target_discriminator.history.samples");
  CHECK(kept(3)["source_discriminator.history.filled"](0) == 3);
  CHECK(memory_of(kept(2)) != memory_of(kept(3)));
  CHECK(memory_of(before) != memory_of(model.to_target().parameters()));
}

TEST_CASE("cycle gan: evaluation learns nothing and measures both directions", "[cycle_gan]") {
  const Sides sides(3);
  auto model = small({.cycle_weight = 3, .identity_weight = 0.5});
  model.prepare(3);
  model.train_step(sides.batch(), {});
  const auto before = bytes_of_learners(model);
  const StepMetrics m = model.evaluate(sides.batch(), {});
  CHECK(bytes_of_learners(model) == before);
  const Matrix<double> y = model.translate(sides.x), x = model.translate_back(sides.y);
  const double cycle = (model.translate_back(y) - sides.x).cwiseAbs().mean() +
                       (model.translate(x) - sides.y).cwiseAbs().mean(),
               identity = (model.translate(sides.y) - sides.y).cwiseAbs().mean() +
                          (model.translate_back(sides.x) - sides.x).cwiseAbs().mean();
  CHECK(std::abs(m["cycle"] - cycle) < 1e-12);
  CHECK(std::abs(m["identity"] - identity) < 1e-12);
  CHECK(m["loss"] == m["discriminator_loss"] + m["generator_loss"]);
  // Least squares: half of the mean squared distance from 1.
  const auto fooled = [](const Network<double>& judge, const Matrix<double>& fakes) {
    return 0.5 * (judge.predict(fakes).array() - 1).square().mean();
  };
  CHECK(std::abs(m["generator_loss"] - fooled(model.target_discriminator(), y) -
                 fooled(model.source_discriminator(), x) - 3 * cycle - 1.5 * identity) < 1e-12);
  CHECK_FALSE(best_figure(model));
  CHECK(joined_names(model.figures()) == "loss, discriminator_loss, generator_loss, cycle, identity");
  CHECK(joined_names(small({.terms = {R1{}}}).figures()) ==
        "loss, discriminator_loss, generator_loss, cycle, r1_penalty");
  CHECK(model.source_shape() == Shape{2, 4, 8});
  CHECK(*model.sample_range() == ValueRange{-1, 1});
}

TEST_CASE("cycle gan: it warns as a GAN does, in either direction", "[cycle_gan]") {
  const Matrix<double> x = testing::normal_batch(64, 8, 1), y = testing::normal_batch(64, 8, 2, 0.2);
  auto model = small({.loss = Wasserstein{}});
  model.to_source().parameters().set_zero();
  const auto found = model.health({y, {}, x}, {});
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == WarningKind::mode_collapse);
  CHECK(found[0].message.starts_with("source_discriminator: mode collapse"));
  const auto setup = model.setup_warnings({y, {}, x}, {-2, 2});
  REQUIRE(setup.size() == 4);
  CHECK(setup[0].kind == WarningKind::bounded_outputs);
  CHECK(setup[1].kind == WarningKind::bounded_outputs);
  CHECK(setup[2].kind == WarningKind::unconstrained_critic);
  CHECK(setup[3].kind == WarningKind::unconstrained_critic);
}

TEST_CASE("cycle gan: what it cannot learn from is refused with what to do", "[cycle_gan]") {
  const Sides sides(3);
  auto model = small({});
  refuses<StateError>([&] { model.train_step(sides.batch(), {}); }, {"CycleGan", "prepare(3)"});
  model.prepare(3);
  const auto before = bytes_of_learners(model);
  refuses<ConfigError>([&] { model.train_step({sides.y, {}}, {}); }, {"no conditions", "data::unpaired"});
  refuses<ConfigError>([&] { model.evaluate({sides.y, {}}, {}); }, {"no conditions", "data::unpaired"});
  const Matrix<double> fewer = sides.x.leftCols(2), narrow = sides.x.topRows(32);
  refuses<ShapeError>([&] { model.train_step({sides.y, {}, fewer}, {}); }, {"64 × 3", "got 64 × 2"});
  refuses<ShapeError>([&] { model.train_step({sides.y, {}, narrow}, {}); }, {"64 × 3", "got 32 × 3"});
  CHECK(bytes_of_learners(model) == before);

  Trainer trainer{{.epochs = 1, .batch_size = 3}};
  const Dataset targets("targets", {2, 4, 8}, sides.y.cast<float>()),
      sources("sources", {2, 4, 8}, sides.x.cast<float>());
  refuses<ConfigError>([&] { trainer.fit(model, targets); }, {"no conditions", "data::unpaired"});
  trainer.fit(model, data::unpaired(targets, sources));
  CHECK(bytes_of_learners(model) != before);

  const auto build = [](CycleGanOptions options, Index back = 1) {
    return [=] {
      CycleGan<float>(Conv2d{1, 2, {.kernel = 1}}, Conv2d{2, back, {.kernel = 1}},
                      Conv2d{2, 1, {.kernel = 2}}, Conv2d{1, 1, {.kernel = 2}}, options);
    };
  };
  CHECK_NOTHROW(build({.source = Shape{1, 4, 4}})());
  refuses<ConfigError>(build({}), {"CycleGan", ".source = Shape{1, 28, 28}"});
  refuses<ShapeError>(build({.source = Shape{1, 4, 4}}, 3), {"to_source", "1×4×4", "got 3×4×4"});
  refuses<ShapeError>(build({.source = Shape{1, 4, 4}, .identity_weight = 1}), {"one shape", "2×4×4"});
  refuses<ConfigError>(build({.source = Shape{1, 4, 4}, .cycle_weight = -1}), {"cycle_weight", "got -1"});
  refuses<ConfigError>(build({.source = Shape{1, 4, 4}, .history = -1}), {"history", "got -1"});
  refuses<ConfigError>(build({.source = Shape{1, 4, 4}, .terms = {ClassHead{.classes = 3}}}),
                       {"no labels", "ClassHead"});

  auto taken = std::move(model);
  CHECK_THROWS_AS(model.train_step(sides.batch(), {}), StateError);
  CHECK_THROWS_AS(model.translate(sides.x), StateError);
  CHECK_NOTHROW(taken.translate(sides.x));
}

namespace {

/// Wide enough for several threads, with dropout as its noise.
CycleGan<float> wide() {
  const Sequential translator{Conv2d{2, 16, halve}, BatchNorm{16},
                              LeakyRelu{0.2},       ConvTranspose2d{16, 2, enlarge},
                              Dropout{0.5},         Tanh{}};
  const Sequential critic{Conv2d{2, 16, halve}, LeakyRelu{0.2}, Conv2d{16, 1, {.kernel = 3, .padding = 1}}};
  return {translator,
          translator,
          critic,
          critic,
          {.source = Shape{2, 16, 16}, .identity_weight = 0.5, .history = 30, .ema_decay = 0.9, .seed = 5}};
}

}  // namespace

TEST_CASE("cycle gan: the same bits on any number of threads", "[cycle_gan][threads]") {
  const Matrix<float> y = testing::uniform_batch<float>(512, 24, 1),
                      x = testing::uniform_batch<float>(512, 24, 2);
  same_bits_on_any_number_of_threads([] { return wide(); }, {y, {}, x});
}

TEST_CASE("cycle gan: no step after the first allocates", "[cycle_gan][allocation]") {
  const Matrix<float> y = testing::uniform_batch<float>(512, 24, 1),
                      x = testing::uniform_batch<float>(512, 24, 2);
  no_step_after_the_first_allocates([] { return wide(); }, {y, {}, x});
}
