#pragma once
// The command line of toy_gan: the data, a recipe by name, and each of the recipe's parts, which a flag
// replaces.

#include <map>
#include <string>

#include "mnist_options.hpp"

namespace examples {

/// How a GAN is trained, in the words of the command line.
struct ToyRecipe {
  std::string loss = "non-saturating";
  std::string penalty = "none";
  double penalty_weight = 0;
  Index penalty_every = 1;
  Index packing = 1;
  Index discriminator_steps = 1;
  bool batch_norm = true;
  bool spectral_norm = false;
  double noise = 0;  // on what the discriminator sees, in standard deviations of the data, at the beginning
  double noise_until = 0.5;
  std::string initializer = "normal";
  double learning_rate = 1e-4;
  double discriminator_pace = 1;  // its learning rate by the generator's
  double beta1 = 0.8;
  double beta2 = 0.999;
  std::string schedule = "constant";
  double ema = 0;
};

struct ToyOptions {
  std::string dataset = "ring";
  std::string data;  // the folder of the digits; empty: the usual places
  std::string recipe_name = "best";
  ToyRecipe recipe;
  Index latent = 0;   // 0: that of the data set's networks
  Index samples = 0;  // 0: that of the data set
  Index judged = 0;   // 0: that of the data set
  Index epochs = 40;
  Index batch_size = 0;  // 0: that of the data set
  double max_seconds = 0;
  std::uint64_t seed = 0;
  int threads = 0;
  Index checkpoint_epochs = 1;
  bool resume = false;
  std::string out = "out/toy_gan";
  bool quiet = false;

  fs::path file(const char* name) const { return fs::path(out) / name; }
};

/// The recipes by name. `gan` is that of Lin et al. 2018; the next three differ from it as their names say
/// (WGAN-GP with the numbers of its authors' toy program). `best` is what covered most in our trials, see
/// benchmarks/README.md: noise that fades on all that the discriminator sees joins the modes until the
/// generator has spread over them.
inline std::map<std::string, ToyRecipe> toy_recipes() {
  const ToyRecipe gan, pacgan{.packing = 2}, r1{.penalty = "r1", .penalty_weight = 0.01},
      wgan_gp{.loss = "wasserstein",
              .penalty = "wgan-gp",
              .penalty_weight = 0.1,
              .discriminator_steps = 5,
              .beta1 = 0.5,
              .beta2 = 0.9},
      best{.loss = "relativistic",
           .batch_norm = false,
           .noise = 0.3,
           .noise_until = 0.4,
           .initializer = "he",
           .learning_rate = 1e-3,
           .beta1 = 0.5,
           .beta2 = 0.99,
           .schedule = "cosine",
           .ema = 0.999};
  return {{"best", best}, {"gan", gan}, {"pacgan", pacgan}, {"r1", r1}, {"wgan-gp", wgan_gp}};
}

inline void add_recipe_options(CLI::App& app, ToyRecipe& r) {
  app.add_option("--loss", r.loss, "Of both players")
      ->check(CLI::IsMember({"non-saturating", "minimax", "least-squares", "hinge", "wasserstein",
                             "relativistic", "relativistic-average"}))
      ->capture_default_str();
  app.add_option("--penalty", r.penalty, "On the discriminator's input gradients")
      ->check(CLI::IsMember({"none", "wgan-gp", "r1", "r2", "r1+r2", "dragan"}))
      ->capture_default_str();
  app.add_option("--penalty-weight", r.penalty_weight, "Of the penalty; the gamma of r1 and r2")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--penalty-every", r.penalty_every, "Discriminator steps from one penalty to the next")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--packing", r.packing, "Samples that the discriminator judges as one")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--discriminator-steps", r.discriminator_steps, "For each step of the generator")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_flag("--batch-norm,!--no-batch-norm", r.batch_norm,
               "Batch norm where the paper's networks have it");
  app.add_flag("--spectral-norm,!--no-spectral-norm", r.spectral_norm, "On the discriminator's weights");
  app.add_option("--noise", r.noise,
                 "On all that the discriminator sees, in standard deviations of the data, at the beginning")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--noise-until", r.noise_until, "The part of the training after which it is gone")
      ->check(CLI::Range(0.001, 1.0))
      ->capture_default_str();
  app.add_option("--initializer", r.initializer, "Of the weights: normal is N(0, 0.02)")
      ->check(CLI::IsMember({"default", "normal", "he", "orthogonal"}))
      ->capture_default_str();
  app.add_option("--learning-rate", r.learning_rate, "Of Adam, the generator's")
      ->check(positive_number())
      ->capture_default_str();
  app.add_option("--discriminator-pace", r.discriminator_pace,
                 "The discriminator's learning rate by the generator's")
      ->check(positive_number())
      ->capture_default_str();
  app.add_option("--beta1", r.beta1, "Of Adam")->check(CLI::Range(0.0, 0.9999))->capture_default_str();
  app.add_option("--beta2", r.beta2, "Of Adam")->check(CLI::Range(0.0, 0.99999))->capture_default_str();
  app.add_option("--schedule", r.schedule, "Of the learning rates over all epochs")
      ->check(CLI::IsMember({"constant", "cosine"}))
      ->capture_default_str();
  app.add_option("--ema", r.ema, "Decay of the generator's moving average, which is judged; 0: none")
      ->check(CLI::Range(0.0, 0.99999))
      ->capture_default_str();
}

inline void add_options(CLI::App& app, ToyOptions& o) {
  app.add_option(
         "--dataset", o.dataset,
         "Eight Gaussians on a ring, 25 on a grid, a spiral, or three digits as the colors of an image")
      ->check(CLI::IsMember({"ring", "grid", "swiss-roll", "digits"}))
      ->capture_default_str();
  app.add_option("--data", o.data, "Folder of the digits, as for mnist_gan");
  std::vector<std::string> names;
  for (const auto& [name, recipe] : toy_recipes()) names.push_back(name);
  app.add_option("--recipe", o.recipe_name, "Sets the next options; each can be given besides")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  add_recipe_options(app, o.recipe);
  app.add_option("--latent", o.latent, "Size of the latent vector (default: 2, of digits 256)")
      ->check(CLI::Range(1, 4096));
  app.add_option("--samples", o.samples, "Training samples (default: 100,000, of digits 20,000)")
      ->check(CLI::Range(100, 10000000));
  app.add_option("--judged", o.judged, "Generated samples to judge (default: 2,500, of digits 25,600)")
      ->check(CLI::Range(10, 1000000));
  app.add_option("--epochs", o.epochs, "Of as many packs as there are samples")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Packs per step (default: 100, of digits 128)")
      ->check(CLI::Range(2, 65536));
  app.add_option("--max-seconds", o.max_seconds,
                 "Seconds of training after which it ends (default: no limit)")
      ->check(positive_number());
  app.add_option("--seed", o.seed, "Of data, weights, order and noise")->capture_default_str();
  app.add_option("--threads", o.threads, "Threads; 0 is one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--checkpoint-epochs", o.checkpoint_epochs, "Passes over the data between checkpoints")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_flag("--resume", o.resume,
               "Go on from the last checkpoint in --out, with the same bits, if there is one");
  app.add_option("--out", o.out, "Folder for metrics, checkpoints, measures.json and the picture")
      ->capture_default_str();
  app.add_flag("--quiet", o.quiet, "No progress on standard error");
}

}  // namespace examples
