#include "eigenerate/metrics/psnr.hpp"

#include <limits>

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("peak signal-to-noise ratios agree with NumPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/psnr").cases()) {
    CAPTURE(c.path());
    const Psnr p = psnr(c.batch<float>("images"), c.batch<float>("references"), {-1, c.number("extent") - 1});
    const auto close = [&](double got, double expected) {
      CHECK(std::abs(got - expected) < tolerance::golden * c.number("value"));
    };
    close(p.value, c.number("value"));
    close(p.standard_error, c.number("error"));
    close(p.pooled.value, c.number("pooled"));
    close(p.pooled.standard_error, c.number("pooled_error"));
    const auto of_image = c.list<double>("of_image");
    REQUIRE(p.of_image.size() == of_image.size());
    for (std::size_t i = 0; i < of_image.size(); ++i) close(p.of_image[i], of_image[i]);
  }
}

TEST_CASE("a ratio by hand, and of images that equal their references") {
  const Matrix<float> black = Matrix<float>::Zero(6, 3);
  Matrix<float> x = Matrix<float>::Constant(6, 3, 0.1f);
  CHECK(std::abs(psnr(x, black).value - 20) < 1e-5);
  CHECK(psnr(x, black).standard_error < 1e-6);
  CHECK(std::abs(psnr(x, black, {-1, 1}).value - (20 + 20 * std::log10(2))) < 1e-5);

  x.col(1).setZero();
  const Psnr one_equal = psnr(x, black);
  const double infinite = std::numeric_limits<double>::infinity();
  CHECK(one_equal.of_image[1] == infinite);
  CHECK(one_equal.value == infinite);
  CHECK(one_equal.standard_error == 0);
  CHECK(std::abs(one_equal.pooled.value - (20 + 10 * std::log10(1.5))) < 1e-5);
  const Psnr all_equal = psnr(black, black);
  CHECK(all_equal.value == infinite);
  CHECK(all_equal.pooled.value == infinite);
  CHECK(all_equal.pooled.standard_error == 0);
}

TEST_CASE("the pooled ratio's error bar is its scatter over other images") {
  std::vector<double> values, errors;
  const Matrix<float> none = Matrix<float>::Zero(4, 300);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Psnr p = psnr(normal_features(4, 300, seed), none);
    values.push_back(p.pooled.value);
    errors.push_back(p.pooled.standard_error);
  }
  CHECK(std::abs(mean_of(errors).value / (mean_of(values).standard_error * 10) - 1) < 0.25);
}

TEST_CASE("what peak signal-to-noise ratios refuse, and their threads") {
  const auto measure = [](const Matrix<float>& x, const Matrix<float>& y) { (void)psnr(x, y); };
  check_refusals("psnr", 1, measure, "images", "references");
  const Matrix<float> x = normal_features(64, 500, 1), y = normal_features(64, 500, 2);
  check_same_bits([&] { return psnr(x, y).of_image; });
  CHECK(contains(refusal<ShapeError>([&] { measure(x, y.leftCols(4)); }), "each of 500 images, got 4"));
  CHECK(contains(refusal<ConfigError>([&] { (void)psnr(x, y, {1, 1}); }), "got [1, 1]"));
  CHECK_THROWS_AS(psnr(x, y, ValueRange::everything()), ConfigError);
}
