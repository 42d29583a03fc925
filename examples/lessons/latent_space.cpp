// What one does in a latent space: go from one image to another, go along a dimension, add the difference of
// two labels, look at all of it at once, and complete images of which a half is hidden. The calls are the
// same for every model with an encoder, and for a GAN by `InvertedGan{gan}`.
//
// The figures: how many sevens become nines by adding the difference of their mean codes, as the classifier
// that the library ships sees them; and how many images it knows again that were cut in half, with the mean
// of all images in the lower half and with what `complete` draws there. The picture has a row for each way.
//
//     eigenerate/models/latent_walks.hpp    interpolate, traverse, direction, shift
//     eigenerate/models/complete.hpp        what may be hidden, given what is seen

#include <fmt/core.h>

#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <eigenerate/metrics/classifier_accuracy.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <eigenerate/models/complete.hpp>
#include <filesystem>

using namespace eigenerate;

namespace {

/// The share of images, in %, that show these digits.
double recognized(const Matrix<float>& images, const std::vector<int>& digits) {
  const FeatureClassifier classifier = digit_features();
  return 100 * classifier_accuracy(classifier.probabilities(classifier.features(images)), digits).value;
}

}  // namespace

int main() {
  const data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR);
  Vae vae{Sequential{Linear{784, 400}, Relu{}, Linear{400, 2 * 16}},
          Sequential{Linear{16, 400}, Relu{}, Linear{400, 784}},
          {.likelihood = Bernoulli{}}};
  Trainer trainer{{.epochs = 20, .batch_size = 100, .seed = 7}, ProgressBar{}};
  trainer.fit(vae, digits.train);

  const Index n = 300;
  const Dataset some = digits.test.take(n);
  const Matrix<float> x = some.samples(), mean = x.rowwise().mean();
  const std::vector<int> labels = some.labels();
  Matrix<float> sevens(784, 0);
  for (Index i = 0; i < n; ++i) {
    if (labels[static_cast<std::size_t>(i)] != 7) continue;
    sevens.conservativeResize(784, sevens.cols() + 1);
    sevens.rightCols(1) = x.col(i);
  }

  // Arithmetic: z(seven) + weight · (mean z of nines − mean z of sevens).
  const Vector<float> to_nine = vae.direction(x, labels, 7, 9);
  const std::vector<int> nines(static_cast<std::size_t>(sevens.cols()), 9);
  fmt::print("sevens that are nines: {:.0f} %, moved by the difference of the labels {:.0f} %\n",
             recognized(vae.reconstruct(sevens), nines), recognized(vae.shift(sevens, to_nine, 1.5), nines));

  // Completion: the upper half is seen.
  Matrix<float> mask = Matrix<float>::Zero(784, 1), filled = x;
  mask.topRows(392).setOnes();
  filled.bottomRows(392) = mean.bottomRows(392).replicate(1, n);
  const auto completed = complete(vae, x, mask, {.completions = 3});
  fmt::print("halves that show the digit: with the mean {:.0f} %, expected by the VAE {:.0f} %\n",
             recognized(filled, labels), recognized(completed.mean, labels));

  Matrix<float> picture(784, 60);
  picture << vae.interpolate(x.col(0), x.col(1), 10),                            // straight
      vae.interpolate(x.col(0), x.col(1), 10, {.path = LatentPath::spherical}),  // along the sphere
      vae.traverse(x.col(0), LatentDimension{0}, 10), vae.traverse(LatentDimension{0}, 10, 1),
      completed.x.leftCols(9), completed.mean.col(0),  // three of each
      vae.manifold(LatentPlane<>::of_dimensions(16, 0, 1), 1, 10);
  const auto path = std::filesystem::temp_directory_path() / "latent_space.png";
  write_image_grid<float>(path, picture, {1, 28, 28}, {.columns = 10});
  fmt::print("{}\n", path.string());
}
