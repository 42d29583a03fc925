#include "eigenerate/metrics/ssim.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("structural similarities agree with SciPy's filters", "[golden]") {
  for (const Golden& c : load_golden("metrics/ssim").cases()) {
    CAPTURE(c.path());
    const auto shape = c.tensor("images").shape;
    const Ssim s = ssim(c.batch<float>("images"), c.batch<float>("references"),
                        {shape[1], shape[2], shape[3]}, {-1, c.number("extent") - 1});
    CHECK(std::abs(s.value - c.number("value")) < tolerance::golden);
    CHECK(std::abs(s.standard_error - c.number("error")) < tolerance::golden);
    const auto of_image = c.list<double>("of_image");
    REQUIRE(s.of_image.size() == of_image.size());
    for (std::size_t i = 0; i < of_image.size(); ++i)
      CHECK(std::abs(s.of_image[i] - of_image[i]) < tolerance::golden);
  }
}

TEST_CASE("similarity is one of equal images, and tells structure from brightness") {
  const Shape shape{1, 12, 12};
  const Matrix<float> x = 0.5f * (normal_features(144, 2, 1).array().abs().min(2.0f)).matrix();
  CHECK(std::abs(ssim(x, x, shape).value - 1) < tolerance::golden);
  CHECK(ssim(x, x, shape).standard_error < tolerance::golden);
  const Matrix<float> brighter = (x.array() + 0.1f).matrix(), negative = (1 - x.array()).matrix();
  CHECK(ssim(brighter, x, shape).value > 0.9);
  CHECK(ssim(brighter, x, shape).value == ssim(x, brighter, shape).value);
  CHECK(ssim(negative, x, shape).value < 0);
  // Of constant images only the luminance counts.
  const Matrix<float> gray = Matrix<float>::Constant(144, 1, 0.5f), black = Matrix<float>::Zero(144, 1);
  CHECK(std::abs(ssim(gray, black, shape).value - 1e-4 / (0.25 + 1e-4)) < tolerance::golden);
}

TEST_CASE("what similarities refuse, and their threads") {
  const Shape shape{2, 12, 11};
  Matrix<float> x = normal_features(264, 60, 1);
  const Matrix<float> y = normal_features(264, 60, 2);
  check_same_bits([&] { return ssim(x, y, shape).of_image; });
  CHECK(contains(refusal<ShapeError>([&] {
                   ssim(x, y, {4, 11, 6});
                 }),
                 "images of at least 11×11 pixels, as many values as their shape 4×11×6, got 264"));
  CHECK_THROWS_AS(ssim(x, y, {2, 6, 22}), ShapeError);
  CHECK_THROWS_AS(ssim(x, y, {2, 12, 12}), ShapeError);
  CHECK_THROWS_AS(ssim(x, y.leftCols(4), shape), ShapeError);
  CHECK_THROWS_AS(ssim(Matrix<float>(264, 0), Matrix<float>(264, 0), shape), ShapeError);
  CHECK_THROWS_AS(ssim(x, y, shape, {0, 0}), ConfigError);
  x(3, 7) = not_a_number<float>();
  CHECK(contains(refusal<ConfigError>([&] { ssim(x, y, shape); }), "feature 3 of sample 7 of 'images'"));
}
