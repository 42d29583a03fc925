#pragma once
// The picture of toy_gan's points: real ones on the left and generated ones on the right, over the
// discriminator's field. Bands of the field hold equal areas, so that logits of any scale can be seen: blue
// where the discriminator is surest of a generated sample, sand where it is surest of a real one.

#include <algorithm>
#include <cmath>
#include <eigenerate/io/canvas.hpp>
#include <utility>

#include "toy_data.hpp"

namespace examples {

/// A square picture of the plane within ±extent, its first coordinate to the right, its second one upwards.
class PointPanel {
 public:
  using Color = Canvas::Color;

  PointPanel(Index pixels, double extent) : pixels_(pixels), extent_(extent), canvas_(pixels, pixels) {}

  const Canvas& canvas() const { return canvas_; }

  /// The centers of the cells that `fill_bands` takes values at, so many on a side, row by row.
  Matrix<float> cells(Index side) const {
    Matrix<float> x(2, side * side);
    for (Index i = 0; i < x.cols(); ++i) {
      const auto at = [&](Index cell) {
        return extent_ * (2 * (static_cast<double>(cell) + 0.5) / static_cast<double>(side) - 1);
      };
      x.col(i) << static_cast<float>(at(i % side)), static_cast<float>(-at(i / side));
    }
    return x;
  }

  /// Bands of equal area, by the order of the values, with a line between any two. Between the cells values
  /// are interpolated.
  void fill_bands(const std::vector<float>& cell_values, Index side, int bands, const Color& low,
                  const Color& high) {
    std::vector<double> values(static_cast<std::size_t>(pixels_ * pixels_));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto [row, below] = between(static_cast<Index>(i) / pixels_, side);
      const auto [column, right] = between(static_cast<Index>(i) % pixels_, side);
      const auto value = [&](Index r, Index c) {
        return static_cast<double>(cell_values[static_cast<std::size_t>(r * side + c)]);
      };
      values[i] = (1 - below) * ((1 - right) * value(row, column) + right * value(row, column + 1)) +
                  below * ((1 - right) * value(row + 1, column) + right * value(row + 1, column + 1));
    }
    std::vector<double> limits = values;
    std::sort(limits.begin(), limits.end());
    for (std::size_t band = 1; band < static_cast<std::size_t>(bands); ++band)
      limits[band - 1] = limits[band * values.size() / static_cast<std::size_t>(bands)];
    limits.resize(static_cast<std::size_t>(bands) - 1);
    std::vector<std::ptrdiff_t> band(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      band[i] = std::upper_bound(limits.begin(), limits.end(), values[i]) - limits.begin();
    const auto width = static_cast<std::size_t>(pixels_);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool edge = (i % width + 1 < width && band[i + 1] != band[i]) ||
                        (i + width < values.size() && band[i + width] != band[i]);
      const double t = static_cast<double>(band[i]) / std::max(bands - 1, 1);
      Color& color = canvas_.at(static_cast<Index>(i) / pixels_, static_cast<Index>(i) % pixels_);
      for (std::size_t c = 0; c < 3; ++c) color[c] = ((1 - t) * low[c] + t * high[c]) * (edge ? 0.93 : 1);
    }
  }

  /// Soft dots of that radius in pixels.
  void draw_points(ConstView<float> points, double radius, const Color& color, double opacity) {
    for (Index i = 0; i < points.cols(); ++i)
      canvas_.dot(pixel(-points(1, i)), pixel(points(0, i)), radius, color, opacity);
  }
  /// Thin circles of a radius in the plane.
  void draw_circles(ConstView<float> centers, double radius, const Color& color, double opacity) {
    const double pixels = radius / extent_ * static_cast<double>(pixels_) / 2;
    for (Index i = 0; i < centers.cols(); ++i)
      canvas_.ring(pixel(-centers(1, i)), pixel(centers(0, i)), pixels, color, opacity);
  }

 private:
  /// The cell at or before a pixel on one axis, and the pixel's part of the way to the next one.
  std::pair<Index, double> between(Index pixel, Index side) const {
    const double at =
        (static_cast<double>(pixel) + 0.5) * static_cast<double>(side) / static_cast<double>(pixels_) - 0.5;
    const Index cell = std::clamp<Index>(static_cast<Index>(std::floor(at)), 0, side - 2);
    return {cell, std::clamp(at - static_cast<double>(cell), 0.0, 1.0)};
  }

  /// Where a coordinate lies on the canvas.
  double pixel(float at) const {
    return (static_cast<double>(at) / extent_ + 1) * static_cast<double>(pixels_) / 2 - 0.5;
  }

  Index pixels_;
  double extent_;
  Canvas canvas_;
};

/// Panels side by side on white, each pixel of the picture the mean of 2 × 2 of theirs.
inline Bitmap side_by_side(const std::vector<PointPanel>& panels, Index margin) {
  const Index side = panels.front().canvas().width(), gap = 2 * margin,
              count = static_cast<Index>(panels.size());
  Canvas all(count * (side + gap) + gap, side + 2 * gap);
  for (Index p = 0; p < count; ++p)
    for (Index row = 0; row < side; ++row)
      for (Index column = 0; column < side; ++column)
        all.at(gap + row, gap + p * (side + gap) + column) =
            panels[static_cast<std::size_t>(p)].canvas().at(row, column);
  return all.bitmap(2);
}

/// The discriminator's logit for every point, taken for a whole pack where it judges packs.
inline std::vector<float> field_of(const Gan<>& gan, const Matrix<float>& points) {
  const Index packing = gan.options().packing;
  std::vector<float> field;
  constexpr Index portion = 4096;
  for (Index first = 0; first < points.cols(); first += portion) {
    const Index n = std::min(portion, points.cols() - first);
    Matrix<float> packs(2, n * packing);
    for (Index i = 0; i < packs.cols(); ++i) packs.col(i) = points.col(first + i / packing);
    const Matrix<float> logits = gan.discriminate(packs);
    field.insert(field.end(), logits.data(), logits.data() + n);
  }
  return field;
}

inline Bitmap toy_picture(const ToyProblem& problem, const Gan<>& gan, ConstView<float> real,
                          ConstView<float> made) {
  constexpr PointPanel::Color blue{0.80, 0.86, 0.93}, sand{0.99, 0.93, 0.80}, gray{0.45, 0.45, 0.50},
      dark{0.10, 0.30, 0.42}, red{0.80, 0.16, 0.22};
  constexpr Index pixels = 1120, cells = 280;
  constexpr int bands = 12;
  PointPanel panel(pixels, problem.extent);
  panel.fill_bands(field_of(gan, panel.cells(cells)), cells, bands, blue, sand);
  if (problem.is_mixture()) panel.draw_circles(problem.centers, 3 * problem.sigma, gray, 0.6);
  std::vector<PointPanel> panels{panel, panel};
  panels[0].draw_points(real, 2.5, dark, 0.6);
  panels[1].draw_points(made, 2.5, red, 0.6);
  return side_by_side(panels, 12);
}

}  // namespace examples
