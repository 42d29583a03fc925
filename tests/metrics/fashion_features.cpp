#include "eigenerate/metrics/fashion_features.hpp"

#include "metrics/shipped_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the shipped classifier tells clothes") {
  const FeatureClassifier classifier = fashion_features();
  CHECK(classifier.name() == "clothes 1");
  CHECK(classifier.features(Matrix<float>(Matrix<float>::Zero(784, 2))).allFinite());
  const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
  if (data::find_mnist(folder))
    check_accuracy(classifier, folder, 0.92);
  else
    WARN("no Fashion-MNIST in " << folder.string() << ": the accuracy was not checked");
}
