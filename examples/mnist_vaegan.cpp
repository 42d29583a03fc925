// Trains a VAE-GAN on MNIST or Fashion-MNIST: an autoencoder that compares images in features of a
// discriminator, and so draws sharper ones than one that compares pixels.

#include "support/mnist_autoencoder.hpp"

using namespace examples;

namespace {

struct VaeGanProgramOptions : MnistOptions {
  double learning_rate = 1e-3, discriminator_learning_rate = 2e-4, decoder_term_weight = 1, ema = 0.999;
};

void add(CLI::App& app, VaeGanProgramOptions& o) {
  add_options(app, o, {});
  app.add_option("--learning-rate", o.learning_rate, "Of Adam, encoder and decoder")
      ->check(positive_number())
      ->capture_default_str();
  app.add_option("--discriminator-learning-rate", o.discriminator_learning_rate, "Of Adam, discriminator")
      ->check(positive_number())
      ->capture_default_str();
  app.add_option("--likeness", o.decoder_term_weight,
                 "What the decoder gives on likeness, beside fooling the discriminator")
      ->check(positive_number())
      ->capture_default_str();
  add_ema_option(app, o.ema);
}

}  // namespace

int main(int argc, char** argv) {
  VaeGanProgramOptions defaults;
  defaults.architecture = "conv";
  defaults.batch_size = 64;
  defaults.out = "out/mnist_vaegan";
  return run_mnist_program(argc, argv, "Trains a VAE-GAN on MNIST or Fashion-MNIST.", defaults, add,
                           [](const VaeGanProgramOptions& o) {
                             const data::Mnist digits = load_data(o, data::PixelRange::unit);
                             report_setting(o, digits);
                             MnistVaeGan model = make_mnist_vaegan(
                                 o, {.decoder_term_weight = o.decoder_term_weight,
                                     .optimizer = Adam{o.learning_rate, 0.5},
                                     .discriminator_optimizer = Adam{o.discriminator_learning_rate, 0.5},
                                     .ema_decay = o.ema,
                                     .ema_warm_up = o.ema > 0,
                                     .seed = o.seed});
                             return train_autoencoder(model, description_of("vaegan", o), digits, o);
                           });
}
