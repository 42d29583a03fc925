// Trains a bidirectional GAN on MNIST or Fashion-MNIST: a generator with an encoder that becomes its inverse,
// though nothing ever compares an image with its reconstruction.

#include "support/mnist_autoencoder.hpp"

using namespace examples;

namespace {

struct BiganProgramOptions : MnistOptions {
  double learning_rate = 5e-4, gamma = 1, ema = 0.999;
};

void add(CLI::App& app, BiganProgramOptions& o) {
  add_options(app, o, {"concat"}, {});  // pairs of image and code are vectors
  app.add_option("--learning-rate", o.learning_rate, "Of Adam, all networks")
      ->check(positive_number())
      ->capture_default_str();
  app.add_option("--gamma", o.gamma, "Of R1 on the discriminator of pairs, in every fourth step")
      ->check(number_not_negative())
      ->capture_default_str();
  add_ema_option(app, o.ema);
}

}  // namespace

int main(int argc, char** argv) {
  BiganProgramOptions defaults;
  defaults.latent = 32;
  defaults.epochs = 40;
  defaults.batch_size = 16;
  defaults.out = "out/mnist_bigan";
  return run_mnist_program(argc, argv, "Trains a bidirectional GAN on MNIST or Fashion-MNIST.", defaults, add,
                           [](const BiganProgramOptions& o) {
                             const data::Mnist digits = load_data(o, data::PixelRange::signed_unit);
                             report_setting(o, digits);
                             const Adam adam{o.learning_rate, 0.5};
                             MnistBigan model =
                                 make_mnist_bigan(o, {.terms = {R1{.gamma = o.gamma, .every = 4}},
                                                      .optimizer = adam,
                                                      .discriminator_optimizer = adam,
                                                      .ema_decay = o.ema,
                                                      .ema_warm_up = o.ema > 0,
                                                      .seed = o.seed});
                             return train_autoencoder(model, description_of("bigan", o), digits, o);
                           });
}
