#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/message.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/io/canvas.hpp"

namespace eigenerate {

/// How `scatter_picture` draws.
struct ScatterOptions {
  Index pixels = 640;    ///< width and height of the field; around it stand the axes and the legend
  double radius = 1.8;   ///< of a point
  double opacity = 0.7;  ///< of a point
  std::string across = {}, up = {};  ///< what stands at the ends of the axes: figures, as "23.4 %"
};

/// A color for each label: ten that differ well, then ever new hues.
inline Canvas::Color color_of_label(int label) {
  constexpr std::array<std::array<int, 3>, 10> ten{{{31, 119, 180},
                                                    {255, 127, 14},
                                                    {44, 160, 44},
                                                    {214, 39, 40},
                                                    {148, 103, 189},
                                                    {140, 86, 75},
                                                    {227, 119, 194},
                                                    {110, 110, 110},
                                                    {188, 189, 34},
                                                    {23, 190, 207}}};
  Canvas::Color color;
  for (std::size_t k = 0; k < 3; ++k) {
    const double third = static_cast<double>(k) / 3, turn = 0.618033988749895 * label + third;
    color[k] = label >= 0 && label < 10 ? ten[static_cast<std::size_t>(label)][k] / 255.0
                                        : 0.45 + 0.4 * std::cos(6.283185307179586 * turn);
  }
  return color;
}

/// Points of a plane as a picture, colored by their labels, with axes and a legend: the first coordinate to
/// the right, the second one upwards, both in one scale. They are drawn in an order that has nothing to do
/// with their labels, so that no label lies above the others.
///
/// **Shapes** points: 2 × n, with a label for each or none at all.
/// **Errors** `ShapeError` for other extents, `ConfigError` for options out of range, for more labels than a
/// legend has room for, and where no point is finite; other points that are not are left out.
template <Scalar S>
Bitmap scatter_picture(ConstView<S> points, std::span<const int> labels = {},
                       const ScatterOptions& options = {}) {
  if (points.rows() != 2 || points.cols() < 1 ||
      (!labels.empty() && static_cast<Index>(labels.size()) != points.cols()))
    fail<ShapeError>("scatter_picture: expected points of 2 × n, and n labels or none, got {} × {} and {}",
                     points.rows(), points.cols(), labels.size());
  if (options.pixels < 100 || options.pixels > 4096 || !(options.radius > 0 && options.radius <= 100) ||
      !(options.opacity > 0 && options.opacity <= 1))
    fail<ConfigError>(
        "scatter_picture: expected 100 to 4096 pixels, a radius in (0, 100] and an opacity in (0, 1], got {}, {} "
        "and {}",
        options.pixels, options.radius, options.opacity);

  // The middle of what there is, and half the side of the square around it.
  double low[2], high[2];
  Index finite = 0;
  const auto is_drawn = [&](Index i) { return is_finite(points(0, i)) && is_finite(points(1, i)); };
  for (Index i = 0; i < points.cols(); ++i) {
    if (!is_drawn(i)) continue;
    for (int k = 0; k < 2; ++k) {
      const double value = static_cast<double>(points(k, i));
      low[k] = finite == 0 ? value : std::min(low[k], value);
      high[k] = finite == 0 ? value : std::max(high[k], value);
    }
    ++finite;
  }
  if (finite == 0) fail<ConfigError>("scatter_picture: none of {} points is finite", points.cols());
  const double widest = std::max(high[0] - low[0], high[1] - low[1]);
  const double far = std::max({std::abs(low[0]), std::abs(high[0]), std::abs(low[1]), std::abs(high[1])});
  const double half = widest > 0 ? std::max(0.53 * widest, 1e-9 * far) : 1.0;  // lines stay apart in double

  // Drawn at twice the size. The field has room for figures at its left and below, for the legend at its
  // right.
  constexpr Index shrink = 2, letters = 3;
  const Index side = shrink * options.pixels, left = 110, top = 30, below = 70;
  const std::set<int> kinds(labels.begin(), labels.end());
  const Index line = Canvas::height_of(letters) + 14;
  if (static_cast<Index>(kinds.size()) * line > side)
    fail<ConfigError>("scatter_picture: {} labels do not fit in a legend of {} pixels", kinds.size(),
                      options.pixels);
  Canvas canvas(left + side + (kinds.empty() ? 30 : 150), top + side + below);
  const Canvas::Color ink{0.25, 0.25, 0.28}, grid{0.90, 0.90, 0.92};
  const auto column = [&](double x) {
    return static_cast<double>(left) +
           ((x - (low[0] + high[0]) / 2) / half + 1) * static_cast<double>(side) / 2;
  };
  const auto row = [&](double y) {
    return static_cast<double>(top) +
           (1 - (y - (low[1] + high[1]) / 2) / half) * static_cast<double>(side) / 2;
  };

  // Lines at round numbers: 1, 2 or 5 times a power of ten, five to ten of them.
  const double power = std::pow(10.0, std::floor(std::log10(half / 2.5))), rough = half / 2.5 / power;
  const double step = power * (rough < 2 ? 1 : rough < 5 ? 2 : 5);
  for (int k = 0; k < 2; ++k) {
    const double middle = (low[k] + high[k]) / 2;
    for (double i = std::ceil((middle - half) / step); i * step < middle + half; ++i) {
      const std::string text = format_message("{:.4g}", i == 0 ? 0.0 : i * step);
      const Index width = Canvas::width_of(text, letters);
      if (k == 0) {
        const auto c = static_cast<Index>(column(i * step));
        canvas.box(top, c, top + side, c + 1, grid);
        canvas.write(top + side + 14, c - width / 2, text, letters, ink);
      } else {
        const auto r = static_cast<Index>(row(i * step));
        canvas.box(r, left, r + 1, left + side, grid);
        canvas.write(r - Canvas::height_of(letters) / 2, left - width - 12, text, letters, ink);
      }
    }
  }

  std::vector<Index> order(static_cast<std::size_t>(points.cols()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
  const RandomStream random{0, Purpose::shuffling};
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[uniform_below(i, random, i)]);
  for (const Index i : order) {
    if (!is_drawn(i)) continue;
    const int label = labels.empty() ? 0 : labels[static_cast<std::size_t>(i)];
    canvas.dot(row(static_cast<double>(points(1, i))), column(static_cast<double>(points(0, i))),
               shrink * options.radius, color_of_label(label), options.opacity);
  }

  // The axes over the points, and what stands at their ends.
  canvas.box(top, left, top + side, left + 1, ink);
  canvas.box(top + side, left, top + side + 1, left + side, ink);
  canvas.write(top + side - line, left + side - Canvas::width_of(options.across, letters) - 8, options.across,
               letters, ink);
  canvas.write(top + 8, left + 14, options.up, letters, ink);
  Index at = top;
  for (const int kind : kinds) {
    const Index middle = at + Canvas::height_of(letters) / 2;
    canvas.dot(static_cast<double>(middle), static_cast<double>(left + side + 28), 8, color_of_label(kind));
    canvas.write(at, left + side + 48, format_message("{}", kind), letters, ink);
    at += line;
  }
  return canvas.bitmap(shrink);
}

}  // namespace eigenerate
