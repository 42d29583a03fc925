#include "eigenerate/adversarial/non_saturating.hpp"

#include "adversarial/adversarial_check.hpp"

using namespace eigenerate;

TEST_CASE("the non-saturating game keeps the contract", "[conformance]") {
  require_conformance(NonSaturating{});
  require_conformance(NonSaturating{.label_smoothing = 0.3});
  require_conformance(NonSaturating{.label_smoothing = 0.3, .two_sided = true});
}

TEST_CASE("the non-saturating game agrees with PyTorch", "[golden]") {
  check_adversarial_goldens("non_saturating", NonSaturating{}, NonSaturating{.label_smoothing = 0.1},
                            NonSaturating{.label_smoothing = 0.1, .two_sided = true});
}

TEST_CASE("the non-saturating game refuses labels that cannot work") {
  CHECK_THROWS_AS(NonSaturating{.label_smoothing = 0.5}.validate(), ConfigError);
}

TEST_CASE("the non-saturating generator still learns where the discriminator is sure") {
  CHECK(NonSaturating{}.generator(-50.0f).derivative == -1);
  CHECK(std::abs(Minimax{}.generator(-50.0f).derivative) <= 1e-20f);
}
