#include "eigenerate/training/callbacks/checkpoints.hpp"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

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

namespace {

/// An evaluation callback whose figure is the least after the second epoch.
struct Ruler {
  std::vector<MetricName> measured_figures() const { return {"distance"}; }
  template <class M>
  void on_evaluate(const EpochRecord& record, M&, StepMetrics& figures) {
    figures.set("distance", std::abs(static_cast<double>(record.epoch) - 2));
  }
};

/// A model that no figure of its own says anything of.
struct Unjudged : CountingModel {
  std::optional<std::string_view> best_figure() const { return std::nullopt; }
};

}  // namespace

TEST_CASE("a model that no figure says anything of has no best epoch, unless a callback measures it",
          "[checkpoints]") {
  const support::TemporaryFolder folder;
  const Dataset data = counting_dataset(10);
  const auto fit = [&](CheckpointsOptions options, auto... more) {
    Unjudged model;
    return Trainer{{.epochs = 3, .batch_size = 4}, Checkpoints{folder.path(), options}, more...}.fit(
        model, data, data);
  };
  const Checkpoints files{folder.path()};
  fit({}, Ruler{});
  CHECK(step_of(files.best()) == 6);
  // What another run left is not this one's best.
  fit({});
  CHECK(step_of(files.last()) == 9);
  CHECK_FALSE(fs::exists(files.best()));
  fit({.metric = "extra"});
  CHECK(step_of(files.best()) == 3);
  fit({.metric = "distance"}, Ruler{});
  CHECK(step_of(files.best()) == 6);
  CHECK(contains(error_of<ConfigError>([&] { fit({.metric = "loss"}, Ruler{}); }),
                 "Checkpoints: the loss of this model does not tell how good its samples are"));
  CHECK(contains(
      error_of<ConfigError>([&] { fit({.metric = "distance"}); }),
      "Checkpoints: no figure named 'distance' in an evaluation of this model, which reports loss, extra"));
}

TEST_CASE("a figure that a callback measures is followed across a resumption, and another one begins anew",
          "[checkpoints]") {
  const support::TemporaryFolder folder;
  const Dataset data = counting_dataset(10);
  const auto fit = [&](std::uint64_t stop_after, CheckpointsOptions options) {
    Unjudged model;
    return Trainer{
        {.epochs = 3, .batch_size = 4}, StopAt{stop_after}, Checkpoints{folder.path(), options}, Ruler{}}
        .fit(model, data, data);
  };
  const Checkpoints files{folder.path()};
  fit(7, {});
  fs::remove(files.best());  // as a crash between two names leaves it
  CHECK(fit(0, {.resume = true}).last_epoch->measured["distance"] == 1);
  CHECK_FALSE(fs::exists(files.best()));  // the last epoch was not the best one
  fit(7, {});
  fit(0, {.resume = true});
  CHECK(step_of(files.best()) == 6);
  fit(7, {});
  fit(0, {.resume = true, .metric = "extra"});
  CHECK(step_of(files.best()) == 9);
}

TEST_CASE("what callbacks measure stands in the run log, and is measured where the held-out set is",
          "[checkpoints]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  Trainer{{.epochs = 5, .batch_size = 4, .evaluate_every = 2}, Ruler{}, JsonLines{folder / "log"}}.fit(
      model, counting_dataset(10));
  std::ifstream in(folder / "log");
  std::string measured;
  for (std::string line; std::getline(in, line);) {
    const auto object = nlohmann::json::parse(line);
    measured += object.contains("distance") ? object["distance"].dump() + " " : "- ";
  }
  CHECK(measured == "- 0.0 - 2.0 3.0 ");
}
