#include "eigenerate/losses/minimax.hpp"

#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the minimax game agrees with PyTorch") {
  check_adversarial_golden("losses/minimax", Minimax{}, Minimax{.label_smoothing = 0.1});
}

TEST_CASE("the minimax game: derivatives, errors, NaN, validation") {
  check_adversarial_laws(Minimax{});
  check_adversarial_laws(Minimax{.label_smoothing = 0.3});
  CHECK_NOTHROW(Minimax{.label_smoothing = 0.1}.validate());
  CHECK_THROWS_AS(Minimax{.label_smoothing = -0.1}.validate(), ConfigError);
  CHECK_THROWS_AS(Minimax{.label_smoothing = 0.5}.validate(), ConfigError);
  CHECK_THROWS_AS(Minimax{.label_smoothing = std::nan("")}.validate(), ConfigError);
}
