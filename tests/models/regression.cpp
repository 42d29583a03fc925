#include "eigenerate/models/regression.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/losses/l1.hpp"
#include "eigenerate/training/training.hpp"
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

Regression<double> small(Regression<double>::Options options, bool norm = true) {
  options.seed = 3;
  AnyLayer<double> between = Tanh{};
  if (norm) between = BatchNorm{5};
  return Regression<double>{AnySequential<double>{{Linear{3, 5}, between, Silu{}, Linear{5, 2}}}, options};
}

struct Pairs {
  Matrix<double> y, x;
  explicit Pairs(Index n) : y(testing::normal_batch(2, n, 1)), x(testing::normal_batch(3, n, 2)) {}
  Batch<double> batch() const { return {y, {}, x}; }
};

}  // namespace

TEST_CASE("regression: the gradient of the whole step is exact, of any loss", "[regression]") {
  const Pairs pairs(4);
  for (const auto loss : {mse_mean<double>, l1_mean<double>, mse<double>}) {
    auto model = small({.loss = loss, .optimizer = descent});
    model.prepare(4);
    CHECK(gradient_error(model, pairs.batch(), {}, "loss", 0) < testing::tolerance::derivative);
  }
}

TEST_CASE("a step of a regression is PyTorch's", "[regression][golden]") {
  const Golden goldens = testing::load_golden("models/regression");
  for (const std::string name : {"squared", "absolute"}) {
    CAPTURE(name);
    const Golden c = goldens[name];
    auto model = small(
        {.loss = name == "squared" ? mse_mean<double> : l1_mean<double>, .optimizer = Sgd{c.number("rate")}});
    c["before"].fill(model.network().parameters(), "network");
    c["before_buffers"].fill(model.network().buffers(), "network");
    const Matrix<double> x = c.batch<double>("x"), y = c.batch<double>("y");
    model.prepare(4);
    CHECK(std::abs(model.train_step({y, {}, x}, {})["loss"] - c.number("loss")) < testing::tolerance::golden);
    for (const auto& [got, key] : {std::pair(model.network().parameters(), "network"),
                                   std::pair(model.network().buffers(), "network_buffers")})
      CHECK(testing::relative_error(memory_of(got), memory_of(c[key].arena(got, "network"))) <
            testing::tolerance::golden);
  }
}

TEST_CASE("regression: a step in parts is the step of the whole batch", "[regression]") {
  const Pairs pairs(5);
  a_step_in_parts_is_the_whole(small({.optimizer = descent}, false), pairs.batch());
}

TEST_CASE("regression: evaluation learns nothing and measures predictions", "[regression]") {
  const Pairs pairs(4);
  auto model = small({});
  model.prepare(4);
  model.train_step(pairs.batch(), {});
  const auto before = bytes_of_learners(model);
  const double loss = model.evaluate(pairs.batch(), {})["loss"];
  CHECK(bytes_of_learners(model) == before);
  CHECK(std::abs(loss - (model.translate(pairs.x) - pairs.y).array().square().mean()) < 1e-12);
  CHECK(best_figure(model)->view() == "loss");
  CHECK_FALSE(model.sample_range());
  const Regression<double> bounded{Sequential{Linear{3, 2}, Sigmoid{}}};
  CHECK(*bounded.sample_range() == ValueRange{0, 1});
  CHECK(bounded.setup_warnings(pairs.batch(), {-1, 1}).size() == 1);
  CHECK(bounded.setup_warnings(pairs.batch(), {0, 1}).empty());
}

TEST_CASE("regression: what it cannot learn from is refused with what to do", "[regression]") {
  const Pairs pairs(3);
  auto model = small({});
  refuses<StateError>([&] { model.train_step(pairs.batch(), {}); }, {"Regression", "prepare(3)"});
  model.prepare(3);
  refuses<ConfigError>([&] { model.train_step({pairs.y, {}}, {}); }, {"no conditions", "with_conditions"});
  refuses<ShapeError>([&] { model.evaluate({pairs.y, {}, pairs.y}, {}); }, {"3 × 3", "got 2 × 3"});
  refuses<ConfigError>(
      [] {
        Regression<float>{Conv2d{1, 2, {.kernel = 1}}};
      },
      {".source = Shape{1, 28, 28}"});
  refuses<ConfigError>([] { Regression<float>(Linear{2, 2}, {.loss = nullptr}); }, {"a loss"});
  auto taken = std::move(model);
  CHECK_THROWS_AS(model.translate(pairs.x), StateError);
  CHECK_NOTHROW(taken.translate(pairs.x));
}

namespace {

Regression<float> wide() {
  return Regression<float>{
      Sequential{Conv2d{2, 16, {.kernel = 3, .padding = 1}}, BatchNorm{16}, LeakyRelu{0.2}, Dropout{0.5},
                 Conv2d{16, 2, {.kernel = 3, .padding = 1}}},
      {.source = Shape{2, 16, 16}, .ema_decay = 0.9}};
}

}  // namespace

TEST_CASE("regression: the same bits on any number of threads", "[regression][threads]") {
  const Matrix<float> y = testing::uniform_batch<float>(512, 24, 1),
                      x = testing::uniform_batch<float>(512, 24, 2);
  same_bits_on_any_number_of_threads([] { return wide(); }, {y, {}, x});
}

TEST_CASE("regression: no step after the first allocates", "[regression][allocation]") {
  const Matrix<float> y = testing::uniform_batch<float>(512, 24, 1),
                      x = testing::uniform_batch<float>(512, 24, 2);
  no_step_after_the_first_allocates([] { return wide(); }, {y, {}, x});
}
