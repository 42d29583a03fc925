// What is the V for? An autoencoder reconstructs better than a VAE, since nothing is drawn and no KL is paid.
// But nobody told it where its codes may lie: a vector of N(0, I) is no code, and decodes to nothing, unless
// one asks afterwards where the codes are: a normal distribution that is fitted to them may serve as a prior.
// A regularized autoencoder (Ghosh et al. 2020) keeps codes short, and its decoder smooth by weight decay.
// The Fréchet distance between features of the library's classifier tells how far samples are from digits.
//
// The picture has samples from N(0, I): one row of the autoencoder, one of the regularized, one of the VAE.
//
//     eigenerate/latent/deterministic_posterior.hpp   the code is the encoder's output itself
//     eigenerate/latent/latent_norm.hpp               what keeps it short

#include <fmt/core.h>

#include <Eigen/Cholesky>
#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <eigenerate/latent/latent_norm.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <eigenerate/metrics/frechet_distance.hpp>
#include <filesystem>

using namespace eigenerate;

constexpr Index latent = 16, count = 2000;

/// Vectors from the normal distribution that has the codes' mean and covariance.
static Matrix<float> fitted(const Matrix<float>& codes, const Matrix<float>& noise) {
  const Vector<float> mean = codes.rowwise().mean();
  const Matrix<float> centered = codes.colwise() - mean;
  const Matrix<float> covariance = centered * centered.transpose() / static_cast<float>(codes.cols());
  return (covariance.llt().matrixL() * noise).colwise() + mean;
}

static double distance(const Matrix<float>& real, const Matrix<float>& made) {
  static const FeatureClassifier classifier = digit_features();
  return frechet_distance(classifier.features(real), classifier.features(made)).value;
}

/// Trains, prints, and returns ten samples.
static Matrix<float> show(const char* name, Vae<float> model, const data::Mnist& digits) {
  Trainer trainer{{.epochs = 10, .batch_size = 64, .seed = 7}, ProgressBar{}};
  const FitResult fit = trainer.fit(model, digits.train, digits.test);
  const Matrix<float> test = digits.test.take(count).samples();
  Matrix<float> noise(latent, count);
  fill_normal(noise.data(), noise.size(), RandomStream{42, Purpose::sampling});
  const Matrix<float> samples = model.decode(noise);
  const Matrix<float> of_fitted = model.decode(fitted(model.embed(test), noise));
  fmt::print(
      "{:<12} reconstruction {:6.1f} nats   samples from N(0, I) {:6.1f}   from a fitted normal {:6.1f}\n",
      name, (*fit.last_epoch->held_out)["reconstruction"], distance(test, samples),
      distance(test, of_fitted));
  return samples.leftCols(10);
}

int main() {
  const data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR);
  const auto encoder = [](Index out) {
    return Sequential{Flatten{}, Linear{784, 256}, Relu{}, Linear{256, 256}, Relu{}, Linear{256, out}};
  };
  const Sequential decoder{Linear{latent, 256}, Relu{}, Linear{256, 256}, Relu{}, Linear{256, 784},
                           Reshape{1, 28, 28}};
  const VaeOptions plain{.posterior = DeterministicPosterior{}, .objective = Reconstruction{}, .seed = 1};
  VaeOptions regularized = plain;
  regularized.terms = {LatentNorm{}};
  regularized.decoder_optimizer = AdamW{};
  Matrix<float> picture(784, 30);
  picture << show("autoencoder", {encoder(latent), decoder, plain}, digits),
      show("regularized", {encoder(latent), decoder, regularized}, digits),
      show("VAE", {encoder(2 * latent), decoder, {.seed = 1}}, digits);
  const auto path = std::filesystem::temp_directory_path() / "autoencoder.png";
  write_image_grid<float>(path, picture, {1, 28, 28}, {.columns = 10, .range = {0, 1}});
  fmt::print("{}\n", path.string());
}
