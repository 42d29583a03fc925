#include "eigenerate/kernels/fractions.hpp"

#include <limits>
#include <vector>

#include "eigenerate/core/types.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

TEMPLATE_TEST_CASE("one fraction among integers is found, wherever it stands", "", float, double) {
  using S = TestType;
  for (const Index size : {1, 3, 64, 65, 300}) {
    std::vector<S> x(static_cast<std::size_t>(size));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<S>(static_cast<int>(i) - 20);
    CHECK(!kernels::has_fractions(x.data(), size));
    for (S& value : x) {
      const S before = value;
      for (const S fraction : {S(0.5), S(-0.5), S(1e-6), S(-254.996)}) {
        value = fraction;
        CHECK(kernels::has_fractions(x.data(), size));
      }
      // Integers too large for fractions, and what is no number.
      for (const S whole : {S(1e30), -S(1e30), std::numeric_limits<S>::infinity(),
                            -std::numeric_limits<S>::infinity(), std::numeric_limits<S>::quiet_NaN()}) {
        value = whole;
        CHECK(!kernels::has_fractions(x.data(), size));
      }
      value = before;
    }
  }
  CHECK(!kernels::has_fractions(static_cast<const S*>(nullptr), 0));
}
