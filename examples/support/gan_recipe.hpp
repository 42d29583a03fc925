#pragma once
// How the GAN programs train: recipes of the literature by name, and flags that change parts of one.

#include <CLI/CLI.hpp>
#include <eigenerate/eigenerate.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace examples {

using namespace eigenerate;

/// A loss, a penalty, the discriminator's normalization, and how both players learn.
struct GanRecipe {
  std::string loss = "non-saturating";
  std::string penalty = "none";
  double penalty_weight = 0;
  Index penalty_every = 1;
  std::string norm = "none";
  double ema = 0;
  Adam adam = Adam{2e-4, 0.5};
  Index discriminator_steps = 1;
  bool narrow_init = false;  ///< weights from N(0, 0.02²)
};

/// `stable`: non-saturating with a small lazy R1 (Mescheder et al. 2018; Karras et al. 2020), a fast rate, and
/// samples from an average of the generator. The others as their authors have them: Radford et al. 2016;
/// Gulrajani et al. 2017; Miyato et al. 2018, setting C.
inline const std::map<std::string, GanRecipe>& gan_recipes() {
  static const std::map<std::string, GanRecipe> recipes{{"stable",
                                                         {.penalty = "r1",
                                                          .penalty_weight = 0.1,
                                                          .penalty_every = 16,
                                                          .ema = 0.999,
                                                          .adam = Adam{1e-3, 0.5, 0.99}}},
                                                        {"dcgan", {.norm = "batch", .narrow_init = true}},
                                                        {"wgan-gp",
                                                         {.loss = "wasserstein",
                                                          .penalty = "wgan-gp",
                                                          .penalty_weight = 10,
                                                          .adam = Adam{1e-4, 0, 0.9},
                                                          .discriminator_steps = 5}},
                                                        {"sn-hinge", {.loss = "hinge", .norm = "spectral"}}};
  return recipes;
}

/// What the command line says of the recipe.
struct GanFlags {
  std::string recipe = "stable";
  std::optional<std::string> loss, penalty;
  std::optional<double> penalty_weight, ema, learning_rate;
  std::optional<Index> penalty_every, discriminator_steps;
  bool spectral_norm = false, batch_norm = false;

  /// The recipe as the flags change it. A penalty of another kind acts in every step, with its own weight.
  GanRecipe chosen() const {
    GanRecipe r = gan_recipes().at(recipe);
    if (penalty && *penalty != r.penalty) {
      r.penalty = *penalty;
      r.penalty_weight = r.penalty == "r1" || r.penalty == "r2" ? 0.1 : 10;
      r.penalty_every = 1;
    }
    const auto set = [](auto& value, const auto& flag) {
      if (flag) value = *flag;
    };
    set(r.loss, loss);
    set(r.penalty_weight, penalty_weight);
    set(r.penalty_every, penalty_every);
    set(r.ema, ema);
    set(r.adam.learning_rate, learning_rate);
    set(r.discriminator_steps, discriminator_steps);
    if (spectral_norm) r.norm = "spectral";
    if (batch_norm) r.norm = "batch";
    return r;
  }
};

inline void add_gan_flags(CLI::App& app, GanFlags& f) {
  std::vector<std::string> names;
  for (const auto& [name, recipe] : gan_recipes()) names.push_back(name);
  app.add_option("--recipe", f.recipe, "Where what follows begins: all defaults are those of the recipe")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  app.add_option("--loss", f.loss, "The game")
      ->check(CLI::IsMember({"minimax", "non-saturating", "least-squares", "wasserstein", "hinge",
                             "relativistic", "relativistic-average"}));
  app.add_option("--penalty", f.penalty, "On the discriminator's gradients")
      ->check(CLI::IsMember({"none", "wgan-gp", "r1", "r2", "dragan"}));
  app.add_option("--penalty-weight", f.penalty_weight, "Its weight, the gamma of R1 and R2")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--penalty-every", f.penalty_every,
                 "Discriminator steps between two, with as much more weight")
      ->check(CLI::Range(1, 1000));
  auto* const spectral = app.add_flag("--spectral-norm", f.spectral_norm,
                                      "Divide the discriminator's weights by their largest singular values");
  app.add_flag("--batch-norm", f.batch_norm, "Batch normalization in the discriminator")->excludes(spectral);
  app.add_option("--ema", f.ema, "Decay of the generator's average that samples come from; 0: none")
      ->check(CLI::Range(0.0, 0.999999));
  app.add_option("--discriminator-steps", f.discriminator_steps, "For each of the generator's")
      ->check(CLI::Range(1, 100));
}

inline AnyAdversarialLoss<float> adversarial_loss(const std::string& name) {
  if (name == "minimax") return Minimax{};
  if (name == "least-squares") return LeastSquares{};
  if (name == "wasserstein") return Wasserstein{};
  if (name == "hinge") return Hinge{};
  if (name == "relativistic") return Relativistic{NonSaturating{}};
  if (name == "relativistic-average") return RelativisticAverage{NonSaturating{}};
  return NonSaturating{};
}

/// The options of a Gan that learns so.
inline GanOptions gan_options(const GanRecipe& r, std::uint64_t seed) {
  GanOptions options{.loss = adversarial_loss(r.loss),
                     .generator_optimizer = r.adam,
                     .discriminator_optimizer = r.adam,
                     .discriminator_steps = r.discriminator_steps,
                     .ema_decay = r.ema,
                     .ema_warm_up = r.ema > 0,
                     .seed = seed};
  if (r.penalty == "wgan-gp")
    options.gradient_penalty = GradientPenalty{.weight = r.penalty_weight, .every = r.penalty_every};
  else if (r.penalty == "r1")
    options.terms.push_back(R1{.gamma = r.penalty_weight, .every = r.penalty_every});
  else if (r.penalty == "r2")
    options.terms.push_back(R2{.gamma = r.penalty_weight, .every = r.penalty_every});
  else if (r.penalty == "dragan")
    options.terms.push_back(Dragan{.weight = r.penalty_weight, .every = r.penalty_every});
  if (r.narrow_init) options.initializer = NormalInit{0, 0.02};
  return options;
}

/// `non-saturating, r1 × 0.1 every 16 steps, average 0.999, Adam 0.001 (0.5, 0.99)`.
inline std::string to_string(const GanRecipe& r) {
  std::string text = r.loss;
  if (r.penalty != "none") {
    text += fmt::format(", {} × {}", r.penalty, r.penalty_weight);
    if (r.penalty_every > 1) text += fmt::format(" every {} steps", r.penalty_every);
  }
  if (r.norm != "none") text += fmt::format(", {} normalization", r.norm);
  if (r.ema > 0) text += fmt::format(", average {}", r.ema);
  text += fmt::format(", Adam {} ({}, {})", r.adam.learning_rate, r.adam.beta1, r.adam.beta2);
  if (r.discriminator_steps > 1) text += fmt::format(", {} discriminator steps", r.discriminator_steps);
  return text;
}

}  // namespace examples
