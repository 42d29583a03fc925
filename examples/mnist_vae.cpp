// Trains a variational autoencoder on MNIST or Fashion-MNIST and draws samples, reconstructions and a path
// through its latent space.

#include "support/mnist_autoencoder.hpp"

using namespace examples;

int main(int argc, char** argv) {
  MnistOptions defaults;
  defaults.out = "out/mnist_vae";
  double learning_rate = 1e-3;
  const auto add = [&](CLI::App& app, MnistOptions& o) {
    add_options(app, o, {"concat"});
    app.add_option("--learning-rate", learning_rate, "Of Adam")
        ->check(positive_number())
        ->capture_default_str();
  };
  return run_mnist_program(argc, argv, "Trains a variational autoencoder on MNIST or Fashion-MNIST.",
                           defaults, add, [&](const MnistOptions& o) {
                             const data::Mnist digits = load_data(o, data::PixelRange::unit);
                             report_setting(o, digits);
                             MnistVae vae =
                                 make_mnist_vae(o, {.optimizer = Adam{learning_rate}, .seed = o.seed});
                             return train_autoencoder(vae, description_of("vae", o), digits, o);
                           });
}
