#include "eigenerate/training/callbacks/checkpoints.hpp"

#include <fstream>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/training/callbacks/json_lines.hpp"
#include "eigenerate/training/training.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/stop_at.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;
using support::contains;
using support::error_of;
using support::StopAt;
namespace fs = std::filesystem;

namespace {

/// The step at which a checkpoint of the counting model was made.
std::uint64_t step_of(const fs::path& file) {
  CountingModel model;
  RunState state;
  const Dataset data = counting_dataset(10);
  load_checkpoint(file,
                  {.train_samples = 10,
                   .epochs = 3,
                   .batch_size = 4,
                   .steps_per_epoch = 3,
                   .data_fingerprint = data.fingerprint()},
                  state, model);
  return state.step;
}

template <class... More>
FitResult run(CountingModel& model, Checkpoints checkpoints, More... more) {
  return Trainer{{.epochs = 3, .batch_size = 4}, std::move(checkpoints), more...}.fit(
      model, counting_dataset(10), counting_dataset(3));
}

}  // namespace

TEST_CASE("last, previous and best are what their names say", "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  model.held_out_loss = [](int evaluation) { return evaluation == 2 ? 1.0 : 5.0; };
  const Checkpoints checkpoints{folder.path()};
  run(model, checkpoints);
  CHECK(step_of(checkpoints.last()) == 9);
  CHECK(step_of(checkpoints.previous()) == 6);
  CHECK(step_of(checkpoints.best()) == 6);
  CHECK(folder.entries() == 3);
}

TEST_CASE("the best one is kept however rarely others are saved, and across a resumption", "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  model.held_out_loss = [](int evaluation) { return evaluation == 2 ? 1.0 : 5.0; };
  const Checkpoints rare{folder.path(), {.every_epochs = 100}};
  run(model, rare, StopAt{7});
  CHECK(step_of(rare.best()) == 6);
  CHECK(step_of(rare.last()) == 7);
  CountingModel resumed;
  resumed.held_out_loss = [](int) { return 2.0; };
  const FitResult result = run(resumed, Checkpoints{folder.path(), {.resume = true, .every_epochs = 100}});
  CHECK(result.epochs == 3);
  CHECK(resumed.steps.size() == 2);
  CHECK(step_of(rare.best()) == 6);
  CHECK(step_of(rare.last()) == 9);
}

TEST_CASE("a best checkpoint that a crash left without its name gets it on resumption", "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  model.held_out_loss = [](int evaluation) { return 10.0 - evaluation; };
  const Checkpoints checkpoints{folder.path()};
  run(model, checkpoints);
  fs::remove(checkpoints.best());
  CountingModel resumed;
  run(resumed, Checkpoints{folder.path(), {.resume = true}});
  CHECK(step_of(checkpoints.best()) == 9);
}

TEST_CASE("steps between saves", "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  const Checkpoints checkpoints{folder.path(), {.every_epochs = 100, .every_steps = 2}};
  run(model, checkpoints, StopAt{5});
  CHECK(step_of(checkpoints.last()) == 5);
  // Step 4; at the end of the first epoch its loss was the best so far.
  CHECK(step_of(checkpoints.previous()) == 4);
  CHECK(step_of(checkpoints.best()) == 3);
}

TEST_CASE("nothing to resume is an error, not a fresh start", "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  const Checkpoints checkpoints{folder.path(), {.resume = true}};
  const std::string message = error_of([&] { run(model, checkpoints); });
  CHECK(contains(message, checkpoints.last().string()));
  CHECK(contains(message, "No such file"));
  CHECK(model.steps.empty());
  CHECK(folder.entries() == 0);
}

TEST_CASE("a damaged last checkpoint is refused; the previous one still serves", "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  const Checkpoints checkpoints{folder.path()};
  run(model, checkpoints);
  auto bytes = support::read_bytes(checkpoints.last());
  bytes[bytes.size() - 20] ^= 1;
  fs::remove(checkpoints.last());
  support::write_bytes(checkpoints.last(), bytes);
  CountingModel resumed;
  CHECK(contains(error_of([&] {
                   run(resumed, Checkpoints{folder.path(), {.resume = true}});
                 }),
                 "is damaged"));
  CHECK(resumed.steps.empty());
  fs::copy_file(checkpoints.previous(), checkpoints.last(), fs::copy_options::overwrite_existing);
  CHECK(run(resumed, Checkpoints{folder.path(), {.resume = true}}).steps == 9);
}

TEST_CASE("a resumed fit continues its run log", "[checkpoints]") {
  const support::TemporaryFolder folder;
  const auto lines = [&] {
    std::ifstream in(folder / "log");
    std::string text, line;
    while (std::getline(in, line)) text += line.substr(0, line.find(",\"train_loss")) + "\n";
    return text;
  };
  CountingModel model;
  run(model, Checkpoints{folder.path()}, JsonLines{folder / "log"}, StopAt{7});
  CHECK(lines() == "{\"epoch\":1,\"step\":3\n{\"epoch\":2,\"step\":6\n");
  std::ofstream(folder / "log", std::ios::app) << "{\"epoch\":3,\"step\":9}\n{\"epoch\":2,\"st";
  CountingModel resumed;
  run(resumed, Checkpoints{folder.path(), {.resume = true}}, JsonLines{folder / "log"});
  CHECK(lines() == "{\"epoch\":1,\"step\":3\n{\"epoch\":2,\"step\":6\n{\"epoch\":3,\"step\":9\n");
}

TEST_CASE("options out of range", "[checkpoints]") {
  CHECK_THROWS_AS((Checkpoints{"x", {.every_epochs = 0}}), ConfigError);
  CHECK_THROWS_AS((Checkpoints{"x", {.every_steps = -1}}), ConfigError);
}
