#include "eigenerate/adversarial/relativistic.hpp"

#include "adversarial/adversarial_check.hpp"
#include "eigenerate/adversarial/adversarial.hpp"

using namespace eigenerate;

TEST_CASE("relativistic losses of pairs keep the contract", "[conformance]") {
  require_conformance(Relativistic{Hinge{}});
  require_conformance(Relativistic{NonSaturating{}});
  require_conformance(Relativistic{LeastSquares{}});
  require_conformance(Relativistic{Wasserstein{}});
}

TEST_CASE("relativistic losses of pairs agree with PyTorch", "[golden]") {
  const auto goldens = testing::load_golden("adversarial/relativistic");
  const auto check = [&](const std::string& name, const auto& loss) {
    check_adversarial_golden<double>(goldens[name], loss);
    check_adversarial_golden<float>(goldens[name], loss);
  };
  check("hinge", Relativistic{Hinge{}});
  check("non-saturating", Relativistic{NonSaturating{}});
  check("non-saturating smoothed", Relativistic{NonSaturating{0.1}});
  check("least squares", Relativistic{LeastSquares{}});
  check("wasserstein", Relativistic{Wasserstein{}});
}

TEST_CASE("a pair's loss looks at the difference of its logits alone") {
  const Relativistic loss{NonSaturating{}};
  Matrix<double> real = testing::normal_batch(1, 6, 1, 2), fake = testing::normal_batch(1, 6, 2, 2);
  const double value = discriminator_loss(loss, as_const(real), as_const(fake));
  real(3) += 8;
  CHECK(discriminator_loss(loss, as_const(real), as_const(fake)) != value);
  fake(3) += 8;
  CHECK(testing::near(discriminator_loss(loss, as_const(real), as_const(fake)), value, 1e-14));
}

TEST_CASE("relativistic pairs of scores are the Wasserstein game") {
  const Matrix<double> real = testing::normal_batch(1, 6, 1), fake = testing::normal_batch(1, 6, 2);
  CHECK(testing::near(discriminator_loss(Relativistic{Wasserstein{}}, as_const(real), as_const(fake)),
                      discriminator_loss(Wasserstein{}, as_const(real), as_const(fake)), 1e-14));
}

TEST_CASE("a relativistic loss of pairs refuses what its inner loss refuses") {
  CHECK_THROWS_AS(Relativistic{NonSaturating{0.7}}.validate(), ConfigError);
}
