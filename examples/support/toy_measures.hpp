#pragma once
// How toy_gan judges its samples: by the modes of a mixture, by neighbors on a spiral, by digits.

#include <eigenerate/metrics/density_coverage.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <eigenerate/metrics/label_distribution.hpp>
#include <eigenerate/metrics/mode_coverage.hpp>
#include <eigenerate/metrics/precision_recall.hpp>
#include <eigenerate/training/callbacks/sample_quality.hpp>

#include "toy_data.hpp"

namespace examples {

struct NamedEstimate {
  std::string name;
  Estimate estimate;
};
using Measures = std::vector<NamedEstimate>;

/// The label of each image of stacked digits, as the shipped classifier reads them.
inline std::vector<int> stacked_labels(ConstView<float> images) {
  static const FeatureClassifier classifier = digit_features();
  std::vector<int> labels(static_cast<std::size_t>(images.cols()));
  for (Index channel = 0, place = 1; channel < 3; ++channel, place *= 10) {
    const auto pixels = images(Eigen::seq(channel, Eigen::last, 3), Eigen::all);
    const Matrix<float> digits = pixels;
    const std::vector<int> told = most_likely_labels(classifier.logits(classifier.features(digits, {-1, 1})));
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] += static_cast<int>(place) * told[i];
  }
  return labels;
}

inline Measures measure_toy(const ToyProblem& problem, ConstView<float> real, ConstView<float> made) {
  if (problem.is_mixture()) {
    const ModeCoverage m = mode_coverage(made, problem.centers, problem.sigma);
    return {{"modes", {static_cast<double>(m.modes), 0}},
            {"high_quality", m.high_quality},
            {"reverse_kl", m.reverse_kl}};
  }
  if (problem.is_images()) {
    const LabelDistribution d = label_distribution(stacked_labels(made), 1000);
    return {{"modes", {static_cast<double>(d.seen), 0}}, {"reverse_kl", d.kl}};
  }
  const PrecisionRecall manifold = precision_recall(real, made);
  const DensityCoverage balls = density_coverage(real, made);
  return {{"precision", manifold.precision},
          {"recall", manifold.recall},
          {"density", balls.density},
          {"coverage", balls.coverage}};
}

/// What an epoch's record holds of the samples: shares of what is missing, the smaller the better.
inline std::vector<SampleMeasure> toy_curves(const ToyProblem& problem) {
  if (problem.is_images())
    return {{"missing_modes", [](ConstView<float>, ConstView<float> made) {
               return static_cast<double>(1000 - label_distribution(stacked_labels(made), 1000).seen);
             }}};
  if (!problem.is_mixture()) return {SampleMeasure::coverage_error(), SampleMeasure::precision_error()};
  const auto coverage = [centers = problem.centers, sigma = problem.sigma](ConstView<float> made) {
    return mode_coverage(made, centers, sigma);
  };
  const Index modes = problem.centers.cols();
  return {{"missing_modes",
           [=](ConstView<float>, ConstView<float> made) {
             return static_cast<double>(modes - coverage(made).modes);
           }},
          {"low_quality",
           [=](ConstView<float>, ConstView<float> made) { return 1 - coverage(made).high_quality.value; }}};
}

}  // namespace examples
