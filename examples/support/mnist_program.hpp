#pragma once
// What the MNIST programs share: their options, how they find data, what they report and how they end.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/training/callbacks/json_lines.hpp>
#include <eigenerate/training/callbacks/sample_grid.hpp>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace examples {

namespace fs = std::filesystem;
using namespace eigenerate;

enum ExitCode { success = 0, runtime_error = 1, wrong_usage = 2, diverged = 3, interrupted = 130 };

struct MnistOptions {
  std::string data;  // empty: the usual places
  std::string dataset = "mnist";
  std::string architecture = "mlp";
  bool conditional = false;
  Index epochs = 10;
  Index batch_size = 128;
  Index latent = 20;
  double learning_rate = 1e-3;
  std::uint64_t seed = 0;
  int threads = 0;  // 0: all cores
  std::string precision = precision_name(MatmulPrecision::highest);
  std::string out;
  bool quiet = false;

  fs::path file(const char* name) const { return fs::path(out) / name; }
  Index classes() const { return conditional ? 10 : 0; }
};

inline void add_options(CLI::App& app, MnistOptions& o) {
  app.add_option("--data", o.data,
                 "Folder with the four IDX files, plain or .gz (default: the full set where "
                 "examples/fetch_mnist.sh puts it, else the digits that come with the examples)");
  app.add_option("--dataset", o.dataset, "Data set")
      ->check(CLI::IsMember({"mnist", "fashion"}))
      ->capture_default_str();
  app.add_option("--architecture", o.architecture, "Networks")
      ->check(CLI::IsMember({"mlp", "conv"}))
      ->capture_default_str();
  app.add_flag("--conditional", o.conditional, "Condition both networks on the class labels");
  app.add_option("--epochs", o.epochs, "Passes over the training data")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Samples per step")
      ->check(CLI::Range(2, 65536))
      ->capture_default_str();
  app.add_option("--latent", o.latent, "Size of the latent vector")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--learning-rate", o.learning_rate, "Of Adam, both networks")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seed", o.seed, "Of weights, data order and noise")->capture_default_str();
  app.add_option("--threads", o.threads, "Threads; 0 is one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option(
         "--precision", o.precision,
         "Of matrix products: medium rounds factors to 8 bits, high to 16, where the processor gains by it")
      ->check(CLI::IsMember({"highest", "high", "medium"}))
      ->capture_default_str();
  app.add_option("--out", o.out, "Folder for metrics.jsonl and the pictures")->capture_default_str();
  app.add_flag("--quiet", o.quiet, "No progress line on a terminal");
}

/// Loads what the options name; without `--data`, from the first of the usual places that exists.
inline data::Mnist load_data(const MnistOptions& o, data::PixelRange range) {
  const fs::path examples_data = EIGENERATE_EXAMPLE_DATA_DIR;
  const fs::path repository_data = examples_data.parent_path().parent_path() / "data";
  std::vector<fs::path> places;
  if (!o.data.empty())
    places = {o.data};
  else if (o.dataset == "mnist")
    places = {"data/mnist", repository_data / "mnist", examples_data};
  else
    places = {"data/fashion-mnist", repository_data / "fashion-mnist", "/usr/share/datasets/fashion-mnist"};
  std::string tried;
  for (const fs::path& place : places) {
    if (fs::is_directory(place)) return data::load_mnist(place, range);
    tried += "\n  " + place.string();
  }
  throw IoError(fmt::format(
      "no data set '{}'; tried{}\nFetch it with\n  {}\nor name its folder with --data", o.dataset, tried,
      o.dataset == "mnist" ? "examples/fetch_mnist.sh" : "apt install dataset-fashion-mnist"));
}

/// Standard output carries the results: a full disk or a closed pipe there is an error, not a shrug.
template <class... Args>
void report(fmt::format_string<Args...> format, Args&&... args) {
  const std::string line = fmt::format(format, std::forward<Args>(args)...) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size() || std::fflush(stdout) != 0)
    throw IoError("cannot write to standard output");
}

inline void report_setting(const MnistOptions& o, const data::Mnist& digits) {
  report("data: {} training and {} test images from {}", digits.train.size(), digits.test.size(),
         fs::path(digits.train.name()).parent_path().string());
  report("setting: {} architecture{}, seed {}, {} threads, {} kernels, {} precision", o.architecture,
         o.conditional ? ", conditional" : "", o.seed, num_threads(), kernels::isa_name(kernels::isa()),
         precision_name(matmul_precision()));
}

/// Trains with the callbacks that every program has, reports the last epoch, and says how it ended.
template <class M>
ExitCode train(M& model, const data::Mnist& digits, const MnistOptions& o, const SampleGridOptions& grid) {
  const fs::path metrics = o.file("metrics.jsonl"), samples = o.file("samples.png");
  const auto fit = [&](auto... progress) {
    Trainer trainer{{.epochs = o.epochs, .batch_size = o.batch_size, .seed = o.seed},
                    JsonLines{metrics},
                    SampleGrid{samples, grid},
                    StopOnInterrupt{},
                    progress...};
    return trainer.fit(model, digits.train, digits.test);
  };
  const FitResult result = o.quiet ? fit() : fit(ProgressBar{});
  if (result.last_epoch) {
    std::string line = fmt::format("epoch {}: train loss {:.4f}", result.last_epoch->epoch,
                                   result.last_epoch->train["loss"]);
    if (result.last_epoch->held_out)
      for (const auto& figure : *result.last_epoch->held_out)
        line += fmt::format(", test {} {:.4f}", figure.name, figure.value);
    report("{}, {:.0f} images/s", line, result.last_epoch->images_per_second);
  }
  report("{}", metrics.string());
  report("{}", samples.string());
  if (result.stop_reason != StopOnInterrupt::reason) return success;
  fmt::print(stderr, "interrupted in step {}; the files hold what was learned until then\n", result.steps);
  return interrupted;
}

/// Parses the command line, runs `body(options)` and turns every way to end into its exit code.
template <class F>
int run_mnist_program(int argc, char** argv, const std::string& description, MnistOptions options, F&& body) {
  CLI::App app{description +
               "\n\nExit codes: 0 success, 1 run-time error, 2 wrong usage, 3 training diverged, 130 "
               "interrupted (what was learned is saved)"};
  app.get_formatter()->column_width(34);
  add_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? success : wrong_usage;
  }
  try {
    if (options.threads > 0) set_num_threads(options.threads);
    set_matmul_precision(matmul_precision_of(options.precision));
    std::error_code error;
    fs::create_directories(options.out, error);
    if (error) throw IoError(options.out + ": cannot create folder: " + error.message());
    return body(std::as_const(options));
  } catch (const DivergenceError& e) {
    fmt::print(stderr, "{}\n", e.what());
    return diverged;
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return runtime_error;
  }
}

}  // namespace examples
