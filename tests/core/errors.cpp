#include "eigenerate/core/errors.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("every error is an Error with a formatted message", "[errors]") {
  CHECK_THROWS_AS(fail<ShapeError>("x"), Error);
  CHECK_THROWS_AS(fail<ConfigError>("x"), Error);
  CHECK_THROWS_AS(fail<StateError>("x"), Error);
  CHECK_THROWS_AS(fail<IoError>("x"), Error);
  CHECK_THROWS_AS(fail<DivergenceError>("x"), Error);
  try {
    fail<ShapeError>("{}: expected {}, got {}", "decoder.2", 784, 783);
  } catch (const std::runtime_error& e) {
    CHECK(std::string(e.what()) == "decoder.2: expected 784, got 783");
  }
}
