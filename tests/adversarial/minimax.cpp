#include "eigenerate/adversarial/minimax.hpp"

#include "adversarial/adversarial_check.hpp"

using namespace eigenerate;

TEST_CASE("the minimax game keeps the contract", "[conformance]") {
  require_conformance(Minimax{});
  require_conformance(Minimax{.label_smoothing = 0.3});
  require_conformance(Minimax{.label_smoothing = 0.3, .two_sided = true});
}

TEST_CASE("the minimax game agrees with PyTorch", "[golden]") {
  check_adversarial_goldens("minimax", Minimax{}, Minimax{.label_smoothing = 0.1},
                            Minimax{.label_smoothing = 0.1, .two_sided = true});
}

TEST_CASE("the minimax game refuses labels that cannot work") {
  CHECK_NOTHROW(Minimax{.label_smoothing = 0.1}.validate());
  CHECK_THROWS_AS(Minimax{.label_smoothing = -0.1}.validate(), ConfigError);
  CHECK_THROWS_AS(Minimax{.label_smoothing = 0.5}.validate(), ConfigError);
  CHECK_THROWS_AS(Minimax{.label_smoothing = std::nan("")}.validate(), ConfigError);
}
