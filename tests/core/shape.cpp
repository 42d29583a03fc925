#include "eigenerate/core/shape.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("a shape counts and prints itself", "[shape]") {
  CHECK(Shape{784}.size() == 784);
  CHECK(Shape{784}.is_vector());
  CHECK(to_string(Shape{784}) == "784");
  CHECK(Shape{64, 14, 7}.size() == 64 * 14 * 7);
  CHECK(Shape{64, 14, 7}.pixels() == 98);
  CHECK_FALSE(Shape{64, 14, 7}.is_vector());
  CHECK(to_string(Shape{64, 14, 7}) == "64×14×7");
  CHECK(Shape{3} == Shape{3, 1, 1});
}

TEST_CASE("an empty shape is refused by name", "[shape]") {
  CHECK_NOTHROW(require_valid({1, 1, 1}, "x"));
  CHECK_THROWS_AS(require_valid({0, 1, 1}, "x"), ConfigError);
  CHECK_THROWS_AS(require_valid({1, -1, 1}, "x"), ConfigError);
  try {
    require_valid({1, 1, 0}, "generator: input shape");
    FAIL("an empty shape was accepted");
  } catch (const ConfigError& e) {
    CHECK(std::string(e.what()) == "generator: input shape: every extent must be at least 1, got 1×1×0");
  }
}
