#include "eigenerate/metrics/intra_class_spread.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the spread within classes agrees with SciPy's distances of all pairs", "[golden]") {
  for (const Golden& c : load_golden("metrics/intra_class_spread").cases()) {
    const IntraClassSpread s = intra_class_spread(c.batch<float>("features"), c.list<int>("labels"), 4);
    const auto of_class = c.list<double>("of_class");
    CHECK(std::abs(s.value - c.number("value")) < tolerance::golden);
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(std::abs(s.of_class[i].value - of_class[i]) < tolerance::golden);
    CHECK(s.of_class[3].value == 0);
  }
}

TEST_CASE("the spread's error bar is its scatter over other samples") {
  std::vector<double> values, errors;
  std::vector<int> labels(300);
  for (std::size_t i = 0; i < 300; ++i) labels[i] = static_cast<int>(i % 3);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const IntraClassSpread s = intra_class_spread(normal_features(3, 300, seed), labels, 3);
    values.push_back(s.value);
    errors.push_back(s.standard_error);
  }
  CHECK(std::abs(mean_of(errors).value / (mean_of(values).standard_error * 10) - 1) < 0.25);
  CHECK(std::abs(mean_of(values).value - std::sqrt(6.0)) < 0.02);
}

TEST_CASE("a generator of one sample for each label has no spread") {
  const Matrix<float> x = Matrix<float>::Constant(4, 6, 2);
  CHECK(intra_class_spread(x, std::vector{0, 0, 0, 1, 1, 1}, 2).value == 0);
  CHECK(intra_class_spread(x, std::vector{0, 0, 0, 1, 1, 1}, 2).standard_error == 0);
}

TEST_CASE("what the spread refuses") {
  Matrix<float> x = normal_features(4, 4, 1);
  CHECK_THROWS_AS(intra_class_spread(x, std::vector{0, 1, 2, 3}, 4), ShapeError);
  CHECK_THROWS_AS(intra_class_spread(x, std::vector{0, 1, 0}, 2), ShapeError);
  CHECK_THROWS_AS(intra_class_spread(x, std::vector{0, 1, 0, 2}, 2), ConfigError);
  CHECK_THROWS_AS(intra_class_spread(Matrix<float>(4, 0), {}, 2), ShapeError);
  x(0, 2) = not_a_number<float>();
  CHECK(contains(refusal<ConfigError>([&] {
                   intra_class_spread(x, std::vector{0, 0, 1, 1}, 2);
                 }),
                 "feature 0 of sample 2"));
}
