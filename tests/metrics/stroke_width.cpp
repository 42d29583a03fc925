#include "eigenerate/metrics/stroke_width.hpp"

#include "metrics/measure_check.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

/// A bar of that height and width from (top, left) in an image of 20 × 20.
Matrix<float> bar(Index top, Index left, Index height, Index width) {
  Matrix<float> image = Matrix<float>::Zero(400, 1);
  for (Index y = top; y < top + height; ++y)
    for (Index x = left; x < left + width; ++x) image(20 * y + x, 0) = 0.9f;
  return image;
}

}  // namespace

TEST_CASE("the width of a bar is its area by half of its outline") {
  const Shape shape{1, 20, 20};
  CHECK(stroke_width(bar(2, 3, 1, 15), shape).value == 2.0 * 15 / 32);
  CHECK(stroke_width(bar(2, 3, 3, 15), shape).value == 2.0 * 45 / 36);
  CHECK(stroke_width(bar(0, 0, 3, 20), shape).value == 2.0 * 60 / 46);  // the border counts
  // A broken bar is as broad as its pieces, a frame as its sides.
  const Matrix<float> two = bar(2, 3, 2, 6) + bar(8, 3, 2, 6);
  CHECK(stroke_width(two, shape).value == stroke_width(bar(2, 3, 2, 6), shape).value);
  const Matrix<float> frame = bar(2, 2, 12, 12) - bar(4, 4, 8, 8);
  CHECK(stroke_width(frame, shape).value == 2.0 * (144 - 64) / (48 + 32));
}

TEST_CASE("an image without ink has no width, and the range says what ink is") {
  const Shape shape{1, 20, 20};
  const Matrix<float> empty = Matrix<float>::Zero(400, 2);
  CHECK(stroke_width(empty, shape).value == 0);
  const Matrix<float> faint = bar(2, 3, 3, 15) * 0.5f;  // 0.45
  CHECK(stroke_width(faint, shape).value == 0);
  CHECK(stroke_width(faint, shape, {-1, 1}).value == 2.0 * 45 / 36);
  Matrix<float> both(400, 2);
  both << bar(2, 3, 1, 15), bar(2, 3, 3, 15);
  const StrokeWidth widths = stroke_width(both, shape);
  CHECK(widths.of_image == std::vector{2.0 * 15 / 32, 2.0 * 45 / 36});
  CHECK(std::abs(widths.value - 0.5 * (widths.of_image[0] + widths.of_image[1])) < 1e-15);
  CHECK(widths.standard_error > 0);
}

TEST_CASE("what a stroke's width refuses, and its threads") {
  Matrix<float> x = normal_features(64, 500, 1);
  check_same_bits([&] { return std::vector{stroke_width(x, {1, 8, 8}).value}; });
  CHECK_THROWS_AS(stroke_width(x, {1, 8, 9}), ShapeError);
  CHECK_THROWS_AS(stroke_width(x, {2, 8, 4}), ShapeError);
  const Matrix<float> none(64, 0);
  CHECK_THROWS_AS(stroke_width(none, {1, 8, 8}), ShapeError);
  CHECK_THROWS_AS(stroke_width(x, {1, 8, 8}, {1, 1}), ConfigError);
  x(3, 7) = not_a_number<float>();
  CHECK(contains(refusal<ConfigError>([&] { stroke_width(x, {1, 8, 8}); }), "feature 3 of sample 7"));
}
