#pragma once

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "eigenerate/io/file_error.hpp"
#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// Writes one JSON object per finished epoch, each on a line of its own and flushed, so that a run can be
/// followed and an interrupted one keeps what it had.
///
/// Keys: `epoch`, `step`, `train_loss`, `test_loss` (null where the held-out set was not evaluated),
/// `train_seconds`, `images_per_second`, and the model's other figures under their own names, from the
/// held-out set where it was evaluated. Losses and their parts in nats.
/// **Errors** `IoError` with path and reason, at the beginning of the fit or at the epoch that could not be
/// written.
class JsonLines {
 public:
  explicit JsonLines(std::filesystem::path path) : path_(std::move(path)) {}

  template <class M>
  void on_fit_begin(const FitPlan&, M&, StopRequest&) {
    errno = 0;
    file_.reset(std::fopen(path_.string().c_str(), "w"), [](std::FILE* f) {
      if (f) std::fclose(f);
    });
    if (!file_) fail_system(path_.string(), "create", errno);
  }

  template <class M>
  void on_epoch_end(const EpochRecord& record, M&, StopRequest&) {
    nlohmann::ordered_json line;
    line["epoch"] = record.epoch;
    line["step"] = record.step;
    line["train_loss"] = record.train["loss"];
    line["test_loss"] = record.held_out ? nlohmann::ordered_json((*record.held_out)["loss"]) : nullptr;
    line["train_seconds"] = record.train_seconds;
    line["images_per_second"] = record.images_per_second;
    for (const auto& figure : record.best_known())
      if (figure.name != "loss") line[std::string(figure.name)] = figure.value;
    const std::string text = line.dump() + "\n";
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0)
      fail_system(path_.string(), "write", errno);
  }

 private:
  std::filesystem::path path_;
  std::shared_ptr<std::FILE> file_;
};

}  // namespace eigenerate
