#include "eigenerate/io/image_grid.hpp"

#include <limits>

#include "support/catch.hpp"

using namespace eigenerate;

namespace {
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();
}  // namespace

TEST_CASE("image grid: tiles stand row by row with padding around them") {
  Matrix<float> samples(4, 3);  // three images of 2×2
  samples << 0.0f, 0.2f, 1.0f,  //
      0.4f, 0.4f, 1.0f,         //
      0.6f, 0.6f, 1.0f,         //
      1.0f, 0.8f, 1.0f;
  const Bitmap grid = image_grid(as_const(samples), {1, 2, 2}, {.columns = 2, .padding = 1, .background = 7});
  CHECK(grid.channels == 1);
  CHECK(grid.width == 7);
  CHECK(grid.height == 7);
  const std::vector<std::uint8_t> expected{7, 7,   7,   7, 7,   7,   7,  //
                                           7, 0,   102, 7, 51,  102, 7,  //
                                           7, 153, 255, 7, 153, 204, 7,  //
                                           7, 7,   7,   7, 7,   7,   7,  //
                                           7, 255, 255, 7, 7,   7,   7,  //
                                           7, 255, 255, 7, 7,   7,   7,  //
                                           7, 7,   7,   7, 7,   7,   7};
  CHECK(grid.bytes == expected);
}

TEST_CASE("image grid: zero columns choose the grid closest to a square") {
  const Matrix<float> samples = Matrix<float>::Zero(1, 10);
  const Bitmap grid = image_grid(as_const(samples), {1, 1, 1}, {.padding = 0});
  CHECK(grid.width == 4);
  CHECK(grid.height == 3);
}

TEST_CASE("image grid: values outside the range are clamped") {
  Matrix<double> samples(1, 6);
  samples << -1.5, -1, 0, 1, static_cast<double>(inf), -static_cast<double>(inf);
  const Bitmap grid =
      image_grid(as_const(samples), {1, 1, 1}, {.columns = 6, .range = {-1, 1}, .padding = 0});
  CHECK(grid.bytes == std::vector<std::uint8_t>{0, 0, 128, 255, 255, 0});
}

TEST_CASE("image grid: colours are channel-last") {
  Matrix<float> samples(6, 1);  // 1×2 pixels: red, then half green
  samples << 1, 0, 0, 0, 0.5f, 0;
  const Bitmap grid = image_grid(as_const(samples), {3, 1, 2}, {.padding = 0});
  CHECK(grid.channels == 3);
  CHECK(grid.bytes == std::vector<std::uint8_t>{255, 0, 0, 0, 128, 0});
}

TEST_CASE("image grid: a NaN is magenta, in gray pictures too") {
  Matrix<float> gray(2, 1);
  gray << not_a_number, 1;
  CHECK(image_grid(as_const(gray), {1, 1, 2}, {.padding = 0}).bytes ==
        std::vector<std::uint8_t>{255, 0, 255, 255, 255, 255});
  Matrix<float> color(3, 1);
  color << 0, -not_a_number, 0;
  CHECK(image_grid(as_const(color), {3, 1, 1}, {.padding = 0}).bytes ==
        std::vector<std::uint8_t>{255, 0, 255});
}

TEST_CASE("image grid: what is no image is refused") {
  const Matrix<float> samples = Matrix<float>::Zero(4, 2);
  const auto view = as_const(samples);
  CHECK_THROWS_AS(image_grid(view, {2, 1, 2}), ConfigError);
  CHECK_THROWS_AS(image_grid(view, {1, 0, 4}), ConfigError);
  CHECK_THROWS_AS(image_grid(view, {1, 2, 2}, {.range = {1, 1}}), ConfigError);
  CHECK_THROWS_AS(image_grid(view, {1, 2, 2}, {.columns = -1}), ConfigError);
  CHECK_THROWS_AS(image_grid(view, {1, 2, 2}, {.padding = -1}), ConfigError);
  CHECK_THROWS_AS(image_grid(view, {1, 2, 3}), ShapeError);
  const Matrix<float> none(4, 0);
  CHECK_THROWS_AS(image_grid(as_const(none), {1, 2, 2}), ShapeError);
}
