#pragma once

#include <concepts>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/atomic_file.hpp"
#include "eigenerate/io/output_path.hpp"
#include "eigenerate/training/checkpoint.hpp"
#include "eigenerate/training/followed_figure.hpp"

namespace eigenerate {

/// Whether a run begins where the folder's last checkpoint ends. `true` reads as `if_present`: a program
/// begins a run the first time and goes on with it every other time.
class Resume {
 public:
  enum Rule {
    never,       ///< begins anew; the folder's checkpoints are replaced
    if_present,  ///< goes on where there is a checkpoint, begins anew where there is none
    required,    ///< goes on; a missing checkpoint is an error
  };
  constexpr Resume(Rule rule) : rule_(rule) {}  // NOLINT: is to be read as the rule
  constexpr Resume(std::same_as<bool> auto yes) : rule_(yes ? if_present : never) {}  // NOLINT
  constexpr operator Rule() const { return rule_; }                                   // NOLINT

 private:
  Rule rule_;
};

/// When to save and whether to go on from what was saved.
struct CheckpointsOptions {
  Resume resume = Resume::never;
  Index every_epochs = 1;  ///< epochs between saves; the last epoch and an interrupted step are always saved
  Index every_steps = 0;   ///< steps between saves within an epoch; 0: none
  /// Figure that the best checkpoint is the smallest of, on held-out data where there are any. Empty: the one
  /// that says how good the model is (a `Vae`'s loss), or, where there is none (a `Gan`), the first one that
  /// a callback measures.
  std::string metric = {};
};

/// Saves checkpoints while training, and resumes from them to the bit.
///
/// The folder then holds `checkpoint_last.safetensors`, `checkpoint_previous.safetensors`, the one that was
/// last before, and `checkpoint_best.safetensors`, of the epoch with the best metric. Each is replaced only
/// by a complete file: a crash or a full disk at any moment leaves the last good ones. Where nothing says how
/// good the model is, as for a `Gan` without a callback that measures it, no epoch is the best one and no
/// such file is there.
///
/// A last checkpoint that is damaged or missing beside others is never passed over in silence: the error says
/// what to do. Each model needs a folder of its own.
///
/// **Errors** before the first step: `IoError` where the folder, which is made if it is missing, cannot be
/// written to, and where there is nothing to resume but `Resume::required`; `ConfigError` for a metric that
/// nobody reports and for the loss of a model that says nothing by it; see `load_checkpoint`. Later,
/// `IoError` where a file cannot be written.
class Checkpoints {
 public:
  explicit Checkpoints(std::filesystem::path folder, CheckpointsOptions options = {});

  std::filesystem::path last() const { return folder_ / "checkpoint_last.safetensors"; }
  std::filesystem::path previous() const { return folder_ / "checkpoint_previous.safetensors"; }
  std::filesystem::path best() const { return folder_ / "checkpoint_best.safetensors"; }

  template <class M>
  void on_resume(const FitPlan& plan, RunState& state, M& model) {
    if (!has_checkpoint()) return;
    if (has_saved_)
      fail<ConfigError>(
          "Checkpoints: {} holds the checkpoints of another model of this trainer, with which this one cannot go "
          "on; give each a folder of its own",
          folder_.string());
    load_last(plan, state, model);
    load_state(state.callbacks);
    // A crash may have come between the two names of one file.
    std::error_code error;
    const auto figure = FollowedFigure::of_fit(plan, options_.metric, "Checkpoints");
    if (best_value_ && figure && figure->name() == best_of_ && state.batch == 0 && state.last_epoch &&
        figure->value(*state.last_epoch) == best_value_ &&
        !std::filesystem::equivalent(last(), best(), error))
      replace_by_link(last(), best());
  }

  template <class M>
  void on_fit_begin(const FitPlan& plan, M&, StopRequest&) {
    figure_ = FollowedFigure::of_fit(plan, options_.metric, "Checkpoints");
    for (const auto& file : {last(), previous(), best()}) prepare_output_file(file);
    is_best_ = false;
    begins_anew_ = plan.finished_epochs == 0 && !best_value_;
    // Values of two figures are no rivals.
    const std::string name(figure_ ? figure_->name() : "");
    if (!plan.comparable || best_of_ != name) best_value_.reset();
    best_of_ = name;
  }

  template <class M>
  void on_epoch_end(const EpochRecord& record, M&, StopRequest&) {
    const std::optional<double> value = figure_ ? figure_->value(record) : std::nullopt;
    is_best_ = value && (!best_value_ || *value < *best_value_);
    if (is_best_) best_value_ = value;
  }

  bool wants_state(const FitPlan& plan, const RunState& state, const StopRequest& stop) const;

  template <class M>
  void on_state(const FitPlan& plan, const RunState& state, M& model) {
    const auto [header, tensors] = checkpoint_content<typename M::scalar_type>(plan, state, model.learners());
    AtomicFile file(last());
    write_safetensors(file, header, tensors);
    file.finish();
    std::error_code missing;
    if (std::filesystem::exists(last(), missing)) replace_by_link(last(), previous());
    file.commit();
    has_saved_ = true;
    // What an earlier run left there is the best of nothing in this one.
    if (begins_anew_ && !best_value_) std::filesystem::remove(best(), missing);
    begins_anew_ = false;
    if (!is_best_) return;
    replace_by_link(last(), best());
    sync_folder(folder_);
    is_best_ = false;
  }

  void save_state(CallbackNumbers& numbers) const {
    if (best_value_) numbers[numbers_key + best_of_] = {*best_value_};
  }
  void load_state(const CallbackNumbers& numbers);

 private:
  static inline const std::string numbers_key = "checkpoints.best.";  // and the figure's name

  /// Whether there is something to go on with, by the rule for it.
  bool has_checkpoint() const;
  /// A file that cannot be looked at is there: what is wrong with it will be said when it is read.
  static bool is_there(const std::filesystem::path& file);

  template <class M>
  void load_last(const FitPlan& plan, RunState& state, M& model) const {
    try {
      load_checkpoint(last(), plan, state, model);
    } catch (const IoError& error) {
      if (!is_there(last()) || !is_there(previous())) throw;
      fail<IoError>(
          "{}\nThe one before it is {}: copied to the name of the last one, it is what the run goes on from",
          error.what(), previous().string());
    }
  }

  std::filesystem::path folder_;
  CheckpointsOptions options_;
  std::optional<FollowedFigure> figure_;  // none where no epoch is the best one
  std::optional<double> best_value_;
  std::string best_of_;  // the figure that it is a value of
  bool begins_anew_ = false;
  bool has_saved_ = false;
  bool is_best_ = false;  // the epoch that has just ended
};

#if EIGENERATE_DEFINES(JSON)

EIGENERATE_INLINE Checkpoints::Checkpoints(std::filesystem::path folder, CheckpointsOptions options)
    : folder_(std::move(folder)), options_(std::move(options)) {
  if (options_.every_epochs < 1 || options_.every_steps < 0)
    fail<ConfigError>("Checkpoints: expected every_epochs >= 1 and every_steps >= 0, got {} and {}",
                      options_.every_epochs, options_.every_steps);
}

EIGENERATE_INLINE bool Checkpoints::wants_state(const FitPlan& plan, const RunState& state,
                                                const StopRequest& stop) const {
  if (stop.requested() || is_best_) return true;
  if (state.batch > 0)
    return options_.every_steps > 0 && state.step % static_cast<std::uint64_t>(options_.every_steps) == 0;
  return state.epoch % options_.every_epochs == 0 || state.epoch == plan.epochs;
}

EIGENERATE_INLINE void Checkpoints::load_state(const CallbackNumbers& numbers) {
  best_value_.reset();
  const auto saved = numbers.lower_bound(numbers_key);
  if (saved == numbers.end() || !saved->first.starts_with(numbers_key)) return;
  if (saved->second.size() != 1) fail<IoError>("Checkpoints: the saved state is not one of this callback");
  best_of_ = saved->first.substr(numbers_key.size());
  best_value_ = saved->second[0];
}

EIGENERATE_INLINE bool Checkpoints::has_checkpoint() const {
  if (options_.resume == Resume::never) return false;
  if (options_.resume == Resume::required || is_there(last())) return true;
  for (const auto& other : {previous(), best()})
    if (is_there(other))
      fail<IoError>(
          "{} is missing, but {} is there; copy it to the missing name to go on from it, or remove it to "
          "begin anew",
          last().string(), other.string());
  return false;
}

EIGENERATE_INLINE bool Checkpoints::is_there(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::symlink_status(file, error).type() != std::filesystem::file_type::not_found;
}

#endif

}  // namespace eigenerate
