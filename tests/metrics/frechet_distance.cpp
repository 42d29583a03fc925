#include "eigenerate/metrics/frechet_distance.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {
constexpr FrechetOptions no_error{.groups = 0};
}

TEST_CASE("the Frechet distance agrees with SciPy's formula and with singular values of the data",
          "[golden]") {
  for (const Golden& c : load_golden("metrics/frechet_distance").cases()) {
    CAPTURE(c.path());
    const auto real = c.batch<float>("real"), generated = c.batch<float>("generated");
    const FrechetDistance d = frechet_distance(real, generated, no_error);
    const double scale = gaussian_statistics(real).covariance().trace() +
                         gaussian_statistics(generated).covariance().trace() + c.number("mean_part");
    CHECK(std::abs(d.value - c.number("value")) <= tolerance::golden * scale);
    CHECK(std::abs(d.mean_part - c.number("mean_part")) <= tolerance::golden * scale);
    CHECK(d.value == d.mean_part + d.covariance_part);
    // The root of a product that is singular is no business of SciPy's: it loses half of the digits.
    const bool singular = c.name() == "fewer samples than features" || c.name() == "one singular";
    CHECK(std::abs(d.value - c.number("sqrtm")) <= (singular ? 1e-6 : tolerance::golden) * scale);
  }
}

TEST_CASE("covariances of any condition have the root that is known") {
  // Diagonal covariances: the distance is the sum of (σ₁ − σ₂)².
  for (const double smallest : {1.0, 1e-4, 1e-8, 1e-12, 0.0}) {
    CAPTURE(smallest);
    GaussianStatistics a{11, Vector<double>::Zero(6), Matrix<double>::Zero(6, 6)}, b = a;
    double expected = 0;
    for (Index i = 0; i < 6; ++i) {
      const double of_a = std::pow(smallest, static_cast<double>(i) / 5), of_b = i % 2 ? 2 : 0.5 * of_a;
      a.scatter(i, i) = 10 * of_a * of_a;
      b.scatter(i, i) = 10 * of_b * of_b;
      expected += (of_a - of_b) * (of_a - of_b);
    }
    CHECK(std::abs(frechet_distance(a, b).value - expected) <= 1e-7 * expected);
    CHECK(std::abs(frechet_distance(a, a).value) <= 1e-12);
  }
}

TEST_CASE("the Frechet distance's error bar is its scatter over other samples") {
  std::vector<double> values, errors;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Matrix<float> x = normal_features(4, 400, 2 * seed), y = normal_features(4, 300, 2 * seed + 1);
    const FrechetDistance d = frechet_distance(x, scaled(1.5f, y), {.seed = seed});
    values.push_back(d.value);
    errors.push_back(d.standard_error);
  }
  const double scatter = mean_of(values).standard_error * std::sqrt(40.0);
  CHECK(mean_of(errors).value / scatter > 0.75);
  CHECK(mean_of(errors).value / scatter < 1.33);
}

TEST_CASE("the Frechet distance is of the samples, whatever the groups") {
  const Matrix<float> x = normal_features(5, 200, 1), y = 2 * normal_features(5, 150, 2);
  const double plain = frechet_distance(x, y, no_error).value;
  CHECK(std::abs(frechet_distance(x, y, {.groups = 7}).value - plain) < 1e-12 * plain);
  CHECK(frechet_distance(x, y, no_error).standard_error == 0);
  CHECK(std::abs(frechet_distance(gaussian_statistics(x), gaussian_statistics(y)).value - plain) < 1e-12);
  CHECK_THROWS_AS(frechet_distance(x, y, {.groups = 76}), ConfigError);
  CHECK_THROWS_AS(frechet_distance(x, y, {.groups = 1}), ConfigError);
  const Matrix<float> same = Matrix<float>::Constant(5, 60, 3);
  CHECK(frechet_distance(same, same).value == 0);
}

TEST_CASE("what a Frechet distance refuses, and its threads") {
  check_refusals("frechet_distance", 2,
                 [](const auto& a, const auto& b) { frechet_distance(a, b, no_error); });
  const Matrix<float> x = normal_features(40, 3000, 1), y = 2 * normal_features(40, 2000, 2);
  check_same_bits([&] {
    const FrechetDistance d = frechet_distance(x, y);
    return std::vector{d.value, d.standard_error};
  });
}
