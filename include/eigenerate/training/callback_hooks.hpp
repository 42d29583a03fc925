#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "eigenerate/models/warning.hpp"
#include "eigenerate/training/records.hpp"
#include "eigenerate/training/run_state.hpp"

// The hooks that a Trainer calls, and what is refused at compile time because it would never be called. Each
// list is a macro, for C++20 cannot ask a class for its members' names.

/// Every hook: its name, how it is called, and the call in words. `c` is the callback, `m` the model.
// clang-format off
#define EIGENERATE_CALLBACK_HOOKS(HOOK) \
  HOOK(on_resume, c.on_resume(a.plan, a.state, m), "on_resume(const FitPlan&, RunState&, model)") \
  HOOK(on_fit_begin, c.on_fit_begin(a.plan, m, a.stop), "on_fit_begin(const FitPlan&, model, StopRequest&)") \
  HOOK(on_step_end, c.on_step_end(a.step, m, a.stop), "on_step_end(const StepRecord&, model, StopRequest&)") \
  HOOK(on_epoch_end, c.on_epoch_end(a.epoch, m, a.stop), "on_epoch_end(const EpochRecord&, model, StopRequest&)") \
  HOOK(on_evaluate, c.on_evaluate(a.epoch, m, a.figures), "on_evaluate(const EpochRecord&, model, StepMetrics&)") \
  HOOK(measured_figures, std::vector<MetricName>(std::as_const(c).measured_figures()), \
       "std::vector<MetricName> measured_figures() const") \
  HOOK(on_fit_end, c.on_fit_end(a.result, m, a.stop), "on_fit_end(const FitResult&, model, StopRequest&)") \
  HOOK(on_warning, c.on_warning(a.warning, m, a.stop), "on_warning(const Warning&, model, StopRequest&)") \
  HOOK(on_state, c.on_state(a.plan, std::as_const(a.state), m), "on_state(const FitPlan&, const RunState&, model)") \
  HOOK(wants_state, bool(c.wants_state(a.plan, std::as_const(a.state), std::as_const(a.stop))), \
       "bool wants_state(const FitPlan&, const RunState&, const StopRequest&)") \
  HOOK(save_state, c.save_state(a.numbers), "save_state(CallbackNumbers&)") \
  HOOK(load_state, c.load_state(std::as_const(a.numbers)), "load_state(const CallbackNumbers&)") \
  HOOK(on_fit_failed, c.on_fit_failed(), "on_fit_failed()")

/// Names that are no hooks, and what they were meant to be: misspellings, and what other libraries call
/// theirs.
#define EIGENERATE_MISSPELLED_HOOKS(NAME) \
  NAME(on_resumed, "on_resume") NAME(on_resumption, "on_resume") NAME(on_resuming, "on_resume") \
  NAME(on_fit_begins, "on_fit_begin") NAME(on_fit_began, "on_fit_begin") \
  NAME(on_fit_begun, "on_fit_begin") NAME(on_fit_start, "on_fit_begin") \
  NAME(on_fit_started, "on_fit_begin") NAME(on_begin_fit, "on_fit_begin") \
  NAME(on_fit_beginning, "on_fit_begin") NAME(on_begin, "on_fit_begin") NAME(on_start, "on_fit_begin") \
  NAME(on_train_begin, "on_fit_begin") NAME(on_train_start, "on_fit_begin") \
  NAME(on_training_begin, "on_fit_begin") NAME(on_training_start, "on_fit_begin") \
  NAME(on_step, "on_step_end") NAME(on_step_ends, "on_step_end") NAME(on_step_ended, "on_step_end") \
  NAME(on_step_finish, "on_step_end") NAME(on_step_finished, "on_step_end") \
  NAME(on_step_done, "on_step_end") NAME(on_end_step, "on_step_end") NAME(on_steps_end, "on_step_end") \
  NAME(on_stepend, "on_step_end") NAME(on_step_begin, "on_step_end") NAME(on_step_start, "on_step_end") \
  NAME(on_batch, "on_step_end") NAME(on_batch_end, "on_step_end") NAME(on_batch_begin, "on_step_end") \
  NAME(on_batch_start, "on_step_end") NAME(on_train_batch_end, "on_step_end") \
  NAME(on_train_batch_begin, "on_step_end") NAME(on_train_step_end, "on_step_end") \
  NAME(on_iteration_end, "on_step_end") \
  NAME(on_epoch, "on_epoch_end") NAME(on_epoch_ends, "on_epoch_end") NAME(on_epoch_ended, "on_epoch_end") \
  NAME(on_epoch_finish, "on_epoch_end") NAME(on_epoch_finished, "on_epoch_end") \
  NAME(on_epoch_done, "on_epoch_end") NAME(on_end_epoch, "on_epoch_end") \
  NAME(on_epochs_end, "on_epoch_end") NAME(on_epochend, "on_epoch_end") \
  NAME(on_epoch_begin, "on_epoch_end") NAME(on_epoch_start, "on_epoch_end") \
  NAME(on_train_epoch_end, "on_epoch_end") NAME(on_train_epoch_start, "on_epoch_end") \
  NAME(on_validation_end, "on_evaluate") NAME(on_evaluation, "on_evaluate") \
  NAME(on_evaluated, "on_evaluate") NAME(on_validate, "on_evaluate") NAME(onEvaluate, "on_evaluate") \
  NAME(measured_figure, "measured_figures") NAME(measures_figures, "measured_figures") NAME(on_evaluation_end, "on_evaluate") \
  NAME(on_fit_ends, "on_fit_end") NAME(on_fit_ended, "on_fit_end") NAME(on_fit_finish, "on_fit_end") \
  NAME(on_fit_finished, "on_fit_end") NAME(on_fit_done, "on_fit_end") NAME(on_end_fit, "on_fit_end") \
  NAME(on_end, "on_fit_end") NAME(on_finish, "on_fit_end") NAME(on_train_end, "on_fit_end") \
  NAME(on_training_end, "on_fit_end") NAME(on_train_finish, "on_fit_end") \
  NAME(on_warn, "on_warning") NAME(on_warnings, "on_warning") NAME(on_warned, "on_warning") \
  NAME(on_states, "on_state") NAME(on_save, "on_state") NAME(on_save_state, "on_state") \
  NAME(on_checkpoint, "on_state") \
  NAME(want_state, "wants_state") NAME(wants_states, "wants_state") NAME(needs_state, "wants_state") \
  NAME(wants_save, "wants_state") \
  NAME(save_states, "save_state") NAME(saves_state, "save_state") NAME(store_state, "save_state") \
  NAME(state_dict, "save_state") \
  NAME(load_states, "load_state") NAME(loads_state, "load_state") NAME(restore_state, "load_state") \
  NAME(on_load_state, "load_state") NAME(load_state_dict, "load_state") NAME(on_load, "load_state") \
  NAME(on_fit_fail, "on_fit_failed") NAME(on_fit_fails, "on_fit_failed") \
  NAME(on_fit_failure, "on_fit_failed") NAME(on_fit_error, "on_fit_failed") \
  NAME(on_failed, "on_fit_failed") NAME(on_failure, "on_fit_failed") NAME(on_error, "on_fit_failed") \
  NAME(on_exception, "on_fit_failed") \
  NAME(onResume, "on_resume") \
  NAME(onFitBegin, "on_fit_begin") \
  NAME(onStepEnd, "on_step_end") \
  NAME(onEpochEnd, "on_epoch_end") \
  NAME(onFitEnd, "on_fit_end") \
  NAME(onWarning, "on_warning") \
  NAME(onState, "on_state") \
  NAME(wantsState, "wants_state") \
  NAME(saveState, "save_state") \
  NAME(loadState, "load_state") \
  NAME(onFitFailed, "on_fit_failed")
// clang-format on

namespace eigenerate {

namespace detail {

/// What a Trainer calls hooks with.
struct HookArguments {
  const FitPlan& plan;
  const StepRecord& step;
  const EpochRecord& epoch;
  const FitResult& result;
  const Warning& warning;
  RunState& state;
  CallbackNumbers& numbers;
  StepMetrics& figures;
  StopRequest& stop;
};

/// Whether `C` has a member of the name, be it a function, a template or private: in a class with two bases
/// that both have one, the name is ambiguous. (That is how one asks for the name of a template without its
/// arguments.) A final class can be asked only for what is public and has one form: a function, or a template
/// of the model's type.
struct AllHookNames {
#define EIGENERATE_DECLARE_HOOK(name, ...) int name;
#define EIGENERATE_DECLARE_NAME(name, meant) int name;
  EIGENERATE_CALLBACK_HOOKS(EIGENERATE_DECLARE_HOOK)
  EIGENERATE_MISSPELLED_HOOKS(EIGENERATE_DECLARE_NAME)
#undef EIGENERATE_DECLARE_HOOK
#undef EIGENERATE_DECLARE_NAME
};
template <class C>
struct WithAllHookNames : C, AllHookNames {};

#define EIGENERATE_HAS_NAME(name, ...)     \
  template <class C, class M>              \
  inline constexpr bool has_##name = [] {  \
    if constexpr (!std::is_class_v<C>)     \
      return false;                        \
    else if constexpr (std::is_final_v<C>) \
      return requires {                    \
        &C::name;                          \
      }                                    \
    || requires {                          \
      &C::template name<M>;                \
    };                                     \
    else return !requires {                \
      &WithAllHookNames<C>::name;          \
    };                                     \
  }();
EIGENERATE_CALLBACK_HOOKS(EIGENERATE_HAS_NAME)
EIGENERATE_MISSPELLED_HOOKS(EIGENERATE_HAS_NAME)
#undef EIGENERATE_HAS_NAME

#define EIGENERATE_CAN_CALL(name, call, words)                       \
  template <class C, class M>                                        \
  concept calls_##name = requires(C & c, M & m, HookArguments & a) { \
    call;                                                            \
  };
EIGENERATE_CALLBACK_HOOKS(EIGENERATE_CAN_CALL)
#undef EIGENERATE_CAN_CALL

}  // namespace detail

/// The first thing that is wrong with a callback's hooks, by name: a hook that cannot be called as the
/// Trainer calls it, or a name that is taken for a misspelled one; empty where nothing is found.
template <class C, class M>
constexpr std::string_view wrong_hook() {
#define EIGENERATE_FIND_HOOK(name, ...) \
  if (detail::has_##name<C, M> && !detail::calls_##name<C, M>) return #name;
#define EIGENERATE_FIND_NAME(name, meant) \
  if (detail::has_##name<C, M>) return #name;
  EIGENERATE_CALLBACK_HOOKS(EIGENERATE_FIND_HOOK)
  EIGENERATE_MISSPELLED_HOOKS(EIGENERATE_FIND_NAME)
#undef EIGENERATE_FIND_HOOK
#undef EIGENERATE_FIND_NAME
  return {};
}

/// Refuses, at compile time and with a sentence, a callback of which a part would never be called: one
/// without any hook, one with a member of a hook's name that cannot be called with this model as the Trainer
/// calls it, one with half of a pair of hooks (`on_state` and `wants_state`, `save_state` and `load_state`,
/// `on_evaluate` and `measured_figures`), and one with a member of a name that looks like a misspelled hook.
///
/// What is found of misspellings is a list of some hundred names (`EIGENERATE_MISSPELLED_HOOKS`): C++20
/// cannot tell which members a class has, so a name that is not on the list is found only where the callback
/// has no hook besides. Of a final class, private and overloaded hooks are not found either.
template <class C, class M>
struct CallbackContract {
#define EIGENERATE_REQUIRE_CALL(name, call, words)                       \
  static_assert(!detail::has_##name<C, M> || detail::calls_##name<C, M>, \
                "a callback has a member " #name                         \
                " that the Trainer cannot call with this model: the hook is " words);
#define EIGENERATE_REQUIRE_NO_NAME(name, meant)                                     \
  static_assert(!detail::has_##name<C, M>,                                          \
                "a callback has a member " #name                                    \
                ", which is no hook of the Trainer and would never be called; the " \
                "hook closest to it is " meant);
  EIGENERATE_CALLBACK_HOOKS(EIGENERATE_REQUIRE_CALL)
  EIGENERATE_MISSPELLED_HOOKS(EIGENERATE_REQUIRE_NO_NAME)
#undef EIGENERATE_REQUIRE_CALL
#undef EIGENERATE_REQUIRE_NO_NAME
  static_assert(
      detail::has_on_state<C, M> == detail::has_wants_state<C, M>,
      "a callback has one of on_state and wants_state: the first is called only where the second says so");
  static_assert(
      detail::has_on_evaluate<C, M> == detail::has_measured_figures<C, M>,
      "a callback has one of on_evaluate and measured_figures: what it measures must be known before a fit");
  static_assert(detail::has_save_state<C, M> == detail::has_load_state<C, M>,
                "a callback has one of save_state and load_state: what one writes the other reads");
#define EIGENERATE_ANY_HOOK(name, ...) || detail::has_##name<C, M>
  static_assert(
      false EIGENERATE_CALLBACK_HOOKS(EIGENERATE_ANY_HOOK),
      "a callback needs at least one hook that can be called with this model: on_fit_begin, on_step_end, "
      "on_epoch_end, on_fit_end or on_warning (record, model, StopRequest&), on_resume or on_state (plan, "
      "state, model)");
#undef EIGENERATE_ANY_HOOK
  static constexpr bool kept = true;  ///< reading it is what checks
};

/// Adds what a callback measures of the model after an epoch: all that it has announced, or nothing where it
/// leaves this epoch out.
///
/// **Errors** `StateError` for other figures than it has announced.
template <class C, class M>
void add_measured(StepMetrics& all, C& c, const EpochRecord& record, M& model) {
  StepMetrics figures;
  if constexpr (requires { c.on_evaluate(record, model, figures); }) {
    c.on_evaluate(record, model, figures);
    if (figures.size() == 0) return;
    const std::vector<MetricName> announced(std::as_const(c).measured_figures());
    bool same = figures.size() == announced.size();
    for (const MetricName& name : announced) same = same && figures.contains(name);
    if (!same) {
      std::vector<MetricName> names;
      for (const auto& figure : figures) names.push_back(figure.name);
      fail<StateError>("a callback measured other figures than it announces: expected {}, got {}",
                       joined_names(announced), joined_names(names));
    }
    for (const auto& figure : figures) all.set(figure.name, figure.value);
  }
}

}  // namespace eigenerate
