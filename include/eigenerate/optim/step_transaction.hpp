#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What a step may change before it fails: the batch statistics, which every training pass moves, and a
/// memory of samples; or everything, where one network learns before another one.
enum class UndoScope { buffers, everything };

/// The memory of a `StepTransaction`, kept by whoever takes steps, so that only the first one allocates.
template <Scalar S>
class UndoMemory {
 public:
  /// Copies the learners' state.
  void remember(Learners<S> learners, UndoScope scope);
  /// Puts back what was remembered, and clears the gradients.
  void restore(Learners<S> learners);

 private:
  template <class F>
  void visit(Learners<S> learners, F&& f) {
    std::size_t next = 0;
    for (Learner<S>* learner : learners)
      learner->for_each_arena([&](ArenaKind kind, std::string_view, Arena<S>& arena) {
        if (scope_ == UndoScope::buffers && kind != ArenaKind::buffers && kind != ArenaKind::memory) return;
        if (next == kept_.size()) kept_.emplace_back();
        if (kept_[next].size() < arena.size()) kept_[next] = AlignedArray<S>(arena.size());
        f(kept_[next++], arena);
      });
  }

  UndoScope scope_ = UndoScope::buffers;
  std::vector<AlignedArray<S>> kept_;
  std::vector<std::uint64_t> steps_;
};

/// Takes a training step back unless it came to its end: one that throws leaves its learners as they were, as
/// far as the scope goes, and gradients at zero.
///
/// Make one at the beginning of `train_step`, and call `commit` at its end. Transactions nest, each with a
/// memory of its own: the steps of a model's parts inside the model's.
template <Scalar S>
class StepTransaction {
 public:
  StepTransaction(UndoMemory<S>& memory, Learners<S> learners, UndoScope scope)
      : memory_(memory), learners_(learners) {
    memory.remember(learners, scope);
  }
  StepTransaction(const StepTransaction&) = delete;
  StepTransaction& operator=(const StepTransaction&) = delete;
  ~StepTransaction() {
    if (!committed_) memory_.restore(learners_);
  }

  void commit() { committed_ = true; }

 private:
  UndoMemory<S>& memory_;
  Learners<S> learners_;
  bool committed_ = false;
};

#if EIGENERATE_DEFINES(OPTIM)

template <Scalar S>
void UndoMemory<S>::remember(Learners<S> learners, UndoScope scope) {
  scope_ = scope;
  steps_.clear();
  visit(learners, [](AlignedArray<S>& kept, const Arena<S>& arena) {
    std::copy_n(arena.data(), arena.size(), kept.data());
  });
  for (const Learner<S>* learner : learners) steps_.push_back(learner->state.step);
}

template <Scalar S>
void UndoMemory<S>::restore(Learners<S> learners) {
  visit(learners, [](const AlignedArray<S>& kept, Arena<S>& arena) {
    std::copy_n(kept.data(), arena.size(), arena.data());
  });
  for (std::size_t i = 0; i < learners.size(); ++i) {
    learners[i]->gradients.set_zero();
    if (scope_ == UndoScope::everything) learners[i]->state.step = steps_[i];
  }
}

EIGENERATE_INSTANTIATE_CLASS(UndoMemory)
EIGENERATE_INSTANTIATE_CLASS(StepTransaction)

#endif

}  // namespace eigenerate
