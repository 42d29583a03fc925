#include "eigenerate/latent/planar_step.hpp"

#include <array>

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

TEST_CASE("in float a PlanarStep and its gradients keep their digits, however short w is", "[flow]") {
  for (const Index latent : {1, 3}) {
    const Index rows = 2 * latent + 1;
    const auto passes = [&]<class S>(const Matrix<S>& condition) {
      const Network<S> step{PlanarStep{latent}, {.name = "step", .condition = Shape{rows}}};
      Workspace<S> workspace = step.make_workspace(4);
      const Matrix<S> x = normal_batch(latent + 1, 4, 1).template cast<S>(),
                      dy = normal_batch(latent + 1, 4, 2).template cast<S>();
      const Matrix<double> y =
          step.forward({.x = x, .condition = condition}, workspace).template cast<double>();
      const auto d = step.backward(as_const(dy), workspace, {.x = true, .condition = true});
      return std::array{y, Matrix<double>(d.x.template cast<double>()),
                        Matrix<double>(d.condition.template cast<double>())};
    };
    for (const double length : {3.0, 0.3, 1e-2, 1e-4, 1e-6, 1e-8, 1e-12}) {
      CAPTURE(latent, length);
      Matrix<float> condition = normal_batch(rows, 4, 3).cast<float>();
      condition.topRows(latent) *= static_cast<float>(length);
      const auto in_float = passes(condition), in_double = passes(Matrix<double>(condition.cast<double>()));
      for (std::size_t i = 0; i < 3; ++i) CHECK(relative_error(in_float[i], in_double[i]) < 1e-5);
    }
  }
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
