#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// A copy of what a model predicts with: the parameters, buffers and moving averages of all its networks.
///
/// Held in double, which keeps float and double models alike to the bit.
class Snapshot {
 public:
  Snapshot() = default;
  template <class M>
  explicit Snapshot(M& model) {
    visit(model, [this](auto& arena) { values_.emplace_back(arena.data(), arena.data() + arena.size()); });
  }

  /// Puts the values back; `StateError` for another model than the one they are from.
  template <class M>
  void restore(M& model) const {
    std::size_t next = 0;
    visit(model, [&](auto& arena) {
      if (next == values_.size() || static_cast<Index>(values_[next].size()) != arena.size())
        fail<StateError>("Snapshot: restored into another model than it was taken from");
      std::transform(values_[next].begin(), values_[next].end(), arena.data(), [](double v) {
        return static_cast<std::remove_reference_t<decltype(*arena.data())>>(v);
      });
      ++next;
    });
  }

 private:
  template <class M, class F>
  static void visit(M& model, F&& f) {
    model.for_each_learner([&](auto& learner) {
      f(learner.network.parameters());
      f(learner.network.buffers());
      if (!learner.average) return;
      f(learner.average->parameters());
      f(learner.average->buffers());
    });
  }

  std::vector<std::vector<double>> values_;
};

}  // namespace eigenerate
