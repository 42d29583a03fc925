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

TEST_CASE("nothing to resume is a fresh start, or an error where it is required", "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  const Checkpoints required{folder.path(), {.resume = Resume::required}};
  const std::string message = error_of([&] { run(model, required); });
  CHECK(contains(message, required.last().string()));
  CHECK(contains(message, "No such file"));
  CHECK(model.steps.empty());
  CHECK(folder.entries() == 0);
  // The same program, twice.
  for (const std::size_t steps : {9u, 0u}) {
    CountingModel fresh;
    CHECK(run(fresh, Checkpoints{folder.path(), {.resume = true}}).steps == 9);
    CHECK(fresh.steps.size() == steps);
  }
  CountingModel anew;
  run(anew, Checkpoints{folder.path(), {.resume = false}});
  CHECK(anew.steps.size() == 9);
  CountingModel resumed;
  run(resumed, required);
  CHECK(resumed.steps.empty());
}

TEST_CASE("a last checkpoint that is missing beside others is no fresh start", "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  const Checkpoints checkpoints{folder.path(), {.resume = Resume::if_present}};
  run(model, checkpoints);
  fs::remove(checkpoints.last());
  CountingModel resumed;
  const std::string message = error_of([&] { run(resumed, checkpoints); });
  CHECK(contains(message, checkpoints.last().string() + " is missing"));
  CHECK(contains(message, checkpoints.previous().string() + " is there"));
  CHECK(resumed.steps.empty());
  // What cannot be read is there.
  fs::create_symlink(folder / "nowhere", checkpoints.last());
  CHECK(contains(error_of([&] { run(resumed, checkpoints); }), "checkpoint_last.safetensors"));
}

TEST_CASE("two models of one trainer do not go on with each other's checkpoints", "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel first, second;
  Trainer trainer{{.epochs = 3, .batch_size = 4}, Checkpoints{folder.path(), {.resume = true}}};
  trainer.fit(first, counting_dataset(10));
  CHECK(contains(error_of<ConfigError>([&] { trainer.fit(second, counting_dataset(10)); }),
                 "give each a folder of its own"));
  CHECK(second.steps.empty());
  CHECK(trainer.fit(first, counting_dataset(10)).steps == 18);
}

TEST_CASE("what cannot be written is found before the first step", "[checkpoints]") {
  const support::TemporaryFolder folder;
  support::write_bytes(folder / "file", {1});
  CountingModel model;
  CHECK(contains(error_of([&] { run(model, Checkpoints{folder / "file"}); }), "cannot create the folder"));
  fs::create_directories(folder / "taken/checkpoint_best.safetensors");
  CHECK(contains(error_of([&] { run(model, Checkpoints{folder / "taken"}); }),
                 "checkpoint_best.safetensors: cannot write a file there: Is a directory"));
  CHECK(error_of<ConfigError>([&] {
          run(model, Checkpoints{folder / "x", {.metric = "fid"}});
        }) == "Checkpoints: no figure named 'fid' in an evaluation of this model, which reports loss, extra");
  CHECK(model.steps.empty());
  // A missing folder is made.
  run(model, Checkpoints{folder / "missing/below/"});
  CHECK(step_of(folder / "missing/below/checkpoint_last.safetensors") == 9);
}

TEST_CASE("the best of figures of held-out data is no figure of training data", "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel model;  // its training loss is 99 and less
  model.held_out_loss = [](int evaluation) { return 1000.0 - evaluation; };
  const Checkpoints checkpoints{folder.path()};
  Trainer{{.epochs = 3, .batch_size = 4, .evaluate_every = 2}, checkpoints}.fit(model, counting_dataset(10),
                                                                                counting_dataset(3));
  CHECK(step_of(checkpoints.best()) == 9);
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
  const std::string message = error_of([&] { run(resumed, Checkpoints{folder.path(), {.resume = true}}); });
  CHECK(contains(message, "is damaged"));
  CHECK(contains(message, "The one before it is " + checkpoints.previous().string()));
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
