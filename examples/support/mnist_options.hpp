#pragma once
// The command line of the MNIST training programs.

#include <fmt/ranges.h>

#include <cstdint>
#include <eigenerate/eigenerate.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "mnist_networks.hpp"
#include "program.hpp"

namespace examples {

namespace fs = std::filesystem;

struct MnistOptions : MnistNetworks {
  std::string data;  // empty: the usual places
  std::string dataset = "mnist";
  Index epochs = 10;
  Index batch_size = 128;
  Index accumulate = 1;
  double max_seconds = 0;  // 0: no limit
  std::uint64_t seed = 0;
  int threads = 0;  // 0: all cores
  std::string precision = precision_name(MatmulPrecision::highest);
  std::string non_finite = "throw";
  std::string weights;  // to begin with; empty: fresh ones
  std::string save;     // empty: weights.safetensors in the folder of results
  Index checkpoint_steps = 0;
  bool resume = false;
  std::string out;
  bool quiet = false;

  fs::path file(const char* name) const { return fs::path(out) / name; }
  fs::path weights_file() const { return save.empty() ? file("weights.safetensors") : fs::path(save); }
  NonFinitePolicy policy() const {
    if (non_finite == "skip") return NonFinitePolicy::SkipStep;
    return non_finite == "rollback" ? NonFinitePolicy::Rollback : NonFinitePolicy::Throw;
  }
};

/// How the networks of a GAN use labels: joined to the input, by projection (Miyato & Koyama 2018), or told
/// by the discriminator (AC-GAN).
inline std::vector<std::string> gan_label_uses() {
  return {"concat", "projection", "acgan"};
}

inline void add_conditional_option(CLI::App& app, MnistNetworks& n, const std::vector<std::string>& uses) {
  std::string help = fmt::format("Condition on the class labels, by {}", uses.front());
  if (uses.size() > 1) help += fmt::format(" or =NAME of {}", fmt::join(uses, ", "));
  app.add_flag(fmt::format("--conditional{{{}}}", uses.front()), n.conditional, help)
      ->check(CLI::IsMember(uses));
}

/// Where images come from.
inline void add_data_options(CLI::App& app, MnistOptions& o) {
  app.add_option("--data", o.data,
                 "Folder with the four IDX files, plain or .gz (default: the full set where "
                 "examples/fetch_mnist.sh puts it, else the digits that come with the examples)");
  app.add_option("--dataset", o.dataset, "Data set")
      ->check(CLI::IsMember({"mnist", "fashion"}))
      ->capture_default_str();
}

/// How any program trains, and where its results go.
inline void add_training_options(CLI::App& app, MnistOptions& o) {
  app.add_option("--epochs", o.epochs, "Passes over the training data")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Samples per step")
      ->check(CLI::Range(2, 65536))
      ->capture_default_str();
  app.add_option("--accumulate", o.accumulate, "Batches per optimiser step, in the memory of one")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--max-seconds", o.max_seconds,
                 "Seconds of training after which it ends (default: no limit)")
      ->check(positive_number());
  app.add_option("--seed", o.seed, "Of weights, data order and noise")->capture_default_str();
  app.add_option("--threads", o.threads, "Threads; 0 is one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option(
         "--precision", o.precision,
         "Of matrix products: medium rounds factors to 8 bits, high to 16, where the processor gains by it")
      ->check(CLI::IsMember({"highest", "high", "medium"}))
      ->capture_default_str();
  app.add_option("--non-finite", o.non_finite,
                 "Where a loss or gradient is not finite: throw ends training, skip leaves the step out, "
                 "rollback returns to the last good epoch with half the learning rate")
      ->check(CLI::IsMember({"throw", "skip", "rollback"}))
      ->capture_default_str();
  app.add_option("--save", o.save, "Where the weights go (default: weights.safetensors in --out)");
  app.add_flag("--resume", o.resume, "Go on from the last checkpoint in --out, with the same bits");
  app.add_option("--checkpoint-steps", o.checkpoint_steps,
                 "Steps between checkpoints; one is saved after every epoch and on Ctrl-C in any case")
      ->check(CLI::Range(0, 1000000000))
      ->capture_default_str();
  app.add_option("--out", o.out, "Folder for metrics, checkpoints, weights and pictures")
      ->capture_default_str();
  app.add_flag("--quiet", o.quiet,
               "No progress on standard error, neither on a terminal nor a line per epoch elsewhere");
}

/// Options of the programs that train a model of these networks. `uses` are the ways in which it may use
/// labels, if any; the first is what `--conditional` alone means. `architectures` are those of its
/// networks, if there is a choice.
inline void add_options(CLI::App& app, MnistOptions& o, const std::vector<std::string>& uses,
                        const std::vector<std::string>& architectures = {"mlp", "conv"}) {
  add_data_options(app, o);
  if (!architectures.empty())
    app.add_option("--architecture", o.architecture, "Networks")
        ->check(CLI::IsMember(architectures))
        ->capture_default_str();
  if (!uses.empty()) add_conditional_option(app, o, uses);
  app.add_option("--latent", o.latent, "Size of the latent vector")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  add_training_options(app, o);
  app.add_option("--weights", o.weights, "Begin with the weights of this safetensors file")
      ->excludes(app.get_option("--resume"));
}

}  // namespace examples
