#include "eigenerate/adversarial/adversarial_loss.hpp"

#include "eigenerate/adversarial/adversarial.hpp"
#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

/// Half of a user's own loss: what is missing for the other half is told by the concept.
struct NoFake {
  static constexpr std::string_view kind = "NoFake";
  static constexpr bool takes_scores = true;
  void validate() const {}
  template <Scalar S>
  LogitLoss<S> real(S l) const {
    return {l, S(1)};
  }
};

}  // namespace

TEST_CASE("what is an adversarial loss, and of which kind") {
  static_assert(AdversarialLoss<Hinge> && PointwiseAdversarialLoss<Hinge> && !BatchAdversarialLoss<Hinge>);
  using Average = RelativisticAverage<Hinge>;
  static_assert(AdversarialLoss<Average> && BatchAdversarialLoss<Average> &&
                !PointwiseAdversarialLoss<Average>);
  static_assert(!AdversarialLoss<NoFake>);
  static_assert(!AdversarialLoss<GradientPenalty>);
  SUCCEED();
}

TEST_CASE("an adversarial loss refuses sides without logits and gradients of other extents") {
  Matrix<float> logits = normal_batch<float>(1, 4, 1), good(1, 4), wrong(1, 3);
  const Matrix<float> none(1, 0);
  const auto refuse = [&](const auto& loss) {
    CHECK_THROWS_AS(discriminator_loss(loss, as_const(none), as_const(logits)), ShapeError);
    CHECK_THROWS_AS(discriminator_loss(loss, as_const(logits), as_const(none)), ShapeError);
    CHECK_THROWS_AS(discriminator_loss(loss, as_const(logits), as_const(logits), as_view(wrong)), ShapeError);
    CHECK_THROWS_AS(
        discriminator_loss(loss, as_const(logits), as_const(logits), as_view(good), as_view(wrong)),
        ShapeError);
    CHECK_THROWS_AS(generator_loss(loss, as_const(none), as_const(logits)), ShapeError);
    CHECK_THROWS_AS(generator_loss(loss, as_const(logits), as_const(logits), as_view(wrong)), ShapeError);
    CHECK_THROWS_AS(generator_loss(loss, as_const(logits), as_const(logits), as_view(good), as_view(wrong)),
                    ShapeError);
  };
  refuse(Hinge{});
  refuse(RelativisticAverage{Hinge{}});
}

TEST_CASE("a map of logits is averaged whole, whatever its shape") {
  const Matrix<double> map = normal_batch(6, 4, 1), row = map.reshaped(1, 24);
  CHECK(discriminator_loss(Hinge{}, as_const(map), as_const(map)) ==
        discriminator_loss(Hinge{}, as_const(row), as_const(row)));
}
