#include "eigenerate/training/detail/first_look.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/training/callbacks/checkpoints.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;
using support::contains;
using support::error_of;

namespace {

/// A VAE of vectors that are normalized over the batch, deep inside the encoder.
Vae<> normalized_vae() {
  return {Sequential{Linear{6, 8}, Residual{Sequential{Linear{8, 8}, BatchNorm{8}, Relu{}}}, Linear{8, 4}},
          Sequential{Linear{2, 6}}};
}

Dataset vectors(Index n, Index classes = 0) {
  std::vector<int> labels(static_cast<std::size_t>(classes > 0 ? n : 0));
  return {"vectors", {6}, Matrix<float>::Constant(6, n, 0.5f), std::move(labels), classes};
}

}  // namespace

TEST_CASE("what a training pass needs is declared by the layer and folded upwards", "[first look]") {
  const auto least = [](const auto& layer, const Shape& input) {
    return layer.plan(input, "net").least_training_batch;
  };
  CHECK(least(Linear{6, 3}, {6}) == 1);
  CHECK(least(BatchNorm{6}, {6}) == 2);
  CHECK(least(BatchNorm{6}, {6, 1, 2}) == 1);  // two values per channel and sample
  CHECK(least(Sequential{Linear{6, 3}, BatchNorm{3}}, {6}) == 2);
  CHECK(least(AnySequential{{Linear{6, 3}, Residual{Sequential{BatchNorm{3}}}}}, {6}) == 2);
  const LayerPlan plan =
      Sequential{Linear{6, 3}, Residual{Sequential{Relu{}, BatchNorm{3}}}}.plan({6}, "net");
  CHECK(neediest_layer(plan).path == "net.1.block.1");
}

TEST_CASE("a last batch of one sample is refused before training where a layer needs two", "[first look]") {
  auto vae = normalized_vae();
  const std::string message =
      error_of<ConfigError>([&] { Trainer{{.epochs = 1, .batch_size = 8}}.fit(vae, vectors(17)); });
  CHECK(contains(message, "encoder.1.block.1 (BatchNorm): a training batch needs at least 2 samples"));
  CHECK(contains(message, "the last one of an epoch has 1 (17 samples in batches of 8)"));
  CHECK(contains(message, "set drop_last or take another batch size"));
  CHECK_THROWS_AS((Trainer{{.epochs = 1, .batch_size = 1}}.fit(vae, vectors(4))), ConfigError);
  // The advice helps.
  CHECK(Trainer{{.epochs = 2, .batch_size = 8, .drop_last = true}}.fit(vae, vectors(17)).steps == 4);
  CHECK(Trainer{{.epochs = 2, .batch_size = 7}}.fit(vae, vectors(17)).steps == 6);
  // Evaluation has the running statistics: one sample will do, and none is left out.
  CHECK(Trainer{{.epochs = 1, .batch_size = 8}}.fit(vae, vectors(16), vectors(9)).last_epoch->held_out);
}

TEST_CASE("drop_last leaves out the same samples when a run is resumed, and is no other run's",
          "[first look]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  const auto fit = [&](bool drop_last, Index epochs) {
    return Trainer{{.epochs = epochs, .batch_size = 4, .drop_last = drop_last},
                   Checkpoints{folder.path(), {.resume = true}}}
        .fit(model, counting_dataset(10));
  };
  CHECK(fit(true, 2).steps == 4);
  CHECK(model.seen.size() == 16);
  CHECK(contains(error_of<ConfigError>([&] { fit(false, 3); }), "steps per epoch: 2 then, 3 now"));
  CHECK_THROWS_AS((Trainer{{.batch_size = 11, .drop_last = true}}.fit(model, counting_dataset(10))),
                  ConfigError);
}

TEST_CASE("a held-out set that cannot be evaluated is refused before the first step", "[first look]") {
  Vae vae{Linear{6 + 2, 4}, Linear{2 + 2, 6}, {.classes = 2}};
  Index steps = 0;
  struct CountSteps {
    Index* steps;
    void on_step_end(const StepRecord&, Vae<>&, StopRequest&) { ++*steps; }
  };
  Trainer trainer{{.epochs = 1, .batch_size = 4}, CountSteps{&steps}};
  CHECK_THROWS_AS(trainer.fit(vae, vectors(8, 2), vectors(8)), Error);
  CHECK(steps == 0);
  trainer.fit(vae, vectors(8, 2), vectors(8, 2));
  CHECK(steps == 2);
  CountingModel model;
  CHECK(contains(error_of<ConfigError>(
                     [&] { Trainer{{.epochs = 2, .evaluate_every = 2}}.fit(model, counting_dataset(4)); }),
                 "evaluate_every is 2, but fit was given no held-out dataset"));
  CHECK(model.steps.empty());
}

TEST_CASE("a label without a class is found before the first step, however late it comes", "[first look]") {
  Vae vae{Linear{6 + 2, 4}, Linear{2 + 2, 6}, {.classes = 2}};
  std::vector<int> labels(100);
  const auto with_labels = [&] {
    return Dataset{"vectors", {6}, Matrix<float>::Constant(6, 100, 0.5f), labels, 3};
  };
  Trainer trainer{{.epochs = 1, .batch_size = 4}};
  // A class that no sample has is no error.
  CHECK(trainer.fit(vae, with_labels()).steps == 25);
  labels[97] = 2;
  const auto message = [&](auto&&... data) {
    return error_of<ConfigError>([&] { Trainer{{.epochs = 1, .batch_size = 4}}.fit(vae, data...); });
  };
  const std::string expected =
      "vectors: the model has 2 classes, expected labels in [0, 2), got 2 for sample 97";
  CHECK(message(with_labels()) == expected);
  CHECK(message(vectors(8, 2), with_labels()) == expected);
  labels[97] = Dataset::unlabelled;
  CHECK(message(with_labels()) ==
        "vectors: the model learns from labelled samples alone, and sample 97 has no label");
}

TEST_CASE("the figures of an evaluation are known before the first step", "[first look]") {
  CountingModel model;
  model.prepare(4);
  Batches<float> batches(counting_dataset(10), {.batch_size = 4});
  const auto figures = figures_of(model, batches.batch(0, 0), 1);
  REQUIRE(figures.size() == 2);
  CHECK(figures[0].view() == "loss");
  CHECK(figures[1].view() == "extra");
  CHECK(model.steps.empty());
}

namespace {

/// A model whose training reports figures that its evaluation does not.
struct Talkative : CountingModel {
  std::vector<MetricName> figures() const { return names; }
  std::vector<MetricName> names;
};

/// Measures what it is told to.
struct Meter {
  std::vector<MetricName> names;
  std::vector<MetricName> measured_figures() const { return names; }
  template <class M>
  void on_evaluate(const EpochRecord&, M&, StepMetrics& figures) {
    for (const MetricName& name : names) figures.set(name, 1);
  }
};

std::vector<MetricName> numbered(int n) {
  std::vector<MetricName> names;
  for (int i = 0; i < n; ++i) names.push_back(fmt::format("figure {}", i));
  return names;
}

}  // namespace

TEST_CASE("more figures than there is room for are refused before the first step", "[first look]") {
  const auto fit = [](std::vector<MetricName> models, std::vector<MetricName> callbacks) {
    Talkative model;
    model.names = std::move(models);
    const std::string message = error_of<ConfigError>([&] {
      Trainer{{.epochs = 1, .batch_size = 4}, Meter{std::move(callbacks)}}.fit(model, counting_dataset(8));
    });
    CHECK(model.steps.empty());
    return message;
  };
  CHECK(contains(fit(numbered(17), {}),
                 "the figures of this model are 17, there is room for 16: figure 0, figure 1,"));
  CHECK(contains(fit({"loss", "kl", "loss"}, {}), "the figures of this model have 'loss' twice"));
  // Two are the model's own.
  CHECK(contains(fit({}, numbered(15)),
                 "the figures of an evaluation and of callbacks are 17, there is room for 16"));
  CHECK(contains(fit({}, {"extra"}), "the figures of an evaluation and of callbacks have 'extra' twice"));
  Talkative model;
  model.names = numbered(16);
  CHECK(Trainer{{.epochs = 1, .batch_size = 4}, Meter{numbered(14)}}.fit(model, counting_dataset(8)).steps ==
        2);
}
