// A latent space made of symbols (van den Oord et al. 2017). The encoder of a VQ-VAE puts out an image of 7×7
// vectors, each of which becomes the nearest of 32 codes; the decoder sees the codes. So a digit is 49
// numbers from 0 to 31, and once that is learned a second model learns which numbers follow which, for every
// label: a PixelCNN (van den Oord et al. 2016), one number after another. What it draws is decoded.
//
// How far from real digits is that? The Fréchet distance between features of the classifier that the library
// ships tells it of reconstructions and of samples. The picture has test images in its first two rows, their
// reconstructions below, then samples of the digits 0 to 9.
//
//     eigenerate/layers/vector_quantizer.hpp    the codebook, which follows the vectors it serves
//     eigenerate/models/pixel_cnn.hpp           images of categories, one after another

#include <fmt/core.h>

#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <eigenerate/metrics/frechet_distance.hpp>
#include <eigenerate/models/vq_vae_sampler.hpp>
#include <filesystem>

using namespace eigenerate;

constexpr Index codes = 32, hidden = 64;
constexpr Conv2dOptions halve{.kernel = 4, .stride = 2, .padding = 1};
constexpr ConvTranspose2dOptions enlarge{.kernel = 4, .stride = 2, .padding = 1};

static VqVae<float> make_model() {
  return {
      Sequential{Conv2d{1, 32, halve}, Relu{}, Conv2d{32, 64, halve}, Relu{}, Conv2d{64, 8, {.kernel = 1}}},
      Sequential{Conv2d{8, 64, {.padding = 1}}, Relu{}, ConvTranspose2d{64, 32, enlarge}, Relu{},
                 ConvTranspose2d{32, 1, enlarge}},
      {.quantizer = VectorQuantizer{codes}, .sample = Shape{1, 28, 28}, .optimizer = Adam{2e-3}, .seed = 1}};
}

static PixelCnn<float> make_prior(const Shape& shape) {
  const Residual block{Sequential{Relu{}, MaskedConv2d{hidden, hidden}, Modulate{}, Relu{}, Dropout{0.1},
                                  MaskedConv2d{hidden, hidden, {.kernel = 1}}}};
  return {Sequential{MaskedConv2d{codes, hidden, {.kernel = 5, .sees_center = false}}, Modulate{}, block,
                     block, block, block, Relu{}, MaskedConv2d{hidden, codes, {.kernel = 1}}},
          {.sample = shape, .categories = codes, .classes = 10, .optimizer = Adam{3e-3}, .seed = 2}};
}

/// The share of the codes that stand somewhere in these images.
static double share_used(const Matrix<float>& images) {
  Vector<float> used = Vector<float>::Zero(codes);
  for (const float number : images.reshaped()) used(static_cast<Index>(number)) = 1;
  return static_cast<double>(used.mean());
}

static double distance(const Matrix<float>& real, const Matrix<float>& made) {
  static const FeatureClassifier classifier = digit_features();
  return frechet_distance(classifier.features(real), classifier.features(made)).value;
}

int main() {
  const data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR);
  const Matrix<float> test = digits.test.samples();

  VqVae<float> vae = make_model();
  Trainer trainer{{.epochs = 10, .batch_size = 64, .seed = 7, .schedule = CosineSchedule{0.1}},
                  ProgressBar{}};
  const FitResult of_vae = trainer.fit(vae, digits.train, digits.test);

  PixelCnn<float> prior = make_prior(vae.code_shape());
  Trainer prior_trainer{{.epochs = 10, .batch_size = 64, .seed = 8, .schedule = CosineSchedule{0.1}},
                        ProgressBar{}};
  const FitResult of_prior = prior_trainer.fit(prior, vae.encode(digits.train), vae.encode(digits.test));

  const Matrix<float> again = vae.reconstruct(test);
  const VqVaeSampler<float> sampler(vae, prior);
  const Matrix<float> samples = sampler.sample(digits.test.labels(), Seed{42});
  fmt::print("test images: {:.1f} nats of reconstruction, {:.1f} of codes; {:.0f} % of the codes used\n",
             (*of_vae.last_epoch->held_out)["reconstruction"], (*of_prior.last_epoch->held_out)["loss"],
             100 * share_used(vae.encode(test)));
  fmt::print("Fréchet distance to test images: reconstructions {:.1f}, samples {:.1f}\n",
             distance(test, again), distance(test, samples));

  Matrix<float> picture(784, 80);
  picture << test.leftCols(20), again.leftCols(20), Matrix<float>(784, 40);
  for (Index row = 0; row < 4; ++row) {
    std::vector<int> labels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    picture.middleCols(40 + 10 * row, 10) = sampler.sample(labels, Seed{static_cast<std::uint64_t>(row)});
  }
  const auto path = std::filesystem::temp_directory_path() / "vq_vae.png";
  write_image_grid<float>(path, picture, {1, 28, 28}, {.columns = 10, .range = {0, 1}});
  fmt::print("{}\n", path.string());
}
