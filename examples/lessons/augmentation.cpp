// What to learn from when there are a hundred digits with labels and no more. Distorted copies are the
// classical way: turned, slanted, scaled and shifted anew in every epoch. The other one is a generative
// model of the same hundred, here a VAE with labels that has seen the distorted copies, whose samples
// of each class are endless.
//
// The figure: how many test digits one and the same small network tells that has learned from the
// hundred as they are, from distorted copies and from the VAE's samples, in as many steps. Measure
// before you believe: samples know nothing that the hundred and the distortions did not say, and here
// the distortions are the better teachers.
//
//     eigenerate/data/random_affine.hpp    distorted copies
//     eigenerate/models/regression.hpp     a network that learns pairs by a loss of your own

#include <fmt/core.h>

#include <eigenerate/data/draw_per_class.hpp>
#include <eigenerate/data/mnist.hpp>
#include <eigenerate/data/one_hot.hpp>
#include <eigenerate/data/random_affine.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <eigenerate/metrics/classifier_accuracy.hpp>
#include <eigenerate/models/regression.hpp>
#include <filesystem>

using namespace eigenerate;

namespace {

constexpr Index classes = 10, epoch = 6400;
const Shape image{1, 28, 28};

/// As a `Regression` wants it: the labels are the columns' ones.
double cross_entropy(ConstView<float> logits, ConstView<float> one_hot, View<float> d_logits) {
  std::vector<int> labels(static_cast<std::size_t>(one_hot.cols()));
  for (Index i = 0; i < one_hot.cols(); ++i) one_hot.col(i).maxCoeff(&labels[static_cast<std::size_t>(i)]);
  return softmax_cross_entropy(logits, labels, d_logits);
}

/// How many test digits it tells, in %, after it has learned from these.
double accuracy_after(const Dataset& images, const Dataset& test) {
  Matrix<float> targets(classes, images.size());
  data::one_hot<float>(images.labels(), classes, as_view(targets));
  const Dataset pairs = Dataset("labels", Shape{classes}, std::move(targets)).with_conditions(images);
  const Conv2dOptions same{.kernel = 3, .padding = 1};
  Regression<float> classifier{
      Sequential{Conv2d{1, 8, same}, Relu{}, MaxPool{2}, Conv2d{8, 24, same}, Relu{}, MaxPool{2}, Flatten{},
                 Dropout{0.5}, Linear{24 * 49, classes}},
      {.source = image, .loss = cross_entropy, .optimizer = AdamW{1e-3}, .initializer = HeInit{}, .seed = 1}};
  Trainer trainer{{.epochs = 4, .batch_size = 32, .seed = 7, .schedule = CosineSchedule{}}};
  trainer.fit(classifier, pairs);
  return 100 * classifier_accuracy(classifier.translate(test.samples()), test.labels()).value;
}

}  // namespace

int main() {
  const data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR);
  // An epoch is the hundred over and over: every copy is distorted in a way of its own.
  const std::vector<Index> drawn = data::draw_per_class(digits.train, 10, 1);
  std::vector<Index> again;
  for (Index i = 0; i < epoch; ++i) again.push_back(drawn[static_cast<std::size_t>(i) % drawn.size()]);
  const Dataset few = digits.train.subset(again), distorted = data::random_affine(few, 1);

  const Conv2dOptions halve{.kernel = 4, .stride = 2, .padding = 1};
  const ConvTranspose2dOptions twice{.kernel = 4, .stride = 2, .padding = 1};
  Vae vae{Sequential{Conv2d{infer, 16, halve}, BatchNorm{16}, Relu{}, Conv2d{16, 32, halve}, BatchNorm{32},
                     Relu{}, Flatten{}, Linear{32 * 49, 2 * 10}},
          Sequential{Linear{infer, 32 * 49}, Reshape{32, 7, 7}, BatchNorm{32}, Relu{},
                     ConvTranspose2d{32, 16, twice}, BatchNorm{16}, Relu{}, ConvTranspose2d{16, 1, twice}},
          {.likelihood = Bernoulli{}, .optimizer = Adam{3e-3}, .classes = classes, .latent = 10}};
  Trainer trainer{{.epochs = 16, .batch_size = 32, .seed = 7, .schedule = CosineSchedule{}}, ProgressBar{}};
  trainer.fit(vae, distorted);

  std::vector<int> labels;
  for (Index i = 0; i < epoch; ++i) labels.push_back(static_cast<int>(i % classes));
  const Matrix<float> samples = vae.sample(labels);
  const Dataset generated("samples", image, samples, labels, classes, ValueRange{0, 1});
  for (const auto& [name, images] :
       {std::pair{"the hundred", few}, {"distorted", distorted}, {"samples", generated}})
    fmt::print("{}: {:.1f} % of the test digits told\n", name, accuracy_after(images, digits.test));

  Matrix<float> picture(784, 60);
  picture << distorted.take(30).samples(), samples.leftCols(30);
  const auto path = std::filesystem::temp_directory_path() / "augmentation.png";
  write_image_grid<float>(path, picture, image, {.columns = 10});
  fmt::print("{}\n", path.string());
}
