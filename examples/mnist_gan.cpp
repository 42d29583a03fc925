// Trains a generative adversarial network on MNIST or Fashion-MNIST, draws samples and judges them.

#include "support/gan_recipe.hpp"
#include "support/mnist_program.hpp"

using namespace examples;

int main(int argc, char** argv) {
  MnistOptions defaults;
  defaults.latent = 64;
  defaults.architecture = "conv";
  defaults.batch_size = 64;
  defaults.out = "out/mnist_gan";
  GanFlags flags;
  const auto add = [&](CLI::App& app, MnistOptions& o) {
    add_options(app, o, gan_label_uses());
    add_gan_flags(app, flags);
    app.add_option("--learning-rate", flags.learning_rate, "Of Adam, both networks")
        ->check(positive_number());
    app.add_option("--pac", o.pac, "Samples that the discriminator judges together (PacGAN)")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    app.add_flag("--augment", o.augment,
                 "Show the discriminator real and generated images disturbed alike (DiffAugment)");
  };
  return run_mnist_program(argc, argv, "Trains a generative adversarial network on MNIST or Fashion-MNIST.",
                           defaults, add, [&](MnistOptions o) {
                             const GanRecipe recipe = flags.chosen();
                             o.norm = recipe.norm;
                             const data::Mnist digits = load_data(o, data::PixelRange::signed_unit);
                             report_setting(o, digits);
                             report("recipe: {}", to_string(recipe));
                             MnistGan gan = make_mnist_gan(o, gan_options(recipe, o.seed));
                             return train(gan, "gan", digits, o);
                           });
}
