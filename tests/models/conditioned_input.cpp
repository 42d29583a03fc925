#include "eigenerate/models/conditioned_input.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

namespace {
Matrix<double> counting(Index rows, Index cols) {
  Matrix<double> m(rows, cols);
  for (Index i = 0; i < m.size(); ++i) m.data()[i] = static_cast<double>(i + 1);
  return m;
}
const std::vector<int> labels{2, 0};
}  // namespace

TEST_CASE("labels become one-hot channels of every pixel", "[conditioning]") {
  const Conditioning conditioning{3};
  CHECK(conditioning.input_shape({2, 1, 2}) == Shape{5, 1, 2});
  CHECK(conditioning.sample_shape({5, 1, 2}, "encoder") == Shape{2, 1, 2});
  ConditionedInput<double> input(conditioning, {5, 1, 2}, 2);
  const Matrix<double> x = counting(4, 2);
  Matrix<double> expected(10, 2);
  expected.col(0) << 1, 2, 0, 0, 1, 3, 4, 0, 0, 1;
  expected.col(1) << 5, 6, 1, 0, 0, 7, 8, 1, 0, 0;
  CHECK(input.join(as_const(x), labels) == expected);
  CHECK(input.sample_part(as_const(expected)) == x);
}

TEST_CASE("one label serves the neighbouring columns of its sample", "[conditioning]") {
  ConditionedInput<double> input({3}, {4}, 4);
  const Matrix<double> x = counting(1, 4);
  Matrix<double> expected(4, 4);
  expected << 1, 2, 3, 4, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0;
  CHECK(input.join(as_const(x), labels) == expected);
}

TEST_CASE("without classes nothing is copied", "[conditioning]") {
  ConditionedInput<double> input({}, {4}, 2);
  const Matrix<double> x = counting(4, 2);
  CHECK(input.join(as_const(x), {}).data() == x.data());
  CHECK(input.sample_part(as_const(x)).data() == x.data());
}

TEST_CASE("labels and shapes that do not fit are refused", "[conditioning]") {
  const Conditioning conditioning{3};
  const Matrix<double> x = counting(4, 2);
  CHECK_NOTHROW(conditioning.require(as_const(x), labels, {4}, "Vae"));
  CHECK_THROWS_AS(conditioning.require(as_const(x), labels, {5}, "Vae"), ShapeError);
  CHECK_THROWS_AS(conditioning.require(as_const(x), {}, {4}, "Vae"), ShapeError);
  CHECK_THROWS_AS(conditioning.require(as_const(x), std::vector<int>{0, 3}, {4}, "Vae"), ConfigError);
  CHECK_THROWS_AS(conditioning.sample_shape({3}, "encoder"), ConfigError);
}
