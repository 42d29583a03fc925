// Trains a generative adversarial network on MNIST or Fashion-MNIST and draws samples.

#include "support/mnist_program.hpp"

using namespace examples;

int main(int argc, char** argv) {
  MnistOptions defaults;
  defaults.latent = 100;
  defaults.learning_rate = 2e-4;
  defaults.architecture = "conv";
  defaults.epochs = 5;
  defaults.out = "out/mnist_gan";
  return run_mnist_program(argc, argv, "Trains a generative adversarial network on MNIST or Fashion-MNIST.",
                           defaults, [](const MnistOptions& o) {
                             const data::Mnist digits = load_data(o, data::PixelRange::signed_unit);
                             report_setting(o, digits);
                             MnistGan gan = make_mnist_gan(o);
                             return train(gan, "gan", digits, o);
                           });
}
