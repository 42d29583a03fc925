#include "eigenerate/layers/rescale.hpp"

#include "eigenerate/layers/layers.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("Rescale keeps the contract of a layer", "[rescale]") {
  require_conformance(Rescale{-2.5, 0.75}, {7});
  require_conformance(Rescale{1 / 127.5, -1}, {2, 3, 5}, {.batch = 1});
}

TEST_CASE("Rescale gives PyTorch's numbers", "[rescale]") {
  const auto c = testing::load_golden("layers/rescale")["default"];
  const Rescale layer{c.number("scale"), c.number("shift")};
  check_golden_passes<double>(layer, {3, 2, 4}, c);
  check_golden_passes<float>(layer, {3, 2, 4}, c);
}

TEST_CASE("Rescale takes gray levels to [-1, 1]", "[rescale]") {
  const Rescale layer{1 / 127.5, -1};
  CHECK(layer.value(0.0f) == -1.0f);
  CHECK(std::abs(layer.value(127.5)) < 1e-15);
  CHECK(std::abs(layer.value(255.0) - 1) < 1e-15);
}

TEST_CASE("Rescale refuses numbers that are not finite", "[rescale]") {
  const double huge = 1e308, infinite = huge * 10;
  CHECK_THROWS_AS(Rescale{infinite}.plan({3}, "a"), ConfigError);
  CHECK_THROWS_AS((Rescale{1, infinite - infinite}.plan({3}, "a")), ConfigError);
}

TEST_CASE("what bounds the values before a Rescale bounds those behind it", "[rescale]") {
  const auto range = [](const auto& layers) { return layers.plan({4}, "a").output_range; };
  CHECK(range(Sequential{Sigmoid{}, Rescale{255}}) == ValueRange{0, 255});
  CHECK(range(Sequential{Tanh{}, Reshape{1, 2, 2}, Rescale{-2, 1}, Flatten{}}) == ValueRange{-1, 3});
  CHECK(Sequential{Linear{4, 4}, Tanh{}, Rescale{2}}.plan({4}, "a").bounded_by == "a.1 (Tanh)");
  CHECK(!range(Sequential{Linear{4, 4}, Rescale{255}}));
  CHECK(!range(Sequential{Tanh{}, Linear{4, 4}, Rescale{255}}));
  CHECK(!range(Rescale{255}));
}
