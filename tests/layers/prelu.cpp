#include "eigenerate/layers/prelu.hpp"

#include <limits>

#include "eigenerate/layers/conv2d.hpp"
#include "eigenerate/layers/flatten.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("PRelu keeps the contract of a layer", "[prelu]") {
  require_conformance(PRelu{}, {7});
  require_conformance(PRelu{}, {2, 3, 5}, {.batch = 1});
  require_conformance(PRelu{infer, -0.3}, {5});
  require_conformance(PRelu{3}, {3, 2, 4});
  require_conformance(Sequential{Conv2d{2, 3, {.kernel = 2}}, PRelu{infer}, Flatten{}, Linear{3 * 2 * 2, 2}},
                      {2, 3, 3});
}

TEST_CASE("PRelu gives PyTorch's numbers", "[prelu]") {
  for (const auto& c : testing::load_golden("layers/prelu").cases()) {
    CAPTURE(c.path());
    check_golden_passes<double>(PRelu{c.integer("slopes")}, {3, 2, 4}, c);
    check_golden_passes<float>(PRelu{c.integer("slopes")}, {3, 2, 4}, c);
  }
}

TEST_CASE("PRelu at zero has the slope's derivative, and a NaN stays one", "[prelu]") {
  auto net = Network<double>(PRelu{}, {2}, {.name = "a"});
  auto ws = net.make_workspace(1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Matrix<double> x{{0}, {nan}}, dy{{2}, {1}}, y = net.forward({x}, ws);
  CHECK(y(0) == 0);
  CHECK(is_nan(y(1)));
  CHECK(net.backward(dy, ws, {.x = true}).x(0) == 0.5);
}

TEST_CASE("PRelu declares PyTorch's weight", "[prelu]") {
  const LayerPlan one = PRelu{}.plan({3, 2, 4}, "generator.1");
  REQUIRE(one.parameters.size() == 1);
  CHECK(one.parameters[0].name == "generator.1.weight");
  CHECK(one.parameters[0].shape == std::vector<Index>{1});
  CHECK(one.parameters[0].initial_center == 0.25);
  CHECK(one.parameters[0].initial_bound == 0);
  CHECK(PRelu{infer, 0.1}.plan({3, 2, 4}, "a").parameters[0].shape == std::vector<Index>{3});
  CHECK(PRelu{infer, 0.1}.plan({3, 2, 4}, "a").parameters[0].initial_center == 0.1);
}

TEST_CASE("PRelu refuses what it cannot take", "[prelu]") {
  CHECK_THROWS_AS(PRelu{0}.plan({3}, "a"), ConfigError);
  CHECK_THROWS_AS((PRelu{1, std::numeric_limits<double>::infinity()}.plan({3}, "a")), ConfigError);
  try {
    (void)PRelu{4}.plan({3, 2, 2}, "generator.1");
    FAIL("other channels were accepted");
  } catch (const ShapeError& e) {
    CHECK(std::string(e.what()) == "generator.1 (PRelu): expected input of 4 channels, got 3×2×2");
  }
}
