// A GAN that can be walked in both directions (Donahue et al. 2017; Dumoulin et al. 2017). An encoder makes
// pairs of an image and its code, (x, E(x)), a generator makes pairs of an image and the vector that it was
// drawn from, (G(z), z), and the discriminator tells the two kinds of pairs apart. Where it cannot, E and G
// are each other's inverse, though nothing here ever compares an image with its reconstruction.
//
// So G(E(x)) shares with x what the game is about and not the pixels: the digit, its slant, its strokes. The
// classifier that the library ships says how often the digit has stayed. The picture has test images in its
// odd rows, and below each what the generator makes of its code.
//
//     eigenerate/models/bigan.hpp            three networks, each with a loss of its own
//     eigenerate/adversarial/fooling.hpp     who learns from a discriminator: here both sides do

#include <fmt/core.h>

#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <filesystem>

using namespace eigenerate;

constexpr Index code_size = 32;

/// The share of images whose reconstruction shows the same digit.
static double same_digit(const Bigan<>& model, const Matrix<float>& x) {
  const FeatureClassifier classifier = digit_features();
  const auto logits = [&](const Matrix<float>& images) {
    return classifier.logits(classifier.features(images, {-1, 1}));
  };
  const Matrix<float> expected = logits(x), got = logits(model.reconstruct(x));
  double same = 0;
  for (Index j = 0; j < x.cols(); ++j) {
    Index digit = 0, again = 0;
    expected.col(j).maxCoeff(&digit);
    got.col(j).maxCoeff(&again);
    same += digit == again;
  }
  return same / static_cast<double>(x.cols());
}

int main() {
  const data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR, data::PixelRange::signed_unit);
  const Matrix<float> test = digits.test.samples();

  const auto hidden = [](Index in, Index out) { return Sequential{Linear{in, out}, BatchNorm{out}, Relu{}}; };
  Bigan model{
      Sequential{Flatten{}, Linear{784, 256}, BatchNorm{256}, LeakyRelu{0.2}, Linear{256, 256},
                 BatchNorm{256}, LeakyRelu{0.2}, Linear{256, code_size}},
      Sequential{hidden(code_size, 256), hidden(256, 256), Linear{256, 784}, Tanh{}, Reshape{1, 28, 28}},
      Sequential{Linear{784 + code_size, 256}, LeakyRelu{0.2}, Linear{256, 256}, LeakyRelu{0.2},
                 Linear{256, 1}},
      {.terms = {R1{.gamma = 1, .every = 4}},
       .optimizer = Adam{5e-4, 0.5},
       .discriminator_optimizer = Adam{5e-4, 0.5},
       .ema_decay = 0.99,
       .seed = 1}};

  const double before = same_digit(model, test);
  Trainer trainer{{.epochs = 40, .batch_size = 64, .seed = 7}, ProgressBar{}};
  trainer.fit(model, digits.train);
  fmt::print(
      "test images whose reconstruction shows the same digit: {:.0f} % before training, {:.0f} % after\n",
      100 * before, 100 * same_digit(model, test));

  Matrix<float> picture(784, 80);
  for (Index row = 0; row < 4; ++row) {
    const Matrix<float> x = test.middleCols(10 * row, 10);
    picture.middleCols(20 * row, 10) = x;
    picture.middleCols(20 * row + 10, 10) = model.reconstruct(x);
  }
  const auto path = std::filesystem::temp_directory_path() / "bigan.png";
  write_image_grid<float>(path, picture, {1, 28, 28}, {.columns = 10, .range = {-1, 1}});
  fmt::print("{}\n", path.string());
}
