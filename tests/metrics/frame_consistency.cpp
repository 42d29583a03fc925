#include "eigenerate/metrics/frame_consistency.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("steps of frames agree with NumPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/frame_consistency").cases()) {
    const FrameConsistency f = frame_consistency(c.batch<float>("frames"), c.integer("length"));
    const std::vector<double> steps = c.list("steps");
    REQUIRE(f.steps.size() == steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i)
      CHECK(std::abs(f.steps[i] - steps[i]) < tolerance::golden * steps[i]);
    CHECK(std::abs(f.step.value - c.number("step")) < tolerance::golden * f.step.value);
    CHECK(std::abs(f.step.standard_error - c.number("step_error")) < tolerance::golden * f.step.value);
    CHECK(std::abs(f.largest.value - c.number("largest")) < tolerance::golden * f.largest.value);
    CHECK(std::abs(f.largest.standard_error - c.number("largest_error")) <
          tolerance::golden * f.largest.value);
  }
}

TEST_CASE("a steady walk has a largest step of one, a jump a large one, and standing still is steady") {
  Matrix<float> frames(3, 20);
  for (Index i = 0; i < 10; ++i) frames.col(i).setConstant(0.5f * static_cast<float>(i));
  for (Index i = 10; i < 20; ++i) frames.col(i).setConstant(i < 14 ? 0.0f : 1.0f);
  const FrameConsistency f = frame_consistency(frames, 10);
  CHECK(f.steps.size() == 18);
  CHECK(std::abs(f.step.value - (0.5 + 1.0 / 9) / 2) < 1e-12);
  CHECK(std::abs(f.largest.value - (1 + 9.0) / 2) < 1e-12);
  const FrameConsistency still = frame_consistency(Matrix<float>(Matrix<float>::Constant(3, 4, 2)), 4);
  CHECK(still.step.value == 0);
  CHECK(still.largest.value == 1);
}

TEST_CASE("what frame_consistency refuses") {
  Matrix<float> x = normal_features(6, 12, 1);
  CHECK_THROWS_AS(frame_consistency(x, 1), ShapeError);
  CHECK(contains(refusal<ShapeError>([&] { frame_consistency(x, 5); }),
                 "of 5 frames each, at least 2, got 12"));
  CHECK_THROWS_AS(frame_consistency(Matrix<float>(6, 0), 2), ShapeError);
  x(3, 7) = not_a_number<float>();
  CHECK(contains(refusal<ConfigError>([&] { frame_consistency(x, 4); }), "feature 3 of sample 7"));
}
