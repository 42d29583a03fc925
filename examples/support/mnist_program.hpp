#pragma once
// What the MNIST programs share: how they find data, what they report and how they end.

#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/weights.hpp>
#include <eigenerate/training/callbacks/checkpoints.hpp>
#include <eigenerate/training/callbacks/json_lines.hpp>
#include <eigenerate/training/callbacks/sample_grid.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "measures.hpp"
#include "mnist_models.hpp"
#include "mnist_options.hpp"
#include "program.hpp"

namespace examples {

/// Loads what the options name; without `--data`, from the first of the usual places that has images.
inline data::Mnist load_data(const MnistOptions& o, data::PixelRange range) {
  const fs::path examples_data = EIGENERATE_EXAMPLE_DATA_DIR;
  const fs::path repository_data = examples_data.parent_path().parent_path() / "data";
  std::vector<fs::path> places;
  if (fs::is_directory(o.data)) return data::load_mnist(o.data, range);
  if (!o.data.empty())
    places = {o.data};
  else if (o.dataset == "mnist")
    places = {"data/mnist", repository_data / "mnist", examples_data};
  else
    places = {"data/fashion-mnist", repository_data / "fashion-mnist", "/usr/share/datasets/fashion-mnist"};
  std::string tried;
  for (const fs::path& place : places) {
    if (data::find_mnist(place)) return data::load_mnist(place, range);
    tried += "\n  " + place.string();
  }
  throw IoError(fmt::format(
      "no data set '{}'; tried{}\nFetch it with\n  {}\nor name its folder with --data", o.dataset, tried,
      o.dataset == "mnist" ? "examples/fetch_mnist.sh" : "apt install dataset-fashion-mnist"));
}

inline void report_setting(const MnistOptions& o, const data::Mnist& digits) {
  report("data: {} training and {} test images from {}", digits.train.size(), digits.test.size(),
         fs::path(digits.train.name()).parent_path().string());
  report("setting: {} architecture{}, batches of {}, seed {}, {} threads, {} kernels, {} precision",
         o.architecture, o.labels() ? ", conditional (" + o.conditional + ")" : "", o.batch_size, o.seed,
         num_threads(), kernels::isa_name(kernels::isa()), precision_name(matmul_precision()));
}

/// Says on standard error why training ended early, where it did.
inline ExitCode ending(const FitResult& result) {
  if (result.stop_reason == FitResult::out_of_time)
    fmt::print(stderr, "stopped after step {}: {}\n", result.steps, result.stop_reason);
  if (result.stop_reason != StopOnInterrupt::reason) return success;
  fmt::print(stderr, "interrupted after step {}; everything learned until then is saved, --resume goes on\n",
             result.steps);
  return interrupted;
}

/// The loop that the command line asks for, for so many epochs.
inline TrainerOptions trainer_options(const MnistOptions& o, Index epochs,
                                      const Schedule& schedule = ConstantSchedule{}) {
  return {.epochs = epochs,
          .batch_size = o.batch_size,
          .accumulate = o.accumulate,
          .seed = o.seed,
          .max_seconds = o.max_seconds,
          .schedule = schedule,
          .non_finite = o.policy()};
}

/// Trains with the callbacks that every program has, saves the weights, reports the last epoch and what
/// `measure()` reports, and says how it ended. `description` stands in the weight file.
template <class M, class Measure>
ExitCode train(M& model, const std::map<std::string, std::string>& description, const data::Mnist& digits,
               const MnistOptions& o, const Schedule& schedule, Measure&& measure) {
  if (!o.weights.empty()) load_weights(o.weights, model);
  const fs::path metrics = o.file("metrics.jsonl"), samples = o.file("samples.png");
  const Checkpoints checkpoints{
      o.out, {.resume = o.resume ? Resume::required : Resume::never, .every_steps = o.checkpoint_steps}};
  Trainer trainer{trainer_options(o, o.epochs, schedule),
                  checkpoints,
                  JsonLines{metrics},
                  SampleGrid{samples},
                  StopOnInterrupt{},
                  ProgressBar{!o.quiet}};
  const FitResult result = trainer.fit(model, digits.train, digits.test);
  if (result.last_epoch) {
    std::string line = fmt::format("epoch {}: train loss {:.4f}", result.last_epoch->epoch,
                                   result.last_epoch->train["loss"]);
    if (result.last_epoch->held_out)
      for (const auto& figure : *result.last_epoch->held_out)
        line += fmt::format(", test {} {:.4f}", figure.name.view(), figure.value);
    report("{}, {:.0f} images/s", line, result.last_epoch->images_per_second);
  }
  save_weights(o.weights_file(), model, description);
  measure();
  for (const fs::path& file : {metrics, samples, o.weights_file(), checkpoints.last()})
    report("{}", file.string());
  return ending(result);
}

template <class M>
ExitCode train(M& model, const std::map<std::string, std::string>& description, const data::Mnist& digits,
               const MnistOptions& o, const Schedule& schedule = ConstantSchedule{}) {
  return train(model, description, digits, o, schedule,
               [&] { report_measures(model, digits.test, o.dataset, o.seed, o.file("measures.json")); });
}

/// What all training programs say of themselves.
inline std::string with_exit_codes(const std::string& description) {
  return description +
         "\n\nExit codes: 0 success, 1 run-time error, 2 wrong usage, 3 training diverged, 130 "
         "interrupted (what was learned is saved)";
}

/// Parses the command line of a training program, whose options `add(app, options)` declares, and runs
/// `body(options)`.
template <class Options, class Add, class F>
int run_mnist_program(int argc, char** argv, const std::string& description, Options options, Add&& add,
                      F&& body) {
  if (const auto code = parse_options(argc, argv, with_exit_codes(description), options, add)) return *code;
  return run_guarded([&] {
    if (options.threads > 0) set_num_threads(options.threads);
    set_matmul_precision(matmul_precision_of(options.precision));
    prepare_output_folder(options.out);
    prepare_output_file(options.weights_file());
    return body(std::as_const(options));
  });
}

}  // namespace examples
