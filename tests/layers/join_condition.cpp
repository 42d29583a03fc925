#include "eigenerate/layers/join_condition.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "eigenerate/network/network.hpp"
#include "layers/conformance.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("JoinCondition keeps the contract of a layer", "[join_condition]") {
  require_conformance(JoinCondition{}, {4}, {.batch = 4, .condition = Shape{3}});
  require_conformance(JoinCondition{}, {4}, {.batch = 4, .condition = Shape{3}, .samples_per_condition = 2});
  require_conformance(JoinCondition{}, {2, 3, 2},
                      {.batch = 4, .condition = Shape{3}, .samples_per_condition = 4});
  require_conformance(JoinCondition{}, {2, 3, 2},
                      {.batch = 4, .condition = Shape{1, 3, 2}, .samples_per_condition = 2});
  require_conformance(Sequential{JoinCondition{}, Linear{7, 2}, Tanh{}, JoinCondition{}}, {4},
                      {.condition = Shape{3}});
  require_conformance(JoinedInput<double>{Sequential{Linear{7, 2}, Tanh{}}, {3}}, {4},
                      {.condition = Shape{3}});
}

TEST_CASE("a condition becomes channels of every pixel", "[join_condition]") {
  Network<double> net(JoinCondition{}, {2, 1, 2}, {.condition = Shape{3}});
  CHECK(net.output_shape() == Shape{5, 1, 2});
  Matrix<double> x(4, 2), condition(3, 2), expected(10, 2);
  x << 1, 5, 2, 6, 3, 7, 4, 8;
  condition << 0, 1, 0, 0, 1, 0;
  expected.col(0) << 1, 2, 0, 0, 1, 3, 4, 0, 0, 1;
  expected.col(1) << 5, 6, 1, 0, 0, 7, 8, 1, 0, 0;
  CHECK(net.predict(x, condition) == expected);
}

TEST_CASE("one column of a condition serves the neighbouring samples", "[join_condition]") {
  Network<double> net(JoinCondition{}, {1}, {.condition = Shape{2}});
  Matrix<double> x(1, 4), condition(2, 2), expected(3, 4);
  x << 1, 2, 3, 4;
  condition << 5, 6, 7, 8;
  expected << 1, 2, 3, 4, 5, 5, 6, 6, 7, 7, 8, 8;
  CHECK(net.predict(x, condition) == expected);
}

TEST_CASE("predictions in chunks keep samples and conditions together", "[join_condition]") {
  Network<float> net(JoinCondition{}, {1}, {.condition = Shape{1}});
  const Index n = 900;
  Matrix<float> x(1, n), condition(1, n / 3);
  for (Index j = 0; j < n; ++j) x(0, j) = static_cast<float>(j);
  for (Index j = 0; j < n / 3; ++j) condition(0, j) = static_cast<float>(j);
  const Matrix<float> y = net.predict(x, condition);
  for (Index j = 0; j < n; ++j) {
    CHECK(y(0, j) == static_cast<float>(j));
    CHECK(y(1, j) == static_cast<float>(j / 3));
  }
}

TEST_CASE("a layer that takes no condition is put behind a JoinCondition, with its own names",
          "[join_condition]") {
  const AnyLayer<float> body = Sequential{Linear{5, 2}};
  const Network<float> net(under_condition(body, Shape{2}), {.name = "net", .condition = Shape{2}});
  CHECK(net.input_shape() == Shape{3});
  CHECK(net.parameters().segments()[0].name == "net.0.weight");
  const AnyLayer<float> taking = Sequential{Linear{3, 2}, JoinCondition{}};
  CHECK(Network<float>(under_condition(taking, Shape{2}), {.condition = Shape{2}}).input_shape() == Shape{3});
  CHECK(Network<float>(under_condition(body, {}), {.name = "net"}).input_shape() == Shape{5});
}

TEST_CASE("JoinCondition refuses what does not fit", "[join_condition]") {
  CHECK_THROWS_AS(JoinCondition{}.plan({4}, "a"), ConfigError);
  CHECK_THROWS_AS(JoinCondition{}.plan({4, 2, 2}, Place("a", Shape{1, 3, 2})), ShapeError);
  CHECK_THROWS_AS(JoinCondition{}.plan({4}, Place("a", Shape{1, 3, 2})), ShapeError);
}
