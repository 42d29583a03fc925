#include "eigenerate/latent/planar_step.hpp"

#include "latent/flow_step.hpp"
#include "layers/conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("PlanarStep keeps the contract of a layer", "[flow]") {
  require_conformance(PlanarStep{3}, {4}, {.condition = Shape{7}});
  require_conformance(PlanarStep{1}, {2}, {.condition = Shape{3}});
  require_conformance(PlanarStep{3, 2}, {4},
                      {.batch = 6, .condition = Shape{12}, .samples_per_condition = 3});
}

TEST_CASE("a PlanarStep's l grows by the log of a positive determinant, whatever the parameters", "[flow]") {
  for (const double scale : {0.1, 1.0, 3.0}) check_determinant(PlanarStep{3}, 3, 7, scale);
}

TEST_CASE("a PlanarStep without u, or without w, moves nothing or all alike", "[flow]") {
  const Network<double> step{PlanarStep{2}, {.name = "step", .condition = Shape{5}}};
  const Matrix<double> x = normal_batch(3, 4, 1);
  Matrix<double> condition(5, 4);
  condition.colwise() = (Vector<double>(5) << 1.5, -2, 0, 0, 0.7).finished();
  CHECK(relative_error(step.predict(x, condition), x) < 1e-15);
  condition.colwise() = (Vector<double>(5) << 0, 0, 3, -2, 0.7).finished();
  const Matrix<double> moved = step.predict(x, condition) - x;
  CHECK((moved.colwise() - (Vector<double>(3) << 3 * std::tanh(0.7), -2 * std::tanh(0.7), 0).finished())
            .cwiseAbs()
            .maxCoeff() < 1e-15);
}

TEST_CASE("what a PlanarStep cannot be is refused", "[flow]") {
  using support::refuses;
  refuses<ConfigError>([] { PlanarStep(0); }, {"PlanarStep", "latent", "got 0"});
  refuses<ConfigError>([] { PlanarStep(1, -1); }, {"PlanarStep", "first", "-1"});
  const auto build = [](const Shape& input, const std::optional<Shape>& condition) {
    return [=] { Network<float>(PlanarStep{3, 1}, input, {.name = "step", .condition = condition}); };
  };
  refuses<ShapeError>(build({5}, Shape{8}), {"PlanarStep", "expected input 4", "got 5"});
  refuses<ShapeError>(build({4}, Shape{7}), {"PlanarStep", "rows 1 to 7", "has 7"});
  refuses<ConfigError>(build({4}, std::nullopt), {"needs a condition"});
  const Network<float> step{PlanarStep{3}, {.name = "step", .condition = Shape{7}}};
  refuses<ConfigError>([&] { step.require_tangent(); }, {"PlanarStep", "tangent"});
}
