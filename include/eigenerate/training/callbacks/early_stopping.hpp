#pragma once

#include <limits>
#include <string>
#include <utility>

#include "eigenerate/models/snapshot.hpp"
#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// When to give up.
struct EarlyStoppingOptions {
  std::string metric = "loss";  ///< of the held-out set; smaller is better
  Index patience = 3;           ///< epochs without an improvement before training stops
  double min_delta = 0;         ///< by how much a value must undercut the best one to count as an improvement
  bool restore_best = true;     ///< put the best epoch's weights back at the end
};

/// Stops once the held-out set has not improved for a while, and gives the best weights back.
///
/// **Errors** `ConfigError` for a fit without held-out data or a metric that the model does not report.
class EarlyStopping {
 public:
  static constexpr const char* reason = "early stopping";

  explicit EarlyStopping(EarlyStoppingOptions options = {}) : options_(std::move(options)) {
    if (options_.patience < 1)
      fail<ConfigError>("EarlyStopping: patience must be at least 1, got {}", options_.patience);
  }

  /// The best value so far and the epoch it belongs to, counted from 1.
  double best() const { return best_; }
  Index best_epoch() const { return best_epoch_; }

  template <class M>
  void on_fit_begin(const FitPlan& plan, M&, StopRequest&) {
    if (plan.held_out_samples == 0) fail<ConfigError>("EarlyStopping: pass a held-out dataset to fit");
    best_ = std::numeric_limits<double>::infinity();
    best_epoch_ = 0;
    best_weights_ = {};
  }

  template <class M>
  void on_epoch_end(const EpochRecord& record, M& model, StopRequest& stop) {
    if (!record.held_out) return;
    const double value = (*record.held_out)[options_.metric];
    if (value < best_ - options_.min_delta) {
      best_ = value;
      best_epoch_ = record.epoch;
      if (options_.restore_best) best_weights_ = Snapshot(model);
    } else if (record.epoch - best_epoch_ >= options_.patience) {
      stop.stop(reason);
    }
  }

  template <class M>
  void on_fit_end(const FitResult&, M& model, StopRequest&) {
    if (options_.restore_best && best_epoch_ > 0) best_weights_.restore(model);
  }

 private:
  EarlyStoppingOptions options_;
  double best_ = std::numeric_limits<double>::infinity();
  Index best_epoch_ = 0;
  Snapshot best_weights_;
};

}  // namespace eigenerate
