// A plain autoencoder reconstructs, but it is no generative model: nobody knows where in the latent space its
// codes lie, so standard normal vectors decode to scribbles. Once it is trained, its codes are data like any
// other, and one may learn how they are distributed: by a mixture of normals, fitted in seconds (Ghosh et al.
// 2020), or by a second VAE (Dai & Wipf 2019). Their vectors decode to digits.
//
// Printed is the Fréchet distance to test digits, in the features of the classifier that the library ships.
// The picture has what each of the three draws, in two rows each.
//
//     eigenerate/models/fitted_sampler.hpp                 samples of codes as they are distributed
//     eigenerate/distributions/fit_gaussian_mixture.hpp    the mixture

#include <fmt/core.h>

#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <eigenerate/metrics/frechet_distance.hpp>
#include <eigenerate/models/fitted_sampler.hpp>
#include <filesystem>

using namespace eigenerate;

namespace {

constexpr Index latent = 16;

}  // namespace

int main() {
  const data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR);
  Trainer trainer{{.epochs = 15, .batch_size = 64, .seed = 7, .schedule = CosineSchedule{0.05}},
                  ProgressBar{}};

  // Codes that nothing but the reconstruction has a say in.
  Vae<> autoencoder{Sequential{Linear{784, 256}, Relu{}, Linear{256, latent}},
                    Sequential{Linear{latent, 256}, Relu{}, Linear{256, 784}},
                    {.likelihood = Bernoulli{},
                     .posterior = DeterministicPosterior{},
                     .objective = Reconstruction{},
                     .seed = 1}};
  trainer.fit(autoencoder, digits.train);

  const FittedSampler mixture{autoencoder, digits.train, {.components = 20}};

  // A VAE of the codes, with one variance for all that it learns; no pixels, so an epoch takes no time.
  const Dataset codes = embed_dataset(autoencoder, digits.train);
  Vae<> second{Sequential{Linear{latent, 512}, Silu{}, Linear{512, 512}, Silu{}, Linear{512, 2 * latent}},
               Sequential{Linear{latent, 512}, Silu{}, Linear{512, 512}, Silu{}, Linear{512, latent},
                          AppendParameter{1}},
               {.likelihood = Normal{{.spread = Spread::shared}}, .seed = 1}};
  Trainer{{.epochs = 60, .batch_size = 64, .seed = 7, .schedule = CosineSchedule{0.05}}}.fit(second, codes);
  const FittedSampler two_stages{autoencoder, second};

  const FeatureClassifier classifier = digit_features();
  const Matrix<float> test = digits.test.samples(), features = classifier.features(test);
  const auto report = [&](const char* name, const Matrix<float>& drawn) {
    const FrechetDistance d = frechet_distance(features, classifier.features(drawn));
    fmt::print("{:<32} Fréchet distance {:6.2f} ± {:.2f}\n", name, d.value, d.standard_error);
  };
  const Index n = test.cols();
  report("standard normal codes", autoencoder.sample(n));
  report("a mixture of 20 normals", mixture.sample(n));
  report("a second VAE", two_stages.sample(n));
  report("reconstructions of test digits", autoencoder.reconstruct(test));

  Matrix<float> picture(784, 60);
  picture << autoencoder.sample(20), mixture.sample(20), two_stages.sample(20);
  const auto path = std::filesystem::temp_directory_path() / "fitted_sampler.png";
  write_image_grid<float>(path, picture, {1, 28, 28}, {.columns = 10});
  fmt::print("{}\n", path.string());
}
