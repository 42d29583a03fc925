#include "eigenerate/layers/reshape.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Reshape keeps the contract of a layer", "[reshape]") {
  require_conformance(Reshape{2, 3, 4}, {24});
  require_conformance(Reshape{24}, {3, 4, 2});
  require_conformance(Reshape{2, 3, 4}, {4, 2, 3}, {.batch = 1});
  require_conformance(Reshape{1, 3, 4}, {12});
  require_conformance(Reshape{2, 3, 2}, {2, 3, 2});
}

TEST_CASE("Reshape gives PyTorch's numbers", "[reshape]") {
  const auto golden = testing::load_golden("layers/reshape");
  const Sequential to_image{Linear{4, 24}, Reshape{2, 3, 4}};
  const Sequential to_vector{Reshape{24}, Linear{24, 3}};
  check_golden_passes<double>(to_image, {4}, golden["vector to image"]);
  check_golden_passes<float>(to_image, {4}, golden["vector to image"]);
  check_golden_passes<double>(Reshape{2, 3, 4}, {4, 3, 2}, golden["image to image"]);
  check_golden_passes<double>(to_vector, {2, 4, 3}, golden["image to vector"]);
}

TEST_CASE("a network that begins with Reshape takes a vector", "[reshape]") {
  const Network net(Reshape{1, 28, 28});
  CHECK(net.input_shape() == Shape{784});
  CHECK(net.output_shape() == Shape{1, 28, 28});
}

TEST_CASE("Reshape refuses another number of elements and empty shapes", "[reshape]") {
  try {
    (void)Reshape{128, 7, 7}.plan({64, 10, 10}, "generator.1");
    FAIL("another size was accepted");
  } catch (const ShapeError& e) {
    CHECK(std::string(e.what()) ==
          "generator.1 (Reshape): expected input of 6272 elements, for 128×7×7, got 64×10×10; it has 6400");
  }
  CHECK_THROWS_AS((Reshape{0, 7, 7}.plan({1}, "a")), ConfigError);
}
