#include "eigenerate/io/canvas.hpp"

#include <cmath>
#include <numbers>

#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

constexpr Canvas::Color black{0, 0, 0}, red{1, 0, 0};

/// How much of the white canvas is covered, in pixels.
double ink(const Canvas& canvas) {
  double sum = 0;
  for (Index r = 0; r < canvas.height(); ++r)
    for (Index c = 0; c < canvas.width(); ++c) sum += 1 - canvas.at(r, c)[1];
  return sum;
}

}  // namespace

TEST_CASE("a canvas: a dot covers its disc, and no more where it is cut off", "[canvas]") {
  Canvas canvas(40, 30);
  canvas.dot(14.3, 20.7, 6, black);
  CHECK(std::abs(ink(canvas) - std::numbers::pi * 36) < 1.5);
  CHECK(canvas.at(14, 21) == black);
  CHECK(canvas.at(14, 29) == Canvas::Color{1, 1, 1});
  Canvas half(40, 30);
  half.dot(-0.5, 20, 6, black, 0.5);
  CHECK(std::abs(ink(half) - 0.25 * std::numbers::pi * 36) < 1.5);
  Canvas none(40, 30);
  for (const double far : {-8.0, 48.0, 1e300, std::nan("")}) {
    none.dot(far, 5, 6, black);
    none.ring(5, far, 6, black);
  }
  CHECK(ink(none) == 0);
}

TEST_CASE("a canvas: rings are thin, boxes end where they are told, colors lie over each other", "[canvas]") {
  Canvas canvas(40, 40);
  canvas.ring(20, 20, 10, black);
  CHECK(std::abs(ink(canvas) - 2 * std::numbers::pi * 10 * 1.44) < 4);
  CHECK(canvas.at(20, 20) == Canvas::Color{1, 1, 1});
  Canvas boxes(10, 10);
  boxes.box(2, 3, 4, 7, black);
  CHECK(ink(boxes) == 3 * 5);
  boxes.box(-5, 8, 100, 100, red);
  CHECK(boxes.at(9, 9) == red);
  CHECK(ink(boxes) == 3 * 5 + 10 * 2);
  boxes.box(2, 3, 2, 3, red, 0.25);
  CHECK(boxes.at(2, 3) == Canvas::Color{0.25, 0, 0});
}

TEST_CASE("a canvas: figures are drawn in their boxes", "[canvas]") {
  Canvas canvas(20, 9);
  canvas.write(1, 1, "1-", 1, black);
  std::string drawn;
  for (Index r = 0; r < 9; ++r, drawn += '\n')
    for (Index c = 0; c < 13; ++c) drawn += canvas.at(r, c) == black ? '#' : ' ';
  CHECK(drawn ==
        "             \n"
        "   #         \n"
        "  ##         \n"
        "   #         \n"
        "   #   ##### \n"
        "   #         \n"
        "   #         \n"
        "  ###        \n"
        "             \n");
  CHECK(Canvas::width_of("1-", 1) == 11);
  CHECK(Canvas::width_of("1-", 3) == 33);
  Canvas large(60, 30);
  large.write(1, 1, "1-", 3, black);
  CHECK(ink(large) == 9 * ink(canvas));
  // All of them differ.
  std::vector<double> sums;
  for (const char letter : detail::glyph_letters)
    for (const char other : detail::glyph_letters)
      CHECK((letter == other) == (*detail::glyph(letter) == *detail::glyph(other)));
}

TEST_CASE("a canvas becomes a bitmap, smoothed where it shrinks", "[canvas]") {
  Canvas canvas(5, 4, black);
  canvas.box(0, 0, 0, 0, {1, 0.5, 0});
  const Bitmap whole = canvas.bitmap(), small = canvas.bitmap(2);
  CHECK(whole.width == 5);
  CHECK(whole.height == 4);
  CHECK(whole.channels == 3);
  CHECK(whole.pixel(0, 0)[0] == 255);
  CHECK(whole.pixel(0, 0)[1] == 128);
  CHECK(whole.pixel(0, 1)[0] == 0);
  CHECK(small.width == 2);
  CHECK(small.height == 2);
  CHECK(small.pixel(0, 0)[0] == 64);
}

TEST_CASE("a canvas refuses what cannot be drawn", "[canvas]") {
  using support::refuses;
  refuses<ConfigError>([] { Canvas(0, 3); }, {"Canvas", "0 × 3"});
  refuses<ConfigError>([] { Canvas(Index{1} << 30, Index{1} << 30); }, {"Canvas"});
  Canvas canvas(4, 4);
  refuses<ConfigError>([&] { canvas.write(0, 0, "x", 1, black); }, {"'x'"});
  refuses<ConfigError>([&] { canvas.write(0, 0, "1", 0, black); }, {"size of at least 1"});
  refuses<ConfigError>([&] { canvas.bitmap(5); }, {"4 × 4", "by 5"});
  refuses<ConfigError>([&] { canvas.bitmap(0); }, {"by 0"});
}
