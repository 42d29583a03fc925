#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// How much of a model a snapshot holds: what it predicts with (parameters, buffers, moving averages), or
/// also what its learners remember.
enum class SnapshotScope { weights, everything };

/// A copy of a model's state.
///
/// Held in double, which keeps float and double models alike to the bit.
class Snapshot {
 public:
  Snapshot() = default;
  template <class M>
  explicit Snapshot(const M& model, SnapshotScope scope = SnapshotScope::weights) : scope_(scope) {
    take<typename M::scalar_type>(model.learners());
  }
  /// One of weights whose values were taken from another one.
  explicit Snapshot(std::vector<std::vector<double>> values) : values_(std::move(values)) {}

  const std::vector<std::vector<double>>& values() const { return values_; }

  /// Puts the values back; `StateError` for another model than the one they are from, which is then
  /// unchanged.
  template <class M>
  void restore(M& model) const {
    put_back<typename M::scalar_type>(model.learners());
  }

 private:
  template <Scalar S>
  void take(ConstLearners<S> learners) {
    layout_ = layout_of<S>(learners);
    for (const Learner<S>* learner : learners) {
      visit(*learner, [this](const Arena<S>& arena) {
        values_.emplace_back(arena.data(), arena.data() + arena.size());
      });
      steps_.push_back(learner->state.step);
    }
  }

  template <Scalar S>
  void put_back(Learners<S> learners) const {
    std::vector<std::size_t> sizes;
    for (const Learner<S>* learner : learners)
      visit(*learner,
            [&](const Arena<S>& arena) { sizes.push_back(static_cast<std::size_t>(arena.size())); });
    const std::vector<const Learner<S>*> looked_at(learners.begin(), learners.end());
    if (!std::equal(sizes.begin(), sizes.end(), values_.begin(), values_.end(),
                    [](std::size_t size, const auto& values) { return size == values.size(); }) ||
        (!layout_.empty() && layout_ != layout_of<S>(looked_at)))
      fail<StateError>("Snapshot: restored into another model than it was taken from");
    auto from = values_.begin();
    for (std::size_t i = 0; i < learners.size(); ++i) {
      visit(*learners[i], [&](Arena<S>& arena) {
        std::transform(from->begin(), from->end(), arena.data(), [](double v) { return static_cast<S>(v); });
        ++from;
      });
      if (scope_ == SnapshotScope::everything) learners[i]->state.step = steps_[i];
    }
  }

  template <class L, class F>
  void visit(L& learner, F&& f) const {
    learner.for_each_arena([&](ArenaKind kind, std::string_view, auto& arena) {
      const bool predicts = kind != ArenaKind::moment && kind != ArenaKind::memory;
      if (predicts || scope_ == SnapshotScope::everything) f(arena);
    });
  }

  /// Names and sizes of all tensors: arenas of other networks may have the same sizes.
  template <Scalar S>
  std::string layout_of(ConstLearners<S> learners) const {
    std::string layout;
    for (const Learner<S>* learner : learners)
      visit(*learner, [&](const Arena<S>& arena) {
        for (const Segment& s : arena.segments()) layout += format_message("{} {};", s.name, s.size);
      });
    return layout;
  }

  SnapshotScope scope_ = SnapshotScope::weights;
  std::string layout_;
  std::vector<std::vector<double>> values_;
  std::vector<std::uint64_t> steps_;
};

}  // namespace eigenerate
