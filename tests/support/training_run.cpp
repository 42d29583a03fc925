// A training run to be killed, starved and interrupted by the tests of faults:
//   training_run FOLDER MODEL EPOCHS THREADS [resume] [loop]
// saves a checkpoint after every step and prints what the model became. With `loop` it makes a fit of every
// epoch. Exit codes: 0 done, 1 an error, 130 interrupted.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "eigenerate/training/callbacks/checkpoints.hpp"
#include "eigenerate/training/training.hpp"
#include "support/model_hash.hpp"
#include "support/small_models.hpp"

using namespace eigenerate;

namespace {

struct Report {
  template <class M>
  void on_step_end(const StepRecord& record, M&, StopRequest&) {
    fmt::print("step {}\n", record.step);
    std::fflush(stdout);
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const std::string folder = argv[1], wanted = argv[2];
  set_num_threads(std::atoi(argv[4]));
  const auto has = [&](const char* word) {
    return std::any_of(argv + 5, argv + argc,
                       [&](const char* argument) { return std::string(argument) == word; });
  };
  const int epochs = std::atoi(argv[3]), fits = has("loop") ? epochs : 1;
  int code = 2;
  try {
    support::for_each_small_model([&](const std::string& name, auto&& make) {
      if (name != wanted) return;
      auto model = make();
      const Dataset data = support::small_images();
      Trainer trainer{
          {.epochs = epochs / fits, .batch_size = 16, .seed = 4, .schedule = StepSchedule{7, 0.5}},
          Report{},
          StopOnInterrupt{},
          EarlyStopping{{.metric = support::followed_figure(model), .patience = 1000}},
          Checkpoints{
              folder,
              {.resume = has("resume"), .every_steps = 1, .metric = support::followed_figure(model)}}};
      FitResult result;
      for (int i = 0; i < fits && result.stop_reason.empty(); ++i) result = trainer.fit(model, data, data);
      code = result.stop_reason == StopOnInterrupt::reason ? 130 : 0;
      fmt::print("epochs {} loss {} hash {:016x}\n", result.epochs,
                 result.last_epoch ? result.last_epoch->train["loss"] : 0.0, support::model_hash(model));
    });
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return code;
}
