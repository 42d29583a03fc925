#pragma once
// Ten steps of an optimiser against PyTorch's.

#include <functional>
#include <string>
#include <vector>

#include "eigenerate/optim/optim.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/arenas.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

namespace eigenerate::testing {

/// Runs the steps of "double" or "float" of one case and compares the parameters after every one.
template <Scalar S>
void check_ten_steps(const Optimizer& optimizer, const Golden& run, const std::vector<double>& factors,
                     double tolerance) {
  CAPTURE(run.path());
  const auto initial = run.batch<S>("parameters");   // 1 × n
  const auto gradients = run.batch<S>("gradients");  // n × steps
  const auto trajectory = run.batch<double>("trajectory");
  Arena<S> parameters(make_table({initial.size()})), g = parameters.like();
  parameters["0"] = initial.transpose();
  OptimizerState<S> state = make_state(optimizer, parameters);
  REQUIRE(gradients.cols() == 10);
  for (Index t = 0; t < gradients.cols(); ++t) {
    CAPTURE(t);
    g["0"] = gradients.col(t);
    if (factors.empty())
      step(optimizer, parameters, g, state);
    else
      step(optimizer, parameters, g, state, factors[static_cast<std::size_t>(t)]);
    const Vector<S> p = parameters["0"];
    CHECK(relative_error(p, trajectory.col(t)) <= tolerance);
  }
  CHECK(state.step == 10);
  CHECK(padding_is_zero(parameters));
  for (const Arena<S>& moment : state.moments) CHECK(padding_is_zero(moment));
}

/// Every case of a golden file, in double and in float; `make(options)` builds the rule from PyTorch's
/// options.
inline void check_optimizer_golden(const std::string& file,
                                   const std::function<Optimizer(const Golden&)>& make) {
  for (const Golden& c : load_golden(file).cases()) {
    const Optimizer optimizer = make(c["options"]);
    const auto factors = c.contains("factors") ? c.list<double>("factors") : std::vector<double>{};
    check_ten_steps<double>(optimizer, c["double"], factors, tolerance::golden);
    if (c.contains("float"))
      check_ten_steps<float>(optimizer, c["float"], factors, tolerance::ten_float_steps);
  }
}

/// The option, or what it is where the case does not set it.
inline double option(const Golden& options, const std::string& name, double otherwise) {
  return options.contains(name) ? options.number(name) : otherwise;
}
inline double beta(const Golden& options, std::size_t i, double otherwise) {
  return options.contains("betas") ? options.list("betas")[i] : otherwise;
}

}  // namespace eigenerate::testing
