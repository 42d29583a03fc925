#include "eigenerate/metrics/precision_recall.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("precision and recall agree with NumPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/precision_recall").cases()) {
    CAPTURE(c.path());
    const PrecisionRecall p =
        precision_recall(c.batch<float>("real"), c.batch<float>("generated"), c.integer("k"));
    CHECK(std::abs(p.precision.value - c.number("precision")) < 1e-15);
    CHECK(std::abs(p.recall.value - c.number("recall")) < 1e-15);
  }
}

TEST_CASE("a collapsed generator has precision without recall, a blurred one the reverse") {
  const Matrix<float> real = normal_features(8, 1500, 1), other = normal_features(8, 1500, 2);
  const PrecisionRecall floor = precision_recall(real, other);
  CHECK(floor.precision.value > 0.7);
  CHECK(floor.recall.value > 0.7);
  const PrecisionRecall narrow = precision_recall(real, scaled(0.3f, other));
  CHECK(narrow.precision.value > 0.95);
  CHECK(narrow.recall.value < 0.2);
  const PrecisionRecall wide = precision_recall(real, scaled(3, other));
  CHECK(wide.precision.value < 0.2);
  CHECK(wide.recall.value > 0.9);
  CHECK(std::abs(wide.precision.standard_error -
                 std::sqrt(wide.precision.value * (1 - wide.precision.value) / 1500)) < 1e-15);
}

TEST_CASE("equal samples lie in each other's balls, wherever they are") {
  const Matrix<float> same = Matrix<float>::Constant(3, 10, 1000.1f);
  CHECK(precision_recall(same, same).precision.value == 1);
  const Matrix<float> x = normal_features(6, 50, 1).array() + 1000;
  CHECK(precision_recall(x, x).precision.value == 1);
  CHECK(precision_recall(x, x).recall.value == 1);
}

TEST_CASE("a sample on the edge of a ball is inside") {
  Matrix<float> real(1, 2), made(1, 2);
  real << 0, 10;
  made << 20, -11;
  CHECK(precision_recall(real, made, 1).precision.value == 0.5);
}

TEST_CASE("what precision and recall refuse, and their threads") {
  check_refusals("precision_recall", 4, [](const auto& a, const auto& b) { precision_recall(a, b); });
  const Matrix<float> x = normal_features(10, 2600, 1), y = normal_features(10, 2100, 2);
  CHECK_THROWS_AS(precision_recall(x, y, 0), ConfigError);
  check_same_bits([&] {
    const PrecisionRecall p = precision_recall(x, y);
    return std::vector{p.precision.value, p.recall.value};
  });
}
