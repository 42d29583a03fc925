#include "eigenerate/training/callbacks/stop_on_interrupt.hpp"

#include <csignal>

#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;

namespace {

volatile std::sig_atomic_t own_signals = 0;
void own_handler(int) {
  own_signals = own_signals + 1;
}

struct RaiseAt {
  std::uint64_t step;
  int signal;
  template <class M>
  void on_step_end(const StepRecord& r, M&, StopRequest&) {
    if (r.step == step) std::raise(signal);
  }
};

}  // namespace

TEST_CASE("a signal ends training after the present step, and the old handler comes back", "[interrupt]") {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, own_handler);
    own_signals = 0;
    CountingModel model;
    const FitResult result =
        Trainer{{.epochs = 5, .batch_size = 4}, RaiseAt{4, signal}, StopOnInterrupt{}}.fit(
            model, counting_dataset(10));
    CHECK(result.stop_reason == StopOnInterrupt::reason);
    CHECK(result.steps == 4);
    CHECK(own_signals == 0);
    std::raise(signal);
    CHECK(own_signals == 1);
    // A later fit starts afresh.
    CHECK(Trainer{{.epochs = 1, .batch_size = 4}, StopOnInterrupt{}}
              .fit(model, counting_dataset(10))
              .stop_reason.empty());
    std::signal(signal, SIG_DFL);
  }
}

TEST_CASE("the old handler comes back when a fit throws", "[interrupt]") {
  std::signal(SIGINT, own_handler);
  own_signals = 0;
  CountingModel model;
  model.loss = [](std::uint64_t) { return std::numeric_limits<double>::quiet_NaN(); };
  Trainer trainer{{.epochs = 1, .batch_size = 4}, StopOnInterrupt{}};
  for (int fits = 1; fits <= 2; ++fits) {
    CHECK_THROWS_AS(trainer.fit(model, counting_dataset(4)), DivergenceError);
    std::raise(SIGINT);
    CHECK(own_signals == fits);
  }
  CHECK_THROWS_AS(trainer.fit(model, Dataset{"wide", {2}, Matrix<float>::Zero(2, 3)}, counting_dataset(3)),
                  ShapeError);
  std::raise(SIGINT);
  CHECK(own_signals == 3);
  std::signal(SIGINT, SIG_DFL);
}
