#pragma once
// How the GAN programs train: a recipe by name, each part of which a flag replaces.

#include <eigenerate/eigenerate.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "program.hpp"

namespace examples {

using namespace eigenerate;

/// How a GAN learns, in the words of the command line.
struct GanRecipe {
  std::string loss = "non-saturating";
  std::string penalty = "none";
  double penalty_weight = 0;
  Index penalty_every = 1;
  Index packing = 1;
  Index discriminator_steps = 1;
  bool batch_norm = false;  // where the networks of the recipe's authors have it
  bool spectral_norm = false;
  double noise = 0;  // on what the discriminator sees, in standard deviations of the data, at the beginning
  double noise_until = 0.5;
  std::string initializer = "default";
  double learning_rate = 2e-4;
  double discriminator_pace = 1;  // its learning rate by the generator's
  double beta1 = 0.5;
  double beta2 = 0.999;
  std::string schedule = "constant";
  double ema = 0;
  Index batch_size = 0;  // 0: that of the program

  void take_penalty(const std::string& kind) {
    if (kind == penalty) return;
    penalty = kind;
    penalty_weight = kind == "wgan-gp" || kind == "dragan" ? 10 : 0.1;
    penalty_every = 1;
  }
};

using GanRecipes = std::map<std::string, GanRecipe>;

/// A small lazy R1 (Mescheder et al. 2018; Karras et al. 2020), a fast rate without momentum, small batches,
/// and samples from an average of the generator.
inline const GanRecipe stable_recipe{.penalty = "r1",
                                     .penalty_weight = 0.1,
                                     .penalty_every = 16,
                                     .learning_rate = 1e-3,
                                     .beta1 = 0,
                                     .beta2 = 0.99,
                                     .ema = 0.999,
                                     .batch_size = 16};

/// Options of a program whose recipes those are. `batch_norm` says where it may stand in its networks.
inline void add_recipe_options(CLI::App& app, std::string& name, GanRecipe& r, const GanRecipes& recipes,
                               const std::string& batch_norm) {
  std::vector<std::string> names;
  for (const auto& [known, recipe] : recipes) names.push_back(known);
  app.add_option("--recipe", name, "Sets the next options; each can be given besides")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  app.add_option("--loss", r.loss, "Of both players")
      ->check(CLI::IsMember({"non-saturating", "minimax", "least-squares", "hinge", "wasserstein",
                             "relativistic", "relativistic-average"}))
      ->capture_default_str();
  // Set before the weight is read: a penalty of another kind has another usual weight.
  app.add_option_function<std::string>(
         "--penalty", [&r](const std::string& kind) { r.take_penalty(kind); },
         "On the discriminator's input gradients; another one than the recipe's acts in every step")
      ->check(CLI::IsMember({"none", "wgan-gp", "r1", "r2", "r1+r2", "dragan"}))
      ->default_str(r.penalty);
  app.add_option("--penalty-weight", r.penalty_weight, "Of the penalty; the gamma of r1 and r2")
      ->check(number_not_negative())
      ->capture_default_str();
  app.add_option("--penalty-every", r.penalty_every, "Discriminator steps from one penalty to the next")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--pac", r.packing, "Samples that the discriminator judges as one")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--discriminator-steps", r.discriminator_steps, "For each step of the generator")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_flag("--batch-norm,!--no-batch-norm", r.batch_norm, batch_norm);
  app.add_flag("--spectral-norm,!--no-spectral-norm", r.spectral_norm, "On the discriminator's weights");
  app.add_option("--noise", r.noise,
                 "On all that the discriminator sees, in standard deviations of the data, at the beginning")
      ->check(number_not_negative())
      ->capture_default_str();
  app.add_option("--noise-until", r.noise_until, "The part of the training after which it is gone")
      ->check(number_in(0.001, 1.0))
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
  app.add_option("--beta1", r.beta1, "Of Adam")->check(number_in(0.0, 0.9999))->capture_default_str();
  app.add_option("--beta2", r.beta2, "Of Adam")->check(number_in(0.0, 0.99999))->capture_default_str();
  app.add_option("--schedule", r.schedule, "Of the learning rates over all epochs")
      ->check(CLI::IsMember({"constant", "cosine"}))
      ->capture_default_str();
  add_ema_option(app, r.ema);
}

inline AnyAdversarialLoss<float> loss_of(const GanRecipe& r) {
  static const std::map<std::string, AnyAdversarialLoss<float>> losses{
      {"non-saturating", NonSaturating{}},
      {"minimax", Minimax{}},
      {"least-squares", LeastSquares{}},
      {"hinge", Hinge{}},
      {"wasserstein", Wasserstein{}},
      {"relativistic", Relativistic{NonSaturating{}}},
      {"relativistic-average", RelativisticAverage{NonSaturating{}}}};
  return losses.at(r.loss);
}

inline std::vector<AnyAdversaryTerm<float>> penalties_of(const GanRecipe& r) {
  std::vector<AnyAdversaryTerm<float>> terms;
  if (r.penalty == "wgan-gp")
    terms.push_back(GradientPenalty{.weight = r.penalty_weight, .every = r.penalty_every});
  if (r.penalty == "dragan") terms.push_back(Dragan{.weight = r.penalty_weight, .every = r.penalty_every});
  if (r.penalty.starts_with("r1")) terms.push_back(R1{.gamma = r.penalty_weight, .every = r.penalty_every});
  if (r.penalty.ends_with("r2")) terms.push_back(R2{.gamma = r.penalty_weight, .every = r.penalty_every});
  return terms;
}

inline Initializer initializer_of(const GanRecipe& r) {
  static const std::map<std::string, Initializer> initializers{{"default", DefaultInit{}},
                                                               {"normal", NormalInit{0, 0.02}},
                                                               {"he", HeInit{}},
                                                               {"orthogonal", OrthogonalInit{}}};
  return initializers.at(r.initializer);
}

inline Schedule schedule_of(const GanRecipe& r) {
  return r.schedule == "cosine" ? Schedule{CosineSchedule{}} : Schedule{ConstantSchedule{}};
}

/// The options of a Gan that learns so.
inline GanOptions options_of(const GanRecipe& r, Index latent, std::uint64_t seed) {
  const auto adam = [&](double pace) { return Adam{r.learning_rate * pace, r.beta1, r.beta2}; };
  return {.loss = loss_of(r),
          .terms = penalties_of(r),
          .generator_optimizer = adam(1),
          .discriminator_optimizer = adam(r.discriminator_pace),
          .discriminator_steps = r.discriminator_steps,
          .packing = r.packing,
          .latent = latent,
          .ema_decay = r.ema,
          .ema_warm_up = r.ema > 0,
          .initializer = initializer_of(r),
          .seed = seed};
}

/// `non-saturating, r1 × 0.1 every 16 steps, average 0.999, Adam 0.001 (0.5, 0.99)`.
inline std::string to_string(const GanRecipe& r) {
  std::string text = r.loss;
  if (r.penalty != "none") {
    text += fmt::format(", {} × {}", r.penalty, r.penalty_weight);
    if (r.penalty_every > 1) text += fmt::format(" every {} steps", r.penalty_every);
  }
  if (r.batch_norm) text += ", batch norm";
  if (r.spectral_norm) text += ", spectral norm";
  if (r.noise > 0) text += fmt::format(", noise {} until {}", r.noise, r.noise_until);
  if (r.packing > 1) text += fmt::format(", packs of {}", r.packing);
  if (r.ema > 0) text += fmt::format(", average {}", r.ema);
  text += fmt::format(", Adam {} ({}, {})", r.learning_rate, r.beta1, r.beta2);
  if (r.discriminator_pace != 1)
    text += fmt::format(", discriminator {} times as fast", r.discriminator_pace);
  if (r.schedule != "constant") text += ", " + r.schedule + " schedule";
  if (r.discriminator_steps > 1) text += fmt::format(", {} discriminator steps", r.discriminator_steps);
  return text;
}

/// Begins with that recipe. `usual` are the options that no recipe has touched.
template <class Options>
void begin_with(Options& options, const GanRecipe& recipe, const Options& usual) {
  options.recipe = recipe;
  options.batch_size = recipe.batch_size > 0 ? recipe.batch_size : usual.batch_size;
}

}  // namespace examples
