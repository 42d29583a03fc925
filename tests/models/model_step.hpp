#pragma once

#include <string>
#include <vector>

#include "eigenerate/models/models.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/catch.hpp"

/// Seen from outside, a training step with plain gradient descent and learning rate 1 subtracts the gradient:
/// that is how the tests read the gradient of a whole step, whatever the model does inside.
namespace model_step {

using namespace eigenerate;

inline const Optimizer descent = Sgd{1.0};
/// Moves nothing that double can see.
inline const Optimizer frozen = Sgd{1e-300};

/// Compares the gradient of `figure` with respect to every parameter of the learner `which` with central
/// differences of the whole step.
template <class M>
double gradient_error(const M& model, const Batch<double>& batch, const StepContext& context,
                      std::string_view figure, int which) {
  const auto parameters = [&](M& m) {
    Arena<double>* found = nullptr;
    int i = 0;
    for (auto* learner : m.learners()) {
      if (i++ == which) found = &learner->network.parameters();
    }
    return found;
  };
  M stepped = model;
  stepped.train_step(batch, context);
  M probe = model;
  Arena<double>& p = *parameters(probe);
  const Eigen::Map<const Vector<double>> before(p.data(), p.size());
  const Eigen::Map<const Vector<double>> after(parameters(stepped)->data(), p.size());
  const Vector<double> gradient = before - after;
  const Vector<double> expected = testing::central_differences(
      [&] {
        M m = probe;
        return m.train_step(batch, context)[figure];
      },
      p.data(), p.size());
  return testing::relative_error(gradient, expected);
}

/// All bytes that a learner owns: parameters, buffers, moments and average.
template <class L>
std::string bytes_of(L& learner) {
  std::string bytes;
  const auto add = [&](auto& arena) {
    bytes.append(reinterpret_cast<const char*>(arena.data()),
                 static_cast<std::size_t>(arena.size()) * sizeof(*arena.data()));
  };
  add(learner.network.parameters());
  add(learner.network.buffers());
  for (auto& slot : learner.state.moments) add(slot);
  if (auto* average = learner.network.average()) add(*average);
  if (learner.memory) add(*learner.memory);
  return bytes;
}

template <class M>
std::vector<std::string> bytes_of_learners(M& model) {
  std::vector<std::string> all;
  for (auto* learner : model.learners()) {
    all.push_back(bytes_of(*learner));
  }
  return all;
}

}  // namespace model_step
