#pragma once
// How mnist_vae trains: a recipe by name, each part of which a flag replaces.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/models/begin_pseudo_inputs.hpp>
#include <map>
#include <string>
#include <vector>

#include "mnist_models.hpp"
#include "program.hpp"

namespace examples {

using namespace eigenerate;

/// How a VAE learns, in the words of the command line.
struct VaeRecipe {
  std::string architecture = "mlp";
  Index latent = 20;
  std::string objective = "elbo";
  std::string posterior = "normal";
  std::string prior = "standard";
  Index pseudo_inputs = 50;
  std::string likelihood = "bernoulli";
  Index importance_samples = 1;
  Index groups = 1;
  double beta = 1;
  double nats = 25;
  double free_bits = 0;
  std::string binarize = "no";
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double epsilon = 1e-8;
  std::string schedule = "constant";
  bool begin_at_mean = false;  // Glorot's weights, no biases but for the means of the pixels at the end
  Index train_images = 0;      // 0: all
  Index batch_size = 0;        // 0: that of the program

  void take_objective(const std::string& name) {
    if (name == objective) return;
    objective = name;
    beta = usual_beta(name);
    if (name == "wae-mmd") posterior = "point";
  }
  static double usual_beta(const std::string& name) {
    if (name == "beta-tcvae" || name == "factor-vae") return 6;
    if (name == "info-vae" || name == "wae-mmd") return 10;
    if (name == "capacity") return 30;
    return name == "ciwae" ? 0.5 : 1;
  }
};

using VaeRecipes = std::map<std::string, VaeRecipe>;

inline void add_recipe_options(CLI::App& app, std::string& name, VaeRecipe& r, const VaeRecipes& recipes) {
  std::vector<std::string> names;
  for (const auto& [known, recipe] : recipes) names.push_back(known);
  app.add_option(
         "--recipe", name,
         "Sets --architecture, --latent, --batch-size and the next options; each can be given besides")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  // Set before the weight is read: its usual value depends on the objective.
  app.add_option_function<std::string>(
         "--objective", [&r](const std::string& objective) { r.take_objective(objective); },
         "The ELBO, its KL in closed form or sampled; importance-weighted bounds (Burda et al. 2016; dreg: "
         "Tucker et al. 2019; miwae, piwae, ciwae: Rainforth et al. 2018); the ELBO with more weight on the "
         "total correlation (Chen et al. 2018; factor-vae: Kim & Mnih 2018) or with a discrepancy (Zhao et "
         "al. 2019); that alone (Tolstikhin et al. 2018); the KL held at a capacity (Burgess et al. 2018)")
      ->check(CLI::IsMember({"elbo", "sampled-elbo", "iwae", "iwae-dreg", "miwae", "piwae", "ciwae",
                             "beta-tcvae", "factor-vae", "info-vae", "wae-mmd", "capacity"}))
      ->default_str(r.objective);
  app.add_option(
         "--posterior", r.posterior,
         "Of an image: independent normal dimensions; any covariance; independent ones bent by planar, "
         "radial or inverse autoregressive steps; a point, of which only wae-mmd can learn; or two levels")
      ->check(CLI::IsMember(mnist_posteriors))
      ->capture_default_str();
  app.add_option(
         "--prior", r.prior,
         "Standard normal; or learned: a mixture of ten normals, one of the posteriors of pseudo-inputs "
         "(vamp), or a flow of coupling layers, or the first of two levels")
      ->check(CLI::IsMember(mnist_priors))
      ->capture_default_str();
  app.add_option("--pseudo-inputs", r.pseudo_inputs, "Of a vamp prior, which begin as training images")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--likelihood", r.likelihood,
                 "Of a pixel: black or white, with its gray as probability where it is gray; of gray as a "
                 "number of [0, 1], normal and laplace with one learned scale; or of its 256 levels")
      ->check(CLI::IsMember(pixel_likelihoods))
      ->capture_default_str();
  app.add_option("--importance-samples", r.importance_samples, "Latent vectors for every image of a batch")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--groups", r.groups, "Of miwae and piwae: the importance samples are cut into so many")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--beta", r.beta,
                 "Weight of an elbo's KL, of the total correlation, of the discrepancy, of the distance from "
                 "the capacity; of the ELBO in ciwae")
      ->check(number_not_negative())
      ->capture_default_str();
  app.add_option("--nats", r.nats, "The capacity, reached after half of the training")
      ->check(number_not_negative())
      ->capture_default_str();
  app.add_option("--free-bits", r.free_bits, "Nats of KL per latent dimension that an elbo does not pay for")
      ->check(number_not_negative())
      ->capture_default_str();
  app.add_option("--binarize", r.binarize,
                 "Grey pixels become black or white, each with its grey as probability: once, or anew at "
                 "every access (test images once)")
      ->check(CLI::IsMember({"no", "once", "always"}))
      ->capture_default_str();
  app.add_option("--learning-rate", r.learning_rate, "Of Adam")
      ->check(positive_number())
      ->capture_default_str();
  app.add_option("--beta1", r.beta1, "Of Adam")->check(number_in(0.0, 0.9999))->capture_default_str();
  app.add_option("--epsilon", r.epsilon, "Of Adam")->check(positive_number())->capture_default_str();
  app.add_option("--schedule", r.schedule,
                 "Of the learning rate; stages are of 1, 3, 9, ... epochs, a seventh of a decade lower each")
      ->check(CLI::IsMember({"constant", "cosine", "stages"}))
      ->capture_default_str();
  app.add_flag("--begin-at-mean,!--no-begin-at-mean", r.begin_at_mean,
               "Begin with Glorot's weights, and with no biases but those that give each pixel its mean");
  app.add_option("--train-images", r.train_images, "At most so many training images, the first; 0: all")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
}

/// What some parts of an objective depend on besides the recipe.
struct TrainingSize {
  Index images, latent, steps;
};

/// Of what is minimised, the part that is an objective.
inline AnyObjective<float> objective_of(const VaeRecipe& r, const TrainingSize& size) {
  const bool closed_form = (r.posterior == "normal" || r.posterior == "full") && r.prior == "standard";
  const bool is_elbo = r.objective == "elbo" || r.objective == "sampled-elbo";
  if (!is_elbo && r.free_bits != 0)
    throw ConfigError(fmt::format("--free-bits are of an elbo, and not of {}", r.objective));
  if (r.groups != 1 && r.objective != "miwae" && r.objective != "piwae")
    throw ConfigError(fmt::format("--groups are of miwae and piwae, and not of {}", r.objective));
  if (r.objective.starts_with("iwae")) {
    if (r.beta != 1) throw ConfigError("--beta weighs a part of the objective; iwae has none");
    return Iwae{.doubly_reparameterized = r.objective == "iwae-dreg"};
  }
  if (r.objective == "miwae") return Miwae{.groups = r.groups};
  if (r.objective == "piwae") return Piwae{.groups = r.groups};
  if (r.objective == "ciwae") return Ciwae{.beta = r.beta};
  if (r.objective == "wae-mmd") return Reconstruction{};
  if (r.objective == "capacity")
    return ControlledCapacity{
        .gamma = r.beta, .nats = r.nats, .steps = static_cast<std::uint64_t>((size.steps + 1) / 2)};
  return Elbo{.beta = is_elbo ? r.beta : 1,
              .kl = closed_form && r.objective != "sampled-elbo" ? KlTerm::closed_form : KlTerm::sampled,
              .free_bits = r.free_bits};
}

/// And what joins it.
inline std::vector<AnyLatentTerm<float>> terms_of(const VaeRecipe& r, const TrainingSize& size) {
  if (r.objective == "beta-tcvae") return {TotalCorrelation{.beta = r.beta, .data_size = size.images}};
  if (r.objective == "factor-vae") return {mnist_factor_vae(size.latent, r.beta)};
  if (r.objective == "info-vae" || r.objective == "wae-mmd")
    return {MaximumMeanDiscrepancy{.weight = r.beta}};
  return {};
}

/// Burda et al. 2016: stage i of 3^i epochs, i = 0 to 7, has the rate 10^(-i/7).
inline MilestoneSchedule stages_of(Index steps_per_epoch) {
  MilestoneSchedule stages;
  std::int64_t step = 0, length = steps_per_epoch;
  for (int i = 0; i < 8; ++i, step += length, length *= 3)
    stages.milestones.push_back({step, std::pow(10.0, -i / 7.0)});
  return stages;
}

inline Schedule schedule_of(const VaeRecipe& r, Index steps_per_epoch) {
  if (r.schedule == "stages") return stages_of(steps_per_epoch);
  return r.schedule == "cosine" ? Schedule{CosineSchedule{}} : Schedule{ConstantSchedule{}};
}

inline VaeOptions options_of(const VaeRecipe& r, const TrainingSize& size, std::uint64_t seed) {
  VaeOptions options{
      .objective = objective_of(r, size),
      .terms = terms_of(r, size),
      .optimizer = Adam{.learning_rate = r.learning_rate, .beta1 = r.beta1, .epsilon = r.epsilon},
      .samples = r.importance_samples,
      .seed = seed};
  if (!r.begin_at_mean) return options;
  if (r.likelihood != "bernoulli")
    throw ConfigError(
        fmt::format("--begin-at-mean: of the logits of a bernoulli, and not of {}", r.likelihood));
  options.initializer = GlorotInit{};
  return options;
}

/// No biases, but those of the last layer: the logits of the pixels' means (Burda et al. 2016, their
/// program).
inline void begin_at_mean(Vae<>& vae, const Dataset& train) {
  for (Learner<float>* const learner : vae.learners())
    for_each_parameter(
        [](const Segment& s, float* values) {
          if (s.name.ends_with("bias")) std::fill_n(values, s.size, 0.0f);
        },
        learner->network.parameters());
  Vector<double> mean = Vector<double>::Zero(train.sample_shape().size());
  for (Index i = 0; i < train.size(); ++i) mean += train.stored_sample(i).cast<double>();
  mean = (mean / static_cast<double>(train.size())).cwiseMax(0.001).cwiseMin(0.999);
  Arena<float>& decoder = vae.decoder().parameters();
  decoder[decoder.segments().back().name] = (mean.array() / (1 - mean.array())).log().matrix().cast<float>();
}

/// The pseudo-inputs of a VampPrior begin as the first training images.
inline void begin_at_images(Vae<>& vae, const Dataset& train, Index pseudo_inputs) {
  if (pseudo_inputs > train.size())
    throw ConfigError(
        fmt::format("--pseudo-inputs: they begin as training images, and there are {}", train.size()));
  begin_pseudo_inputs(vae, train.take(pseudo_inputs).samples());
}

/// The images as they are learned: so many of them, and black or white where the recipe has it so.
inline data::Mnist learned_images(const VaeRecipe& r, const data::Mnist& grey, std::uint64_t seed) {
  data::Mnist images = grey;
  if (r.train_images > 0) images.train = images.train.take(std::min(r.train_images, images.train.size()));
  if (r.binarize == "no") return images_for(r.likelihood, std::move(images));
  if (r.likelihood != "bernoulli")
    throw ConfigError(fmt::format("--binarize: black and white are bernoulli, and not {}", r.likelihood));
  images.train = r.binarize == "once" ? data::binarize_static(images.train, seed)
                                      : data::binarize_dynamic(images.train, seed);
  images.test = data::binarize_static(images.test, seed);
  return images;
}

/// Begins with that recipe. `usual` are the options that no recipe has touched.
template <class Options>
void begin_with(Options& options, const VaeRecipe& recipe, const Options& usual) {
  options.recipe = recipe;
  options.architecture = recipe.architecture;
  options.latent = recipe.latent;
  options.batch_size = recipe.batch_size > 0 ? recipe.batch_size : usual.batch_size;
}

/// `iwae of 5 samples, always binarized, Adam 0.001 (0.99), stages schedule`.
inline std::string to_string(const VaeRecipe& r) {
  std::string text = r.objective;
  if (r.importance_samples > 1) text += fmt::format(" of {} samples", r.importance_samples);
  if (r.groups > 1) text += fmt::format(" in {} groups", r.groups);
  if (r.posterior != "normal" || r.prior != "standard")
    text += fmt::format(", {} posterior, {} prior", r.posterior, r.prior);
  if (r.prior == "vamp") text += fmt::format(" of {}", r.pseudo_inputs);
  if (r.likelihood != "bernoulli") text += fmt::format(", {} likelihood", r.likelihood);
  if (r.beta != 1) text += fmt::format(", beta {}", r.beta);
  if (r.objective == "capacity") text += fmt::format(", {} nats", r.nats);
  if (r.free_bits > 0) text += fmt::format(", {} free nats each", r.free_bits);
  if (r.binarize != "no") text += fmt::format(", {} binarized", r.binarize);
  text += fmt::format(", Adam {} ({})", r.learning_rate, r.beta1);
  if (r.schedule != "constant") text += fmt::format(", {} schedule", r.schedule);
  return text;
}

}  // namespace examples
