#include "eigenerate/training/callbacks/sample_quality.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/testing/not_a_number.hpp"
#include "eigenerate/training/callbacks/early_stopping.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;
using support::contains;
using support::error_of;

namespace {

/// Normal samples of one value, at a place that each step moves by one, or at that of their label.
struct Walker : CountingModel {
  Index labels = 0;
  Matrix<float> at = Matrix<float>::Constant(1, 1, 5);

  Index classes() const { return labels; }
  Matrix<float> sample(Index n, const RandomStream& random) const {
    Matrix<float> x(1, n);
    fill_normal(x.data(), n, random);
    return x.array() + at(0, 0);
  }
  Matrix<float> sample(std::span<const int> of, const RandomStream&) const {
    Matrix<float> x(1, static_cast<Index>(of.size()));
    for (Index i = 0; i < x.cols(); ++i) x(0, i) = static_cast<float>(of[static_cast<std::size_t>(i)]);
    return x;
  }
  StepMetrics train_step(const Batch<float>& batch, const StepContext& context) {
    at(0, 0) -= 1;
    return CountingModel::train_step(batch, context);
  }
  std::optional<std::string_view> best_figure() const { return std::nullopt; }
};

Dataset normal_dataset(Index n) {
  Matrix<float> x(1, n);
  fill_normal(x.data(), n, RandomStream{9});
  return {"normal", {1}, std::move(x)};
}

Matrix<float> same(ConstView<float> x) {
  return x;
}

/// Writes down the figures of every epoch.
struct Listen {
  std::vector<StepMetrics>* epochs;
  template <class M>
  void on_epoch_end(const EpochRecord& record, M&, StopRequest&) {
    epochs->push_back(record.measured);
  }
};

const SampleMeasure mean_difference{"mean_difference", [](ConstView<float> real, ConstView<float> made) {
                                      return std::abs(double{real.mean()} - double{made.mean()});
                                    }};

}  // namespace

TEST_CASE("sample quality is a figure of each epoch, from the same latent vectors", "[sample quality]") {
  std::vector<StepMetrics> epochs;
  Walker model;
  Trainer trainer{
      {.epochs = 4},
      SampleQuality{normal_dataset(400), same, {.samples = 200}, {SampleMeasure::frechet(), mean_difference}},
      Listen{&epochs}};
  trainer.fit(model, counting_dataset(8));
  REQUIRE(epochs.size() == 4);
  for (std::size_t e = 0; e < 4; ++e) {
    const double distance = 4 - static_cast<double>(e);  // of the means
    CHECK(std::abs(epochs[e]["mean_difference"] - distance) < 0.3);
    CHECK(std::abs(epochs[e]["frechet_distance"] - distance * distance) < 0.7 * distance + 0.1);
    if (e > 0) CHECK(std::abs(epochs[e - 1]["mean_difference"] - epochs[e]["mean_difference"] - 1) < 1e-5);
  }
  const auto& floor = trainer.callback<SampleQuality>().floor();
  REQUIRE(floor.size() == 2);
  CHECK(floor[0] > 0);
  CHECK(floor[0] < 0.1);
  CHECK(floor[1] > 0);
}

TEST_CASE("sample quality steers early stopping, with measurements every other epoch", "[sample quality]") {
  std::vector<StepMetrics> epochs;
  Walker model;
  model.at(0, 0) = 6;
  const SampleQuality quality{normal_dataset(200), same, {.samples = 200, .every = 2}};
  CHECK(quality.floor().empty());
  Trainer trainer{
      {.epochs = 40}, quality, EarlyStopping{{.patience = 4, .restore_best = false}}, Listen{&epochs}};
  const FitResult result = trainer.fit(model, counting_dataset(8));
  CHECK(trainer.callback<EarlyStopping>().best_epoch() == 6);  // at 0
  CHECK(result.epochs == 10);
  REQUIRE(epochs.size() == 10);
  for (std::size_t e = 0; e < epochs.size(); ++e)
    CHECK(epochs[e].contains("frechet_distance") == (e % 2 == 1));
  // A fit's last epoch is always measured.
  epochs.clear();
  Walker other;
  Trainer{{.epochs = 3}, quality, Listen{&epochs}}.fit(other, counting_dataset(8));
  CHECK(epochs.back().contains("frechet_distance"));
}

TEST_CASE("a conditional model is judged by as many samples of each label", "[sample quality]") {
  std::vector<StepMetrics> epochs;
  Walker model;
  model.labels = 3;
  const SampleMeasure mean{"mean",
                           [](ConstView<float>, ConstView<float> made) { return double{made.mean()}; }};
  Trainer{{.epochs = 1}, SampleQuality{normal_dataset(9), same, {.samples = 9}, {mean}}, Listen{&epochs}}.fit(
      model, counting_dataset(8));
  CHECK(epochs[0]["mean"] == 1);
}

TEST_CASE("models of the library can be judged", "[sample quality]") {
  const Dataset data("images", {4}, Matrix<float>::Random(4, 40).array().abs());
  std::vector<StepMetrics> epochs;
  const SampleQuality quality{data, same, {.samples = 20}};
  Vae vae{Sequential{Linear{4, 2}}, Sequential{Linear{1, 4}}};
  Trainer{{.epochs = 1}, quality, Listen{&epochs}}.fit(vae, data);
  Gan<double> gan{Sequential{Linear{2, 4}}, Sequential{Linear{4, 1}}};
  Trainer{{.epochs = 1}, quality, Listen{&epochs}}.fit(gan, data);
  CHECK(epochs.size() == 2);
  for (const StepMetrics& e : epochs) CHECK(e["frechet_distance"] > 0);
}

TEST_CASE("what sample quality refuses", "[sample quality]") {
  const Dataset real = normal_dataset(30);
  const auto message = [&](SampleQualityOptions options, std::vector<SampleMeasure> measures,
                           FeatureExtractor features = same) {
    return error_of<ConfigError>([&] { SampleQuality(real, features, options, measures); });
  };
  CHECK(contains(message({.samples = 0}, {mean_difference}), "got 0 and 1"));
  CHECK(contains(message({.every = 0}, {mean_difference}), "at least 1"));
  CHECK(contains(message({}, {}), "at least one measure"));
  CHECK(contains(message({}, {mean_difference}, {}), "function"));
  CHECK(contains(message({}, {mean_difference, mean_difference}), "'mean_difference'"));
  Walker model;
  CHECK(contains(
      error_of<ShapeError>([&] {
        Trainer{{.epochs = 1}, SampleQuality{real, same, {.samples = 31}}}.fit(model, counting_dataset(8));
      }),
      "31 samples"));
  const Dataset wide("wide", {2}, Matrix<float>::Zero(2, 40));
  CHECK(contains(
      error_of<ShapeError>([&] {
        Trainer{{.epochs = 1}, SampleQuality{wide, same, {.samples = 20}}}.fit(model, counting_dataset(8));
      }),
      "SampleQuality: the model makes samples of 1 values"));
  const auto broken = [](ConstView<float> x) -> Matrix<float> {
    return x.cols() == 20 && x.mean() > 3 ? Matrix<float>::Constant(1, 20, testing::not_a_number<float>())
                                          : Matrix<float>(x);
  };
  CHECK(contains(
      error_of<DivergenceError>([&] {
        Trainer{{.epochs = 1}, SampleQuality{real, broken, {.samples = 20}}}.fit(model, counting_dataset(8));
      }),
      "are not finite"));
}

TEST_CASE("a callback measures all that it has announced or nothing", "[sample quality]") {
  struct Other {
    std::vector<const char*> measured;
    std::vector<MetricName> measured_figures() const { return {"one", "other"}; }
    void on_evaluate(const EpochRecord&, Walker&, StepMetrics& figures) {
      for (const char* name : measured) figures.set(name, 1);
    }
  };
  const auto message = [](std::vector<const char*> measured) {
    Walker model;
    return error_of<StateError>([&] {
      Trainer{{.epochs = 1}, Other{measured}}.fit(model, counting_dataset(8));
    });
  };
  CHECK(message({"one", "other"}).empty());
  CHECK(message({}).empty());
  CHECK(contains(message({"one"}), "expected one, other, got one"));
  CHECK(contains(message({"one", "other", "third"}), "got one, other, third"));
}
