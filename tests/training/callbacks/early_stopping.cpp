#include "eigenerate/training/callbacks/early_stopping.hpp"

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
