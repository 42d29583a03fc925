#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/models/snapshot.hpp"
#include "eigenerate/training/run_state.hpp"

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
    if (!(is_finite(options_.min_delta) && options_.min_delta >= 0))
      fail<ConfigError>("EarlyStopping: min_delta must be finite and not negative, got {}",
                        options_.min_delta);
  }

  /// The best value so far and the epoch it belongs to, counted from 1.
  double best() const { return best_; }
  Index best_epoch() const { return best_epoch_; }

  template <class M>
  void on_fit_begin(const FitPlan& plan, M&, StopRequest&) {
    if (plan.held_out_samples == 0) fail<ConfigError>("EarlyStopping: pass a held-out dataset to fit");
    best_ = std::numeric_limits<double>::max();
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

  void save_state(CallbackNumbers& numbers) const {
    if (best_epoch_ == 0) return;
    numbers["early_stopping.best"] = {best_, static_cast<double>(best_epoch_)};
    for (std::size_t i = 0; i < best_weights_.values().size(); ++i)
      numbers[weights_key(i)] = best_weights_.values()[i];
  }
  void load_state(const CallbackNumbers& numbers) {
    const auto best = numbers.find("early_stopping.best");
    if (best == numbers.end()) return;
    if (best->second.size() != 2) fail<IoError>("EarlyStopping: the saved state is not one of this callback");
    best_ = best->second[0];
    best_epoch_ = static_cast<Index>(best->second[1]);
    std::vector<std::vector<double>> values;
    while (numbers.contains(weights_key(values.size())))
      values.push_back(numbers.at(weights_key(values.size())));
    best_weights_ = Snapshot(std::move(values));
  }

  template <class M>
  void on_fit_end(const FitResult&, M& model, StopRequest&) {
    if (options_.restore_best && best_epoch_ > 0) best_weights_.restore(model);
  }

 private:
  static std::string weights_key(std::size_t i) { return fmt::format("early_stopping.weights.{}", i); }

  EarlyStoppingOptions options_;
  double best_ = std::numeric_limits<double>::max();
  Index best_epoch_ = 0;
  Snapshot best_weights_;
};

}  // namespace eigenerate
