#include "eigenerate/models/gan.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "models/model_step.hpp"
#include "support/files.hpp"

using namespace eigenerate;
using namespace model_step;

namespace {

Matrix<double> normal(Index rows, Index cols, std::uint64_t seed = 1) {
  Matrix<double> m(rows, cols);
  fill_normal(m.data(), m.size(), RandomStream{seed});
  return m;
}

const std::vector<int> labels{2, 0, 1, 1};

/// A small GAN with smooth activations, so that finite differences see no kinks.
auto small_gan(Gan<double>::Options options) {
  options.seed = 3;
  const Index k = options.classes;
  return Gan<double>(Sequential{Linear{3 + k, 5}, Silu{}, Linear{5, 4}, Tanh{}},
                     Sequential{Linear{4 + k, 6}, Tanh{}, Linear{6, 5}, Softplus{}, Linear{5, 1}}, options);
}

Gan<double>::Options learning(bool generator, bool discriminator, Gan<double>::Options options) {
  options.generator_optimizer = generator ? descent : frozen;
  options.discriminator_optimizer = discriminator ? descent : frozen;
  return options;
}

}  // namespace

TEST_CASE("the gradients of both players' whole steps are exact for every loss", "[gan]") {
  const auto [name, options] = GENERATE(table<std::string, Gan<double>::Options>({
      {"minimax", {.loss = Minimax{}}},
      {"non-saturating", {.loss = NonSaturating{}}},
      {"label smoothing", {.loss = NonSaturating{0.1}}},
      {"Wasserstein", {.loss = Wasserstein{}}},
      {"WGAN-GP", {.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{10}}},
      {"non-saturating with a zero-centred penalty", {.gradient_penalty = GradientPenalty{5, 0}}},
      {"hinge", {.loss = Hinge{}}},
      {"two-sided label smoothing", {.loss = NonSaturating{0.1, true}}},
      {"least squares", {.loss = LeastSquares{}}},
      {"relativistic pairs with R1 and R2",
       {.loss = Relativistic{NonSaturating{}}, .terms = {R1{.gamma = 3}, R2{.gamma = 2}}}},
      {"lazy, one-sided WGAN-GP",
       {.loss = Wasserstein{}, .terms = {GradientPenalty{.target = 0.1, .one_sided = true, .every = 2}}}},
      {"relativistic average hinge", {.loss = RelativisticAverage{Hinge{}}}},
      {"relativistic average, conditional", {.loss = RelativisticAverage{NonSaturating{}}, .classes = 3}},
      {"R1", {.terms = {R1{.gamma = 3}}}},
      {"lazy R1 beside WGAN-GP",
       {.loss = Wasserstein{},
        .gradient_penalty = GradientPenalty{10},
        .terms = {R1{.gamma = 3, .every = 2}}}},
      {"R2", {.terms = {R2{.gamma = 3}}}},
      {"DRAGAN", {.terms = {Dragan{}}}},
      {"R1 and DRAGAN, conditional", {.terms = {R1{}, Dragan{}}, .classes = 3}},
      {"conditional", {.classes = 3}},
      {"conditional WGAN-GP", {.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{10}, .classes = 3}},
  }));
  INFO(name);
  const Matrix<double> x = normal(4, 4);
  const Batch<double> batch{as_const(x), labels};
  const StepContext context{.step = 2, .seed = 9};
  auto generator = small_gan(learning(true, false, options));
  generator.prepare(4);
  CHECK(gradient_error(generator, batch, context, "generator_loss", 0) < 1e-6);
  auto discriminator = small_gan(learning(false, true, options));
  discriminator.prepare(4);
  CHECK(gradient_error(discriminator, batch, context, "discriminator_loss", 1) < 1e-6);
}

TEST_CASE("a player's step leaves the other's bytes alone, buffers and moments included", "[gan]") {
  const auto make = [] {
    auto gan = Gan<double>(Sequential{Linear{3, 6}, BatchNorm{6}, Relu{}, Linear{6, 4}},
                           Sequential{Linear{4, 6}, BatchNorm{6}, LeakyRelu{0.2}, Linear{6, 1}},
                           {.discriminator_steps = 2, .ema_decay = 0.9});
    gan.prepare(4);
    return gan;
  };
  const Matrix<double> x = normal(4, 4);
  const Batch<double> batch{as_const(x), {}};
  auto gan = make();
  const auto before = bytes_of_learners(gan);
  gan.train_step(batch, {.step = 0});  // the discriminator's alone
  const auto after_discriminator = bytes_of_learners(gan);
  CHECK(after_discriminator[0] == before[0]);
  CHECK(after_discriminator[1] != before[1]);
  // The same discriminator step, followed by the generator's.
  auto both = make();
  const auto only = [&](std::uint64_t step) {
    auto copy = both;
    copy.train_step(batch, {.step = step});
    return bytes_of_learners(copy);
  };
  const auto after_both = only(1);
  CHECK(after_both[0] != before[0]);
  // Latent vectors depend on the step, so the discriminator's own step is repeated at the same one: without a
  // generator's turn, by a model with another rhythm.
  auto alone = Gan<double>(Sequential{Linear{3, 6}, BatchNorm{6}, Relu{}, Linear{6, 4}},
                           Sequential{Linear{4, 6}, BatchNorm{6}, LeakyRelu{0.2}, Linear{6, 1}},
                           {.discriminator_steps = 3, .ema_decay = 0.9});
  alone.prepare(4);
  alone.train_step(batch, {.step = 1});
  CHECK(bytes_of_learners(alone)[1] == after_both[1]);
}

TEST_CASE("the generator learns every n-th step, and the figures say so", "[gan]") {
  auto gan = small_gan({.discriminator_steps = 3});
  const Matrix<double> x = normal(4, 4);
  gan.prepare(4);
  StepMetrics mean;
  for (std::uint64_t step = 0; step < 6; ++step) {
    const StepMetrics m = gan.train_step({as_const(x), {}}, {.step = step});
    CHECK(m.contains("generator_loss") == (step % 3 == 2));
    mean.average_in(m, 4);
    if (step == 2) CHECK(mean["generator_loss"] == m["generator_loss"]);
  }
}

TEST_CASE("labels reach generator and discriminator, images as planes", "[gan]") {
  const Index k = 3;
  auto gan = Gan<double>(
      Sequential{Linear{2 + k, 18}, Reshape{2, 3, 3}, Tanh{},
                 ConvTranspose2d{2, 1, {.kernel = 4, .stride = 2, .padding = 1}}},
      Sequential{Conv2d{1 + k, 2, {.kernel = 4, .stride = 2, .padding = 1}}, Tanh{}, Flatten{},
                 Linear{18, 1}},
      learning(true, false, {.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}, .classes = k}));
  CHECK(gan.sample_shape() == Shape{1, 6, 6});
  CHECK(gan.latent_size() == 2);
  CHECK(gan.sample(4, 0) != gan.sample(4, 2));
  CHECK(gan.sample(labels).col(1) == gan.sample(4, 0).col(1));
  const Matrix<double> x = normal(36, 4);
  CHECK(gan.discriminate(as_const(x), labels) != gan.discriminate(as_const(x), std::vector<int>{0, 0, 0, 0}));
  gan.prepare(4);
  CHECK(gradient_error(gan, {as_const(x), labels}, {}, "generator_loss", 0) < 1e-6);
  CHECK_THROWS_AS(gan.sample(4), ShapeError);
  CHECK_THROWS_AS(gan.sample(4, -1), ConfigError);
}

TEST_CASE("evaluation learns nothing and repeats to the bit", "[gan]") {
  auto gan = small_gan({});
  const Matrix<double> x = normal(4, 4);
  gan.prepare(4);
  const auto before = bytes_of_learners(gan);
  const StepMetrics a = gan.evaluate({as_const(x), {}}, {.seed = 1}),
                    b = gan.evaluate({as_const(x), {}}, {.seed = 1});
  CHECK(a["loss"] == b["loss"]);
  CHECK(a["loss"] == a["discriminator_loss"] + a["generator_loss"]);
  CHECK(bytes_of_learners(gan) == before);
}

TEST_CASE("samples come from the generator's moving average", "[gan]") {
  auto gan = small_gan({.generator_optimizer = Sgd{0.5}, .ema_decay = 0.5});
  const Matrix<double> x = normal(4, 4);
  gan.prepare(4);
  const Matrix<double> before = gan.sample(3);
  gan.train_step({as_const(x), {}}, {});
  const Matrix<double> averaged = gan.sample(3);
  CHECK(averaged != before);
  // The generator alone says the same as the model.
  const Matrix<double> z = normal(3, 3), decoded = gan.decode(as_const(z));
  CHECK(gan.generator().predict(z) == decoded);
  gan.generator().drop_average();
  CHECK(gan.generator().predict(z) != decoded);
}

TEST_CASE("what cannot be a GAN is refused with the shapes and what to do", "[gan]") {
  CHECK(support::error_of<ShapeError>([] {
          Gan{Linear{3, 4}, Linear{5, 1}};
        }) == "discriminator (Linear): expected input 5, got 4");
  CHECK(support::error_of<ShapeError>([] {
          Gan{Linear{3, 4}, Linear{4, 2}};
        }) == "Gan: the discriminator must end in one logit, got an output of shape 2");
  CHECK(
      support::error_of<ConfigError>([] {
        Gan{Linear{3, 4},
            Sequential{Linear{4, 6}, BatchNorm{6}, Linear{6, 1}},
            {.gradient_penalty = GradientPenalty{}}};
      }) ==
      "discriminator.1 (BatchNorm): normalizes by the statistics of the batch, but a gradient penalty needs outputs "
      "that depend on their own sample alone");
  CHECK_THROWS_AS((Gan{Linear{3, 4}, Linear{4, 1}, {.discriminator_steps = 0}}), ConfigError);
  CHECK_THROWS_AS((Gan{Linear{3, 4}, Linear{4, 1}, {.gradient_penalty = GradientPenalty{-1}}}), ConfigError);
  CHECK_THROWS_AS((Gan{Linear{3, 4}, Linear{4, 1}, {.loss = Minimax{2}}}), ConfigError);
  Gan gan{Linear{3, 4}, Linear{4, 1}};
  const Matrix<float> x = Matrix<float>::Zero(4, 4);
  CHECK_THROWS_AS(gan.train_step({as_const(x), {}}, {}), StateError);
  CHECK_THROWS_AS(gan.sample(0), ConfigError);
}

namespace {

/// A GAN whose generator makes `spread` times its latent vector in the first five values and `place` in the
/// last, and whose discriminator's logit is `slope` times the last value.
auto plain_gan(double spread, double place, double slope, Gan<double>::Options options = {}) {
  auto gan = Gan<double>(Linear{5, 6}, Linear{6, 1}, options);
  const auto set = [&](Arena<double>& p) {
    p.set_zero();
    for (Index i = 0; i < 5; ++i) p["generator.weight"](i + 5 * i) = spread;
    p["generator.bias"](5) = place;
  };
  set(gan.generator().parameters());
  gan.generator().restart_average();
  gan.discriminator().parameters().set_zero();
  gan.discriminator().parameters()["discriminator.weight"](5) = slope;
  return gan;
}

/// Normal samples, 1 in the last value.
Matrix<double> plain_data() {
  Matrix<double> x = normal(6, 200);
  x.row(5).setOnes();
  return x;
}

std::vector<WarningKind> kinds(const std::vector<Warning>& warnings) {
  std::vector<WarningKind> list;
  for (const auto& w : warnings) list.push_back(w.kind);
  return list;
}

}  // namespace

TEST_CASE("mode collapse is noticed when samples hardly differ", "[gan]") {
  const Matrix<double> x = plain_data();
  const auto found = [&](double spread, Gan<double>::Options options = {}) {
    return plain_gan(spread, 1, 0, options).health({as_const(x), {}}, {.step = 5});
  };
  const std::vector<WarningKind> collapse{WarningKind::mode_collapse};
  CHECK(found(1).empty());
  CHECK(found(0.4).empty());  // varies by 0.16 times as much
  CHECK(kinds(found(0.2)) == collapse);
  CHECK(kinds(found(0, {.ema_decay = 0.9})) == collapse);
  CHECK(found(1, {.ema_decay = 0.9}).empty());
  // A critic may lose its modes too.
  CHECK(kinds(found(0.1, {.loss = Wasserstein{}})) == collapse);
  CHECK(support::contains(found(0)[0].message,
                          "mode collapse: generated samples vary 0 times as much as the data do"));
  const Matrix<double> one = x.leftCols(1);
  CHECK(plain_gan(0, 1, 0).health({as_const(one), {}}, {}).empty());

  // A generator that looks at its labels alone.
  auto conditional = Gan<double>(Linear{3 + 3, 4}, Linear{4 + 3, 1}, {.classes = 3});
  auto weight = conditional.generator().parameters()["generator.weight"];
  for (Index out = 0; out < 4; ++out)
    for (Index in = 0; in < 3; ++in) weight(in + 6 * out) = 0;
  weight *= 0.01;
  const Matrix<double> four = normal(4, 4);
  CHECK(kinds(conditional.health({as_const(four), labels}, {})) == collapse);
}

TEST_CASE("a discriminator that is sure and right is noticed as saturated", "[gan]") {
  const Matrix<double> x = plain_data();
  const auto found = [&](double place, double slope, Gan<double>::Options options = {}) {
    auto gan = plain_gan(1, place, slope, options);
    const auto before = bytes_of_learners(gan);
    const auto warnings = gan.health({as_const(x), {}}, {});
    CHECK(bytes_of_learners(gan) == before);
    return warnings;
  };
  const std::vector<WarningKind> saturation{WarningKind::discriminator_saturation};
  CHECK(found(-1, 0).empty());
  // Logits of ±l have a cross-entropy of 2 log(1 + e⁻ˡ) together: 0.02 at l = 4.6.
  CHECK(found(-1, 4.5).empty());
  CHECK(kinds(found(-1, 4.7)) == saturation);
  CHECK(kinds(found(-1, 50)) == saturation);
  CHECK(found(-1, -50).empty());  // sure and wrong
  CHECK(found(1, 50).empty());    // right about real samples alone
  CHECK(found(-1, 50, {.loss = Wasserstein{}}).empty());
  CHECK(support::contains(found(-1, 50)[0].message, "discriminator saturation: "));
  CHECK(kinds(plain_gan(0, -1, 50).health({as_const(x), {}}, {})) ==
        std::vector{WarningKind::mode_collapse, WarningKind::discriminator_saturation});
}

TEST_CASE("a map of logits is a discriminator too, and its game is exact", "[gan]") {
  for (const Gan<double>::Options& options :
       {Gan<double>::Options{.loss = Hinge{}, .terms = {R1{.gamma = 3}}},
        Gan<double>::Options{.loss = RelativisticAverage{Hinge{}}}}) {
    const auto make = [&](bool generator) {
      Gan<double> gan(Sequential{Linear{2, 18}, Reshape{2, 3, 3}, Tanh{},
                                 ConvTranspose2d{2, 1, {.kernel = 4, .stride = 2, .padding = 1}}},
                      Sequential{Conv2d{1, 3, {.kernel = 4, .stride = 2, .padding = 1}}, Tanh{},
                                 Conv2d{3, 1, {.kernel = 2}}},
                      learning(generator, !generator, options));
      gan.prepare(4);
      return gan;
    };
    const Matrix<double> x = normal(36, 4);
    CHECK(make(true).discriminator().output_shape() == Shape{1, 2, 2});
    CHECK(gradient_error(make(true), {as_const(x), {}}, {}, "generator_loss", 0) < 1e-6);
    CHECK(gradient_error(make(false), {as_const(x), {}}, {}, "discriminator_loss", 1) < 1e-6);
  }
}

TEST_CASE("a step with any loss and terms allocates nothing", "[gan]") {
  if (!testing::AllocationGuard::available()) return;
  for (const Gan<double>::Options& options :
       {Gan<double>::Options{.loss = RelativisticAverage{Hinge{}}, .terms = {R1{.every = 2}, Dragan{}}},
        Gan<double>::Options{
            .loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}, .terms = {R2{}}}}) {
    auto gan = small_gan(options);
    const Matrix<double> x = normal(4, 4);
    gan.prepare(4);
    for (std::uint64_t step = 0; step < 2; ++step) gan.train_step({as_const(x), {}}, {.step = step});
    const testing::AllocationGuard guard;
    for (std::uint64_t step = 2; step < 4; ++step) gan.train_step({as_const(x), {}}, {.step = step});
    CHECK(guard.count() == 0);
  }
}

TEST_CASE("terms report their figures, and refuse what they cannot pass", "[gan]") {
  const auto gan = small_gan({.gradient_penalty = GradientPenalty{}, .terms = {R1{}, R2{}, Dragan{}}});
  CHECK(joined_names(gan.figures()) ==
        "loss, discriminator_loss, generator_loss, gradient_penalty, r1_penalty, r2_penalty, dragan_penalty");
  const auto with = [](const GanOptions& options) {
    Gan(Linear{3, 4}, Sequential{Linear{4, 6}, BatchNorm{6}, Linear{6, 1}}, options);
  };
  CHECK(support::contains(support::error_of<ConfigError>([&] { with({.terms = {Dragan{}}}); }),
                          "discriminator.1 (BatchNorm)"));
  CHECK(support::contains(support::error_of<ConfigError>([&] { with({.terms = {R1{}}}); }),
                          "discriminator.1 (BatchNorm)"));
  CHECK_THROWS_AS(small_gan({.terms = {R1{.gamma = -1}}}), ConfigError);
  CHECK_THROWS_AS(small_gan({.terms = {R2{.every = 0}}}), ConfigError);
  CHECK_THROWS_AS(small_gan({.terms = {Dragan{.spread = 0}}}), ConfigError);
  CHECK_THROWS_AS(small_gan({.loss = RelativisticAverage{Minimax{0.6}}}), ConfigError);
  // A Wasserstein critic with any of them is no unconstrained one.
  const Matrix<double> x = normal(4, 4);
  CHECK(
      small_gan({.loss = Wasserstein{}, .terms = {R1{}}}).setup_warnings({as_const(x), {}}, {-1, 1}).empty());
  CHECK_FALSE(small_gan({.loss = Wasserstein{}}).setup_warnings({as_const(x), {}}, {-1, 1}).empty());
  CHECK(small_gan({.loss = Wasserstein{}, .weight_limit = 0.01})
            .setup_warnings({as_const(x), {}}, {-1, 1})
            .empty());
}

TEST_CASE("a weight limit holds for the discriminator's parameters, and for nothing else", "[gan]") {
  Gan<double> gan(Sequential{Linear{3, 6}, BatchNorm{6}, Relu{}, Linear{6, 4}},
                  Sequential{Linear{4, 6}, BatchNorm{6}, LeakyRelu{0.2}, Linear{6, 1}},
                  {.loss = Wasserstein{}, .discriminator_optimizer = RmsProp{5e-5}, .weight_limit = 0.01});
  const Matrix<double> x = normal(4, 8);
  gan.prepare(8);
  for (std::uint64_t step = 0; step < 3; ++step) gan.train_step({as_const(x), {}}, {.step = step});
  const auto largest = [](const Arena<double>& arena) {
    return Eigen::Map<const Vector<double>>(arena.data(), arena.size()).cwiseAbs().maxCoeff();
  };
  CHECK(largest(gan.discriminator().parameters()) == 0.01);
  CHECK(gan.discriminator().buffers()["discriminator.1.running_var"].minCoeff() > 0.5);
  CHECK(largest(gan.generator().parameters()) > 0.5);
  CHECK_THROWS_AS(small_gan({.weight_limit = -1}), ConfigError);
  CHECK_THROWS_AS(small_gan({.weight_limit = std::nan("")}), ConfigError);
}
