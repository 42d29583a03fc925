// GANs whose discriminators judge several samples as one: whole steps against central differences, images,
// what fills no pack, threads, allocations, refusals. PyTorch's numbers are in goldens.cpp.

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/gan.hpp"
#include "models/model_step.hpp"
#include "models/step_promises.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using namespace step_promises;

namespace {

Gan<double> of_vectors(bool generator, Gan<double>::Options options, Index batch) {
  options.generator_optimizer = generator ? descent : frozen;
  options.discriminator_optimizer = generator ? frozen : descent;
  options.seed = 3;
  Gan<double> gan(Sequential{Linear{3, 5}, Silu{}, Linear{5, 4}, Tanh{}},
                  Sequential{Linear{infer, 6}, Tanh{}, Linear{6, 5}, Softplus{}, Linear{5, 1}}, options);
  gan.prepare(batch);
  return gan;
}

Gan<float> of_images() {
  const ConvTranspose2dOptions enlarge{.kernel = 4, .stride = 2, .padding = 1};
  return {Sequential{Linear{5, 64}, Reshape{4, 4, 4}, BatchNorm{4}, Relu{}, ConvTranspose2d{4, 1, enlarge},
                     Tanh{}},
          Sequential{Conv2d{2, 8, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{0.2}, Flatten{},
                     Linear{infer, 1}},
          {.terms = {R1{.gamma = 1, .every = 2}}, .packing = 2, .ema_decay = 0.9, .ema_warm_up = true}};
}

}  // namespace

TEST_CASE("the gradients of both players' steps are exact for packs, with every penalty", "[gan][packing]") {
  const auto [name, options] = GENERATE(table<std::string, Gan<double>::Options>({
      {"non-saturating", {.packing = 2}},
      {"relativistic pairs, packs of three", {.loss = Relativistic{Hinge{}}, .packing = 3}},
      {"WGAN-GP", {.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}, .packing = 2}},
      {"R1, R2 and DRAGAN", {.terms = {R1{.gamma = 3}, R2{}, Dragan{}}, .packing = 2}},
  }));
  INFO(name);
  for (const Index n : {6, 7}) {  // with a sample that fills no pack, too
    const Matrix<double> x = testing::normal_batch(4, n, 1);
    const Batch<double> batch{x, {}};
    const StepContext context{.step = 2, .seed = 9};
    CHECK(gradient_error(of_vectors(true, options, n), batch, context, "generator_loss", 0) <
          testing::tolerance::derivative);
    CHECK(gradient_error(of_vectors(false, options, n), batch, context, "discriminator_loss", 1) <
          testing::tolerance::derivative);
  }
}

TEST_CASE("packs are neighbours, and what fills none is not judged", "[gan][packing]") {
  Gan<double> gan = of_vectors(false, {.packing = 2}, 5);
  CHECK(gan.sample_shape() == Shape{4});
  CHECK(gan.discriminator().input_shape() == Shape{4, 2, 1});
  const Matrix<double> x = testing::normal_batch(4, 5, 1);
  const auto loss_with = [&](Index sample) {
    Matrix<double> moved = x;
    moved.col(sample).array() += 1;
    Gan<double> probe = gan;
    return probe.train_step({moved, {}}, {.seed = 9})["discriminator_loss"];
  };
  const double loss = Gan<double>(gan).train_step({x, {}}, {.seed = 9})["discriminator_loss"];
  for (Index sample = 0; sample < 4; ++sample) CHECK(loss_with(sample) != loss);
  CHECK(loss_with(4) == loss);

  const Matrix<double> four = x.leftCols(4), logits = gan.discriminate(four);
  REQUIRE(logits.cols() == 2);
  Matrix<double> other = four;
  other.col(2).array() += 1;
  CHECK(gan.discriminate(other)(0) == logits(0));
  CHECK(gan.discriminate(other)(1) != logits(1));
  support::refuses<ShapeError>([&] { gan.discriminate(x); }, {"packs of 2", "got 5"});
}

TEST_CASE("a discriminator of packed images sees them side by side as channels", "[gan][packing]") {
  const Gan<float> gan = of_images();
  CHECK(gan.discriminator().input_shape() == Shape{1, 16, 8});
  CHECK(gan.discriminator().parameters().segments().front().name == "discriminator.0.weight");
  CHECK(gan.discriminator().parameters().segments().front().shape == std::vector<Index>{8, 2, 4, 4});
}

TEST_CASE("packing keeps what steps promise", "[gan][packing][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(64, 34, 1), odd = x.leftCols(33);
  same_bits_on_any_number_of_threads([] { return of_images(); }, {odd, {}});
  no_step_after_the_first_allocates([] { return of_images(); }, {x, {}});  // in parts of 17
}

TEST_CASE("an evaluation of less than a pack counts for nothing", "[gan][packing]") {
  Gan<float> gan = of_images();
  gan.prepare(5);
  const Matrix<float> x = testing::uniform_batch<float>(64, 5, 1), one = x.leftCols(1);
  StepMetrics mean = gan.evaluate({x, {}}, {});
  const double loss = mean["loss"];
  CHECK(loss != 0);
  mean.average_in(gan.evaluate({one, {}}, {}), 1);
  CHECK(mean["loss"] == loss);
  CHECK_NOTHROW(gan.health({x.leftCols(2).eval(), {}}, {}));
}

TEST_CASE("packing refuses what cannot be packed", "[gan][packing]") {
  using support::refuses;
  const auto build = [](GanOptions options, AnyLayer<float> judge = Linear{infer, 1}) {
    return [=] { Gan<float>(Linear{3, 4}, judge, options); };
  };
  refuses<ConfigError>(build({.packing = 0}), {"Gan: packing", "got 0"});
  refuses<ConfigError>(build({.classes = 3, .packing = 2}), {"no label in common", ".classes is 3"});
  refuses<ShapeError>(build({.packing = 2}, Linear{4, 1}),
                      {"discriminator", "takes 4", "packs of 2 samples, 8"});
  CHECK_NOTHROW(build({.packing = 2}, Linear{8, 1})());
  const auto adversary = [](Index packing, std::vector<AnyAdversaryTerm<float>> terms = {}) {
    return [=] {
      Adversary<float>(Network<float>(Linear{4, 1 + 3}, {.name = "d"}), {}, Hinge{}, terms,
                       {.packing = packing});
    };
  };
  refuses<ConfigError>(adversary(3), {"d: expected a packing", "4 values, got 3"});
  refuses<ConfigError>(adversary(2, {ClassHead{.classes = 3}}), {"d: judges packs of 2", "ClassHead"});
  Gan<float> gan(Linear{3, 4}, Linear{infer, 1}, {.packing = 2});
  gan.prepare(4);
  const Matrix<float> one = testing::uniform_batch<float>(4, 1, 1);
  refuses<ShapeError>(
      [&] {
        gan.train_step({one, {}}, {});
      },
      {"judges packs of 2 samples, got a round of 1"});
  // A Trainer knows before the first step.
  CHECK(gan.discriminator().plan().least_training_batch == 2);
}
