#include "eigenerate/data/shuffle.hpp"

#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "support/catch.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

TEST_CASE("shuffle: every permutation is equally likely") {
  constexpr int trials = 24'000;
  std::map<std::array<Index, 4>, int> counts;
  for (int i = 0; i < trials; ++i) {
    std::array<Index, 4> order{};
    random_permutation(order, RandomStream{9, Purpose::shuffling}.at(static_cast<std::uint64_t>(i)));
    ++counts[order];
  }
  REQUIRE(counts.size() == 24);
  const double expected = trials / 24.0;
  const double error = std::sqrt(expected * 23 / 24);
  for (const auto& [order, count] : counts)
    CHECK(std::abs(count - expected) < testing::tolerance::standard_errors * error);
}

TEST_CASE("shuffle: the order depends on the stream and not on what was there") {
  std::vector<Index> a(1000), b(1000, 7), other(1000);
  const RandomStream stream{1, Purpose::shuffling};
  random_permutation(a, stream);
  random_permutation(b, stream);
  random_permutation(other, stream.at(1));
  CHECK(a == b);
  CHECK(a != other);
  random_permutation(std::span<Index>{}, stream);
}
