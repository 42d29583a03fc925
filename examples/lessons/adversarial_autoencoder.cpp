// An autoencoder alone puts its codes where it likes, so nobody knows which latent vectors decode to data. An
// adversarial autoencoder (Makhzani et al. 2016; WAE-GAN, Tolstikhin et al. 2018) has a discriminator that
// tells codes from vectors of the prior, and an encoder that learns to fool it: no density of q(z|x), no KL.
// Both are trained here on images of a bright spot somewhere; the plain one gives the game no weight.
//
//     eigenerate/models/adversarial_autoencoder.hpp   an Autoencoder and an Adversary, and their step
//     eigenerate/latent/deterministic_posterior.hpp   the code is the encoder's output itself

#include <fmt/core.h>

#include <cmath>
#include <eigenerate/eigenerate.hpp>

using namespace eigenerate;

constexpr Index side = 10, pixels = side * side;

/// Images of a spot whose place is uniform inside the frame.
static Matrix<float> spots(Index n, std::uint64_t seed) {
  Matrix<float> places(2, n), x(pixels, n);
  fill_uniform(places.data(), places.size(), RandomStream{seed});
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < pixels; ++i) {
      const float across = static_cast<float>(i % side) - 2 - 5 * places(0, j),
                  down = static_cast<float>(i / side) - 2 - 5 * places(1, j);
      x(i, j) = std::exp(-(across * across + down * down) / 4);
    }
  return x;
}

static AdversarialAutoencoder<float> make_model(double weight) {
  return {Sequential{Linear{pixels, 64}, Silu{}, Linear{64, 64}, Silu{}, Linear{64, 2}},
          Sequential{Linear{2, 64}, Silu{}, Linear{64, 64}, Silu{}, Linear{64, pixels}},
          Sequential{Linear{2, 64}, LeakyRelu{0.2}, Linear{64, 64}, LeakyRelu{0.2}, Linear{64, 1}},
          {.likelihood = UnitNormal{}, .terms = {R1{.gamma = 1}}, .adversarial_weight = weight, .seed = 1}};
}

/// How far the codes' mean and covariance are from the prior's: the distance of Fréchet from N(m, C) to
/// N(0, I), |m|² + tr(C + I − 2 C½), where the root of a 2 × 2 matrix has the trace √(tr C + 2 √det C).
static double distance_to_prior(const Matrix<float>& codes) {
  const Matrix<double> z = codes.cast<double>();
  const Vector<double> mean = z.rowwise().mean();
  const Matrix<double> centered = z.colwise() - mean;
  const Matrix<double> c = centered * centered.transpose() / static_cast<double>(z.cols());
  const double determinant = c(0, 0) * c(1, 1) - c(0, 1) * c(1, 0);
  return mean.squaredNorm() + c.trace() + 2 - 2 * std::sqrt(c.trace() + 2 * std::sqrt(determinant));
}

/// How much of the data the samples reach: the mean squared distance of an image to the nearest sample.
static double distance_to_samples(const Matrix<float>& x, const Matrix<float>& samples) {
  double sum = 0;
  for (Index j = 0; j < x.cols(); ++j)
    sum += static_cast<double>((samples.colwise() - x.col(j)).colwise().squaredNorm().minCoeff());
  return sum / static_cast<double>(x.cols());
}

static void train_and_report(const char* name, AdversarialAutoencoder<float> model) {
  const Dataset images("spots", {1, side, side}, spots(4096, 1));
  Trainer trainer{{.epochs = 60, .batch_size = 128, .seed = 7}};
  trainer.fit(model, images);
  const Matrix<float> x = spots(2000, 2);
  fmt::print("{:<12} squared error {:.3f}   codes to the prior {:.3f}   data to samples {:.3f}\n", name,
             (model.reconstruct(x) - x).colwise().squaredNorm().mean(), distance_to_prior(model.embed(x)),
             distance_to_samples(x.leftCols(500), model.sample(2000)));
}

int main() {
  train_and_report("plain", make_model(0));
  train_and_report("adversarial", make_model(3));
}
