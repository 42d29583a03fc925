#include "eigenerate/core/finite.hpp"

#include <limits>

#include "support/catch.hpp"

using namespace eigenerate;

TEMPLATE_TEST_CASE("non-finite numbers are told by their bits", "[finite]", float, double) {
  using Limits = std::numeric_limits<TestType>;
  for (const TestType x :
       {TestType(0), TestType(-0.0), Limits::max(), Limits::lowest(), Limits::denorm_min()})
    CHECK(is_finite(x));
  for (const TestType x :
       {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), Limits::signaling_NaN()})
    CHECK_FALSE(is_finite(x));
  TestType values[] = {1, 2, 3};
  CHECK(all_finite(values, 3));
  values[2] = Limits::quiet_NaN();
  CHECK_FALSE(all_finite(values, 3));
  CHECK(all_finite(values, 2));
}
