#include "eigenerate/latent/inverse_autoregressive_step.hpp"

#include "latent/flow_step.hpp"
#include "layers/conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("an InverseAutoregressiveStep keeps the contract of a layer, and its l that of a flow", "[flow]") {
  require_conformance(InverseAutoregressiveStep{3, 2, 5, false}, {4}, {.condition = Shape{2}});
  require_conformance(InverseAutoregressiveStep{3, 2, 5, true}, {4},
                      {.batch = 4, .condition = Shape{2}, .samples_per_condition = 2});
  check_determinant(InverseAutoregressiveStep{3, 2, 5, false}, 3, 2, 1);
}

TEST_CASE("a step's Jacobian is triangular in its order", "[flow]") {
  const Index latent = 4;
  for (const bool backwards : {false, true}) {
    CAPTURE(backwards);
    const Network<double> step{
        InverseAutoregressiveStep{latent, 2, 7, backwards},
        {.name = "step", .initializer = NormalInit{0, 1}, .seed = 2, .condition = Shape{2}}};
    const Matrix<double> x = normal_batch(latent + 1, 1, 1), context = normal_batch(2, 1, 2),
                         jacobian = jacobian_of(step, x, context);
    for (Index i = 0; i < latent; ++i)
      for (Index j = 0; j < latent; ++j)
        if (backwards ? j < i : j > i) CHECK(jacobian(i, j) == 0);
    CHECK((jacobian.array() != 0).count() > latent);
  }
}

TEST_CASE("a flow's step begins near the identity", "[flow]") {
  const Network<double> step{InverseAutoregressiveStep{3, 1, 8, false},
                             {.name = "step", .initializer = ConstantInit{0}, .condition = Shape{1}}};
  const Matrix<double> x = normal_batch(4, 5, 1), context = normal_batch(1, 5, 2),
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
      {"InverseAutoregressiveStep", "expected input 4", "got 5"});
  refuses<ConfigError>(
      [] {
        Network<float>{InverseAutoregressiveStep{3, 1, 4, false}};
      },
      {"needs a condition"});
  const Network<float> step{InverseAutoregressiveStep{3, 1, 4, false},
                            {.name = "step", .condition = Shape{1}}};
  refuses<ConfigError>([&] { step.require_tangent(); }, {"InverseAutoregressiveStep", "tangent"});
}
