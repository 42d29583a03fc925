#pragma once
// Runs a call in a process of its own that may neither take much memory nor hang, and tells what it cost.

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "eigenerate/core/errors.hpp"

namespace support {

/// Whether sanitizers or valgrind look on, or nothing was optimized: they take address space and time of
/// their own.
inline bool is_observed() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
  return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
  return true;
#endif
#endif
  const char* preloaded = std::getenv("LD_PRELOAD");
  return preloaded != nullptr && std::string_view(preloaded).find("valgrind") != std::string_view::npos;
}

struct GuardedOutcome {
  std::string type;  ///< of the exception; "nothing" where the call returned, "signal N" where it was killed
  std::string message;
  double seconds = 0;  ///< of processor time: the clock on the wall counts what else the machine does
};

/// Calls `call()` in a forked process whose address space may grow by `memory` bytes (where nobody observes)
/// and which is killed after two minutes, as one that hangs. No other thread may run.
template <class F>
GuardedOutcome run_guarded(std::uint64_t memory, F&& call) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    close(ends[0]);
    alarm(120);
    if (!is_observed()) {
      malloc_trim(0);  // what the parent has freed must not count for the call
      std::uint64_t pages = 0;
      std::ifstream("/proc/self/statm") >> pages;
      const rlim_t bytes = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + memory;
      const rlimit limit{bytes, bytes};
      setrlimit(RLIMIT_AS, &limit);
    }
    std::string type = "nothing", message;
    const std::clock_t start = std::clock();
    try {
      call();
    } catch (const eigenerate::IoError& e) {
      type = "IoError", message = e.what();
    } catch (const eigenerate::ConfigError& e) {
      type = "ConfigError", message = e.what();
    } catch (const std::bad_alloc& e) {
      type = "bad_alloc", message = e.what();
    } catch (const std::exception& e) {
      type = "another exception", message = e.what();
    }
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    const std::string report = type + "\n" + std::to_string(seconds) + "\n" + message;
    for (std::size_t done = 0; done < report.size();) {
      const ssize_t count = write(ends[1], report.data() + done, report.size() - done);
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string report;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;)
    report.append(buffer, static_cast<std::size_t>(count));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status)) return {"signal " + std::to_string(WTERMSIG(status)), report, 0};
  const auto first = std::min(report.find('\n'), report.size());
  const auto second = std::min(report.find('\n', first + 1), report.size());
  if (second == report.size()) return {"an exit", report, 0};
  return {report.substr(0, first), report.substr(second + 1), std::stod(report.substr(first + 1))};
}

}  // namespace support
