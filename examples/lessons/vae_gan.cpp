// A VAE compares images pixel by pixel. A stroke that is moved by one pixel costs as much as a missing one,
// so where it is not sure it draws all places a little: its images are blurred. A VAE-GAN (Larsen et al.
// 2016) compares them in features of a discriminator, which learns them to tell real images from decoded
// ones.
//
// Encoder and decoder of both are the same networks here, trained for as long on the same digits. Sharpness,
// the variance of the Laplacian, is that of reconstructions of test images; the classifier that the library
// ships says how many of them show the digit of their image. The picture has test images in its first row,
// and below them what the VAE and what the VAE-GAN make of them.
//
//     eigenerate/models/vae_gan.hpp                        who learns what
//     eigenerate/adversarial/feature_reconstruction.hpp    the similarity that is learned

#include <fmt/core.h>

#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <eigenerate/metrics/sharpness.hpp>
#include <filesystem>

using namespace eigenerate;

namespace {

constexpr Index latent = 16, features = 32 * 7 * 7;
const Conv2dOptions halve{.kernel = 4, .stride = 2, .padding = 1};

AnyLayer<float> encoder() {
  return Sequential{Conv2d{1, 16, halve},        Relu{}, Conv2d{16, 32, halve}, Relu{}, Flatten{},
                    Linear{features, 2 * latent}};
}
/// Ends in logits.
auto decoder() {
  return Sequential{Linear{latent, features},
                    Reshape{32, 7, 7},
                    BatchNorm{32},
                    Relu{},
                    ConvTranspose2d{32, 16, {.kernel = 4, .stride = 2, .padding = 1}},
                    BatchNorm{16},
                    Relu{},
                    ConvTranspose2d{16, 1, {.kernel = 4, .stride = 2, .padding = 1}}};
}

double sharp(const Matrix<float>& images) {
  return sharpness(images, {1, 28, 28}).value;
}

/// The share of images y that show the digits of x.
double same_digit(const Matrix<float>& x, const Matrix<float>& y) {
  const FeatureClassifier classifier = digit_features();
  const Matrix<float> a = classifier.logits(classifier.features(x)),
                      b = classifier.logits(classifier.features(y));
  double same = 0;
  for (Index j = 0; j < x.cols(); ++j) {
    Index digit = 0, again = 0;
    a.col(j).maxCoeff(&digit);
    b.col(j).maxCoeff(&again);
    same += digit == again;
  }
  return same / static_cast<double>(x.cols());
}

}  // namespace

int main() {
  const data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR);
  const Matrix<float> test = digits.test.samples();

  Vae<> vae{encoder(), decoder(), {.likelihood = Bernoulli{}, .seed = 1}};
  VaeGan<> vae_gan{encoder(),
                   Sequential{decoder(), Sigmoid{}},
                   Sequential{Conv2d{1, 16, halve}, LeakyRelu{0.2}, Conv2d{16, 32, halve}, LeakyRelu{0.2},
                              Flatten{}, Concat{Linear{features, 1}, Identity{}}},
                   {.terms = {FeatureReconstruction{.features = features}},
                    .optimizer = Adam{1e-3, 0.5},
                    .discriminator_optimizer = Adam{2e-4, 0.5},
                    .seed = 1}};
  Trainer trainer{{.epochs = 15, .batch_size = 64, .seed = 7}, ProgressBar{}};
  trainer.fit(vae, digits.train);
  trainer.fit(vae_gan, digits.train);

  const Matrix<float> blurred = vae.reconstruct(test), clear = vae_gan.reconstruct(test);
  fmt::print("sharpness: VAE {:.3f}, VAE-GAN {:.3f}, test images {:.3f}\n", sharp(blurred), sharp(clear),
             sharp(test));
  fmt::print("reconstructions that show the same digit: VAE {:.0f} %, VAE-GAN {:.0f} %\n",
             100 * same_digit(test, blurred), 100 * same_digit(test, clear));
  Matrix<float> picture(784, 50);
  picture << test.leftCols(10), blurred.leftCols(10), clear.leftCols(10), vae.sample(10), vae_gan.sample(10);
  const auto path = std::filesystem::temp_directory_path() / "vae_gan.png";
  write_image_grid<float>(path, picture, {1, 28, 28}, {.columns = 10});
  fmt::print("{}\n", path.string());
}
