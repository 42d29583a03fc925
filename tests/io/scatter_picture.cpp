#include "eigenerate/io/scatter_picture.hpp"

#include <limits>
#include <map>

#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

using Rgb = std::array<int, 3>;

std::map<Rgb, std::pair<double, double>> centers(const Bitmap& picture, Index width) {
  std::map<Rgb, std::array<double, 3>> sums;
  for (Index r = 0; r < picture.height; ++r)
    for (Index c = 0; c < width; ++c) {
      const auto* p = picture.pixel(r, c);
      auto& sum = sums[{p[0], p[1], p[2]}];
      sum[0] += static_cast<double>(r);
      sum[1] += static_cast<double>(c);
      sum[2] += 1;
    }
  std::map<Rgb, std::pair<double, double>> found;
  for (const auto& [color, sum] : sums) found[color] = {sum[0] / sum[2], sum[1] / sum[2]};
  return found;
}

Rgb bytes_of(int label) {
  Rgb color{};
  for (std::size_t k = 0; k < 3; ++k) color[k] = static_cast<int>(color_of_label(label)[k] * 255 + 0.5);
  return color;
}

}  // namespace

TEST_CASE("a scatter picture: points stand where their coordinates say, in their label's color",
          "[scatter]") {
  Matrix<float> points(2, 3);
  points << -1, 3, 1,  //
      0, 0, 2;
  const std::vector<int> labels{0, 1, 2};
  const Bitmap picture = scatter_picture(as_const(points), labels, {.radius = 5, .opacity = 1});
  CHECK(picture.channels == 3);
  const auto found = centers(picture, 55 + 640);
  REQUIRE(found.contains(bytes_of(0)));
  REQUIRE(found.contains(bytes_of(1)));
  REQUIRE(found.contains(bytes_of(2)));
  const auto [row_0, column_0] = found.at(bytes_of(0));
  const auto [row_1, column_1] = found.at(bytes_of(1));
  const auto [row_2, column_2] = found.at(bytes_of(2));
  CHECK(std::abs(row_0 - row_1) < 0.5);
  // 4 units across are 640 / (2 · 0.53) pixels, and a unit is as long upwards.
  const double unit = 640 / 1.06 / 4;
  CHECK(std::abs(column_1 - column_0 - 4 * unit) < 1);
  CHECK(std::abs(column_2 - column_0 - 2 * unit) < 1);
  CHECK(std::abs(row_0 - row_2 - 2 * unit) < 1);
  CHECK(std::abs((column_0 + column_1) / 2 - (55 + 320)) < 1);
  // The legend's dots have the same colors.
  const auto with_legend = centers(picture, picture.width);
  CHECK(with_legend.at(bytes_of(1)).second > column_1 + 5);
}

TEST_CASE("a scatter picture of any points is drawn", "[scatter]") {
  const Matrix<double> points = 1e-7 * testing::normal_batch(2, 50, 3);
  const Bitmap plain = scatter_picture(as_const(points));
  CHECK(plain.width < scatter_picture(as_const(points), std::vector<int>(50, 12)).width);
  CHECK(scatter_picture(as_const(points)).bytes == plain.bytes);
  CHECK(scatter_picture(as_const(points), {}, {.across = "23.4 %", .up = "11 %"}).bytes != plain.bytes);
  Matrix<double> one = points.leftCols(1);
  CHECK_NOTHROW(scatter_picture(as_const(one)));
  Matrix<double> some = points;
  some(1, 7) = std::numeric_limits<double>::quiet_NaN();
  some(0, 9) = std::numeric_limits<double>::infinity();
  CHECK_NOTHROW(scatter_picture(as_const(some)));
  some = 1e30 * points;
  CHECK_NOTHROW(scatter_picture(as_const(some)));
}

TEST_CASE("a scatter picture refuses what cannot be drawn", "[scatter]") {
  using support::refuses;
  const Matrix<float> points = Matrix<float>::Random(2, 40), three = Matrix<float>::Random(3, 4), none(2, 0),
                      bad = Matrix<float>::Constant(2, 4, std::numeric_limits<float>::quiet_NaN());
  refuses<ShapeError>([&] { scatter_picture(as_const(three)); }, {"2 × n", "3 × 4"});
  refuses<ShapeError>([&] { scatter_picture(as_const(none)); }, {"2 × 0"});
  refuses<ShapeError>([&] { scatter_picture(as_const(points), std::vector<int>{1}); }, {"2 × 40 and 1"});
  refuses<ConfigError>([&] { scatter_picture(as_const(bad)); }, {"none of 4"});
  refuses<ConfigError>([&] { scatter_picture(as_const(points), {}, {.pixels = 10}); }, {"got 10"});
  refuses<ConfigError>([&] { scatter_picture(as_const(points), {}, {.radius = 0}); }, {"radius"});
  refuses<ConfigError>([&] { scatter_picture(as_const(points), {}, {.opacity = 2}); }, {"opacity"});
  std::vector<int> all(40);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
  refuses<ConfigError>([&] { scatter_picture(as_const(points), all, {.pixels = 200}); }, {"40 labels"});
}
