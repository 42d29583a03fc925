#include "eigenerate/adversarial/wasserstein.hpp"

#include "adversarial/adversarial_check.hpp"

using namespace eigenerate;

TEST_CASE("the Wasserstein game keeps the contract", "[conformance]") {
  require_conformance(Wasserstein{});
}

TEST_CASE("the Wasserstein game agrees with PyTorch", "[golden]") {
  check_adversarial_goldens("wasserstein", Wasserstein{});
}
