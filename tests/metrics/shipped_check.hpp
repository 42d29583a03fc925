#pragma once
// What every shipped classifier promises.

#include <filesystem>

#include "eigenerate/data/mnist.hpp"
#include "eigenerate/metrics/classifier_accuracy.hpp"
#include "eigenerate/metrics/feature_classifier.hpp"
#include "metrics/measure_check.hpp"

namespace eigenerate::testing {

/// It tells at least this share of the test images in `folder`, and its features are alive.
inline void check_accuracy(const FeatureClassifier& classifier, const std::filesystem::path& folder,
                           double least) {
  const Dataset images = data::load_mnist(folder).test;
  const Matrix<float> features = classifier.features(images.samples());
  CHECK(classifier_accuracy(classifier.logits(features), images.labels()).value >= least);
  const auto alive = (features.rowwise().maxCoeff().array() > 0).count();
  CHECK(alive == FeatureClassifier::width);
  CHECK(recognized_share(classifier.probabilities(features)).value > least - 0.15);
}

}  // namespace eigenerate::testing
