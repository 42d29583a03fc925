#include "eigenerate/metrics/perceptual_path_length.hpp"

#include "metrics/measure_check.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

Matrix<float> same(ConstView<float> x) {
  return x;
}

}  // namespace

TEST_CASE("straight paths through a linear generator are as long as they are") {
  // |W(b − a)|² has the mean 2|W|² for standard normal ends.
  const Matrix<float> w = normal_features(5, 3, 1);
  const auto generator = [&](ConstView<float> z) -> Matrix<float> { return w * z; };
  const Estimate e = perceptual_path_length(
      generator, same, 3,
      {.samples = 4000, .step = 1e-2, .path = LatentPath::straight, .left_out = 0, .seed = 3});
  CHECK(std::abs(e.value - 2 * w.cast<double>().squaredNorm()) <
        tolerance::standard_errors * e.standard_error);
  CHECK(e.standard_error < 0.05 * e.value);
}

TEST_CASE("places on a path are uniform") {
  // The squared norm of (1 − t)a + tb has the mean n((1 − t)² + t²), and that of a uniform t has 2/3.
  double squares = 0;
  const auto watch = [&](ConstView<float> z) -> Matrix<float> {
    squares += z.cast<double>().squaredNorm();
    return z;
  };
  perceptual_path_length(watch, same, 8, {.samples = 3000, .step = 1e-2, .path = LatentPath::straight});
  CHECK(std::abs(squares / (2 * 3000 * 8) - 2.0 / 3) < 0.03);
}

TEST_CASE("a latent space with jumps has longer paths, whatever the batch") {
  const auto smooth = [](ConstView<float> z) -> Matrix<float> { return z; };
  const auto jumping = [](ConstView<float> z) -> Matrix<float> {
    return z.array().tanh() + (8 * z).array().tanh();
  };
  const auto length = [](const auto& generator, Index batch) {
    return perceptual_path_length(generator, same, 4, {.samples = 500, .step = 1e-3, .batch = batch}).value;
  };
  CHECK(length(jumping, 128) > 2 * length(smooth, 128));
  CHECK(std::abs(length(smooth, 7) - length(smooth, 128)) < 1e-9);
  const PathLengthOptions all{.samples = 500, .step = 1e-3, .left_out = 0};
  CHECK(perceptual_path_length(jumping, same, 4, all).value > length(jumping, 128));
}

TEST_CASE("what a path length refuses") {
  const auto with = [](PathLengthOptions o, Index latent = 2) {
    return perceptual_path_length(same, same, latent, o);
  };
  CHECK_THROWS_AS(with({.samples = 0}), ConfigError);
  CHECK_THROWS_AS(with({.step = 0}), ConfigError);
  CHECK_THROWS_AS(with({.left_out = 0.5}), ConfigError);
  CHECK_THROWS_AS(with({.batch = 0}), ConfigError);
  CHECK_THROWS_AS(with({}, 0), ConfigError);
  const auto broken = [](ConstView<float> z) -> Matrix<float> { return z.array() * not_a_number<float>(); };
  CHECK(contains(refusal<ConfigError>([&] { perceptual_path_length(broken, same, 2); }), "is nan"));
  const auto short_one = [](ConstView<float> z) -> Matrix<float> { return z.leftCols(3); };
  CHECK_THROWS_AS(perceptual_path_length(same, short_one, 2), ShapeError);
}
