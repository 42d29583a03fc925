#pragma once
// How the programs read their command lines, speak and end.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <eigenerate/core/errors.hpp>
#include <exception>
#include <optional>
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

/// CLI11's own PositiveNumber lets "nan" and "inf" pass.
inline CLI::Validator positive_number() {
  return CLI::Validator(
      [](const std::string& text) {
        double value = 0;
        const bool good = CLI::detail::lexical_cast(text, value) && value > 0 && is_finite(value);
        return good ? std::string() : "expected a finite number above 0, got " + text;
      },
      "POSITIVE");
}

/// Parses the command line into `options`, whose options `add(app, options)` declares; the exit code where
/// that is all.
template <class Options, class Add>
std::optional<int> parse_options(int argc, char** argv, const std::string& description, Options& options,
                                 Add&& add) {
  CLI::App app{description};
  app.get_formatter()->column_width(34);
  add(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? success : wrong_usage;
  }
  return std::nullopt;
}

}  // namespace examples
