#include "eigenerate/data/resize.hpp"

#include <array>

#include "eigenerate/core/threads.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using data::Resampling;

TEST_CASE("images are resized as PyTorch and Pillow do", "[golden]") {
  constexpr std::array how{Resampling::bilinear, Resampling::bicubic, Resampling::area};
  for (const auto& c : testing::load_golden("data/resize").cases()) {
    CAPTURE(c.path());
    const auto from = c.tensor("images").shape, to = c.tensor("resized").shape;
    const Matrix<float> resized =
        data::resize(c.batch<float>("images"), {from[1], from[2], from[3]}, {to[2], to[3]},
                     how[static_cast<std::size_t>(c.integer("how"))]);
    const Matrix<float> expected = c.batch<float>("resized");
    REQUIRE(resized.rows() == expected.rows());
    CHECK((resized - expected).cwiseAbs().maxCoeff() <= testing::tolerance::rounding<float>(2));
  }
}

TEST_CASE("resizing keeps what is constant, and all at its own size; threads change no bit") {
  Matrix<float> x(3 * 8 * 6, 200);
  fill_normal(x.data(), x.size(), RandomStream{1});
  for (const Resampling how : {Resampling::bilinear, Resampling::bicubic, Resampling::area}) {
    CHECK(data::resize(x, {3, 8, 6}, {8, 6}, how) == x);
    const Matrix<float> gray = Matrix<float>::Constant(3 * 8 * 6, 1, 0.3f);
    const Matrix<float> small = data::resize(gray, {3, 8, 6}, {4, 2}, how);
    CHECK((small.array() - 0.3f).abs().maxCoeff() <= 1e-7f);
    set_num_threads(1);
    const Matrix<float> one = data::resize(x, {3, 8, 6}, {2, 3}, how);
    set_num_threads(4);
    CHECK(data::resize(x, {3, 8, 6}, {2, 3}, how) == one);
    set_num_threads(0);
  }
}

TEST_CASE("a resized dataset keeps its labels and conditions, its range without integers") {
  Matrix<float> steps(16, 3);
  for (Index i = 0; i < steps.size(); ++i) steps.data()[i] = i % 4 < 2 ? 0 : 255;
  const Dataset levels("steps", {1, 4, 4}, steps, {1, Dataset::unlabelled, 0}, 2, ValueRange{0, 255, true});
  const Dataset small = data::resize(levels, 2, Resampling::area);
  CHECK(small.name() == "steps");
  CHECK(small.sample_shape() == Shape{1, 2, 2});
  CHECK(small.labels() == levels.labels());
  CHECK(small.classes() == 2);
  CHECK(small.value_range() == ValueRange{0, 255});
  CHECK(small.sample(2) == Vector<float>{{0, 255, 0, 255}});
  // A cubic would go beyond black and white.
  const Matrix<float> cubic = data::resize(steps, {1, 4, 4}, 8, Resampling::bicubic);
  CHECK(cubic.minCoeff() < -1);
  CHECK(cubic.maxCoeff() > 256);
  const Dataset large = data::resize(levels, 8, Resampling::bicubic);
  CHECK(large.observed_range() == ValueRange{0, 255, large.observed_range().integers});
  CHECK(large.sample(1) == cubic.col(1).cwiseMax(0.0f).cwiseMin(255.0f));
  // Pairs for super-resolution, and their further resizing.
  const Dataset pairs = levels.with_conditions(small);
  CHECK(data::resize(pairs, {4, 2}, Resampling::bilinear).conditions().sample(2) == small.sample(2));
  // Transforms act before.
  const Dataset halved = levels.transformed(SampleTransform([](auto sample, const SampleKey&) {
                                              for (auto& v : sample) v /= 2;
                                            }),
                                            ValueRange{0, 128});
  CHECK(data::resize(halved, 2, Resampling::area).sample(0)(1) == 127.5f);
}

TEST_CASE("what resizing refuses") {
  const Matrix<float> x = Matrix<float>::Zero(24, 1);
  const auto refused = [&](const Shape& shape, const HeightWidth& size, Resampling how) {
    return support::message_of<Error>([&] { (void)data::resize(x, shape, size, how); });
  };
  CHECK(refused({1, 4, 5}, 2, Resampling::area) == "resize: expected images of shape 1×4×5, got 24 values");
  CHECK(refused({1, 4, 6}, {2, 4}, Resampling::area) ==
        "resize: by area, 4×6 pixels expect a size that divides them, got 2×4; use bilinear or bicubic");
  CHECK(refused({1, 4, 6}, {8, 6}, Resampling::area).find("got 8×6") != std::string::npos);
  CHECK_THROWS_AS(data::resize(x, {1, 4, 6}, {0, 2}, Resampling::bicubic), ConfigError);
  CHECK_THROWS_AS(data::resize(x, {1, 5, 6}, 2, Resampling::bicubic), ShapeError);
}
