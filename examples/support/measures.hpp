#pragma once
// What the programs say of generated images: measures with their standard errors, beside the same of real
// images against other real ones, which no model can pass.

#include <algorithm>
#include <cstdint>
#include <eigenerate/data/dataset.hpp>
#include <eigenerate/metrics/classifier_accuracy.hpp>
#include <eigenerate/metrics/classifier_score.hpp>
#include <eigenerate/metrics/density_coverage.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <eigenerate/metrics/fashion_features.hpp>
#include <eigenerate/metrics/frechet_distance.hpp>
#include <eigenerate/metrics/kernel_distance.hpp>
#include <eigenerate/metrics/label_distribution.hpp>
#include <eigenerate/metrics/precision_recall.hpp>
#include <eigenerate/metrics/real_floor.hpp>
#include <eigenerate/metrics/sharpness.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "program.hpp"

namespace examples {

/// Images with values in [0, 1], and the labels that were asked for where there are any.
struct Images {
  Matrix<float> pixels;
  std::vector<int> labels = {};
};

inline void to_unit(Matrix<float>& pixels, const ValueRange& range) {
  pixels = (pixels.array() - static_cast<float>(range.low)) / static_cast<float>(range.high - range.low);
}

/// All images of a data set.
inline Images all_of(const Dataset& data) {
  Images images{data.samples(), data.labels()};
  to_unit(images.pixels, data.value_range());
  return images;
}

/// Samples of a class, and all others.
struct ClassSplit {
  Dataset of_class, others;
};
inline ClassSplit split_off(const Dataset& data, int label) {
  std::vector<Index> of_class, others;
  for (Index i = 0; i < data.size(); ++i) (data.label(i) == label ? of_class : others).push_back(i);
  return {data.subset(of_class), data.subset(others)};
}

/// `n` images at random: data sets often have an order.
inline Images some_of(const Images& images, Index n) {
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

/// The interval that samples of a model fill; without bounds they stand for numbers of [0, 1].
template <class M>
ValueRange range_of(const M& model) {
  return model.sample_range().value_or(ValueRange{0, 1});
}

/// Samples of a model, the labels of a conditional one in turn.
template <class M>
Images draw(const M& model, Index count, std::uint64_t seed) {
  const RandomStream random{seed, Purpose::sampling};
  Images images;
  if (model.classes() > 0)
    for (Index i = 0; i < count; ++i) images.labels.push_back(static_cast<int>(i % model.classes()));
  images.pixels = images.labels.empty() ? model.sample(count, random) : model.sample(images.labels, random);
  to_unit(images.pixels, range_of(model));
  return images;
}

/// A file of one line of JSON.
inline void write_line(const std::filesystem::path& path, const nlohmann::ordered_json& json) {
  write_text(path, json.dump() + "\n");
}

/// Measures as they are reported, and as a line of JSON for scripts: of samples by their keys, of real images
/// by `real_…`, each with its standard error.
class MeasureTable {
 public:
  void row(const char* name, const std::string& key, const Estimate& samples, const Estimate& real) {
    report("{:<26}{:<24}{}", name, to_string(samples), to_string(real));
    json_[key] = {samples.value, samples.standard_error};
    json_["real_" + key] = {real.value, real.standard_error};
  }
  void row(const char* name, const LabelDistribution& samples, const LabelDistribution& real) {
    const auto shares = [](const LabelDistribution& d) {
      return fmt::format("{}, {:.1f} to {:.1f} %", d.seen, 100 * d.smallest_share, 100 * d.largest_share);
    };
    report("{:<26}{:<24}{}", name, shares(samples), shares(real));
    json_["smallest_class"] = samples.smallest_share;
    json_["largest_class"] = samples.largest_share;
  }
  /// A figure that real images have no like of.
  void row(const char* name, const std::string& key, const Estimate& samples) {
    report("{:<26}{}", name, to_string(samples));
    json_[key] = {samples.value, samples.standard_error};
  }
  /// The same with the interval in which it lies with 95 % confidence.
  void row_with_interval(const char* name, const std::string& key, const Estimate& samples) {
    const Interval interval = interval_95(samples);
    report("{:<26}{:<24}95 %: {:.2f} to {:.2f}", name, to_string(samples), interval.low, interval.high);
    json_[key] = {samples.value, samples.standard_error};
    json_[key + "_interval"] = {interval.low, interval.high};
  }
  /// Figures without errors, for the file alone.
  void figure(const std::string& key, double value) { json_[key] = value; }
  void figures(const std::string& key, const std::vector<double>& values) { json_[key] = values; }
  void write(const std::filesystem::path& path) const { write_line(path, json_); }

 private:
  nlohmann::ordered_json json_;
};

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

/// Generated images beside real ones, as many of each as the floor can have: measures depend on the number.
struct Comparison {
  FeatureClassifier classifier;
  Images samples, test_samples;
  Judged made, real;
  Matrix<float> all_real;  // features of the whole test set

  Comparison(const std::string& dataset, const Images& all_made, const Images& test, Index most)
      : classifier(dataset == "fashion" ? fashion_features() : digit_features()),
        samples(some_of(all_made, number(all_made, test, most))),
        test_samples(some_of(test, number(all_made, test, most))),
        made(classifier, samples.pixels),
        real(classifier, test_samples.pixels),
        all_real(classifier.features(test.pixels)) {}

  Index size() const { return samples.pixels.cols(); }

 private:
  static Index number(const Images& all_made, const Images& test, Index most) {
    return std::min({most, all_made.pixels.cols(), test.pixels.cols() / 2});
  }
};

inline void report_distances(const Comparison& c, MeasureTable& table) {
  const auto both = [&](const auto& measure) {
    return std::pair{measure(c.real.features, c.made.features), real_floor(c.all_real, c.size(), measure)};
  };
  const auto [frechet, frechet_floor] =
      both([](const auto& a, const auto& b) { return frechet_distance(a, b); });
  const auto [kernel, kernel_floor] =
      both([](const auto& a, const auto& b) { return kernel_distance(a, b); });
  const auto [manifold, manifold_floor] =
      both([](const auto& a, const auto& b) { return precision_recall(a, b); });
  const auto [balls, balls_floor] = both([](const auto& a, const auto& b) { return density_coverage(a, b); });
  table.row("Fréchet distance", "frechet_distance", frechet, frechet_floor);
  table.row("kernel distance", "kernel_distance", kernel, kernel_floor);
  table.row("precision", "precision", manifold.precision, manifold_floor.precision);
  table.row("recall", "recall", manifold.recall, manifold_floor.recall);
  table.row("density", "density", balls.density, balls_floor.density);
  table.row("coverage", "coverage", balls.coverage, balls_floor.coverage);
}

inline void report_classes(const Comparison& c, MeasureTable& table) {
  table.row("classifier score", "classifier_score", classifier_score(c.made.probabilities),
            classifier_score(c.real.probabilities));
  table.row("recognized, p > 0.9", "recognized", recognized_share(c.made.probabilities),
            recognized_share(c.real.probabilities));
  const LabelDistribution made = label_distribution(c.made.told, 10),
                          real = label_distribution(c.real.told, 10);
  table.row("KL of the classes", "kl_of_classes", made.kl, real.kl);
  table.row("classes seen", made, real);
  if (!c.samples.labels.empty())
    table.row("classifier accuracy", "classifier_accuracy",
              classifier_accuracy(c.made.probabilities, c.samples.labels),
              classifier_accuracy(c.real.probabilities, c.test_samples.labels));
}

/// The table that all programs print. `samples` says where they are from, `test` the real ones.
inline MeasureTable report_comparison(const Comparison& c, const std::string& samples, const Dataset& test) {
  report("samples: {} of {}; real: test images of {}; features: {}", c.size(), samples,
         std::filesystem::path(test.name()).parent_path().string(), c.classifier.name());
  report("{:<26}{:<24}{}", "", "samples", "real against real");
  MeasureTable table;
  report_distances(c, table);
  report_classes(c, table);
  table.row("sharpness", "sharpness", sharpness(c.made.pixels, {1, 28, 28}),
            sharpness(c.real.pixels, {1, 28, 28}));
  return table;
}

/// The fewest images of each side that are judged.
inline constexpr Index fewest_judged = 40;

/// The table for a model that was trained, also as a file, where the test set is large enough. `more(table)`
/// adds what only some models have.
template <class M, class More>
void report_measures(const M& model, const Dataset& test, const std::string& dataset, std::uint64_t seed,
                     const std::filesystem::path& file, More&& more) {
  if (test.size() < 2 * fewest_judged) {
    report("samples: not judged, {} test images are too few", test.size());
    return;
  }
  constexpr Index most = 2000;
  MeasureTable table =
      report_comparison({dataset, draw(model, most, seed), all_of(test), most}, "the model", test);
  more(table);
  table.write(file);
  report("{}", file.string());
}
template <class M>
void report_measures(const M& model, const Dataset& test, const std::string& dataset, std::uint64_t seed,
                     const std::filesystem::path& file) {
  report_measures(model, test, dataset, seed, file, [](MeasureTable&) {});
}

}  // namespace examples
