#include "eigenerate/losses/wasserstein.hpp"

#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the Wasserstein game agrees with PyTorch") {
  check_adversarial_golden("losses/wasserstein", Wasserstein{}, Wasserstein{});
}

TEST_CASE("the Wasserstein game: derivatives, errors, NaN") {
  check_adversarial_laws(Wasserstein{});
}
