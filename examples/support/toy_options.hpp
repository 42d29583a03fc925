#pragma once
// The command line of toy_gan: the data, a recipe by name, and each of the recipe's parts, which a flag
// replaces.

#include <string>

#include "gan_recipe.hpp"
#include "mnist_options.hpp"

namespace examples {

struct ToyOptions {
  std::string dataset = "ring";
  std::string data;  // the folder of the digits; empty: the usual places
  std::string recipe_name = "best";
  GanRecipe recipe;
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
inline GanRecipes toy_recipes() {
  const GanRecipe gan{.batch_norm = true, .initializer = "normal", .learning_rate = 1e-4, .beta1 = 0.8},
      best{.loss = "relativistic",
           .noise = 0.3,
           .noise_until = 0.6,
           .initializer = "he",
           .learning_rate = 1e-3,
           .beta1 = 0,
           .beta2 = 0.99,
           .schedule = "cosine",
           .ema = 0.999};
  GanRecipe pacgan = gan, r1 = gan, wgan_gp = gan;
  pacgan.packing = 2;
  r1.penalty = "r1";
  r1.penalty_weight = 0.01;
  wgan_gp.loss = "wasserstein";
  wgan_gp.penalty = "wgan-gp";
  wgan_gp.penalty_weight = 0.1;
  wgan_gp.discriminator_steps = 5;
  wgan_gp.beta1 = 0.5;
  wgan_gp.beta2 = 0.9;
  return {{"best", best}, {"gan", gan}, {"pacgan", pacgan}, {"r1", r1}, {"wgan-gp", wgan_gp}};
}

inline void add_options(CLI::App& app, ToyOptions& o) {
  app.add_option(
         "--dataset", o.dataset,
         "Eight Gaussians on a ring, 25 on a grid, a spiral, or three digits as the colors of an image")
      ->check(CLI::IsMember({"ring", "grid", "swiss-roll", "digits"}))
      ->capture_default_str();
  app.add_option("--data", o.data, "Folder of the digits, as for mnist_gan");
  add_recipe_options(app, o.recipe_name, o.recipe, toy_recipes(),
                     "Batch norm where the paper's networks have it");
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
