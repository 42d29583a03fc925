#include "eigenerate/adversarial/r2.hpp"

#include "adversarial/term_check.hpp"

using namespace eigenerate;

TEST_CASE("R2 keeps the contract", "[conformance]") {
  require_term_conformance(R2{});
  require_term_conformance(R2{.gamma = 2, .every = 4});
}
