// Trains a generative adversarial network on MNIST or Fashion-MNIST, draws samples and judges them.

#include "support/gan_recipe.hpp"
#include "support/mnist_program.hpp"

using namespace examples;

namespace {

struct MnistGanOptions : MnistOptions {
  std::string recipe_name = "stable";
  GanRecipe recipe;
};

/// The others as their authors have them: Radford et al. 2016; Gulrajani et al. 2017; Miyato et al. 2018,
/// setting C.
const GanRecipes recipes{{"stable", stable_recipe},
                         {"dcgan", {.batch_norm = true, .initializer = "normal"}},
                         {"wgan-gp",
                          {.loss = "wasserstein",
                           .penalty = "wgan-gp",
                           .penalty_weight = 10,
                           .discriminator_steps = 5,
                           .learning_rate = 1e-4,
                           .beta1 = 0,
                           .beta2 = 0.9}},
                         {"sn-hinge", {.loss = "hinge", .spectral_norm = true}}};

void add(CLI::App& app, MnistGanOptions& o) {
  add_options(app, o, gan_label_uses());
  add_recipe_options(app, o.recipe_name, o.recipe, recipes, "In the discriminator");
  app.add_flag("--augment", o.augment,
               "Show the discriminator real and generated images disturbed alike (DiffAugment)");
  app.add_flag(
      "--info", o.info,
      "Give the end of the latent vector a meaning: ten values without labels, two numbers (InfoGAN)");
}

MnistNetworks networks_of(const MnistGanOptions& o) {
  constexpr double deviation = 0.6;  // of pixels in [-1, 1]: 0.62 of digits, 0.71 of clothes
  MnistNetworks n = o;
  n.batch_norm = o.recipe.batch_norm;
  n.spectral_norm = o.recipe.spectral_norm;
  n.pac = o.recipe.packing;
  n.noise = o.recipe.noise * deviation;
  n.noise_until = o.recipe.noise_until;
  return n;
}

/// One code after another, five rows each: a sample with all the values of that code.
void write_traversals(const fs::path& path, const MnistGan& gan) {
  constexpr Index rows = 5, columns = 10;
  const Index codes = gan.code().count();
  Matrix<float> tiles(784, codes * rows * columns);
  for (Index which = 0; which < codes; ++which)
    tiles.middleCols(which * rows * columns, rows * columns) =
        gan.traverse(which, columns, rows, gan.classes() > 0 ? std::optional(3) : std::nullopt);
  write_image_grid(path, as_const(tiles), {1, 28, 28}, {.columns = columns, .range = {-1, 1}});
  report("{}", path.string());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string description = "Trains a generative adversarial network on MNIST or Fashion-MNIST.";
  MnistGanOptions options;
  options.latent = 64;
  options.architecture = "conv";
  options.batch_size = 64;
  options.out = "out/mnist_gan";
  if (const auto code = begin_with_recipe(argc, argv, with_exit_codes(description), options, recipes, add))
    return *code;
  return run_mnist_program(argc, argv, description, options, add, [](const MnistGanOptions& o) {
    const data::Mnist digits = load_data(o, data::PixelRange::signed_unit);
    const MnistNetworks networks = networks_of(o);
    report_setting(o, digits);
    report("recipe: {}", to_string(o.recipe));
    MnistGan gan = make_mnist_gan(networks, options_of(o.recipe, o.latent, o.seed));
    const ExitCode code = train(gan, description_of("gan", networks), digits, o, schedule_of(o.recipe));
    if (o.info) write_traversals(o.file("traversals.png"), gan);
    return code;
  });
}
