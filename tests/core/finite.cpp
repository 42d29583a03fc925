#include "eigenerate/core/finite.hpp"

#include <limits>
#include <string>

#include "support/catch.hpp"

using namespace eigenerate;

TEMPLATE_TEST_CASE("non-finite numbers are told by their bits", "[finite]", float, double) {
  using Limits = std::numeric_limits<TestType>;
  for (const TestType x : {TestType(0), TestType(-0.0), Limits::max(), Limits::lowest(), Limits::min(),
                           Limits::denorm_min(), -Limits::denorm_min()}) {
    CHECK(is_finite(x));
    CHECK_FALSE(is_nan(x));
  }
  for (const TestType x : {Limits::infinity(), -Limits::infinity()}) {
    CHECK_FALSE(is_finite(x));
    CHECK_FALSE(is_nan(x));
  }
  for (const TestType x :
       {Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::signaling_NaN(), -Limits::signaling_NaN()}) {
    CHECK_FALSE(is_finite(x));
    CHECK(is_nan(x));
  }
}

TEMPLATE_TEST_CASE("a number that is not finite has a name, whatever its sign and payload", "[finite]", float,
                   double) {
  using Limits = std::numeric_limits<TestType>;
  CHECK(std::string(non_finite_name(Limits::infinity())) == "inf");
  CHECK(std::string(non_finite_name(-Limits::infinity())) == "-inf");
  CHECK(std::string(non_finite_name(Limits::quiet_NaN())) == "nan");
  CHECK(std::string(non_finite_name(-Limits::quiet_NaN())) == "nan");
  CHECK(std::string(non_finite_name(Limits::signaling_NaN())) == "nan");
}
