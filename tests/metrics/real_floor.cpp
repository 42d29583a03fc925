#include "eigenerate/metrics/real_floor.hpp"

#include <set>

#include "metrics/measure_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the floor measures disjoint real samples against each other") {
  Matrix<float> real(1, 10);
  for (Index i = 0; i < 10; ++i) real(0, i) = static_cast<float>(i);
  const auto sets = [&](std::uint64_t seed) {
    return real_floor(
        real, 4,
        [](const Matrix<float>& a, const Matrix<float>& b) {
          std::vector<float> all(a.data(), a.data() + a.size());
          all.insert(all.end(), b.data(), b.data() + b.size());
          return all;
        },
        seed);
  };
  const auto some = sets(1);
  CHECK(some.size() == 8);
  CHECK(std::set<float>(some.begin(), some.end()).size() == 8);
  CHECK(sets(1) == some);
  CHECK(sets(2) != some);
}

TEST_CASE("what a floor refuses") {
  const Matrix<float> real = normal_features(3, 9, 1);
  const auto nothing = [](const auto&, const auto&) { return 0; };
  CHECK_THROWS_AS(real_floor(real, 5, nothing), ShapeError);
  CHECK_THROWS_AS(real_floor(real, 0, nothing), ShapeError);
  CHECK(real_floor(real, 4, nothing) == 0);
}
