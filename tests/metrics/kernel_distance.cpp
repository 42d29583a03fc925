#include "eigenerate/metrics/kernel_distance.hpp"

#include "eigenerate/metrics/detail/shuffled_blocks.hpp"
#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the kernel distance agrees with NumPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/kernel_distance").cases()) {
    const Estimate d = kernel_distance(c.batch<float>("real"), c.batch<float>("generated"), {.blocks = 1});
    CHECK(std::abs(d.value - c.number("value")) <= 10 * tolerance::golden * c.number("value"));
    CHECK(d.standard_error == 0);
  }
}

TEST_CASE("blocks of a kernel distance are disjoint, and averaged") {
  const Matrix<float> x = normal_features(4, 103, 1), y = 1.5f * normal_features(4, 97, 2);
  const detail::ShuffledBlocks of_x(103, 5, 3), of_y(97, 5, 3);
  std::vector<double> values;
  std::vector<int> used(103);
  for (Index b = 0; b < 5; ++b) {
    for (const Index i : of_x[b]) ++used[static_cast<std::size_t>(i)];
    const Matrix<float> some_x = detail::columns_in_double(x, of_x[b]).cast<float>();
    const Matrix<float> some_y = detail::columns_in_double(y, of_y[b]).cast<float>();
    values.push_back(kernel_distance(some_x, some_y, {.blocks = 1}).value);
  }
  CHECK(used == std::vector<int>(103, 1));
  const Estimate d = kernel_distance(x, y, {.blocks = 5, .seed = 3});
  CHECK(std::abs(d.value - mean_of(values).value) < 1e-12);
  CHECK(std::abs(d.standard_error - mean_of(values).standard_error) < 1e-12);
}

TEST_CASE("the kernel distance of equal distributions is zero within its error") {
  std::vector<double> standardized;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Estimate d =
        kernel_distance(normal_features(3, 400, 2 * seed), normal_features(3, 400, 2 * seed + 1));
    standardized.push_back(d.value / d.standard_error);
  }
  const Estimate z = mean_of(standardized);
  CHECK(std::abs(z.value) < tolerance::standard_errors * z.standard_error);
  CHECK(z.standard_error * std::sqrt(30.0) < 2);  // Student's t of ten blocks has 1.13
  CHECK(z.standard_error * std::sqrt(30.0) > 0.6);
}

TEST_CASE("what a kernel distance refuses, and its threads") {
  check_refusals("kernel_distance", 4,
                 [](const auto& a, const auto& b) { kernel_distance(a, b, {.blocks = 2}); });
  const Matrix<float> x = normal_features(40, 900, 1), y = 2 * normal_features(40, 1100, 2);
  CHECK_THROWS_AS(kernel_distance(x, y, {.blocks = 0}), ConfigError);
  check_same_bits([&] {
    const Estimate d = kernel_distance(x, y, {.blocks = 2});
    return std::vector{d.value, d.standard_error};
  });
}
