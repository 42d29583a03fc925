#include "eigenerate/core/value_range.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("a value range holds its ends and what lies between", "[value range]") {
  const ValueRange unit{0, 1};
  CHECK(unit.contains(0.0));
  CHECK(unit.contains(1.0));
  CHECK_FALSE(unit.contains(-1e-12));
  CHECK_FALSE(unit.contains(1 + 1e-12));
  CHECK(unit.contains(ValueRange{0.2, 1}));
  CHECK_FALSE(unit.contains(ValueRange{-1, 1}));
  CHECK_FALSE(unit.contains(ValueRange{0, 255}));
  CHECK(ValueRange::everything().contains(std::numeric_limits<double>::max()));
  CHECK(ValueRange::from(0).contains(1e300));
  CHECK_FALSE(ValueRange::from(0).contains(-1e-300));
}

TEST_CASE("a value range is written as an interval", "[value range]") {
  CHECK(to_string(ValueRange{-1, 1}) == "[-1, 1]");
  CHECK(to_string(ValueRange{0, 0.25}) == "[0, 0.25]");
  CHECK(to_string(ValueRange::from(0)) == "[0, …]");
  CHECK(to_string(ValueRange::everything()) == "[…, …]");
}

TEST_CASE("a value range may have integers alone", "[value range]") {
  const ValueRange levels{0, 255, true};
  CHECK(levels.contains(255.0));
  CHECK_FALSE(levels.contains(0.5));
  CHECK_FALSE(levels.contains(256.0));
  CHECK(levels.contains(ValueRange{1, 7, true}));
  CHECK_FALSE(levels.contains(ValueRange{1, 7}));
  CHECK(ValueRange{0, 255}.contains(levels));
  CHECK_FALSE(levels == ValueRange{0, 255});
}

TEST_CASE("a value range is bounded where both of its ends are", "[value range]") {
  CHECK(ValueRange{-1, 1}.is_bounded());
  CHECK_FALSE(ValueRange::from(0).is_bounded());
  CHECK_FALSE(ValueRange::everything().is_bounded());
}
