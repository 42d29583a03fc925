#include "eigenerate/adversarial/any_adversarial_loss.hpp"

#include "eigenerate/adversarial/adversarial.hpp"
#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("an erased loss says what the wrapped one says") {
  const AnyAdversarialLoss<> wasserstein = Wasserstein{}, average = RelativisticAverage{Hinge{}},
                             smoothed = NonSaturating{0.7};
  CHECK(wasserstein.kind() == "Wasserstein");
  CHECK(wasserstein.takes_scores());
  CHECK(wasserstein.needs_lipschitz());
  CHECK_FALSE(wasserstein.compares());
  CHECK(average.kind() == "RelativisticAverage");
  CHECK(average.compares());
  CHECK_FALSE(average.needs_lipschitz());
  CHECK_FALSE(smoothed.takes_scores());
  CHECK_THROWS_AS(smoothed.validate(), ConfigError);
  CHECK(AnyAdversarialLoss<>(RelativisticAverage{Wasserstein{}}).needs_lipschitz());
}

TEST_CASE("copies share an erased loss, and one that was moved from says so") {
  AnyAdversarialLoss<> loss = Hinge{};
  const AnyAdversarialLoss<> copy = loss;
  const AnyAdversarialLoss<> moved = std::move(loss);
  CHECK(copy.kind() == "Hinge");
  CHECK(moved.kind() == "Hinge");
  CHECK_THROWS_AS(loss.kind(), StateError);  // NOLINT: that is the question
}

TEST_CASE("a generator's loss that does not compare needs no real logits") {
  const Matrix<float> fake = normal_batch<float>(1, 8, 1);
  const ConstView<float> none(nullptr, 1, 0);
  CHECK(AnyAdversarialLoss<>(Hinge{}).generator(as_const(fake), none) ==
        generator_loss(Hinge{}, as_const(fake), as_const(fake)));
  CHECK_THROWS_AS(AnyAdversarialLoss<>(RelativisticAverage{Hinge{}}).generator(as_const(fake), none),
                  ShapeError);
}
