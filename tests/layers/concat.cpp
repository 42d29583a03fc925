#include "eigenerate/layers/concat.hpp"

#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/conv2d.hpp"
#include "eigenerate/layers/conv_transpose2d.hpp"
#include "eigenerate/layers/dropout.hpp"
#include "eigenerate/layers/flatten.hpp"
#include "eigenerate/layers/identity.hpp"
#include "eigenerate/layers/join_condition.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/relu.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/sigmoid.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("Concat keeps the contract of a layer", "[concat]") {
  require_conformance(Concat{Linear{4, 3}, Linear{4, 2}}, {4});
  require_conformance(Concat{Identity{}, Sequential{Linear{4, 3}, Tanh{}}, Identity{}}, {4});
  require_conformance(Concat{Sequential{Linear{4, 3}, Tanh{}}, Identity{}, Linear{4, 1}}, {4}, {.batch = 1});
  require_conformance(Concat{Identity{}, Conv2d{2, 3, {.kernel = 3, .padding = 1}}, Tanh{}}, {2, 3, 2});
  require_conformance(Concat{Identity{}}, {2, 3, 2});
  require_conformance(Concat{Identity{}, BatchNorm{3}}, {3}, {.batch = 4});
  require_conformance(Concat{Dropout{0.5}, Tanh{}}, {5});
  require_conformance(Concat{JoinCondition{}, Sequential{JoinCondition{}, Linear{6, 2}}, Linear{4, 1}}, {4},
                      {.batch = 4, .condition = Shape{2}, .samples_per_condition = 2});
  require_conformance(Sequential{Linear{3, 4}, Concat{Identity{}, Concat{Identity{}, Tanh{}}}, Linear{12, 2}},
                      {3});
}

TEST_CASE("Concat gives PyTorch's numbers", "[concat]") {
  const auto golden = testing::load_golden("layers/concat");
  const Sequential level{Concat{Identity{}, Sequential{Conv2d{2, 3, {.kernel = 2, .stride = 2}}, Tanh{},
                                                       ConvTranspose2d{3, 4, {.kernel = 2, .stride = 2}}}},
                         Conv2d{infer, 2}};
  check_golden_passes<double>(level, {2, 4, 6}, golden["level"]);
  check_golden_passes<float>(level, {2, 4, 6}, golden["level"]);
  const Concat heads{Linear{4, 1}, Sequential{Linear{4, 3}, Sigmoid{}}};
  check_golden_passes<double>(heads, {4}, golden["heads"]);
  check_golden_passes<float>(heads, {4}, golden["heads"]);
}

TEST_CASE("Concat puts channels side by side in every pixel", "[concat]") {
  Network<double> net(Concat{Identity{}, Relu{}}, {2, 1, 2});
  CHECK(net.output_shape() == Shape{4, 1, 2});
  Matrix<double> x(4, 1), expected(8, 1);
  x << 1, -2, -3, 4;
  expected << 1, -2, 1, 0, -3, 4, 0, 4;
  CHECK(net.predict(x) == expected);
}

TEST_CASE("Concat passes on what its branches say", "[concat]") {
  const auto of = [](const auto& layer) { return layer.plan({4}, "a"); };
  CHECK(of(Concat{Sigmoid{}, Tanh{}}).output_range == ValueRange{-1, 1});
  CHECK(of(Concat{Sigmoid{}, Tanh{}}).bounded_by == "a (Concat)");
  CHECK(!of(Concat{Sigmoid{}, Identity{}}).output_range);
  CHECK(of(Concat{Flatten{}, Identity{}}).moves_values);
  CHECK(!of(Concat{Identity{}, Linear{4, 4}}).moves_values);
  CHECK(of(Sequential{Sigmoid{}, Concat{Identity{}, Identity{}}}).output_range == ValueRange{0, 1});
  CHECK(of(Concat{Identity{}, BatchNorm{4}}).least_training_batch == 2);
  CHECK(of(Concat{Linear{4, 3}, Linear{4, 2}}).multiply_adds == 20);
  CHECK(of(Concat{Linear{4, 3}, Linear{4, 2}}).children[1].path == "a.1");
  CHECK(Concat{Identity{}, Linear{4, 3}}.input_shape() == Shape{4});
  CHECK(Concat{Identity{}, JoinCondition{}}.takes_condition());
  CHECK(!Concat{Identity{}, Tanh{}}.takes_condition());
  CHECK_THROWS_AS((Network(Concat{Identity{}, BatchNorm{4}}, {4}).require_tangent()), ConfigError);
}

TEST_CASE("Concat keeps no copy of an identity", "[concat]") {
  const auto cache = [](const auto& layer) { return layer.plan({100}, "a").cache.total().per_sample; };
  CHECK(cache(Concat{Identity{}, Linear{100, 1}}) == 1);
  CHECK(cache(Concat{Tanh{}, Linear{100, 1}}) == 101);
}

TEST_CASE("Concat refuses branches with other pixels", "[concat]") {
  support::refuses<ShapeError>(
      [] {
        (void)(Concat{Identity{}, Conv2d{2, 3}}.plan({2, 4, 4}, "g.2"));
      },
      {"g.2 (Concat): the branches must agree in their pixels, but g.2.0 makes 2×4×4 and g.2.1 makes 3×2×2"});
}
