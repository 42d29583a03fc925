#pragma once

#include <tuple>

namespace eigenerate {

/// Takes a training step back unless it came to its end: one that throws leaves batch statistics as they
/// were and gradients at zero, and whatever else its learners were told to remember.
///
/// Make one at the beginning of `train_step`, and call `commit` at its end.
template <class... Learners>
class StepTransaction {
 public:
  explicit StepTransaction(Learners&... learners) : learners_(learners...) {
    (learners.remember_buffers(), ...);
  }
  StepTransaction(const StepTransaction&) = delete;
  StepTransaction& operator=(const StepTransaction&) = delete;
  ~StepTransaction() {
    if (!committed_) std::apply([](auto&... learner) { (learner.undo(), ...); }, learners_);
  }

  void commit() { committed_ = true; }

 private:
  std::tuple<Learners&...> learners_;
  bool committed_ = false;
};

}  // namespace eigenerate
