#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "eigenerate/io/atomic_file.hpp"
#include "eigenerate/training/checkpoint.hpp"

namespace eigenerate {

/// When to save and whether to go on from what was saved.
struct CheckpointsOptions {
  bool resume = false;     ///< begin where the folder's last checkpoint ends
  Index every_epochs = 1;  ///< epochs between saves; the last epoch and an interrupted step are always saved
  Index every_steps = 0;   ///< steps between saves within an epoch; 0: none
  std::string metric =
      "loss";  ///< what the best checkpoint is the smallest of, on held-out data where there are any
};

/// Saves checkpoints while training, and resumes from them to the bit.
///
/// The folder then holds `checkpoint_last.safetensors`, `checkpoint_previous.safetensors`, the one that was
/// last before, and `checkpoint_best.safetensors`, of the epoch with the best metric. Each is replaced
/// only by a complete file: a crash or a full disk at any moment leaves the last good ones.
///
/// **Errors** `IoError` where a file cannot be written, and where there is nothing to resume; see
/// `load_checkpoint`.
class Checkpoints {
 public:
  explicit Checkpoints(std::filesystem::path folder, CheckpointsOptions options = {})
      : folder_(std::move(folder)), options_(std::move(options)) {
    if (options_.every_epochs < 1 || options_.every_steps < 0)
      fail<ConfigError>("Checkpoints: expected every_epochs >= 1 and every_steps >= 0, got {} and {}",
                        options_.every_epochs, options_.every_steps);
  }

  std::filesystem::path last() const { return folder_ / "checkpoint_last.safetensors"; }
  std::filesystem::path previous() const { return folder_ / "checkpoint_previous.safetensors"; }
  std::filesystem::path best() const { return folder_ / "checkpoint_best.safetensors"; }

  template <class M>
  void on_resume(const FitPlan& plan, RunState& state, M& model) {
    if (!options_.resume) return;
    load_checkpoint(last(), plan, state, model);
    load_state(state.callbacks);
    // A crash may have come between the two names of one file.
    std::error_code error;
    if (best_value_ && state.batch == 0 && state.last_epoch &&
        state.last_epoch->best_known()[options_.metric] == best_value_ &&
        !std::filesystem::equivalent(last(), best(), error))
      replace_by_link(last(), best());
  }

  template <class M>
  void on_fit_begin(const FitPlan& plan, M&, StopRequest&) {
    has_held_out_ = plan.held_out_samples > 0;
    is_best_ = false;
    if (!plan.comparable) best_value_.reset();
  }

  template <class M>
  void on_epoch_end(const EpochRecord& record, M&, StopRequest&) {
    is_best_ = false;
    // A figure of the training set is no rival to one of held-out data.
    if (has_held_out_ && !record.held_out) return;
    const double value = record.best_known()[options_.metric];
    is_best_ = !best_value_ || value < *best_value_;
    if (is_best_) best_value_ = value;
  }

  bool wants_state(const FitPlan& plan, const RunState& state, const StopRequest& stop) const {
    if (stop.requested() || is_best_) return true;
    if (state.batch > 0)
      return options_.every_steps > 0 && state.step % static_cast<std::uint64_t>(options_.every_steps) == 0;
    return state.epoch % options_.every_epochs == 0 || state.epoch == plan.epochs;
  }

  template <class M>
  void on_state(const FitPlan& plan, const RunState& state, M& model) {
    const auto [header, tensors] = checkpoint_content(plan, state, model);
    AtomicFile file(last());
    write_safetensors(file, header, tensors);
    file.finish();
    std::error_code missing;
    if (std::filesystem::exists(last(), missing)) replace_by_link(last(), previous());
    file.commit();
    if (!is_best_) return;
    replace_by_link(last(), best());
    sync_folder(folder_);
    is_best_ = false;
  }

  void save_state(CallbackNumbers& numbers) const {
    if (best_value_) numbers[numbers_key] = {*best_value_};
  }
  void load_state(const CallbackNumbers& numbers) {
    best_value_.reset();
    const auto saved = numbers.find(numbers_key);
    if (saved == numbers.end()) return;
    if (saved->second.size() != 1) fail<IoError>("Checkpoints: the saved state is not one of this callback");
    best_value_ = saved->second[0];
  }

 private:
  static constexpr const char* numbers_key = "checkpoints.best";

  std::filesystem::path folder_;
  CheckpointsOptions options_;
  std::optional<double> best_value_;
  bool has_held_out_ = false;
  bool is_best_ = false;  // the epoch that has just ended
};

}  // namespace eigenerate
