// A GAN whose latent vectors end in a code, and whose discriminator has to tell from a sample the code that
// it was made from: InfoGAN (Chen et al. 2016). Nobody names the ten digits to it, and yet the ten values
// of its categorical code come to be digits, because nothing else about an image is so easy to tell; two
// continuous codes come to be what changes within a digit.
//
// The classifier that the library ships names the digits afterwards, to measure that. The picture has one
// column for each value of the categorical code, and below them one sample along each continuous code.
//
//     eigenerate/adversarial/code_head.hpp   the term of the game, and the outputs that it asks for
//     eigenerate/latent/latent_code.hpp      where in a latent vector the code is

#include <fmt/core.h>

#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <filesystem>

using namespace eigenerate;

namespace {

constexpr Index values = 10;

/// Of samples that stand in rows, one for each value of the code: the share that shows the digit of its
/// value, where every value has a digit of its own, the most frequent ones first. A tenth by chance.
double agreement(const Matrix<float>& samples) {
  const FeatureClassifier classifier = digit_features();
  const Matrix<float> logits = classifier.logits(classifier.features(samples, {-1, 1}));
  Matrix<double> counts = Matrix<double>::Zero(10, values);
  for (Index j = 0; j < logits.cols(); ++j) {
    Index digit = 0;
    logits.col(j).maxCoeff(&digit);
    ++counts(digit, j % values);
  }
  double agree = 0;
  for (Index i = 0; i < values; ++i) {
    Index digit = 0, value = 0;
    agree += counts.maxCoeff(&digit, &value);
    counts.row(digit).setConstant(-1);
    counts.col(value).setConstant(-1);
  }
  return agree / static_cast<double>(samples.cols());
}

}  // namespace

int main() {
  const Dataset digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR, data::PixelRange::signed_unit).train;

  const LatentCode code{.categorical = 1, .categories = values, .continuous = 2};
  const Conv2dOptions halve{.kernel = 4, .stride = 2, .padding = 1};
  Gan gan{
      Sequential{Linear{16 + code.size(), 32 * 7 * 7}, Reshape{32, 7, 7}, BatchNorm{32}, Relu{},
                 ConvTranspose2d{32, 16, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{16}, Relu{},
                 ConvTranspose2d{16, 1, {.kernel = 4, .stride = 2, .padding = 1}}, Tanh{}},
      Sequential{
          Reshape{1, 28, 28}, Conv2d{1, 16, halve}, LeakyRelu{0.1}, Conv2d{16, 32, halve}, BatchNorm{32},
          LeakyRelu{0.1}, Flatten{}, Linear{32 * 7 * 7, 128}, BatchNorm{128}, LeakyRelu{0.1},
          // The logit; and the code's head: ten logits, two means, two log-variances.
          Concat{Linear{128, 1}, Sequential{Linear{128, 64}, BatchNorm{64}, LeakyRelu{0.1}, Linear{64, 14}}}},
      {.terms = {CodeHead{.code = code}},
       .generator_optimizer = Adam{1e-3, 0.5},
       .discriminator_optimizer = Adam{2e-4, 0.5},
       .ema_decay = 0.99,
       .seed = 1}};

  const double before = agreement(gan.traverse(0, values, 200));
  Trainer trainer{{.epochs = 40, .batch_size = 64, .seed = 7}, ProgressBar{}};
  trainer.fit(gan, digits);
  const double after = agreement(gan.traverse(0, values, 200));

  fmt::print("samples that show the digit of their code: {:.0f} % before training, {:.0f} % after\n",
             100 * before, 100 * after);
  Matrix<float> picture(784, values * 10);
  picture << gan.traverse(0, values, 6), gan.traverse(1, values, 2, {}, 2), gan.traverse(2, values, 2, {}, 2);
  const auto path = std::filesystem::temp_directory_path() / "info_gan.png";
  write_image_grid<float>(path, picture, {1, 28, 28}, {.columns = values, .range = {-1, 1}});
  fmt::print("{}\n", path.string());
}
