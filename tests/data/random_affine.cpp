#include "eigenerate/data/random_affine.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using data::AffineRanges;

namespace {

constexpr AffineRanges still{.turn = {0, 0}, .slant = {0, 0}, .scale = {1, 1}, .shift = {0, 0}};

ValueRange only(double x) {
  return {x, x};
}

/// Two channels of noise.
Dataset noise(Index n) {
  Matrix<float> x(2 * 6 * 5, n);
  fill_normal(x.data(), x.size(), RandomStream{1});
  return Dataset("noise", {2, 6, 5}, x.array().tanh().matrix(), {}, 0, ValueRange{-1, 1});
}

Matrix<float> epoch_of(const Dataset& images, Index epoch) {
  Matrix<float> out(images.sample_shape().size(), images.size());
  std::vector<Index> all(static_cast<std::size_t>(images.size()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Index>(i);
  images.gather<float>(all, as_view(out), epoch);
  return out;
}

}  // namespace

TEST_CASE("images are moved as PyTorch's affine grids move them", "[golden]") {
  for (const auto& c : testing::load_golden("data/random_affine").cases()) {
    CAPTURE(c.path());
    const auto shape = c.tensor("images").shape;
    const Dataset images("golden", {shape[1], shape[2], shape[3]}, c.batch<float>("images"), {}, 0,
                         ValueRange{0, 1});
    const double down = c.number("down");  // the same share of the height and of the width
    const Dataset moved = data::random_affine(images, 5,
                                              {.turn = only(c.number("turn")),
                                               .slant = only(c.number("slant")),
                                               .scale = only(c.number("scale")),
                                               .shift = only(down),
                                               .mirrored = c.number("mirrored")});
    CHECK((epoch_of(moved, 3) - c.batch<float>("moved")).cwiseAbs().maxCoeff() <=
          testing::tolerance::golden_float);
  }
}

TEST_CASE("random_affine: no movement is none, quarter turns and mirrors lose nothing") {
  const Dataset images = noise(4);
  CHECK(epoch_of(data::random_affine(images, 1, still), 2) == epoch_of(images, 0));
  AffineRanges mirror = still;
  mirror.mirrored = 1;
  const Matrix<float> before = epoch_of(images, 0),
                      after = epoch_of(data::random_affine(images, 1, mirror), 0);
  for (Index i = 0; i < 4; ++i)
    for (Index y = 0; y < 6; ++y)
      for (Index x = 0; x < 5; ++x)
        for (Index c = 0; c < 2; ++c)
          CHECK(after((y * 5 + x) * 2 + c, i) == before((y * 5 + 4 - x) * 2 + c, i));
  // Clockwise: what was up is on the right.
  const Dataset square("square", {1, 2, 2}, Matrix<float>{{1}, {2}, {3}, {4}}, {}, 0, ValueRange{0, 4});
  AffineRanges turn = still;
  turn.turn = only(90);
  CHECK(
      (data::random_affine(square, 1, turn).sample(0) - Vector<float>{{3, 1, 4, 2}}).cwiseAbs().maxCoeff() <=
      1e-6f);
}

TEST_CASE("random_affine: what comes in is black, and black stays") {
  const Dataset white("white", {1, 4, 4}, Matrix<float>::Constant(16, 1, 1.0f), {}, 0, ValueRange{-1, 1});
  AffineRanges away = still;
  away.shift = only(-0.5);
  const Vector<float> moved = data::random_affine(white, 1, away).sample(0);
  for (Index y = 0; y < 4; ++y)
    for (Index x = 0; x < 4; ++x) CHECK(moved(4 * y + x) == (y < 2 && x < 2 ? 1.0f : -1.0f));
  CHECK(data::random_affine(white, 1).value_range() == ValueRange{-1, 1});
}

TEST_CASE("random_affine: draws are uniform, of a sample and an epoch alone") {
  const Dataset images = noise(40);
  const Dataset moved = data::random_affine(images, 3);
  CHECK(epoch_of(moved, 0) == epoch_of(moved, 0));
  CHECK(epoch_of(moved, 0) != epoch_of(moved, 1));
  CHECK(epoch_of(moved, 0) != epoch_of(data::random_affine(images, 4), 0));
  const std::vector<Index> positions{30, 2};
  CHECK(moved.subset(positions).sample(0) == epoch_of(moved, 0).col(30));

  const AffineRanges ranges{.turn = {-30, 30}, .slant = {0, 0}, .scale = {0.5, 2}, .shift = {-0.2, 0.2}};
  constexpr int n = 20000;
  std::array<double, 4> sums{}, squares{};
  for (int i = 0; i < n; ++i) {
    const data::detail::PixelMap map =
        ranges.draw({1, 10, 20}, RandomStream{7}.lane(static_cast<std::uint64_t>(i)));
    const double size = 1 / std::hypot(map.xx, map.yx);
    // The shift again, from where the middle comes from.
    const double det = map.xx * map.yy - map.xy * map.yx, right = -(map.yy * map.x - map.xy * map.y) / det,
                 down = -(-map.yx * map.x + map.xx * map.y) / det;
    const std::array drawn{(std::atan2(-map.yx, map.xx) * 180 / 3.14159265358979 + 30) / 60,
                           (size - 0.5) / 1.5, (right / 20 + 0.2) / 0.4, (down / 10 + 0.2) / 0.4};
    for (std::size_t k = 0; k < drawn.size(); ++k) {
      CHECK((drawn[k] > -1e-9 && drawn[k] < 1 + 1e-9));
      sums[k] += drawn[k] / n;
      squares[k] += drawn[k] * drawn[k] / n;
    }
  }
  for (std::size_t k = 0; k < sums.size(); ++k) {
    CAPTURE(k);
    CHECK(std::abs(sums[k] - 0.5) < testing::tolerance::standard_errors * std::sqrt(1.0 / 12 / n));
    CHECK(std::abs(squares[k] - 1.0 / 3) < testing::tolerance::standard_errors * std::sqrt(4.0 / 45 / n));
  }
}

TEST_CASE("random_affine: half of the images are mirrored where half is asked for") {
  Matrix<float> x = Matrix<float>::Zero(2, 4000);
  x.row(0).setOnes();
  AffineRanges half = still;
  half.mirrored = 0.5;
  const Matrix<float> seen = epoch_of(data::random_affine(Dataset("left", {1, 1, 2}, x), 2, half), 0);
  const double n = 4000, share = static_cast<double>(seen.row(1).sum()) / n;
  CHECK(std::abs(share - 0.5) < testing::tolerance::standard_errors * std::sqrt(0.25 / n));
}

TEST_CASE("random_affine: what is refused") {
  const Dataset images = noise(1);
  AffineRanges wrong = still;
  wrong.scale = {0, 1};
  support::refuses<ConfigError>([&] { (void)data::random_affine(images, 1, wrong); },
                                {"random_affine", "scale", "[0.01, 100]", "[0, 1]"});
  wrong = still;
  wrong.turn = {10, -10};
  CHECK_THROWS_AS(data::random_affine(images, 1, wrong), ConfigError);
  wrong = still;
  wrong.slant = {0, 90};
  CHECK_THROWS_AS(data::random_affine(images, 1, wrong), ConfigError);
  wrong = still;
  wrong.shift = {0, 2};
  CHECK_THROWS_AS(data::random_affine(images, 1, wrong), ConfigError);
  wrong = still;
  wrong.mirrored = 1.5;
  CHECK_THROWS_AS(data::random_affine(images, 1, wrong), ConfigError);
}
