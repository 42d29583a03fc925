#pragma once
// How the programs speak and end.

#include <fmt/format.h>

#include <cstdio>
#include <eigenerate/core/errors.hpp>
#include <exception>
#include <string>
#include <utility>

namespace examples {

using namespace eigenerate;

enum ExitCode { success = 0, runtime_error = 1, wrong_usage = 2, diverged = 3, interrupted = 130 };

/// Standard output carries the results: a full disk or a closed pipe there is an error, not a shrug.
template <class... Args>
void report(fmt::format_string<Args...> format, Args&&... args) {
  const std::string line = fmt::format(format, std::forward<Args>(args)...) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size() || std::fflush(stdout) != 0)
    throw IoError("cannot write to standard output");
}

/// Runs `body()` and turns every way to end into its exit code.
template <class F>
int run_guarded(F&& body) {
  try {
    return body();
  } catch (const DivergenceError& e) {
    fmt::print(stderr, "{}\n", e.what());
    return diverged;
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return runtime_error;
  }
}

}  // namespace examples
