// Trains a generative adversarial network on MNIST or Fashion-MNIST and draws samples.

#include "support/mnist_program.hpp"

using namespace examples;

namespace {

using MnistGan = Gan<AnyLayer, AnyLayer>;

MnistGan make_model(const MnistOptions& o) {
  const Index k = o.classes(), latent = o.latent;
  // Radford et al. 2016: β₁ = 0.5; weights of the convolutional networks from N(0, 0.02).
  const Adam adam{o.learning_rate, 0.5};
  GanOptions options{
      .generator_optimizer = adam, .discriminator_optimizer = adam, .classes = k, .seed = o.seed};
  if (o.architecture == "mlp")
    return MnistGan{Sequential{Linear{latent + k, 256}, LeakyRelu{0.2}, Linear{256, 512}, LeakyRelu{0.2},
                               Linear{512, 784}, Tanh{}},
                    Sequential{Linear{784 + k, 512}, LeakyRelu{0.2}, Dropout{0.3}, Linear{512, 256},
                               LeakyRelu{0.2}, Dropout{0.3}, Linear{256, 1}},
                    options};
  options.initializer = NormalInit{0, 0.02};
  return MnistGan{
      Sequential{Linear{latent + k, 128 * 7 * 7}, Reshape{128, 7, 7}, BatchNorm{128}, Relu{},
                 ConvTranspose2d{128, 64, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{64}, Relu{},
                 ConvTranspose2d{64, 1, {.kernel = 4, .stride = 2, .padding = 1}}, Tanh{}},
      Sequential{Conv2d{1 + k, 64, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{0.2},
                 Conv2d{64, 128, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{128}, LeakyRelu{0.2},
                 Flatten{}, Linear{128 * 7 * 7, 1}},
      options};
}

}  // namespace

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
                             MnistGan gan = make_model(o);
                             return train(gan, digits, o, {.low = -1, .high = 1});
                           });
}
