#include "eigenerate/losses/non_saturating.hpp"

#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the non-saturating game agrees with PyTorch") {
  check_adversarial_golden("losses/non_saturating", NonSaturating{}, NonSaturating{.label_smoothing = 0.1});
}

TEST_CASE("the non-saturating game: derivatives, errors, NaN, validation") {
  check_adversarial_laws(NonSaturating{});
  check_adversarial_laws(NonSaturating{.label_smoothing = 0.3});
  CHECK_THROWS_AS(NonSaturating{.label_smoothing = 0.5}.validate(), ConfigError);
}

TEST_CASE("the non-saturating generator still learns where the discriminator is sure") {
  const Matrix<float> sure = Matrix<float>::Constant(1, 1, -50);
  Matrix<float> d(1, 1);
  NonSaturating{}.generator(as_const(sure), as_view(d));
  CHECK(d(0) == -1);
  Minimax{}.generator(as_const(sure), as_view(d));
  CHECK(std::abs(d(0)) <= 1e-20f);
}
