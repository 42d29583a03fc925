#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "eigenerate/models/warning.hpp"
#include "eigenerate/training/callback_hooks.hpp"
#include "eigenerate/training/records.hpp"
#include "eigenerate/training/run_state.hpp"

namespace eigenerate::detail {

/// A callback as the loop of a fit sees it, whatever its type: it has every hook, and those that the callback
/// lacks do nothing. See `Trainer` for what they are.
template <class M>
struct FitHooks {
  virtual ~FitHooks() = default;
  virtual void on_resume(const FitPlan&, RunState&, M&) = 0;
  virtual void load_state(const CallbackNumbers&) = 0;
  virtual void on_fit_begin(const FitPlan&, M&, StopRequest&) = 0;
  virtual void on_step_end(const StepRecord&, M&, StopRequest&) = 0;
  virtual void on_epoch_end(const EpochRecord&, M&, StopRequest&) = 0;
  virtual void on_fit_end(const FitResult&, M&, StopRequest&) = 0;
  virtual void on_fit_failed() = 0;
  virtual bool hears_warnings() const = 0;
  virtual void on_warning(const Warning&, M&, StopRequest&) = 0;
  virtual std::vector<MetricName> measured_figures() const = 0;
  virtual void measure(StepMetrics& all, const EpochRecord&, M&) = 0;
  virtual bool wants_state(const FitPlan&, const RunState&, const StopRequest&) = 0;
  virtual void on_state(const FitPlan&, const RunState&, M&) = 0;
  virtual void save_state(CallbackNumbers&) = 0;
};

template <class M>
using HooksPointer = std::unique_ptr<FitHooks<M>>;

template <class C, class M>
class HookedCallback final : public FitHooks<M> {
 public:
  explicit HookedCallback(C& callback) : c_(callback) {}

  void on_resume(const FitPlan& plan, RunState& state, M& model) override {
    if constexpr (calls_on_resume<C, M>) c_.on_resume(plan, state, model);
  }
  void load_state(const CallbackNumbers& numbers) override {
    if constexpr (calls_load_state<C, M>) c_.load_state(numbers);
  }
  void on_fit_begin(const FitPlan& plan, M& model, StopRequest& stop) override {
    if constexpr (calls_on_fit_begin<C, M>) c_.on_fit_begin(plan, model, stop);
  }
  void on_step_end(const StepRecord& record, M& model, StopRequest& stop) override {
    if constexpr (calls_on_step_end<C, M>) c_.on_step_end(record, model, stop);
  }
  void on_epoch_end(const EpochRecord& record, M& model, StopRequest& stop) override {
    if constexpr (calls_on_epoch_end<C, M>) c_.on_epoch_end(record, model, stop);
  }
  void on_fit_end(const FitResult& result, M& model, StopRequest& stop) override {
    if constexpr (calls_on_fit_end<C, M>) c_.on_fit_end(result, model, stop);
  }
  void on_fit_failed() override {
    if constexpr (calls_on_fit_failed<C, M>) c_.on_fit_failed();
  }
  bool hears_warnings() const override { return calls_on_warning<C, M>; }
  void on_warning(const Warning& warning, M& model, StopRequest& stop) override {
    if constexpr (calls_on_warning<C, M>) c_.on_warning(warning, model, stop);
  }
  std::vector<MetricName> measured_figures() const override {
    if constexpr (calls_measured_figures<C, M>)
      return std::vector<MetricName>(std::as_const(c_).measured_figures());
    else
      return {};
  }
  void measure(StepMetrics& all, const EpochRecord& record, M& model) override {
    add_measured(all, c_, record, model);
  }
  bool wants_state(const FitPlan& plan, const RunState& state, const StopRequest& stop) override {
    if constexpr (calls_on_state<C, M>)
      return c_.wants_state(plan, state, stop);
    else
      return false;
  }
  void on_state(const FitPlan& plan, const RunState& state, M& model) override {
    if constexpr (calls_on_state<C, M>) c_.on_state(plan, state, model);
  }
  void save_state(CallbackNumbers& numbers) override {
    if constexpr (calls_save_state<C, M>) c_.save_state(numbers);
  }

 private:
  C& c_;
};

/// The hooks of a callback for models of one type. Here alone `HookedCallback` is made, so that
/// `eigenerate::compiled` may have compiled it already.
template <class M, class C>
HooksPointer<M> hooks_of(C& callback) {
  return std::make_unique<HookedCallback<C, M>>(callback);
}

}  // namespace eigenerate::detail
