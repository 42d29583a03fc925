// Whoever knows how probable things are can say them shortly: −log₂ p bits for each. Two models of digits
// as codecs.
//
// Without loss, by a VAE. Its p(x|z) codes the pixels once z is chosen, but z must be said too, and that is
// dear. Bits-back coding gets most of it back (Townsend, Bird & Barber 2019): the sender does not draw z
// with random numbers but with the bits of the images before, which the receiver finds again, since it
// knows q(z|x) once it has x. What remains to pay is the negative ELBO; the lesson measures both, and takes
// all images back.
//
// With loss, by a VQ-VAE. A digit becomes 49 numbers from 0 to 31; a PixelCNN knows which follow which, and
// so they cost less than 5 bits each. How like the pictures are to the real ones, the structural similarity
// tells (1: the same).
//
//     eigenerate/compression/compression.hpp    the folder's umbrella, with a table of its parts

#include <fmt/core.h>

#include <cmath>
#include <eigenerate/compression/compression.hpp>
#include <eigenerate/compression/pixel_coder.hpp>
#include <eigenerate/data/binarize.hpp>
#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/layers/masked_conv2d.hpp>
#include <eigenerate/metrics/ssim.hpp>
#include <eigenerate/models/vq_vae.hpp>
#include <filesystem>

using namespace eigenerate;

constexpr Index codes = 32, hidden = 32, compressed = 500;

static void without_loss(const data::Mnist& digits, const std::filesystem::path& file) {
  Vae vae{Sequential{Linear{784, 100}, Relu{}, Linear{100, 2 * 40}},
          Sequential{Linear{40, 100}, Relu{}, Linear{100, 784}},
          {.likelihood = Bernoulli{}, .seed = 1}};
  Trainer trainer{{.epochs = 30, .batch_size = 100, .seed = 7}, ProgressBar{}};
  trainer.fit(vae, data::binarize_dynamic(digits.train, 1));

  const Matrix<float> x = data::binarize_static(digits.test, 1).take(compressed).samples();
  BitsBack codec{vae};
  compress(codec, x).save(file);
  const CompressedImages read = CompressedImages::load(file);
  vae.prepare(compressed);
  const double nats = vae.evaluate({as_const(x), {}}, {})["loss"];
  fmt::print(
      "without loss: {:.4f} bits a pixel, of which {:.4f} to begin with; negative ELBO {:.4f}; {} images differ\n",
      read.bits_per_dimension(), static_cast<double>(read.initial_bits()) / static_cast<double>(x.size()),
      nats / 784 / std::log(2.0), (decompress(codec, read) - x).colwise().squaredNorm().count());
}

static void with_loss(const data::Mnist& digits, const std::filesystem::path& file) {
  constexpr Conv2dOptions halve{.kernel = 4, .stride = 2, .padding = 1};
  constexpr ConvTranspose2dOptions enlarge{.kernel = 4, .stride = 2, .padding = 1};
  VqVae<float> vae{
      Sequential{Conv2d{1, 16, halve}, Relu{}, Conv2d{16, 32, halve}, Relu{}, Conv2d{32, 8, {.kernel = 1}}},
      Sequential{ConvTranspose2d{8, 32, enlarge}, Relu{}, ConvTranspose2d{32, 1, enlarge}},
      {.quantizer = VectorQuantizer{codes}, .sample = Shape{1, 28, 28}, .optimizer = Adam{2e-3}, .seed = 1}};
  const TrainerOptions training{.epochs = 6, .batch_size = 64, .seed = 7, .schedule = CosineSchedule{0.1}};
  Trainer trainer{training, ProgressBar{}};
  trainer.fit(vae, digits.train);

  const Residual block{
      Sequential{Relu{}, MaskedConv2d{hidden, hidden}, Relu{}, MaskedConv2d{hidden, hidden, {.kernel = 1}}}};
  PixelCnn<float> prior{
      Sequential{MaskedConv2d{codes, hidden, {.kernel = 5, .sees_center = false}}, block, block, Relu{},
                 MaskedConv2d{hidden, codes, {.kernel = 1}}},
      {.sample = vae.code_shape(), .categories = codes, .optimizer = Adam{3e-3}, .seed = 2}};
  Trainer prior_trainer{training, ProgressBar{}};
  prior_trainer.fit(prior, vae.encode(digits.train));

  const Matrix<float> x = digits.test.take(compressed).samples();
  PixelCoder coder{prior};
  compress(coder, vae.encode(x)).save(file);
  const CompressedImages read = CompressedImages::load(file);
  const Matrix<float> again = vae.decode(decompress(coder, read));
  fmt::print("with loss: {:.4f} bits a pixel, {:.4f} as they are; structural similarity {:.3f}\n",
             static_cast<double>(read.bits()) / static_cast<double>(x.size()), 49 * std::log2(codes) / 784.0,
             ssim(again, x, {1, 28, 28}).value);
}

int main() {
  const data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR);
  const auto file = std::filesystem::temp_directory_path() / "eigenerate-digits.ans";
  without_loss(digits, file);
  with_loss(digits, file);
  std::filesystem::remove(file);
}
