#pragma once
// How the tests of faults start `training_run`, and what they ask of its folder.

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "eigenerate/training/checkpoint.hpp"
#include "support/files.hpp"
#include "support/process.hpp"

namespace faults {

/// The command line of one run; see tests/support/training_run.cpp.
struct TrainingRun {
  std::filesystem::path folder;  // empty: one of its own
  std::string model = "vae";
  int epochs = 3;
  int threads = 1;
  bool resume = false;
  bool loop = false;  // a fit of every epoch

  std::vector<std::string> arguments() const {
    std::vector<std::string> list{EIGENERATE_TRAINING_RUN, folder.string(), model, std::to_string(epochs),
                                  std::to_string(threads)};
    if (resume) list.push_back("resume");
    if (loop) list.push_back("loop");
    return list;
  }
  /// Runs it to its end and returns what it says last: figures and hash.
  std::string last_line() const {
    const support::TemporaryFolder own;
    TrainingRun run = *this;
    if (folder.empty()) run.folder = own.path();
    const support::Outcome outcome = support::run(run.arguments());
    const auto at = outcome.out.rfind("epochs ");
    return outcome.code == 0 && at != std::string::npos ? outcome.out.substr(at) : "failed: " + outcome.error;
  }
};

[[noreturn]] inline void execute(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

/// Whether a checkpoint's checksum is right.
inline bool is_whole(const std::filesystem::path& file) {
  return support::error_of([&] {
           eigenerate::SafetensorsReader reader(file);
           eigenerate::detail::require_checksum(reader);
         })
      .empty();
}

}  // namespace faults
