// Judges generated images against the test set of MNIST or Fashion-MNIST: samples drawn from trained weights,
// a folder of PNGs, or an IDX file. Every measure stands with its standard error beside the same of real
// images against other real ones, which no model can pass.

#include <algorithm>
#include <eigenerate/metrics/intra_class_spread.hpp>
#include <eigenerate/metrics/nearest_neighbors.hpp>
#include <eigenerate/metrics/perceptual_path_length.hpp>
#include <optional>

#include "support/mnist_weights.hpp"

using namespace examples;

namespace {

struct EvaluationOptions : MnistWeights {
  std::string samples;
  Index count = 5000;
};

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

void evaluate(const EvaluationOptions& o, const Images& all_made,
              const std::optional<Estimate>& path_length) {
  const data::Mnist images = load_data(o.networks, data::PixelRange::unit);
  const Comparison c(o.networks.dataset, all_made, all_of(images.test), o.count);
  MeasureTable table = report_comparison(c, o.samples, images.test);
  if (!c.samples.labels.empty())
    table.row("spread within classes", "spread_within_classes",
              intra_class_spread(c.made.features, c.samples.labels, 10),
              intra_class_spread(c.real.features, c.test_samples.labels, 10));
  const Matrix<float> train = c.classifier.features(all_of(images.train).pixels);
  const NearestNeighbors neighbors = nearest_neighbors(c.made.features, train, c.real.features);
  table.row("to the nearest training", "to_nearest_training", neighbors.distance, neighbors.real_distance);
  table.row("nearer than real ones", "nearer_than_real", neighbors.closer, {0.5, 0});
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
      if (!o.networks.labels()) {
        const FeatureClassifier classifier =
            o.networks.dataset == "fashion" ? fashion_features() : digit_features();
        path_length = perceptual_path_length([&](ConstView<float> z) { return model.decode(z, {}); },
                                             classifier.extractor(range_of(model)), o.networks.latent);
      }
      evaluate(o, draw(model, o.count, o.networks.seed), path_length);
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
  app.add_option("samples", o.samples,
                 "Weights of a training program (.safetensors), a folder of PNGs, or an IDX file of images")
      ->required();
  app.add_option("--dataset", o.networks.dataset, "What the samples should look like")
      ->check(CLI::IsMember({"mnist", "fashion"}))
      ->capture_default_str();
  app.add_option("--data", o.networks.data, "Folder with its four IDX files, plain or .gz");
  app.add_option("--count", o.count, "Samples of each side, where there are so many")
      ->check(CLI::Range(fewest_judged, Index{1000000}))
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
