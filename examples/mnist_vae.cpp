// Trains a variational autoencoder on MNIST or Fashion-MNIST, draws samples, reconstructions and a path
// through its latent space, and measures the likelihood of test images.

#include "support/likelihood.hpp"
#include "support/mnist_autoencoder.hpp"
#include "support/vae_recipe.hpp"

using namespace examples;

namespace {

struct MnistVaeOptions : MnistOptions {
  std::string recipe_name = "usual";
  VaeRecipe recipe;
  Index likelihood_samples = 0;
};

/// The networks and the training of Burda et al. 2016 with one or two layers of latent variables; Adam's
/// first decay and the binarization are those of their program.
VaeRecipe burda(Index levels) {
  VaeRecipe r{.architecture = "tanh",
              .latent = 50,
              .objective = "iwae",
              .binarize = "always",
              .beta1 = 0.99,
              .epsilon = 1e-4 / 20,  // theirs, of gradients that are summed over a batch
              .schedule = "stages",
              .begin_at_mean = true,
              .train_images = 59600,
              .batch_size = 20};
  if (levels == 2) {
    r.latent = 150;
    r.architecture = r.posterior = r.prior = "chain";
  }
  return r;
}
const VaeRecipes recipes{{"usual", {}}, {"burda", burda(1)}, {"burda-2", burda(2)}};

void add(CLI::App& app, MnistVaeOptions& o) {
  add_options(app, o, {"concat"}, mnist_vae_architectures);
  add_recipe_options(app, o.recipe_name, o.recipe, recipes);
  app.add_option("--likelihood-samples", o.likelihood_samples,
                 "Importance samples for the likelihood of each test image, which needs --binarize or a "
                 "--likelihood of levels; 0: not measured")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string description = "Trains a variational autoencoder on MNIST or Fashion-MNIST.";
  MnistVaeOptions options;
  options.out = "out/mnist_vae";
  if (const auto code = begin_with_recipe(argc, argv, with_exit_codes(description), options, recipes, add))
    return *code;
  return run_mnist_program(argc, argv, description, options, add, [](const MnistVaeOptions& o) {
    if (o.likelihood_samples > 0 && o.recipe.binarize == "no" &&
        !pixel_likelihood(o.recipe.likelihood).of_levels)
      throw ConfigError(fmt::format(
          "--likelihood-samples: gray pixels have no probability under a {} likelihood; say --binarize, or "
          "--likelihood with one of {}",
          o.recipe.likelihood, fmt::join(level_likelihoods, ", ")));
    const data::Mnist grey = load_data(o, data::PixelRange::unit),
                      digits = learned_images(o.recipe, grey, o.seed);
    report_setting(o, digits);
    report("recipe: {}", to_string(o.recipe));
    MnistNetworks networks = o;
    networks.posterior = o.recipe.posterior;
    networks.prior = o.recipe.prior;
    networks.pseudo_inputs = o.recipe.pseudo_inputs;
    networks.likelihood = o.recipe.likelihood;
    networks.factor_vae = o.recipe.objective == "factor-vae";
    const Index per_step = o.batch_size * o.accumulate,
                steps_per_epoch = (digits.train.size() + per_step - 1) / per_step;
    MnistVae vae = make_mnist_vae(
        networks, options_of(o.recipe, {digits.train.size(), o.latent, o.epochs * steps_per_epoch}, o.seed));
    if (o.recipe.begin_at_mean) begin_at_mean(vae, digits.train);
    if (networks.prior == "vamp") begin_at_images(vae, digits.train, networks.pseudo_inputs);
    return train_autoencoder(
        vae, description_of("vae", networks), digits, o, schedule_of(o.recipe, steps_per_epoch), [&] {
          // Samples are means, and so compared with the grey images.
          report_measures(vae, grey.test, o.dataset, o.seed, o.file("measures.json"), [&](MeasureTable& t) {
            if (o.likelihood_samples > 0) report_likelihood(vae, digits.test, o.likelihood_samples, t);
          });
        });
  });
}
