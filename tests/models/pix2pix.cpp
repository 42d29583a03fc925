#include "eigenerate/models/pix2pix.hpp"

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

/// A U-Net of two levels, 2×4×8 → 1×4×8, against a discriminator of patches with a map of 1 × 3 logits and
/// that many features.
template <class Norm = BatchNorm>
Pix2Pix<double> small(Pix2Pix<double>::Options options, Norm norm = BatchNorm{4}, Index features = 0) {
  options.source = Shape{2, 4, 8};
  options.seed = 3;
  const Concat inner{Identity{},
                     Sequential{Conv2d{3, 4, halve}, norm, Silu{}, ConvTranspose2d{4, 3, enlarge}}};
  const Concat outer{Identity{},
                     Sequential{Conv2d{2, 3, halve}, Tanh{}, inner, Silu{}, ConvTranspose2d{6, 2, enlarge}}};
  return {Sequential{outer, Conv2d{4, 1, {.kernel = 3, .padding = 1}}, Tanh{}},
          Sequential{Conv2d{3, 4, halve}, Tanh{}, Conv2d{4, 1 + features, {.kernel = 2}}}, options};
}

struct Pairs {
  Matrix<double> y, x;
  explicit Pairs(Index n) : y(testing::normal_batch(32, n, 1, 0.5)), x(testing::normal_batch(64, n, 2)) {}
  Batch<double> batch() const { return {y, {}, x}; }
};

}  // namespace

TEST_CASE("pix2pix: the gradients of both players' whole steps are exact", "[pix2pix]") {
  const Pairs pairs(3);
  const auto check = [&](Pix2Pix<double>::Options options, Index features = 0) {
    const auto of = [&](bool generator, std::string_view figure) {
      options.generator_optimizer = generator ? descent : frozen;
      options.discriminator_optimizer = generator ? frozen : descent;
      auto model = small(options, BatchNorm{4}, features);
      model.prepare(3);
      return gradient_error(model, pairs.batch(), context, figure, generator ? 0 : 1);
    };
    CHECK(of(true, "generator_loss") < testing::tolerance::derivative);
    CHECK(of(false, "discriminator_loss") < testing::tolerance::derivative);
  };
  check({});
  check({.l1_weight = 0});
  check({.l1_weight = 1, .loss = RelativisticAverage{Hinge{}}, .terms = {R1{.gamma = 3}}});
  check({.l1_weight = 1, .terms = {FeatureMatching{.weight = 3, .features = 2}}}, 2);
}

TEST_CASE("a pix2pix step is PyTorch's", "[pix2pix][golden]") {
  const Golden goldens = testing::load_golden("models/pix2pix");
  for (const std::string name : {"non-saturating", "relativistic"}) {
    CAPTURE(name);
    const Golden c = goldens[name];
    Pix2Pix<double>::Options options{.l1_weight = c.number("l1_weight"),
                                     .generator_optimizer = Sgd{c.number("rate")},
                                     .discriminator_optimizer = Sgd{c.number("rate")}};
    if (name == "relativistic") options.loss = RelativisticAverage{Hinge{}};
    auto model = small(options);
    check_golden_step(model, c);
  }
}

TEST_CASE("pix2pix: a step in parts is the step of the whole batch", "[pix2pix]") {
  const Pairs pairs(5);
  Pix2Pix<double>::Options options{
      .terms = {R1{}}, .generator_optimizer = descent, .discriminator_optimizer = descent};
  a_step_in_parts_is_the_whole(small(options, Tanh{}), pairs.batch());
}

TEST_CASE("pix2pix: evaluation learns nothing and measures translations", "[pix2pix]") {
  const Pairs pairs(3);
  auto model = small({});
  model.prepare(3);
  model.train_step(pairs.batch(), {});
  const auto before = bytes_of_learners(model);
  const StepMetrics m = model.evaluate(pairs.batch(), {});
  CHECK(bytes_of_learners(model) == before);
  CHECK(std::abs(m["l1"] - (model.translate(pairs.x) - pairs.y).cwiseAbs().mean()) < 1e-12);
  CHECK(m["loss"] == m["discriminator_loss"] + m["generator_loss"]);
  auto other = small({.l1_weight = 0});
  other.prepare(3);
  other.train_step(pairs.batch(), {});  // with another gradient of the generator alone
  CHECK(other.evaluate(pairs.batch(), {})["l1"] != m["l1"]);
  CHECK(bytes_of_learners(other)[1] == before[1]);
  CHECK(best_figure(model)->view() == "l1");
  CHECK(joined_names(small({.terms = {R1{}}}).figures()) ==
        "loss, discriminator_loss, generator_loss, r1_penalty, l1");
  CHECK(model.source_shape() == Shape{2, 4, 8});
  CHECK(model.sample_shape() == Shape{1, 4, 8});
  CHECK(*model.sample_range() == ValueRange{-1, 1});
  // The discriminator judges in the sight of the source.
  const Matrix<double> others = testing::normal_batch(64, 3, 5);
  CHECK(model.discriminate(pairs.x, pairs.y).rows() == 3);
  CHECK(model.discriminate(pairs.x, pairs.y) != model.discriminate(others, pairs.y));
}

TEST_CASE("pix2pix: a discriminator that reads the condition itself is left as it is", "[pix2pix]") {
  // A vector becomes an image: the labels' code would do as well.
  Pix2Pix<double> model{Sequential{Linear{3, 16}, Reshape{1, 4, 4}},
                        Sequential{Conv2d{1, 4, halve}, Tanh{}, ProjectCondition{}}};
  CHECK(model.discriminator().input_shape() == Shape{1, 4, 4});
  CHECK(model.discriminator().parameters().segments().back().name == "discriminator.2.bias");
  const Matrix<double> y = testing::normal_batch(16, 3, 1), x = testing::normal_batch(3, 3, 2);
  model.prepare(3);
  CHECK(std::isfinite(model.train_step({y, {}, x}, {})["loss"]));
}

TEST_CASE("pix2pix: it warns as a GAN does", "[pix2pix]") {
  Matrix<double> x = testing::normal_batch(64, 8, 1), y = testing::normal_batch(32, 8, 2);
  auto model = small({.loss = Wasserstein{}});
  model.generator().parameters().set_zero();
  const auto found = model.health({y, {}, x}, {});
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == WarningKind::mode_collapse);
  const auto setup = model.setup_warnings({y, {}, x}, {-2, 2});
  REQUIRE(setup.size() == 2);
  CHECK(setup[0].kind == WarningKind::bounded_outputs);
  CHECK(setup[1].kind == WarningKind::unconstrained_critic);
}

TEST_CASE("pix2pix: what it cannot learn from is refused with what to do", "[pix2pix]") {
  const Pairs pairs(3);
  auto model = small({});
  refuses<StateError>([&] { model.train_step(pairs.batch(), {}); }, {"Pix2Pix", "prepare(3)"});
  model.prepare(3);
  const auto before = bytes_of_learners(model);
  refuses<ConfigError>([&] { model.train_step({pairs.y, {}}, {}); }, {"no conditions", "with_conditions"});
  refuses<ConfigError>([&] { model.evaluate({pairs.y, {}}, {}); }, {"no conditions", "with_conditions"});
  refuses<ShapeError>(
      [&] {
        model.train_step({pairs.y, {}, pairs.y}, {});
      },
      {"64 × 3", "shape 2×4×8", "got 32 × 3"});
  const Matrix<double> fewer = pairs.x.leftCols(2);
  refuses<ShapeError>([&] { model.train_step({pairs.y, {}, fewer}, {}); }, {"64 × 3", "got 64 × 2"});
  refuses<ShapeError>([&] { model.train_step({pairs.x, {}, pairs.x}, {}); }, {"columns of 32 values"});
  CHECK(bytes_of_learners(model) == before);

  const Dataset targets("targets", {1, 4, 8}, pairs.y.cast<float>()),
      sources("sources", {2, 4, 8}, pairs.x.cast<float>());
  Trainer trainer{{.epochs = 1, .batch_size = 3}};
  refuses<ConfigError>([&] { trainer.fit(model, targets); }, {"no conditions", "with_conditions"});
  CHECK(bytes_of_learners(model) == before);
  trainer.fit(model, targets.with_conditions(sources));
  CHECK(bytes_of_learners(model) != before);

  const auto build = [](Pix2PixOptions options) {
    return [=] { Pix2Pix<float>(Conv2d{2, 1, {.kernel = 1}}, Conv2d{3, 1}, options); };
  };
  CHECK_NOTHROW(build({.source = Shape{2, 4, 4}})());
  refuses<ConfigError>(build({}), {"Pix2Pix", ".source = Shape{1, 28, 28}"});
  refuses<ShapeError>(build({.source = Shape{3, 4, 4}}), {"generator", "got 3×4×4"});
  refuses<ConfigError>(build({.source = Shape{2, 4, 4}, .l1_weight = -1}), {"l1_weight", "got -1"});
  refuses<ShapeError>(
      [] {
        Pix2Pix<float>(Conv2d{2, 1, {.kernel = 1}}, Conv2d{3, 2}, {.source = Shape{2, 4, 4}});
      },
      {"Pix2Pix: the discriminator must end in one logit"});
  refuses<ShapeError>(  // the sources have other pixels than the samples
      [] {
        Pix2Pix<float>(Conv2d{2, 1, halve}, Conv2d{infer, 1, halve}, {.source = Shape{2, 4, 4}});
      },
      {"discriminator.condition (JoinCondition)", "1×2×2", "got 2×4×4"});

  auto taken = std::move(model);
  CHECK_THROWS_AS(model.train_step(pairs.batch(), {}), StateError);
  CHECK_THROWS_AS(model.translate(pairs.x), StateError);
  CHECK_NOTHROW(taken.translate(pairs.x));
}

namespace {

/// Wide enough for several threads, with dropout as its noise.
Pix2Pix<float> wide() {
  const auto level = [](Index outer, Index inner, const auto& within) {
    return Concat{Identity{},
                  Sequential{Conv2d{outer, inner, halve}, BatchNorm{inner}, LeakyRelu{0.2}, within,
                             ConvTranspose2d{infer, outer, enlarge}, Dropout{0.5}, Relu{}}};
  };
  return {Sequential{level(2, 16, level(16, 32, Identity{})), Conv2d{infer, 1, {.kernel = 3, .padding = 1}},
                     Tanh{}},
          Sequential{Conv2d{infer, 16, halve}, LeakyRelu{0.2}, Conv2d{16, 32, halve}, BatchNorm{32},
                     LeakyRelu{0.2}, Conv2d{32, 1, {.kernel = 3, .padding = 1}}},
          {.source = Shape{2, 16, 16}, .ema_decay = 0.9, .seed = 5}};
}

}  // namespace

TEST_CASE("pix2pix: the same bits on any number of threads", "[pix2pix][threads]") {
  const Matrix<float> y = testing::uniform_batch<float>(256, 24, 1),
                      x = testing::uniform_batch<float>(512, 24, 2);
  same_bits_on_any_number_of_threads([] { return wide(); }, {y, {}, x});
}

TEST_CASE("pix2pix: no step after the first allocates", "[pix2pix][allocation]") {
  const Matrix<float> y = testing::uniform_batch<float>(256, 24, 1),
                      x = testing::uniform_batch<float>(512, 24, 2);
  no_step_after_the_first_allocates([] { return wide(); }, {y, {}, x});
}
