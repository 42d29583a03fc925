#include "eigenerate/metrics/classifier_accuracy.hpp"

#include "metrics/measure_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("classifier accuracy counts the classes that were asked for") {
  Matrix<float> logits(3, 4);
  logits << 5, -1, 0, 0,  //
      1, 2, 0, 0,         //
      0, 0, 1, 0;
  const Estimate e = classifier_accuracy(logits, std::vector{0, 1, 0, 0});  // of equal ones the first counts
  CHECK(e.value == 0.75);
  CHECK(std::abs(e.standard_error - std::sqrt(0.75 * 0.25 / 4)) < 1e-15);
  CHECK_THROWS_AS(classifier_accuracy(logits, std::vector{0, 1, 0}), ShapeError);
  CHECK_THROWS_AS(classifier_accuracy(logits, std::vector{0, 1, 0, 3}), ConfigError);
  CHECK_THROWS_AS(classifier_accuracy(Matrix<float>(3, 0), {}), ShapeError);
  logits(2, 1) = not_a_number<float>();
  CHECK(contains(refusal<ConfigError>([&] {
                   classifier_accuracy(logits, std::vector{0, 1, 0, 0});
                 }),
                 "feature 2 of sample 1"));
}

TEST_CASE("the recognized share counts clear samples of any class") {
  Matrix<float> p(2, 4);
  p << 0.95f, 0.5f, 0.02f, 0.875f,  //
      0.05f, 0.5f, 0.98f, 0.125f;
  CHECK(recognized_share(p).value == 0.5);
  CHECK(recognized_share(p, 0.875).value == 0.5);  // above, not at
  CHECK(recognized_share(p, 0.75).value == 0.75);
  CHECK_THROWS_AS(recognized_share(p, 1.5), ConfigError);
  CHECK_THROWS_AS(recognized_share(scaled(2, p)), ConfigError);
  CHECK_THROWS_AS(recognized_share(Matrix<float>(2, 0)), ShapeError);
}
