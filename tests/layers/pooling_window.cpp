#include "eigenerate/layers/pooling_window.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("a pooling window rounds its output down", "[pooling_window]") {
  const auto output = [](const PoolingWindow& window, const Shape& input) {
    return window.plan(input, "a", "Pool").output;
  };
  CHECK(output({2, 2, 0}, {3, 7, 8}) == Shape{3, 3, 4});
  CHECK(output({3, 2, 1}, {1, 28, 27}) == Shape{1, 14, 14});
  CHECK(output({3, 1, 1}, {2, 1, 1}) == Shape{2, 1, 1});
}

TEST_CASE("a pooling window visits the pixels inside the image, row by row", "[pooling_window]") {
  std::vector<std::vector<Index>> inputs(4), places(4);
  PoolingWindow{2, 2, 1}.for_each_cell({1, 3, 3}, [&](const PoolingWindow::Cell& cell) {
    const auto output = static_cast<std::size_t>(cell.output);
    CHECK(cell.first == inputs.at(output).empty());
    inputs.at(output).push_back(cell.input);
    places.at(output).push_back(cell.place);
  });
  CHECK(inputs == std::vector<std::vector<Index>>{{0}, {1, 2}, {3, 6}, {4, 5, 7, 8}});
  CHECK(places == std::vector<std::vector<Index>>{{3}, {2, 3}, {1, 3}, {0, 1, 2, 3}});
}

TEST_CASE("a pooling window refuses what it cannot take", "[pooling_window]") {
  const Shape image{1, 4, 4};
  CHECK_THROWS_AS((PoolingWindow{0, 1, 0}.plan(image, "a", "Pool")), ConfigError);
  CHECK_THROWS_AS((PoolingWindow{2, 0, 0}.plan(image, "a", "Pool")), ConfigError);
  CHECK_THROWS_AS((PoolingWindow{2, 2, -1}.plan(image, "a", "Pool")), ConfigError);
  CHECK_THROWS_AS((PoolingWindow{3, 3, 2}.plan(image, "a", "Pool")), ConfigError);
  try {
    (void)PoolingWindow{7, 1, 1}.plan({2, 8, 4}, "encoder.2", "MaxPool");
    FAIL("an image smaller than the kernel was accepted");
  } catch (const ShapeError& e) {
    CHECK(std::string(e.what()) == "encoder.2 (MaxPool): expected input of at least 5×5 pixels, got 2×8×4");
  }
}
