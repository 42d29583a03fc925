#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "eigenerate/core/message.hpp"
#include "eigenerate/models/warning.hpp"
#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// One line on standard error that shows epoch, step, loss and pace while training, and keeps one line per
/// finished epoch; and a line for each warning. Where standard error is no terminal, but a file or a pipe, it
/// writes the lines of finished epochs and the warnings, plain and each as a whole.
class ProgressBar {
 public:
  ProgressBar() = default;

  /// `shown = false` writes warnings alone, to a terminal or not.
  explicit ProgressBar(bool shown) : shown_(shown) {}

  template <class M>
  void on_fit_begin(const FitPlan& plan, M&, StopRequest&) {
    terminal_ = shown_ && isatty(STDERR_FILENO) == 1;
    plan_ = plan;
    drawn_ = {};
  }

  template <class M>
  void on_step_end(const StepRecord& record, M&, StopRequest&) {
    // Ten times a second is what an eye follows; more would cost time in the terminal.
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    line_ = format_message("\r\033[Kepoch {}/{}  step {}/{}", record.epoch + 1, plan_.epochs,
                           record.batch + 1, plan_.steps_per_epoch);
    for (const auto& entry : record.metrics)
      line_ += format_message("  {} {:.4g}", entry.name.view(), entry.value);
    write();
  }

  template <class M>
  void on_epoch_end(const EpochRecord& record, M&, StopRequest&) {
    if (!shown_) return;
    line_ = format_message("{}epoch {}/{}  {:.1f} s  {:.0f} images/s", terminal_ ? "\r\033[K" : "",
                           record.epoch, plan_.epochs, record.train_seconds, record.images_per_second);
    for (const auto& entry : record.train)
      line_ += format_message("  {} {:.4g}", entry.name.view(), entry.value);
    if (record.held_out) line_ += format_message("  test loss {:.4g}", (*record.held_out)["loss"]);
    for (const auto& entry : record.measured)
      line_ += format_message("  {} {:.4g}", entry.name.view(), entry.value);
    line_ += '\n';
    write();
  }

  template <class M>
  void on_warning(const Warning& warning, M&, StopRequest&) {
    line_ = format_message("{}warning after epoch {}, step {}: {}\n", terminal_ ? "\r\033[K" : "",
                           warning.epoch, warning.step, warning.message);
    write();
  }

 private:
  void write() const { std::fwrite(line_.data(), 1, line_.size(), stderr); }

  FitPlan plan_;
  bool shown_ = true;
  bool terminal_ = false;
  std::chrono::steady_clock::time_point drawn_;
  std::string line_;
};

}  // namespace eigenerate
