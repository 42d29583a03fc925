#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// Writes one JSON object per finished epoch, each on a line of its own and flushed, so that a run can be
/// followed and an interrupted one keeps what it had. A fit that goes on with a run, in this program or
/// resumed, keeps the lines of the epochs before it.
///
/// Keys: `epoch`, `step`, `train_loss`, `test_loss` (null where the held-out set was not evaluated),
/// `train_seconds`, `images_per_second`, and the model's other figures under their own names, from the
/// held-out set where it was evaluated, and those that callbacks measured. Losses and their parts in nats.
/// **Errors** `IoError` with path and reason: before the first step (folders that are missing are made), or
/// at the epoch that could not be written.
class JsonLines {
 public:
  explicit JsonLines(std::filesystem::path path) : path_(std::move(path)) {}

  template <class M>
  void on_fit_begin(const FitPlan& plan, M&, StopRequest&) {
    begin(plan.finished_epochs);
  }

  template <class M>
  void on_epoch_end(const EpochRecord& record, M&, StopRequest&) {
    append(record);
  }

 private:
  void begin(Index finished_epochs);
  void append(const EpochRecord& record) const;
  bool is_device() const {
    std::error_code missing;
    return std::filesystem::is_other(path_, missing);
  }

  /// The lines of a fit that this one resumes; it may have gone on after its last save.
  std::string lines_until(Index epochs) const;

  void write(const std::string& text) const;

  std::filesystem::path path_;
  std::shared_ptr<std::FILE> file_;
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(JSON)

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

#include "eigenerate/io/atomic_file.hpp"
#include "eigenerate/io/file_error.hpp"
#include "eigenerate/io/output_path.hpp"

namespace eigenerate {

EIGENERATE_INLINE void JsonLines::begin(Index finished_epochs) {
  // A terminal or a pipe is there already, and is no place for files.
  if (!is_device()) prepare_output_file(path_);
  const std::string kept = lines_until(finished_epochs);
  if (!kept.empty()) {
    AtomicFile file(path_);
    file.write(std::as_bytes(std::span(kept)));
    file.commit();
  }
  errno = 0;
  file_.reset(std::fopen(path_.string().c_str(), kept.empty() ? "w" : "a"), [](std::FILE* f) {
    if (f) std::fclose(f);
  });
  if (!file_) fail_system(path_.string(), "create", errno);
}

EIGENERATE_INLINE void JsonLines::append(const EpochRecord& record) const {
  nlohmann::ordered_json line;
  line["epoch"] = record.epoch;
  line["step"] = record.step;
  line["train_loss"] = record.train["loss"];
  line["test_loss"] = record.held_out ? nlohmann::ordered_json((*record.held_out)["loss"]) : nullptr;
  line["train_seconds"] = record.train_seconds;
  line["images_per_second"] = record.images_per_second;
  for (const auto& figure : record.best_known())
    if (figure.name.view() != "loss") line[std::string(figure.name.view())] = figure.value;
  for (const auto& figure : record.measured) line[std::string(figure.name.view())] = figure.value;
  write(line.dump() + "\n");
}

EIGENERATE_INLINE std::string JsonLines::lines_until(Index epochs) const {
  std::string kept;
  if (epochs == 0 || is_device()) return kept;
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    const auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    // A crash may have left half a line.
    if (object.is_object() && object.contains("epoch") && object["epoch"].is_number_integer() &&
        object["epoch"] <= epochs)
      kept += line + "\n";
  }
  return kept;
}

EIGENERATE_INLINE void JsonLines::write(const std::string& text) const {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0)
    fail_system(path_.string(), "write", errno);
}

}  // namespace eigenerate

#endif
