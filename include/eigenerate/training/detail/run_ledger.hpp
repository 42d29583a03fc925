#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/object_identity.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/training/run_state.hpp"

namespace eigenerate {

/// How far the training of one model has come, from one fit to the next.
struct Run {
  RunState state = {};
  Index epochs_asked = 0;  ///< by all its fits so far
};

/// The identity of a model, which is that of its first learner; null where it has no learner.
template <Model M>
const ObjectIdentity* identity_of(const M& model) {
  const auto learners = model.learners();
  return std::empty(learners) ? nullptr : &(*std::begin(learners))->identity;
}

/// The runs that a Trainer can go on with, one for each model that it has trained and that still lives.
class RunLedger {
 public:
  /// The run of a model; null where there is none yet.
  template <Model M>
  const Run* find(const M& model) const {
    const ObjectIdentity* const identity = identity_of(model);
    for (const Entry& entry : entries_)
      if (identity && entry.model.is_of(*identity)) return &entry.run;
    return nullptr;
  }

  /// Writes down how far the run of a model has come, and strikes out those whose models are no more.
  template <Model M>
  void keep(const M& model, Run run) {
    const ObjectIdentity* const identity = identity_of(model);
    std::erase_if(entries_, [&](const Entry& entry) {
      return entry.model.expired() || (identity && entry.model.is_of(*identity));
    });
    if (identity) entries_.push_back({ObjectIdentity::Mark(*identity), std::move(run)});
  }

  void clear() { entries_.clear(); }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    ObjectIdentity::Mark model;
    Run run;
  };
  std::vector<Entry> entries_;
};

/// Brings a run to the training set of a fit that asks for `plan.epochs` epochs in all: goes on with the
/// present one, or drops an unfinished epoch and begins a stretch of another. Completes the plan, and returns
/// whether anything is left to train: a resumed run may have been further before.
///
/// **Errors** `ConfigError` where a resumed run learned from other data in this fit.
bool begin_fit(Run& run, FitPlan& plan);

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE bool begin_fit(Run& run, FitPlan& plan) {
  RunState& state = run.state;
  if (state.data.empty()) state.data.push_back(plan.stretch());
  const std::size_t place = state.stretch_of(plan.epochs);
  const bool is_last = place + 1 == state.data.size();
  const bool asks = plan.epochs > run.epochs_asked, goes_on = asks && is_last;
  if (asks && !state.data[place].same_data(plan.stretch())) {
    if (!is_last)
      fail<ConfigError>(
          "Trainer: this run, which was resumed, learned from another training set before it had {} epochs; "
          "fit the datasets in the same order, or call restart() to begin anew",
          plan.epochs);
    state.begin_epoch();
    DataStretch next = plan.stretch();
    next.first_epoch = state.epoch;
    next.first_step = state.step;
    next.epochs_asked = run.epochs_asked;
    state.data.push_back(next);
  }
  const DataStretch& present = goes_on ? state.data.back() : state.data[place];
  plan.first_epoch = present.first_epoch;
  plan.first_step = present.first_step;
  plan.finished_epochs = state.epoch;
  plan.comparable = !goes_on || state.judged_by == 0 || state.judged_by == plan.judged_by;
  if (goes_on) state.judged_by = plan.judged_by;
  run.epochs_asked = plan.epochs;
  if (plan.epochs > state.fit_epochs) {
    state.fit_epochs = plan.epochs;
    state.fit_seconds = 0;
  }
  return goes_on && state.epoch < plan.epochs;
}

#endif

}  // namespace eigenerate
