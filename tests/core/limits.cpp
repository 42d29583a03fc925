#include "eigenerate/core/limits.hpp"

#include <limits>

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("limits: there is room for what is computed below them") {
  constexpr Index largest = std::numeric_limits<Index>::max();
  constexpr auto index_limit = static_cast<std::uint64_t>(largest);
  CHECK(static_cast<std::uint64_t>(max_scalars) * sizeof(double) <= index_limit);
  CHECK(static_cast<std::uint64_t>(max_factor) * static_cast<std::uint64_t>(max_factor) <= index_limit);
  CHECK(capped_product(max_scalars, 1) == max_scalars);
  CHECK(capped_product(max_scalars, 0) == 0);
  CHECK(capped_product(max_scalars / 2 + 1, 2) == max_scalars + 1);
  CHECK(capped_product(max_scalars + 1, max_scalars + 1) == max_scalars + 1);
  CHECK(capped_product(largest, largest) == max_scalars + 1);
  CHECK(capped_sum(max_scalars - 5, 5) == max_scalars);
  CHECK(capped_sum(max_scalars - 5, 6) == max_scalars + 1);
  CHECK(capped_sum(max_scalars + 1, max_scalars + 1) == max_scalars + 1);
  CHECK(capped_sum(largest, largest) == max_scalars + 1);
  CHECK(capped(std::int64_t{max_scalars}) == max_scalars);
  CHECK(capped(std::int64_t{max_scalars} * max_factor) == max_scalars + 1);
  CHECK(capped(-3) == -3);
}
