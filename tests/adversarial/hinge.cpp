#include "eigenerate/adversarial/hinge.hpp"

#include "adversarial/adversarial_check.hpp"

using namespace eigenerate;

TEST_CASE("the hinge game keeps the contract", "[conformance]") {
  require_conformance(Hinge{});
}

TEST_CASE("the hinge game agrees with PyTorch", "[golden]") {
  check_adversarial_goldens("hinge", Hinge{});
}
