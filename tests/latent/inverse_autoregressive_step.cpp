#include "eigenerate/latent/inverse_autoregressive_step.hpp"

#include <Eigen/LU>

#include "eigenerate/network/network.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("a step's Jacobian is triangular in its order, and l grows by the log of its determinant",
          "[flow]") {
  const Index latent = 4;
  for (const bool backwards : {false, true}) {
    CAPTURE(backwards);
    const Network<double> step{
        InverseAutoregressiveStep{latent, 2, 7, backwards},
        {.name = "step", .initializer = NormalInit{0, 1}, .seed = 2, .condition = Shape{2}}};
    Matrix<double> x = normal_batch(2 * latent, 1, 1);
    const Matrix<double> context = normal_batch(2, 1, 2), y = step.predict(x, context);
    Matrix<double> jacobian(latent, latent);
    for (Index j = 0; j < latent; ++j) {
      Matrix<double> above = x, below = x;
      above(j) += 1e-5;
      below(j) -= 1e-5;
      jacobian.col(j) = (step.predict(above, context) - step.predict(below, context)).topRows(latent) / 2e-5;
    }
    for (Index i = 0; i < latent; ++i)
      for (Index j = 0; j < latent; ++j)
        if (backwards ? j < i : j > i) CHECK(jacobian(i, j) == 0);
    CHECK((jacobian.array() != 0).count() > latent);
    const Matrix<double> grown = y.bottomRows(latent) - x.bottomRows(latent);
    CHECK(std::abs(grown.sum() - std::log(std::abs(jacobian.determinant()))) < 1e-8);
    CHECK(relative_error(grown, jacobian.diagonal().array().log().matrix()) < 1e-8);
  }
}

TEST_CASE("a flow's step begins near the identity", "[flow]") {
  const Network<double> step{InverseAutoregressiveStep{3, 1, 8, false},
                             {.name = "step", .initializer = ConstantInit{0}, .condition = Shape{1}}};
  const Matrix<double> x = normal_batch(6, 5, 1), context = normal_batch(1, 5, 2),
                       y = step.predict(x, context);
  CHECK((y.topRows(3).array() / x.topRows(3).array()).minCoeff() > 0.5);
}

TEST_CASE("what a flow's step cannot be is refused", "[flow]") {
  using support::refuses;
  refuses<ConfigError>([] { InverseAutoregressiveStep(0, 1, 1, false); }, {"latent", "got 0"});
  refuses<ShapeError>(
      [] {
        Network<float>{
            InverseAutoregressiveStep{3, 1, 4, false}, Shape{5}, {.name = "step", .condition = Shape{1}}};
      },
      {"InverseAutoregressiveStep", "expected input 6", "got 5"});
  refuses<ConfigError>(
      [] {
        Network<float>{InverseAutoregressiveStep{3, 1, 4, false}};
      },
      {"needs a condition"});
  const Network<float> step{InverseAutoregressiveStep{3, 1, 4, false},
                            {.name = "step", .condition = Shape{1}}};
  refuses<ConfigError>([&] { step.require_tangent(); }, {"InverseAutoregressiveStep", "tangent"});
}
