#include "eigenerate/models/pixel_cnn.hpp"

#include <cmath>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/training/training.hpp"
#include "models/faulty_layer.hpp"
#include "models/model_step.hpp"
#include "models/resumption.hpp"
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

/// 1×2×3 with 4 categories.
auto conditional_network() {
  return Sequential{MaskedConv2d{4, 3, {.sees_center = false}}, Modulate{}, Tanh{}, MaskedConv2d{3, 4}};
}
PixelCnnOptions small_options(Optimizer optimizer = descent) {
  return {.sample = Shape{1, 2, 3}, .categories = 4, .optimizer = optimizer, .seed = 3};
}
PixelCnn<double> small(Index classes, Optimizer optimizer = descent) {
  PixelCnnOptions options = small_options(optimizer);
  options.classes = classes;
  if (classes > 0) return {conditional_network(), options};
  return {Sequential{MaskedConv2d{4, 3, {.sees_center = false}}, Tanh{}, MaskedConv2d{3, 4}}, options};
}

Matrix<double> categories(Index rows, Index n, Index count, std::uint64_t lane) {
  return (testing::uniform_batch(rows, n, lane) * static_cast<double>(count)).array().floor();
}

}  // namespace

TEST_CASE("PixelCnn: the gradient of a whole step is exact", "[pixel_cnn]") {
  const Matrix<double> x = categories(6, 4, 4, 1);
  const std::vector<int> labels{0, 2, 1, 1};
  for (const Index classes : {0, 3}) {
    auto model = small(classes);
    model.prepare(4);
    CHECK(gradient_error(model, {x, labels}, context, "loss", 0) < testing::tolerance::derivative);
  }
}

TEST_CASE("a PixelCnn's step is PyTorch's", "[pixel_cnn][golden]") {
  for (const Golden& c : testing::load_golden("models/pixel_cnn").cases()) {
    CAPTURE(c.path());
    auto model = small(c.integer("classes"));
    c["network"].fill(model.network().parameters(), "pixel_cnn");
    const Vector<double> before = memory_of(model.network().parameters());
    const Matrix<double> x = c.batch<double>("x");
    const auto labels = c.list<int>("labels");
    model.prepare(4);
    const auto log_p = model.log_likelihood(x, c.integer("classes") > 0 ? labels : std::vector<int>{});
    const auto expected = c.list("log_p");
    for (std::size_t i = 0; i < 4; ++i)
      CHECK(std::abs(log_p[i] - expected[i]) < testing::tolerance::golden * std::abs(log_p[i]));
    const StepMetrics m = model.train_step({x, labels}, context);
    CHECK(std::abs(m["loss"] - c.number("loss")) < testing::tolerance::golden * c.number("loss"));
    CHECK(testing::relative_error(before - memory_of(model.network().parameters()),
                                  memory_of(c["gradients"].arena(model.network().parameters(),
                                                                 "pixel_cnn"))) < testing::tolerance::golden);
  }
}

TEST_CASE("PixelCnn: the probabilities of all images are 1 together, and those of its samples",
          "[pixel_cnn]") {
  // 3 categories at 1×2×2.
  PixelCnn<double> model{
      Sequential{MaskedConv2d{3, 6, {.sees_center = false}}, Modulate{}, Tanh{}, MaskedConv2d{6, 3}},
      {.sample = Shape{1, 2, 2}, .categories = 3, .classes = 2, .seed = 5}};
  for (const Segment& s : model.network().parameters().segments()) model.network().parameters()[s.name] *= 3;
  Matrix<double> all(4, 81);
  for (Index j = 0; j < 81; ++j)
    for (Index i = 0, rest = j; i < 4; ++i, rest /= 3) all(i, j) = static_cast<double>(rest % 3);
  const Index n = 4000;
  for (const int label : {0, 1}) {
    const std::vector<int> labels(81, label), wanted(n, label);
    const auto log_p = model.log_likelihood(all, labels);
    double total = 0;
    for (const double l : log_p) total += std::exp(l);
    CHECK(std::abs(total - 1) < 1e-12);

    const Matrix<double> drawn = model.sample(wanted, Seed{static_cast<std::uint64_t>(7 + label)});
    for (Index j = 0; j < 81; ++j) {
      const double p = std::exp(log_p[static_cast<std::size_t>(j)]);
      const auto share =
          static_cast<double>((drawn.colwise() - all.col(j)).colwise().squaredNorm().cwiseEqual(0).count()) /
          static_cast<double>(n);
      CHECK(std::abs(share - p) <
            testing::tolerance::standard_errors * std::sqrt(p * (1 - p) / static_cast<double>(n)));
    }
    CHECK(drawn == model.sample(wanted, Seed{static_cast<std::uint64_t>(7 + label)}));
    CHECK(drawn != model.sample(wanted, Seed{99}));
  }
}

TEST_CASE("PixelCnn learns what is certain", "[pixel_cnn]") {
  // The label at the first pixel, which only the condition tells; each next one is one more.
  Matrix<float> x(6, 40);
  std::vector<int> labels;
  for (Index j = 0; j < 40; ++j) {
    labels.push_back(static_cast<int>(j % 3));
    for (Index i = 0; i < 6; ++i) x(i, j) = static_cast<float>((j % 3 + i) % 4);
  }
  PixelCnnOptions options = small_options(Adam{3e-2});
  options.classes = 3;
  PixelCnn model{conditional_network(), options};
  Trainer trainer{{.epochs = 200, .batch_size = 20, .seed = 6}};
  const FitResult fit = trainer.fit(model, Dataset("sequences", {1, 2, 3}, x, labels, 3));
  CHECK(fit.last_epoch->train["loss"] < 0.1);
  CHECK(model.sample(labels, Seed{1}) == x);
}

TEST_CASE("PixelCnn: a step in parts is the step of the whole batch, evaluation learns nothing",
          "[pixel_cnn]") {
  const Matrix<double> x = categories(6, 5, 4, 1);
  auto whole = small(0), parts = small(0);
  whole.prepare(5);
  parts.prepare(2, 5);
  const auto before = bytes_of_learners(whole);
  const StepMetrics expected = whole.evaluate({x, {}}, context);
  CHECK(bytes_of_learners(whole) == before);
  CHECK(std::abs(whole.train_step({x, {}}, context)["loss"] - expected["loss"]) < 1e-12);
  const StepMetrics got = parts.train_step({x, {}}, {.step = 2, .seed = 9, .part_size = 2});
  CHECK(std::abs(got["loss"] - expected["loss"]) < 1e-12);
  CHECK(testing::relative_error(memory_of(parts.network().parameters()),
                                memory_of(whole.network().parameters())) < 1e-12);
  CHECK(joined_names(whole.figures()) == "loss");
}

TEST_CASE("PixelCnn: what is not autoregressive is refused, and what else does not fit", "[pixel_cnn]") {
  const auto build = [](AnyLayer<float> network, PixelCnnOptions options = small_options()) {
    return [=] { PixelCnn<float>(network, options); };
  };
  const MaskedConv2d first{4, 4, {.sees_center = false}};
  CHECK_NOTHROW(build(Sequential{first, Conv2d{4, 4, {.kernel = 1}}})());
  refuses<ConfigError>(build(MaskedConv2d{4, 4}), {"PixelCnn", "pixel 0 sees itself", "MaskedConv2d"});
  refuses<ConfigError>(build(Sequential{first, Conv2d{4, 4, {.padding = 1}}}), {"PixelCnn", "sees itself"});
  refuses<ConfigError>(build(Sequential{first, BatchNorm{4}}), {"PixelCnn", "BatchNorm"});
  refuses<ShapeError>(build(MaskedConv2d{4, 3, {.sees_center = false}}), {"PixelCnn", "4×2×3", "3×2×3"});
  PixelCnnOptions labelled = small_options();
  labelled.classes = 3;
  refuses<ConfigError>(build(first, labelled), {"PixelCnn", "Modulate"});
  CHECK_NOTHROW(build(Sequential{first, Modulate{}}, labelled)());
  PixelCnnOptions colored = small_options();
  colored.sample = {3, 2, 3};
  refuses<ConfigError>(build(first, colored), {"one channel", "3×2×3"});
  PixelCnnOptions single = small_options();
  single.categories = 1;
  refuses<ConfigError>(build(first, single), {"categories", "got 1"});

  auto model = small(3);
  const Matrix<double> x = categories(6, 2, 4, 1);
  const std::vector<int> labels{0, 1};
  refuses<StateError>([&] { model.train_step({x, labels}, {}); }, {"PixelCnn", "prepare(2)"});
  model.prepare(2);
  refuses<ShapeError>([&] { model.train_step({x, {}}, {}); }, {"PixelCnn", "2 labels"});
  const auto before = bytes_of_learners(model);
  for (const double wrong : {4.0, -1.0, 0.5, std::nan("")}) {
    Matrix<double> other = x;
    other(3, 1) = wrong;
    refuses<ConfigError>([&] { model.train_step({other, labels}, {}); }, {"categories in [0, 4)"});
  }
  CHECK(bytes_of_learners(model) == before);
  refuses<ConfigError>([&] { model.require_values({0, 4}, "data"); }, {"data", "Categorical"});
  refuses<ConfigError>([&] { model.sample(0); }, {"at least one sample"});
  refuses<ShapeError>([&] { model.sample(3); }, {"PixelCnn", "3 labels"});

  auto taken = std::move(model);
  CHECK_THROWS_AS(model.train_step({x, labels}, {}), StateError);
  CHECK_NOTHROW(taken.log_likelihood(x, labels));
}

TEST_CASE("PixelCnn: a step that fails leaves everything as it was", "[pixel_cnn]") {
  FaultyLayer faulty;
  PixelCnn<float> model{Sequential{MaskedConv2d{4, 4, {.sees_center = false}}, faulty}, small_options()};
  const Matrix<float> x = categories(6, 5, 4, 1).cast<float>();
  model.prepare(5);
  model.train_step({x, {}}, {});
  const auto before = bytes_of_learners(model);
  faulty.fault->forward = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(model.train_step({x, {}}, {.step = 1}), DivergenceError);
  CHECK(bytes_of_learners(model) == before);
}

namespace {

/// Wide enough for several threads.
PixelCnn<float> wide() {
  return {Sequential{MaskedConv2d{8, 32, {.kernel = 5, .sees_center = false}}, Relu{}, Dropout{0.1},
                     Residual{Sequential{MaskedConv2d{32, 32}, Relu{}}}, MaskedConv2d{32, 8, {.kernel = 1}}},
          {.sample = Shape{1, 8, 8}, .categories = 8, .ema_decay = 0.9, .seed = 5}};
}

}  // namespace

TEST_CASE("PixelCnn: the same bits on any number of threads", "[pixel_cnn][threads]") {
  const Matrix<float> x = categories(64, 24, 8, 1).cast<float>();
  same_bits_on_any_number_of_threads([] { return wide(); }, {x, {}});
}

TEST_CASE("PixelCnn: no step after the first allocates", "[pixel_cnn][allocation]") {
  const Matrix<float> x = categories(64, 24, 8, 1).cast<float>();
  no_step_after_the_first_allocates([] { return wide(); }, {x, {}});
}

TEST_CASE("PixelCnn: a run that was stopped and resumed ends with the bits of one that was not",
          "[pixel_cnn][resume]") {
  const Dataset data("categories", {1, 8, 8}, categories(64, 40, 8, 1).cast<float>());
  a_resumed_run_is_the_whole_one([] { return wide(); }, data);
}
