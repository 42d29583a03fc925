#include "eigenerate/metrics/digit_features.hpp"

#include "metrics/shipped_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the shipped classifier tells digits") {
  const FeatureClassifier classifier = digit_features();
  CHECK(classifier.name() == "digits 1");
  const std::filesystem::path sources = EIGENERATE_SOURCE_DIR;
  check_accuracy(classifier, sources / "examples/data", 0.99);  // the first 2,000 are harder than the others
  if (data::find_mnist(sources / "data/mnist"))
    check_accuracy(classifier, sources / "data/mnist", 0.992);
  else
    WARN("no MNIST in data/mnist: the accuracy was checked on the digits of the examples alone");
}
