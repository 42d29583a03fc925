#include "eigenerate/data/levels.hpp"

#include "eigenerate/data/pixel_range.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

/// Every gray level of a file, as a loader gives it.
Dataset all_levels() {
  const auto levels = data::gray_levels(data::PixelRange::unit);
  return {"grays", {256}, Eigen::Map<const Matrix<float>>(levels.data(), 256, 1), {}, 0, ValueRange{0, 1}};
}

}  // namespace

TEST_CASE("levels: those of a file come back, and go forth") {
  const Dataset integers = data::to_levels(all_levels());
  CHECK(integers.value_range() == ValueRange{0, 255, true});
  CHECK(integers.observed_range() == ValueRange{0, 255, true});
  const Vector<float> x = integers.sample(0);
  for (Index i = 0; i < 256; ++i) CHECK(x(i) == static_cast<float>(i));
  CHECK(data::from_levels(integers).sample(0) == all_levels().sample(0));
  CHECK(data::from_levels(integers).value_range() == ValueRange{0, 1});
  // The nearest of fewer, in both scalars.
  const Vector<float> coarse = data::to_levels(all_levels(), 4).sample(0);
  CHECK(coarse(0) == 0);
  CHECK(coarse(42) == 0);
  CHECK(coarse(43) == 1);
  CHECK(coarse(255) == 3);
  Matrix<double> precise(256, 1);
  const Index first = 0;
  integers.gather<double>({&first, 1}, as_view(precise));
  CHECK(precise == x.cast<double>());
}

TEST_CASE("levels: what is refused") {
  const Dataset signed_pixels = data::scale_to_signed(all_levels());
  CHECK(support::message_of<ConfigError>([&] { (void)data::to_levels(signed_pixels); }) ==
        "grays: to_levels expected values in [0, 1], got values in [-1, 1]");
  CHECK(support::message_of<ConfigError>([&] { (void)data::from_levels(all_levels()); }) ==
        "grays: from_levels expected integers in [0, 255], got values in [0, 1], not all of them integers");
  CHECK_THROWS_AS(data::from_levels(data::to_levels(all_levels()), 128), ConfigError);
  CHECK_THROWS_AS(data::to_levels(all_levels(), 1), ConfigError);
}
