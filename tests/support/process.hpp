#pragma once
// Runs a program as a person would, and tells what it said and how it ended.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/files.hpp"

namespace support {

struct Outcome {
  int code = -1;  // 128 + signal where a signal ended it
  std::string out, error;
};

/// Starts `arguments[0]` with its standard input closed, sends it a signal as soon as `interrupt_when` says
/// so, and waits for it.
inline Outcome run(const std::vector<std::string>& arguments,
                   const std::function<bool()>& interrupt_when = {}, int signal_number = SIGINT) {
  const TemporaryFolder folder;
  const auto out = (folder / "out").string(), error = (folder / "error").string();
  const pid_t child = fork();
  if (child == 0) {
    close(STDIN_FILENO);
    dup2(open(out.c_str(), O_CREAT | O_WRONLY, 0600), STDOUT_FILENO);
    dup2(open(error.c_str(), O_CREAT | O_WRONLY, 0600), STDERR_FILENO);
    std::vector<char*> argv;
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  if (interrupt_when) {
    while (waitpid(child, &status, WNOHANG) == 0) {
      if (interrupt_when()) {
        kill(child, signal_number);
        waitpid(child, &status, 0);
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  } else {
    waitpid(child, &status, 0);
  }
  const auto text = [](const std::string& path) {
    const Bytes bytes = read_bytes(path);
    return std::string(bytes.begin(), bytes.end());
  };
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text(out), text(error)};
}

}  // namespace support
