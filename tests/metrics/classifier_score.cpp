#include "eigenerate/metrics/classifier_score.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the classifier score agrees with PyTorch", "[golden]") {
  for (const Golden& c : load_golden("metrics/classifier_score").cases())
    CHECK(std::abs(classifier_score(c.batch<float>("probabilities"), {.splits = 1}).value -
                   c.number("value")) < 1e-7);  // float columns sum to 1 within 6e-8
}

TEST_CASE("the classifier score is 1 without classes and their number at best") {
  Matrix<float> sure = Matrix<float>::Zero(5, 100), unsure = Matrix<float>::Constant(5, 100, 0.2f);
  for (Index i = 0; i < 100; ++i) sure(i % 5, i) = 1;
  CHECK(std::abs(classifier_score(sure, {.splits = 1}).value - 5) < 1e-12);
  CHECK(std::abs(classifier_score(unsure, {.splits = 4}).value - 1) < 1e-6);
  const Estimate split = classifier_score(sure, {.splits = 4});  // dealt at random: classes are uneven
  CHECK(split.value > 4);
  CHECK(split.value < 5);
  CHECK(split.standard_error > 0);
  // Sorted by class, contiguous splits would be of two classes or three.
  Matrix<float> sorted = Matrix<float>::Zero(5, 100);
  for (Index i = 0; i < 100; ++i) sorted(i / 20, i) = 1;
  CHECK(classifier_score(sorted, {.splits = 4}).value > 4);
}

TEST_CASE("what a classifier score refuses, and its threads") {
  Matrix<float> p = Matrix<float>::Constant(4, 20, 0.25f);
  CHECK_THROWS_AS(classifier_score(p, {.splits = 0}), ConfigError);
  CHECK_THROWS_AS(classifier_score(p, {.splits = 21}), ShapeError);
  CHECK_THROWS_AS(classifier_score(Matrix<float>(4, 0), {.splits = 1}), ShapeError);
  check_same_bits([&] { return std::vector{classifier_score(p).value}; });
  p(1, 3) = not_a_number<float>();
  CHECK(contains(refusal<ConfigError>([&] { classifier_score(p); }), "feature 1 of sample 3"));
  p(1, 3) = 0.5f;
  CHECK(contains(refusal<ConfigError>([&] { classifier_score(p); }), "column 3"));
  p(1, 3) = -0.25f;
  p(2, 3) = 0.75f;
  CHECK_THROWS_AS(classifier_score(p), ConfigError);
}
