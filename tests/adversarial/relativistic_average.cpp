#include "eigenerate/adversarial/relativistic_average.hpp"

#include "adversarial/adversarial_check.hpp"
#include "eigenerate/adversarial/adversarial.hpp"

using namespace eigenerate;

TEST_CASE("relativistic average losses keep the contract", "[conformance]") {
  require_conformance(RelativisticAverage{Hinge{}});
  require_conformance(RelativisticAverage{NonSaturating{}});
  require_conformance(RelativisticAverage{LeastSquares{}});
  require_conformance(RelativisticAverage{Wasserstein{}});
}

TEST_CASE("relativistic average losses agree with PyTorch", "[golden]") {
  const auto goldens = testing::load_golden("adversarial/relativistic_average");
  const auto check = [&](const std::string& name, const auto& loss) {
    check_adversarial_golden<double>(goldens[name], loss);
    check_adversarial_golden<float>(goldens[name], loss);
  };
  check("hinge", RelativisticAverage{Hinge{}});
  check("non-saturating", RelativisticAverage{NonSaturating{}});
  check("non-saturating smoothed", RelativisticAverage{NonSaturating{0.1}});
  check("least squares", RelativisticAverage{LeastSquares{}});
}

TEST_CASE("relativistic logits mean nothing alone: adding a number to all of them changes nothing") {
  const RelativisticAverage loss{Hinge{}};
  const Matrix<double> real = testing::normal_batch(1, 9, 1, 2), fake = testing::normal_batch(1, 7, 2, 2),
                       more_real = real.array() + 8, more_fake = fake.array() + 8;
  CHECK(testing::near(discriminator_loss(loss, as_const(more_real), as_const(more_fake)),
                      discriminator_loss(loss, as_const(real), as_const(fake)), 1e-14));
  CHECK(discriminator_loss(loss, as_const(more_real), as_const(fake)) !=
        discriminator_loss(loss, as_const(real), as_const(fake)));
}

TEST_CASE("a relativistic loss refuses what its inner loss refuses") {
  CHECK_THROWS_AS(RelativisticAverage{NonSaturating{0.7}}.validate(), ConfigError);
}
