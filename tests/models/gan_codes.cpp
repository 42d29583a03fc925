// InfoGANs: whole steps with a code head against central differences and PyTorch; what codes do to samples;
// parts, threads, allocations, refusals.

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/gan.hpp"
#include "eigenerate/models/pix2pix.hpp"
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

const std::vector<int> labels{2, 0, 1, 1, 0};
const StepContext context{.step = 2, .seed = 9};
const LatentCode code{.categorical = 1, .categories = 3, .continuous = 2};

/// Three values of noise before the code.
Gan<double> small(Gan<double>::Options options) {
  options.seed = 3;
  Index heads = 1 + 3 + 2 * 2;
  for (const auto& term : options.terms) heads += term.plan().classes;
  return {Sequential{Linear{3 + code.size() + options.classes, 5}, Silu{}, Linear{5, 4}, Tanh{}},
          Sequential{Linear{4, 6}, Tanh{}, Linear{6, 5}, Softplus{}, Linear{5, heads}}, options};
}

Gan<double>::Options learning(bool generator, Gan<double>::Options options) {
  options.generator_optimizer = generator ? descent : frozen;
  options.discriminator_optimizer = generator ? frozen : descent;
  return options;
}

Gan<float> wide(Index discriminator_steps = 1, double weight = 1) {
  return {Sequential{Linear{10 + code.size(), 64}, BatchNorm{64}, Relu{}, Linear{64, 100}},
          Sequential{Linear{100, 64}, LeakyRelu{0.2}, Dropout{0.2}, Linear{64, 1 + 3 + 4}},
          {.terms = {CodeHead{.code = code, .weight = weight}, R1{.every = 2}},
           .discriminator_steps = discriminator_steps,
           .ema_decay = 0.9,
           .seed = 5}};
}

}  // namespace

TEST_CASE("the gradients of both players' whole steps are exact with a code head", "[gan]") {
  const auto [name, options] = GENERATE(table<std::string, Gan<double>::Options>({
      {"code", {.terms = {CodeHead{.code = code}}}},
      {"weighted, Wasserstein with penalty",
       {.loss = Wasserstein{},
        .gradient_penalty = GradientPenalty{},
        .terms = {CodeHead{.code = code, .weight = 3, .continuous_weight = 2}}}},
      {"beside a class head, relativistic",
       {.loss = RelativisticAverage{Hinge{}},
        .terms = {ClassHead{.classes = 3}, CodeHead{.code = code}},
        .classes = 3}},
  }));
  INFO(name);
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  auto generator = small(learning(true, options)), judge = small(learning(false, options));
  generator.prepare(5);
  judge.prepare(5);
  CHECK(gradient_error(generator, {x, labels}, context, "generator_loss", 0) < 1e-6);
  CHECK(gradient_error(judge, {x, labels}, context, "discriminator_loss", 1) < 1e-6);
}

TEST_CASE("an InfoGAN's step is PyTorch's", "[gan][golden]") {
  for (const Golden& c : testing::load_golden("models/gan_codes").cases()) {
    CAPTURE(c.path());
    auto gan = small(
        {.terms = {CodeHead{
             .code = code, .weight = c.number("weight"), .continuous_weight = c.number("continuous_weight")}},
         .generator_optimizer = Sgd{c.number("rate")},
         .discriminator_optimizer = Sgd{c.number("rate")}});
    check_golden_step(gan, c);
  }
}

TEST_CASE("a player of an InfoGAN leaves the other's bytes alone, buffers and moments included", "[gan]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 8, 1);
  const auto after = [&](Index discriminator_steps, double weight) {
    Gan<float> gan = wide(discriminator_steps, weight);
    gan.prepare(8);
    gan.train_step({x, {}}, context);
    return bytes_of_learners(gan);
  };
  Gan<float> untouched = wide();
  untouched.prepare(8);
  const auto before = bytes_of_learners(untouched);
  // Step 2 is the generator's turn at every step and at every third, and not at every second.
  const auto both = after(1, 1), discriminator_alone = after(2, 1), heavier = after(2, 2);
  CHECK(discriminator_alone[0] == before[0]);
  CHECK(discriminator_alone[1] != before[1]);
  CHECK(both[0] != before[0]);
  CHECK(both[1] == discriminator_alone[1]);
  CHECK(after(3, 1) == both);
  // The code is the discriminator's to learn too.
  CHECK(heavier[0] == before[0]);
  CHECK(heavier[1] != discriminator_alone[1]);
}

TEST_CASE("an InfoGAN's step in parts is the step of the whole batch", "[gan]") {
  const Gan<double>::Options options = learning(true, {.terms = {CodeHead{.code = code}}});
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  CHECK(a_step_in_parts_is_the_whole(small(options), {x, {}}).contains("code_loss"));
}

TEST_CASE("an InfoGAN: the same bits on any number of threads, and no allocation", "[gan][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  same_bits_on_any_number_of_threads([] { return wide(); }, {x, {}});
  no_step_after_the_first_allocates([] { return wide(); }, {x, {}});
}

TEST_CASE("an InfoGAN draws its samples from codes, however they are drawn", "[gan]") {
  const auto gan = wide();
  CHECK(gan.code() == code);
  CHECK(joined_names(gan.figures()) ==
        "loss, discriminator_loss, generator_loss, code_loss, fake_code_loss, r1_penalty");
  Matrix<float> z(gan.latent_size(), 6);
  gan.draw_latent({0, Purpose::sampling}, as_view(z));
  CHECK((z.middleRows(10, 3).colwise().sum().array() == 1).all());
  CHECK(gan.sample(6) == gan.decode(z));
  const auto sampler = gan.make_sampler();
  // Its predictor folds batch norm into the layers before.
  CHECK(testing::relative_error(sampler.sample(6), gan.sample(6)) < 1e-5);
  support::refuses<ConfigError>([&] { gan.sample(6, Truncation{2}); }, {"standard normal"});
  support::refuses<ConfigError>([&] { sampler.sample(6, Truncation{2}); }, {"standard normal"});
}

TEST_CASE("an InfoGAN's samples along one code differ in that code alone", "[gan]") {
  const auto gan = wide();
  Matrix<float> drawn(gan.latent_size(), 2);
  gan.draw_latent({0, Purpose::sampling}, as_view(drawn));
  const auto expect = [&](Index which, Index j, double value) {
    Matrix<float> z = drawn.col(j);
    code.set(as_view(z), 0, which, value);
    return gan.decode(z);
  };
  const Matrix<float> categories = gan.traverse(0, 3, 2), numbers = gan.traverse(2, 5, 2, {}, 2);
  REQUIRE(categories.cols() == 6);
  REQUIRE(numbers.cols() == 10);
  for (Index j = 0; j < 2; ++j) {
    for (Index i = 0; i < 3; ++i)
      CHECK(testing::relative_error(categories.col(3 * j + i), expect(0, j, static_cast<double>(i)).col(0)) <
            1e-6);
    for (Index i = 0; i < 5; ++i)
      CHECK(testing::relative_error(numbers.col(5 * j + i), expect(2, j, static_cast<double>(i - 2)).col(0)) <
            1e-6);
  }
  CHECK(testing::relative_error(gan.make_sampler().traverse(0, 3, 2), categories) < 1e-5);
  using support::refuses;
  refuses<ConfigError>([&] { gan.traverse(3, 2, 1); }, {"one of 3 codes", "got 3"});
  refuses<ConfigError>([&] { gan.traverse(0, 4, 1); }, {"at most 3", "got 1 and 4"});
  refuses<ConfigError>([&] { gan.traverse(1, 0, 1); }, {"at least one row", "got 1 and 0"});
}

TEST_CASE("an InfoGAN's codes come to mean what can be told from samples", "[gan][slow]") {
  // A line of samples. What the code says of them falls from chance, log 4, to near nothing.
  const LatentCode four{.categorical = 1, .categories = 4};
  Gan<float> gan(Sequential{Linear{2 + four.size(), 32}, Relu{}, Linear{32, 2}},
                 Sequential{Linear{2, 32}, LeakyRelu{0.1}, Linear{32, 1 + 4}},
                 {.terms = {CodeHead{.code = four}}, .seed = 1});
  Matrix<float> x(2, 64);
  gan.prepare(64);
  StepMetrics m;
  for (std::uint64_t step = 0; step < 1500; ++step) {
    fill_normal(x.data(), x.size(), RandomStream{7}.at(step));
    m = gan.train_step({x, {}}, {.step = step, .seed = 2});
    if (step == 0) CHECK(std::abs(m["code_loss"] - std::log(4.0)) < 0.3);
  }
  CHECK(m["code_loss"] < 0.3);
}

TEST_CASE("codes that do not fit are refused by name", "[gan]") {
  using support::refuses;
  const auto build = [](Index latent, Index outputs, GanOptions options) {
    return [=] { Gan(Linear{latent, 4}, Linear{4 * options.packing, outputs}, options); };
  };
  const GanOptions codes{.terms = {CodeHead{.code = code}}};
  CHECK_NOTHROW(build(5, 8, codes)());
  refuses<ConfigError>(build(4, 8, codes), {"Gan", "vectors of 4", "code of 5"});
  refuses<ConfigError>(build(5, 7, codes), {"CodeHead", "channels 1 to 7", "ends in 7"});
  refuses<ConfigError>(build(5, 15, {.terms = {CodeHead{.code = code}, CodeHead{.code = code}}}),
                       {"Gan", "one code", "second CodeHead"});
  refuses<ConfigError>(build(5, 8, {.terms = {CodeHead{.code = code}}, .packing = 2}),
                       {"packs of 2", "code in common", "CodeHead"});
  // What translates makes its samples from no code.
  Pix2Pix<float> translates(Linear{4, 4}, Linear{8, 8}, {.terms = {CodeHead{.code = code}}});
  const Matrix<float> x = testing::uniform_batch<float>(4, 5, 1);
  translates.prepare(5);
  refuses<ConfigError>(
      [&] {
        translates.train_step({x, {}, x}, {});
      },
      {"CodeHead", "made from latent vectors"});
}
