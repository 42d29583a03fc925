#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/models/snapshot.hpp"
#include "eigenerate/training/followed_figure.hpp"
#include "eigenerate/training/number_list.hpp"
#include "eigenerate/training/run_state.hpp"

namespace eigenerate {

/// When to give up.
struct EarlyStoppingOptions {
  /// Figure that is watched; smaller is better. Empty: the one that says how good the model is (a `Vae`'s
  /// loss), or, where there is none (a `Gan`), the first one that a callback measures.
  std::string metric = {};
  Index patience = 3;        ///< epochs without an improvement before training stops
  double min_delta = 0;      ///< by how much a value must undercut the best one to count as an improvement
  bool restore_best = true;  ///< put the best epoch's weights back at the end; checkpoints then hold them too
};

/// Stops once a figure has not improved for a while, and gives the best weights back.
///
/// A second fit of the same model goes on from the weights that training had come to, not from the best ones
/// that the model was given at the end of the first (unless somebody has changed them since), and is as
/// patient as one long fit would be: where patience had run out, it stops before its first step. Other
/// held-out data, or another figure, make a new beginning, from the weights that the model has.
///
/// **Cost** of a checkpoint: the best figure and its epoch; with `restore_best` the best weights besides,
/// once and in the model's own scalar.
/// **Errors** `ConfigError`, before the first step: for a figure that nobody reports, for a model that no
/// figure says anything of where none is named (its loss is no such figure even by name), and for a fit
/// without held-out data, unless the figure is one that a callback measures.
class EarlyStopping {
 public:
  static constexpr const char* reason = "early stopping";

  explicit EarlyStopping(EarlyStoppingOptions options = {});

  /// The best value so far, none before the first one, and the epoch it belongs to, counted from 1.
  std::optional<double> best() const { return memory_.best; }
  Index best_epoch() const { return memory_.best_epoch; }

  template <class M>
  void on_fit_begin(const FitPlan& plan, M& model, StopRequest& stop) {
    figure_ = FollowedFigure::of_fit(plan, options_.metric, "EarlyStopping");
    if (!figure_)
      fail<ConfigError>(
          "EarlyStopping: no figure says how good this model is; name one in .metric, or add a callback that measures one "
          "(on_evaluate). There are {}",
          plan.figure_names());
    if (!figure_->is_measured() && plan.held_out_samples == 0)
      fail<ConfigError>("EarlyStopping: pass a held-out dataset to fit");
    if (!plan.comparable || (memory_.best && memory_.figure != figure_->name())) memory_ = {};
    memory_.figure = figure_->name();
    if (memory_.best && !memory_.reached.empty() && weights_of(model) == memory_.best_weights)
      restore(memory_.reached, model);
    memory_.reached.clear();
    if (memory_.stopped) stop.stop(reason);
  }

  template <class M>
  void on_epoch_end(const EpochRecord& record, M& model, StopRequest& stop) {
    const std::optional<double> value = figure_->value(record);
    if (!value) return;
    if (!memory_.best || *value < *memory_.best - options_.min_delta) {
      memory_.best = value;
      memory_.best_epoch = record.epoch;
      if (options_.restore_best) memory_.best_weights = weights_of(model);
    } else if (record.epoch - memory_.best_epoch >= options_.patience) {
      memory_.stopped = true;
      stop.stop(reason);
    }
  }

  void save_state(CallbackNumbers& numbers) const;
  void load_state(const CallbackNumbers& numbers);

  template <class M>
  void on_fit_end(const FitResult&, M& model, StopRequest&) {
    if (!options_.restore_best || !memory_.best) return;
    memory_.reached = weights_of(model);
    restore(memory_.best_weights, model);
  }

 private:
  using Weights = std::vector<NumberList>;  // a list for each arena of a Snapshot, in the model's scalar

  /// All that is known of a run.
  struct Memory {
    std::string figure;  // that `best` is a value of
    std::optional<double> best;
    Index best_epoch = 0;
    bool stopped = false;  // patience has run out
    Weights best_weights;
    Weights reached;  // where training stood when the best ones took their place, between two fits
  };

  static inline const std::string best_key = "early_stopping.best.";  // and the figure's name
  static std::string key(const char* name, std::size_t i) {
    return format_message("early_stopping.{}.{}", name, i);
  }

  template <class M>
  static Weights weights_of(M& model) {
    Weights weights;
    const Snapshot snapshot(model);
    for (const std::vector<double>& values : snapshot.values()) {
      std::vector<typename M::scalar_type> own(values.size());
      std::transform(values.begin(), values.end(), own.begin(),
                     [](double value) { return static_cast<typename M::scalar_type>(value); });
      weights.emplace_back(std::move(own));
    }
    return weights;
  }
  template <class M>
  static void restore(const Weights& weights, M& model) {
    std::vector<std::vector<double>> values;
    for (const NumberList& list : weights) values.push_back(list.in_double());
    Snapshot(std::move(values)).restore(model);
  }

  EarlyStoppingOptions options_;
  std::optional<FollowedFigure> figure_;
  Memory memory_;
};

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE EarlyStopping::EarlyStopping(EarlyStoppingOptions options) : options_(std::move(options)) {
  if (options_.patience < 1)
    fail<ConfigError>("EarlyStopping: patience must be at least 1, got {}", options_.patience);
  if (!(is_finite(options_.min_delta) && options_.min_delta >= 0))
    fail<ConfigError>("EarlyStopping: min_delta must be finite and not negative, got {}", options_.min_delta);
}

EIGENERATE_INLINE void EarlyStopping::save_state(CallbackNumbers& numbers) const {
  if (!memory_.best) return;
  numbers[best_key + memory_.figure] = {*memory_.best, static_cast<double>(memory_.best_epoch),
                                        static_cast<double>(memory_.stopped)};
  const auto save = [&](const char* name, const Weights& weights) {
    for (std::size_t i = 0; i < weights.size(); ++i) numbers[key(name, i)] = weights[i];
  };
  save("weights", memory_.best_weights);
  save("reached", memory_.reached);
}

EIGENERATE_INLINE void EarlyStopping::load_state(const CallbackNumbers& numbers) {
  memory_ = {};
  const auto best = numbers.lower_bound(best_key);
  if (best == numbers.end() || !best->first.starts_with(best_key)) return;
  if (best->second.size() != 3) fail<IoError>("EarlyStopping: the saved state is not one of this callback");
  memory_.figure = best->first.substr(best_key.size());
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

#endif

}  // namespace eigenerate
