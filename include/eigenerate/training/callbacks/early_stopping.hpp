#pragma once

#include <optional>
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
/// A second fit of the same model goes on from the weights that training had come to, not from the best ones
/// that the model was given at the end of the first (unless somebody has changed them since), and is as patient
/// as one long fit would be: where patience had run out, it stops before its first step. Other held-out data
/// make a new beginning, from the weights that the model has.
///
/// **Errors** `ConfigError`, before the first step, for a fit without held-out data or a metric that the model
/// does not report.
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

  /// The best value so far, none before the first one, and the epoch it belongs to, counted from 1.
  std::optional<double> best() const { return memory_.best; }
  Index best_epoch() const { return memory_.best_epoch; }

  template <class M>
  void on_fit_begin(const FitPlan& plan, M& model, StopRequest& stop) {
    if (plan.held_out_samples == 0) fail<ConfigError>("EarlyStopping: pass a held-out dataset to fit");
    plan.require_figure(options_.metric, "EarlyStopping");
    if (!plan.comparable) memory_ = {};
    if (memory_.best && !memory_.reached.empty() && Snapshot(model).values() == memory_.best_weights)
      Snapshot(memory_.reached).restore(model);
    memory_.reached.clear();
    if (memory_.stopped) stop.stop(reason);
  }

  template <class M>
  void on_epoch_end(const EpochRecord& record, M& model, StopRequest& stop) {
    if (!record.held_out) return;
    const double value = (*record.held_out)[options_.metric];
    if (!memory_.best || value < *memory_.best - options_.min_delta) {
      memory_.best = value;
      memory_.best_epoch = record.epoch;
      if (options_.restore_best) memory_.best_weights = Snapshot(model).values();
    } else if (record.epoch - memory_.best_epoch >= options_.patience) {
      memory_.stopped = true;
      stop.stop(reason);
    }
  }

  void save_state(CallbackNumbers& numbers) const {
    if (!memory_.best) return;
    numbers[key("best")] = {*memory_.best, static_cast<double>(memory_.best_epoch),
                            static_cast<double>(memory_.stopped)};
    const auto save = [&](const char* name, const Weights& weights) {
      for (std::size_t i = 0; i < weights.size(); ++i) numbers[key(name, i)] = weights[i];
    };
    save("weights", memory_.best_weights);
    save("reached", memory_.reached);
  }
  void load_state(const CallbackNumbers& numbers) {
    memory_ = {};
    const auto best = numbers.find(key("best"));
    if (best == numbers.end()) return;
    if (best->second.size() != 3) fail<IoError>("EarlyStopping: the saved state is not one of this callback");
    memory_.best = best->second[0];
    memory_.best_epoch = static_cast<Index>(best->second[1]);
    memory_.stopped = best->second[2] != 0;
    const auto load = [&](const char* name, Weights& weights) {
      for (auto at = numbers.find(key(name, 0)); at != numbers.end();
           at = numbers.find(key(name, weights.size())))
        weights.push_back(at->second);
    };
    load("weights", memory_.best_weights);
    load("reached", memory_.reached);
  }

  template <class M>
  void on_fit_end(const FitResult&, M& model, StopRequest&) {
    if (!options_.restore_best || !memory_.best) return;
    memory_.reached = Snapshot(model).values();
    Snapshot(memory_.best_weights).restore(model);
  }

 private:
  using Weights = std::vector<std::vector<double>>;  // as in a Snapshot

  /// All that is known of a run.
  struct Memory {
    std::optional<double> best;
    Index best_epoch = 0;
    bool stopped = false;  // patience has run out
    Weights best_weights;
    Weights reached;  // where training stood when the best ones took their place, between two fits
  };

  static std::string key(const char* name) { return std::string("early_stopping.") + name; }
  static std::string key(const char* name, std::size_t i) {
    return fmt::format("early_stopping.{}.{}", name, i);
  }

  EarlyStoppingOptions options_;
  Memory memory_;
};

}  // namespace eigenerate
