#pragma once
// A whole step of a model against PyTorch's, from the same parameters on the same random numbers. A golden
// case has `x`, `labels` or `y` (what x is to be translated into) where the model learns from them, `step`
// and `seed`, the figures by their names, and what becomes of each learner under the name of its network.

#include "models/model_step.hpp"
#include "support/arenas.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

namespace model_step {

using testing::Golden;

/// Parameters from `<name><when>`, buffers from `<name><when>_buffers` where the case has them.
template <class M>
void begin_as(M& model, const Golden& c, const std::string& when) {
  for (auto* learner : model.learners()) {
    Network<double>& network = learner->network;
    const std::string name(network.name());
    if (network.parameters().size() > 0) c[name + when].fill(network.parameters(), name);
    if (c.contains(name + when + "_buffers")) c[name + when + "_buffers"].fill(network.buffers(), name);
  }
}

/// Takes the case's step, and finds every figure that it has.
template <class M>
StepMetrics take_golden_step(M& model, const Golden& c) {
  const Matrix<double> x = c.batch<double>("x");
  const auto labels = c.contains("labels") ? c.list<int>("labels") : std::vector<int>{};
  const Matrix<double> y = c.contains("y") ? c.batch<double>("y") : Matrix<double>();
  model.prepare(x.cols());
  const StepMetrics m = model.train_step(c.contains("y") ? Batch<double>{y, {}, x} : Batch<double>{x, labels},
                                         {.step = static_cast<std::uint64_t>(c.integer("step")),
                                          .seed = static_cast<std::uint64_t>(c.integer("seed"))});
  int found = 0;
  for (const MetricName& name : model.figures()) {
    const std::string figure(name.view());
    if (!c.contains(figure)) continue;
    CAPTURE(figure);
    const double expected = c.number(figure);
    CHECK(std::abs(m[name] - expected) <= testing::tolerance::golden * std::max(1.0, std::abs(expected)));
    ++found;
  }
  REQUIRE(found > 0);
  return m;
}

inline void check_golden(const Arena<double>& got, const Golden& c, const std::string& name) {
  CAPTURE(c.path());
  CHECK(testing::relative_error(testing::memory_of(got), testing::memory_of(c.arena(got, name))) <=
        testing::tolerance::golden);
}

/// Of a case that says what is left of every learner: `<name>_before` the step, `<name>` after it.
template <class M>
StepMetrics check_golden_step(M& model, const Golden& c) {
  CAPTURE(c.path());
  begin_as(model, c, "_before");
  const StepMetrics m = take_golden_step(model, c);
  for (auto* learner : model.learners()) {
    const std::string name(learner->network.name());
    check_golden(learner->network.parameters(), c[name], name);
    if (c.contains(name + "_buffers")) check_golden(learner->network.buffers(), c[name + "_buffers"], name);
  }
  return m;
}

/// Of a case that says what every learner learns: `<name>` before the step, `<name>_gradients`, which is what
/// the step of a model that descends at rate 1 takes away.
template <class M>
StepMetrics check_golden_gradients(M& model, const Golden& c) {
  CAPTURE(c.path());
  begin_as(model, c, "");
  M before = model;
  const StepMetrics m = take_golden_step(model, c);
  const auto learners = before.learners();
  auto learner = learners.begin();
  for (auto* learned : model.learners()) {
    Arena<double> taken = (*learner++)->network.parameters();
    const std::string name(learned->network.name());
    for (Index i = 0; i < taken.size(); ++i) taken.data()[i] -= learned->network.parameters().data()[i];
    if (taken.size() > 0) check_golden(taken, c[name + "_gradients"], name);
  }
  return m;
}

}  // namespace model_step
