#include "eigenerate/data/one_hot.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("one hot: one row for each class, nothing left of what was there") {
  const std::vector<int> labels{2, 0, 2};
  Matrix<float> out = Matrix<float>::Constant(3, 3, 9);
  data::one_hot(labels, 3, as_view(out));
  CHECK(out == Matrix<float>{{0, 1, 0}, {0, 0, 0}, {1, 0, 1}});
}

TEST_CASE("one hot: wrong sizes and labels are refused and write nothing") {
  Matrix<double> out = Matrix<double>::Constant(3, 2, 9);
  CHECK_THROWS_AS(data::one_hot(std::vector<int>{0}, 3, as_view(out)), ShapeError);
  CHECK_THROWS_AS(data::one_hot(std::vector<int>{0, 1}, 2, as_view(out)), ShapeError);
  CHECK_THROWS_AS(data::one_hot(std::vector<int>{0, 3}, 3, as_view(out)), ConfigError);
  CHECK_THROWS_AS(data::one_hot(std::vector<int>{-1, 0}, 3, as_view(out)), ConfigError);
  CHECK((out.array() == 9).all());
}
