#include "eigenerate/latent/radial_step.hpp"

#include "latent/flow_step.hpp"
#include "layers/conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("RadialStep keeps the contract of a layer", "[flow]") {
  require_conformance(RadialStep{3}, {4}, {.condition = Shape{5}});
  require_conformance(RadialStep{1}, {2}, {.condition = Shape{3}});
  require_conformance(RadialStep{3, 2}, {4},
                      {.batch = 6, .condition = Shape{12}, .samples_per_condition = 3});
}

TEST_CASE("a RadialStep's l grows by the log of a positive determinant, whatever the parameters", "[flow]") {
  for (const double scale : {0.1, 1.0, 3.0}) check_determinant(RadialStep{3}, 3, 5, scale);
}

TEST_CASE("a RadialStep of equal numbers moves nothing, and no step its center", "[flow]") {
  const Network<double> step{RadialStep{2}, {.name = "step", .condition = Shape{4}}};
  const Matrix<double> x = normal_batch(3, 4, 1);
  Matrix<double> condition(4, 4);
  condition.colwise() = (Vector<double>(4) << 1.5, -2, 0.3, 0.3).finished();
  CHECK(relative_error(step.predict(x, condition), x) < 1e-15);
  condition.bottomRows(1).setConstant(2);
  condition.topRows(2) = x.topRows(2);
  CHECK(step.predict(x, condition).topRows(2) == x.topRows(2));
  auto workspace = step.make_workspace(4);
  step.forward({.x = x, .condition = condition}, workspace);
  CHECK(step.backward(x, workspace, {.x = true}).x.allFinite());
}

TEST_CASE("what a RadialStep cannot be is refused", "[flow]") {
  using support::refuses;
  refuses<ConfigError>([] { RadialStep(0); }, {"RadialStep", "latent", "got 0"});
  refuses<ShapeError>(
      [] {
        Network<float>{RadialStep{3}, {.name = "step", .condition = Shape{4}}};
      },
      {"RadialStep", "rows 0 to 4", "has 4"});
}
