#include "eigenerate/training/callbacks/early_stopping.hpp"

#include <cmath>
#include <concepts>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;

namespace {

/// Held-out losses 5, 3, 4, 3.5, 3.2, …: the best epoch is the second.
CountingModel wavering_model() {
  CountingModel model;
  model.held_out_loss = [](int i) { return i == 1 ? 5.0 : i == 2 ? 3.0 : 4.0 - 0.1 * i; };
  return model;
}

}  // namespace

TEST_CASE("early stopping waits its patience out and restores the best weights", "[early stopping]") {
  auto model = wavering_model();
  Trainer trainer{{.epochs = 9, .batch_size = 5}, EarlyStopping{{.patience = 2}}};
  const FitResult result = trainer.fit(model, counting_dataset(10), counting_dataset(2));
  CHECK(result.epochs == 4);
  CHECK(result.stop_reason == EarlyStopping::reason);
  CHECK(trainer.callback<EarlyStopping>().best() == 3.0);
  CHECK(trainer.callback<EarlyStopping>().best_epoch() == 2);
  // The bias holds the number of the last step that trained it: the fourth, 3, of the second epoch.
  CHECK(model.learner.network.parameters()["counting.bias"](0) == 3);
}

TEST_CASE("early stopping can leave the last weights, and watches any metric", "[early stopping]") {
  auto model = wavering_model();
  Trainer keep{{.epochs = 9, .batch_size = 5}, EarlyStopping{{.patience = 2, .restore_best = false}}};
  keep.fit(model, counting_dataset(10), counting_dataset(2));
  CHECK(model.learner.network.parameters()["counting.bias"](0) == 7);
  Trainer constant{{.epochs = 9, .batch_size = 5}, EarlyStopping{{.metric = "extra", .patience = 1}}};
  CHECK(constant.fit(model, counting_dataset(10), counting_dataset(2)).epochs == 2);
}

TEST_CASE("early stopping knows no best value before the first one", "[early stopping]") {
  // No number stands for none: under -ffast-math an infinity does not.
  CHECK_FALSE(EarlyStopping{}.best());
  CountingModel model;
  model.held_out_loss = [](int) { return 1e300; };
  Trainer trainer{{.epochs = 2, .batch_size = 5}, EarlyStopping{{.min_delta = 1e300}}};
  trainer.fit(model, counting_dataset(10), counting_dataset(2));
  CHECK(trainer.callback<EarlyStopping>().best() == 1e300);
  CHECK(trainer.callback<EarlyStopping>().best_epoch() == 1);
}

TEST_CASE("early stopping needs figures to watch", "[early stopping]") {
  CountingModel model;
  CHECK_THROWS_AS((Trainer{{.epochs = 2}, EarlyStopping{}}.fit(model, counting_dataset(4))), ConfigError);
  const std::string message = support::error_of<ConfigError>([&] {
    Trainer{{.epochs = 2}, EarlyStopping{{.metric = "fid"}}}.fit(model, counting_dataset(4),
                                                                 counting_dataset(2));
  });
  CHECK(message ==
        "EarlyStopping: no figure named 'fid' in an evaluation of this model, which reports loss, extra");
  CHECK(model.steps.empty());
  CHECK_THROWS_AS(EarlyStopping{{.patience = 0}}, ConfigError);
}

namespace {

/// Sees what the callbacks remember at the last save.
struct Listen {
  CallbackNumbers* last;
  bool wants_state(const FitPlan&, const RunState&, const StopRequest&) const { return true; }
  template <class M>
  void on_state(const FitPlan&, const RunState& state, M&) {
    *last = state.callbacks;
  }
};

/// An evaluation callback whose figure falls until the second epoch.
struct Ruler {
  std::vector<MetricName> measured_figures() const { return {"distance"}; }
  template <class M>
  void on_evaluate(const EpochRecord& record, M&, StepMetrics& figures) {
    figures.set("distance", std::abs(static_cast<double>(record.epoch) - 2));
  }
};

}  // namespace

TEST_CASE("early stopping of a GAN must be told a figure, and its loss is none", "[early stopping]") {
  const auto message = [](EarlyStoppingOptions options, auto... more) {
    Gan gan{Sequential{Linear{2, 4}}, Sequential{Linear{4, 1}}};
    const Dataset data("constant", {4}, Matrix<float>::Constant(4, 8, 0.5f));
    return support::error_of<ConfigError>([&] {
      Trainer{{.epochs = 1}, EarlyStopping{options}, more...}.fit(gan, data, data);
    });
  };
  CHECK(
      message({}) ==
      "EarlyStopping: no figure says how good this model is; name one in .metric, or add a callback that measures one "
      "(on_evaluate). There are loss, discriminator_loss, generator_loss");
  CHECK(
      message({.metric = "loss"}) ==
      "EarlyStopping: the loss of this model does not tell how good its samples are, so no epoch is the best by it; name "
      "another figure, or add a callback that measures one (on_evaluate). There are loss, discriminator_loss, "
      "generator_loss");
  CHECK(support::contains(message({.metric = "fid"}), "reports loss, discriminator_loss, generator_loss"));
  CHECK(support::contains(message({.metric = "fid"}, Ruler{}), "generator_loss, distance"));
  Gan gan{Sequential{Linear{2, 4}}, Sequential{Linear{4, 1}}};
  const Dataset data("constant", {4}, Matrix<float>::Constant(4, 8, 0.5f));
  // The figure that a callback measures needs no held-out data.
  Trainer by_ruler{{.epochs = 9}, EarlyStopping{{.patience = 2}}, Ruler{}};
  CHECK(by_ruler.fit(gan, data).epochs == 4);
  CHECK(by_ruler.callback<EarlyStopping>().best_epoch() == 2);
  CHECK(Trainer{{.epochs = 2}, EarlyStopping{{.metric = "generator_loss"}}}.fit(gan, data, data).epochs == 2);
}

TEST_CASE("another figure makes a new beginning", "[early stopping]") {
  CountingModel model;
  EarlyStopping callback{{.patience = 1}};
  FitPlan plan{.held_out_samples = 1, .figures = {"loss", "extra"}, .best_figure = MetricName("loss")};
  StopRequest stop;
  EpochRecord record{.epoch = 1};
  record.held_out.emplace().set("loss", 1);
  record.held_out->set("extra", 7);
  callback.on_fit_begin(plan, model, stop);
  callback.on_epoch_end(record, model, stop);
  CallbackNumbers numbers;
  callback.save_state(numbers);
  EarlyStopping same{{.patience = 1}}, other{{.metric = "extra", .patience = 1}};
  for (EarlyStopping* next : {&same, &other}) {
    next->load_state(numbers);
    next->on_fit_begin(plan, model, stop);
  }
  CHECK(same.best() == 1);
  CHECK_FALSE(other.best());
  other.on_epoch_end(record, model, stop);
  CHECK(other.best() == 7);
}

TEST_CASE("what a checkpoint holds of early stopping is small", "[early stopping]") {
  // A number of values that no other list has.
  Vae vae{Sequential{Linear{30, 4}}, Sequential{Linear{2, 30}}};
  const std::size_t weights = 30 * 4 + 4 + 2 * 30 + 30;
  const Dataset data("constant", {30}, Matrix<float>::Constant(30, 8, 0.5f));
  const auto remembered = [&](bool restore_best) {
    CallbackNumbers last;
    Trainer{{.epochs = 3, .batch_size = 4}, EarlyStopping{{.restore_best = restore_best}}, Listen{&last}}.fit(
        vae, data, data);
    return last;
  };
  std::size_t floats = 0, doubles = 0;
  for (const auto& [name, list] : remembered(true))
    list.visit([&]<Scalar S>(const std::vector<S>& values) {
      (std::same_as<S, float> ? floats : doubles) += values.size();
    });
  CHECK(doubles == 3);
  CHECK(floats >= weights);
  CHECK(floats < weights + 64);  // arenas are padded
  CHECK(remembered(false).size() == 1);
}
