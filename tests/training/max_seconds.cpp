// The time of a fit. No wall clock is judged but in the one direction that is certain: who sleeps for a while
// has not taken less.

#include <chrono>
#include <cmath>
#include <thread>

#include "eigenerate/training/callbacks/checkpoints.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/stop_at.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;
using support::StopAt;

namespace {

/// A model of which a step takes at least 20 ms.
struct SlowModel : CountingModel {
  StepMetrics train_step(const Batch<float>& batch, const StepContext& context) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return CountingModel::train_step(batch, context);
  }
};

/// What the Trainer knows of the time at the last save.
struct Watch {
  RunState* state;
  bool wants_state(const FitPlan&, const RunState&, const StopRequest&) const { return true; }
  template <class M>
  void on_state(const FitPlan&, const RunState& now, M&) {
    *state = now;
  }
};

constexpr double long_time = 1e9;

}  // namespace

TEST_CASE("a fit ends after the step in which its time passes max_seconds", "[max seconds]") {
  SlowModel model;
  RunState state;
  const FitResult result = Trainer{{.epochs = 9, .batch_size = 4, .max_seconds = 0.05}, Watch{&state}}.fit(
      model, counting_dataset(1000));
  CHECK(result.stopped);
  CHECK(result.stop_reason == FitResult::out_of_time);
  CHECK(result.steps >= 1);
  CHECK(result.steps <= 3);  // the third step ends after 60 ms at the earliest
  CHECK(model.steps.size() == result.steps);
  CHECK(result.epochs == 0);
  CHECK(state.step == result.steps);  // it was offered to be saved
  CHECK(state.fit_seconds >= 0.05);
  CHECK(state.fit_seconds == state.epoch_seconds);
}

TEST_CASE("a fit with time enough, or without a limit, runs to its end", "[max seconds]") {
  for (const double limit : {0.0, long_time}) {
    CountingModel model;
    const FitResult result =
        Trainer{{.epochs = 3, .batch_size = 4, .max_seconds = limit}}.fit(model, counting_dataset(10));
    CHECK(result.steps == 9);
    CHECK_FALSE(result.stopped);
    CHECK(result.stop_reason.empty());
  }
}

TEST_CASE("an epoch whose last step passes the time is evaluated, and the last one is no stop",
          "[max seconds]") {
  const auto fit = [](Index epochs) {
    SlowModel model;
    return Trainer{{.epochs = epochs, .batch_size = 4, .max_seconds = 0.001}}.fit(model, counting_dataset(4),
                                                                                  counting_dataset(3));
  };
  const FitResult first = fit(5);
  CHECK(first.steps == 1);
  CHECK(first.epochs == 1);
  CHECK(first.last_epoch->held_out.has_value());
  CHECK(first.stop_reason == FitResult::out_of_time);
  const FitResult only = fit(1);
  CHECK(only.epochs == 1);
  CHECK_FALSE(only.stopped);
}

TEST_CASE("the next fit has its time anew", "[max seconds]") {
  SlowModel model;
  Trainer trainer{{.epochs = 9, .batch_size = 4, .max_seconds = 0.001}};
  for (std::uint64_t fits = 1; fits <= 3; ++fits)
    CHECK(trainer.fit(model, counting_dataset(1000)).steps == fits);
}

TEST_CASE("a resumed fit has the time that it had not used", "[max seconds]") {
  const support::TemporaryFolder folder;
  const auto fit = [&](Index epochs, double limit, std::uint64_t stop_after) {
    SlowModel model;
    return Trainer{{.epochs = epochs, .batch_size = 4, .max_seconds = limit},
                   StopAt{stop_after},
                   Checkpoints{folder.path(), {.resume = true}}}
        .fit(model, counting_dataset(1000));
  };
  // 20 ms are used at least, of 50: two steps are left at most.
  CHECK(fit(9, 0.05, 1).steps == 1);
  const FitResult resumed = fit(9, 0.05, 0);
  CHECK(resumed.steps <= 3);
  CHECK(resumed.stop_reason == FitResult::out_of_time);
  // Started again, the program has nothing to do and says why.
  const FitResult again = fit(9, 0.05, 0);
  CHECK(again.steps == resumed.steps);
  CHECK(again.stop_reason == FitResult::out_of_time);
  // More time goes on.
  CHECK(fit(9, long_time, resumed.steps + 2).steps == resumed.steps + 2);
}

TEST_CASE("a program of two fits that is started again goes on in the second", "[max seconds]") {
  const support::TemporaryFolder folder;
  const auto program = [&](int fits) {
    SlowModel model;
    Trainer trainer{{.epochs = 9, .batch_size = 4, .max_seconds = 0.001},
                    Checkpoints{folder.path(), {.resume = true}}};
    std::vector<std::uint64_t> steps;
    for (int i = 0; i < fits; ++i) steps.push_back(trainer.fit(model, counting_dataset(1000)).steps);
    return steps;
  };
  CHECK(program(2) == std::vector<std::uint64_t>{1, 2});
  // Both are over; a third one has its own time.
  CHECK(program(3) == std::vector<std::uint64_t>{2, 2, 3});
}

TEST_CASE("a step that is skipped or rolled back takes its time", "[max seconds]") {
  for (const NonFinitePolicy policy : {NonFinitePolicy::SkipStep, NonFinitePolicy::Rollback}) {
    SlowModel model;
    int failures = 0;
    model.loss = [&](std::uint64_t) { return ++failures <= 3 ? std::nan("") : 1.0; };
    const FitResult result =
        Trainer{{.epochs = 9, .batch_size = 4, .max_seconds = 0.07, .non_finite = policy}}.fit(
            model, counting_dataset(1000));
    CHECK(model.steps.size() == 4);  // three that failed and one, 80 ms at least
    CHECK(result.stop_reason == FitResult::out_of_time);
  }
}

TEST_CASE("every step knows which part of the run is over", "[trainer]") {
  const auto progress_of = [](Index epochs, int fits) {
    CountingModel model;
    Trainer trainer{{.epochs = epochs, .batch_size = 5}};
    std::vector<double> progress;
    for (int i = 0; i < fits; ++i) trainer.fit(model, counting_dataset(10));
    for (const StepContext& context : model.steps) progress.push_back(context.progress);
    return progress;
  };
  CHECK(progress_of(2, 1) == std::vector<double>{0, 0.25, 0.5, 0.75});
  // A run of two fits is as long as it is known to be.
  CHECK(progress_of(1, 2) == std::vector<double>{0, 0.5, 0.5, 0.75});
  CHECK(FitPlan{.epochs = 2, .steps_per_epoch = 2}.progress(9) == 1);
  CHECK(FitPlan{}.progress(0) == 1);
}
