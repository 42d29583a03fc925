// Judges generated images against the test set of MNIST or Fashion-MNIST: samples drawn from trained weights,
// a folder of PNGs, or an IDX file. Every measure stands with its standard error beside the same of real
// images against other real ones, which no model can pass.

#include <eigenerate/metrics/classifier_accuracy.hpp>
#include <eigenerate/metrics/classifier_score.hpp>
#include <eigenerate/metrics/density_coverage.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <eigenerate/metrics/fashion_features.hpp>
#include <eigenerate/metrics/frechet_distance.hpp>
#include <eigenerate/metrics/intra_class_spread.hpp>
#include <eigenerate/metrics/kernel_distance.hpp>
#include <eigenerate/metrics/label_distribution.hpp>
#include <eigenerate/metrics/nearest_neighbors.hpp>
#include <eigenerate/metrics/perceptual_path_length.hpp>
#include <eigenerate/metrics/precision_recall.hpp>
#include <eigenerate/metrics/real_floor.hpp>
#include <eigenerate/metrics/sharpness.hpp>
#include <numeric>
#include <optional>

#include "support/mnist_weights.hpp"

using namespace examples;

namespace {

struct EvaluationOptions : MnistWeights {
  std::string samples;
  Index count = 5000;
};

/// Images with values in [0, 1], and the labels that were asked for where there are any.
struct Images {
  Matrix<float> pixels;
  std::vector<int> labels = {};
};

Images all_of(const Dataset& data) {
  std::vector<Index> positions(static_cast<std::size_t>(data.size()));
  std::iota(positions.begin(), positions.end(), Index{0});
  Images images{Matrix<float>(784, data.size()), data.labels()};
  data.gather<float>(positions, as_view(images.pixels));
  return images;
}

/// The images of a folder of PNGs, in the order of their names.
Images read_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".png") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty()) throw IoError(folder.string() + ": holds no .png files");
  const auto levels = data::gray_levels(data::PixelRange::unit);
  Images images{Matrix<float>(784, static_cast<Index>(files.size()))};
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Bitmap picture = read_png(files[i]);
    if (picture.width != 28 || picture.height != 28)
      throw IoError(fmt::format("{}: expected 28 × 28 pixels, got {} × {}", files[i].string(), picture.width,
                                picture.height));
    for (Index p = 0; p < 784; ++p)  // the first channel: pictures are gray, whatever their format
      images.pixels(p, static_cast<Index>(i)) =
          levels[picture.bytes[static_cast<std::size_t>(p * picture.channels)]];
  }
  return images;
}

/// `n` images at random: data sets often have an order.
Images some_of(const Images& images, Index n) {
  std::vector<Index> order(static_cast<std::size_t>(images.pixels.cols()));
  random_permutation(order, RandomStream{0, Purpose::evaluation});
  Images some{Matrix<float>(784, n)};
  for (Index i = 0; i < n; ++i) {
    const Index chosen = order[static_cast<std::size_t>(i)];
    some.pixels.col(i) = images.pixels.col(chosen);
    if (!images.labels.empty()) some.labels.push_back(images.labels[static_cast<std::size_t>(chosen)]);
  }
  return some;
}

template <class M>
Images draw(const M& model, const EvaluationOptions& o) {
  const RandomStream random{o.networks.seed, Purpose::sampling};
  Images images;
  if (o.networks.conditional)
    for (Index i = 0; i < o.count; ++i) images.labels.push_back(static_cast<int>(i % 10));
  images.pixels = images.labels.empty() ? model.sample(o.count, random) : model.sample(images.labels, random);
  const ValueRange range = model.sample_range().value();
  images.pixels =
      (images.pixels.array() - static_cast<float>(range.low)) / static_cast<float>(range.high - range.low);
  return images;
}

void row(const char* name, const Estimate& samples, const Estimate& real) {
  report("{:<26}{:<24}{}", name, to_string(samples), to_string(real));
}

/// What both sides have: images, features, and what the classifier says.
struct Judged {
  Matrix<float> pixels, features, probabilities;
  std::vector<int> told;

  Judged(const FeatureClassifier& classifier, Matrix<float> images)
      : pixels(std::move(images)),
        features(classifier.features(pixels)),
        probabilities(classifier.probabilities(features)),
        told(most_likely_labels(probabilities)) {}
};

/// Measures of two sets of features, with their floor.
void compare(const Judged& made, const Judged& real, const Matrix<float>& all_real) {
  const Index n = std::min(made.features.cols(), all_real.cols() / 2);
  const auto both = [&](const auto& measure) {
    return std::pair{measure(real.features, made.features), real_floor(all_real, n, measure)};
  };
  const auto [frechet, frechet_floor] =
      both([](const auto& a, const auto& b) { return frechet_distance(a, b); });
  const auto [kernel, kernel_floor] =
      both([](const auto& a, const auto& b) { return kernel_distance(a, b); });
  const auto [manifold, manifold_floor] =
      both([](const auto& a, const auto& b) { return precision_recall(a, b); });
  const auto [balls, balls_floor] = both([](const auto& a, const auto& b) { return density_coverage(a, b); });
  row("Fréchet distance", frechet, frechet_floor);
  row("kernel distance", kernel, kernel_floor);
  row("precision", manifold.precision, manifold_floor.precision);
  row("recall", manifold.recall, manifold_floor.recall);
  row("density", balls.density, balls_floor.density);
  row("coverage", balls.coverage, balls_floor.coverage);
}

void report_classes(const Judged& made, const Judged& real) {
  row("classifier score", classifier_score(made.probabilities), classifier_score(real.probabilities));
  row("recognized, p > 0.9", recognized_share(made.probabilities), recognized_share(real.probabilities));
  const LabelDistribution classes = label_distribution(made.told, 10),
                          real_classes = label_distribution(real.told, 10);
  row("KL of the classes", classes.kl, real_classes.kl);
  report("{:<26}{:<24}{}", "classes seen",
         fmt::format("{}, {:.1f} to {:.1f} %", classes.seen, 100 * classes.smallest_share,
                     100 * classes.largest_share),
         fmt::format("{}, {:.1f} to {:.1f} %", real_classes.seen, 100 * real_classes.smallest_share,
                     100 * real_classes.largest_share));
}

void evaluate(const EvaluationOptions& o, const Images& all_made,
              const std::optional<Estimate>& path_length) {
  const bool clothes = o.networks.dataset == "fashion";
  const FeatureClassifier classifier = clothes ? fashion_features() : digit_features();
  const data::Mnist images = load_data(o.networks, data::PixelRange::unit);
  const Images test = all_of(images.test);
  // As many of each side as the floor can have: measures depend on the number.
  const Index n = std::min({o.count, all_made.pixels.cols(), images.test.size() / 2});
  const Images samples = some_of(all_made, n), test_samples = some_of(test, n);
  const Judged made(classifier, samples.pixels), real(classifier, test_samples.pixels);
  const Matrix<float> all_real = classifier.features(test.pixels);
  report("samples: {} of {}; real: test images of {}; features: {}", n, o.samples,
         fs::path(images.test.name()).parent_path().string(), classifier.name());
  report("{:<26}{:<24}{}", "", "samples", "real against real");
  compare(made, real, all_real);
  report_classes(made, real);
  row("sharpness", sharpness(made.pixels, {1, 28, 28}), sharpness(real.pixels, {1, 28, 28}));
  if (!samples.labels.empty()) {
    row("classifier accuracy", classifier_accuracy(made.probabilities, samples.labels),
        classifier_accuracy(real.probabilities, test_samples.labels));
    row("spread within classes", intra_class_spread(made.features, samples.labels, 10),
        intra_class_spread(real.features, test_samples.labels, 10));
  }
  const Matrix<float> train = classifier.features(all_of(images.train).pixels);
  const NearestNeighbors neighbors = nearest_neighbors(made.features, train, real.features);
  row("to the nearest training", neighbors.distance, neighbors.real_distance);
  row("nearer than real ones", neighbors.closer, {0.5, 0});
  if (path_length) report("{:<26}{}", "path length", to_string(*path_length));
}

ExitCode run(const CLI::App& app, EvaluationOptions& o) {
  const fs::path path = o.samples;
  if (fs::is_directory(path)) {
    evaluate(o, read_folder(path), {});
  } else if (path.extension() != ".safetensors") {
    evaluate(o, all_of(data::load_idx(path, {}, {.shape = Shape{1, 28, 28}})), {});
  } else {
    o.weights = o.samples;
    describe_from_file(app, o);
    with_model(o, [&](const auto& model) {
      std::optional<Estimate> path_length;
      if (!o.networks.conditional) {
        const FeatureClassifier classifier =
            o.networks.dataset == "fashion" ? fashion_features() : digit_features();
        path_length =
            perceptual_path_length([&](ConstView<float> z) { return model.decode(z, {}); },
                                   classifier.extractor(model.sample_range().value()), o.networks.latent);
      }
      evaluate(o, draw(model, o), path_length);
    });
  }
  return success;
}

}  // namespace

int main(int argc, char** argv) {
  EvaluationOptions o;
  CLI::App app{
      "Judges generated images against MNIST or Fashion-MNIST.\n\nExit codes: 0 success, 1 run-time error, 2 "
      "wrong usage"};
  app.get_formatter()->column_width(34);
  app.add_option(
         "samples", o.samples,
         "Weights of mnist_vae or mnist_gan (.safetensors), a folder of PNGs, or an IDX file of images")
      ->required();
  app.add_option("--dataset", o.networks.dataset, "What the samples should look like")
      ->check(CLI::IsMember({"mnist", "fashion"}))
      ->capture_default_str();
  app.add_option("--data", o.networks.data, "Folder with its four IDX files, plain or .gz");
  app.add_option("--count", o.count, "Samples of each side, where there are so many")
      ->check(CLI::Range(40, 1000000))
      ->capture_default_str();
  add_weight_options(app, o);
  app.add_option("--seed", o.networks.seed, "Of the latent vectors")->capture_default_str();
  app.add_option("--threads", o.networks.threads, "Threads; 0 is one per core")->check(CLI::Range(0, 1024));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? success : wrong_usage;
  }
  return run_guarded([&] {
    if (o.networks.threads > 0) set_num_threads(o.networks.threads);
    return run(app, o);
  });
}
