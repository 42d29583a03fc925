#pragma once

#include <optional>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// A figure by which a callback judges the epochs of a fit: the smaller, the better.
class FollowedFigure {
 public:
  /// The figure named `asked`; where that is empty, the one that says how good the model is by its own word,
  /// else the first one that a callback measures, else none.
  ///
  /// **Errors** `ConfigError`, in the name of `asker`, for a figure that nobody reports, and for the `loss`
  /// of a model that says that it does not tell how good it is.
  static std::optional<FollowedFigure> of_fit(const FitPlan& plan, std::string_view asked,
                                              std::string_view asker);

  std::string_view name() const { return name_.view(); }
  bool is_measured() const { return measured_; }

  /// Its value in an epoch, on held-out data where the fit has any; none where the epoch was not evaluated.
  std::optional<double> value(const EpochRecord& record) const;

 private:
  FollowedFigure(const FitPlan& plan, std::string_view name)
      : name_(name), measured_(plan.is_measured(name)), held_out_(plan.held_out_samples > 0) {}

  MetricName name_;
  bool measured_;
  bool held_out_;
};

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE std::optional<FollowedFigure> FollowedFigure::of_fit(const FitPlan& plan,
                                                                       std::string_view asked,
                                                                       std::string_view asker) {
  if (asked.empty()) {
    if (plan.best_figure) return FollowedFigure(plan, *plan.best_figure);
    if (!plan.measured.empty()) return FollowedFigure(plan, plan.measured.front());
    return std::nullopt;
  }
  plan.require_figure(asked, asker);
  if (asked == "loss" && !plan.best_figure)
    fail<ConfigError>(
        "{}: the loss of this model does not tell how good its samples are, so no epoch is the best by it; name another "
        "figure, or add a callback that measures one (on_evaluate). There are {}",
        asker, plan.figure_names());
  return FollowedFigure(plan, asked);
}

EIGENERATE_INLINE std::optional<double> FollowedFigure::value(const EpochRecord& record) const {
  if (measured_) {
    if (!record.measured.contains(name())) return std::nullopt;
    return record.measured[name()];
  }
  if (held_out_ && !record.held_out) return std::nullopt;
  return record.best_known()[name()];
}

#endif

}  // namespace eigenerate
