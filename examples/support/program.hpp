#pragma once
// How the programs read their command lines, speak and end.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <eigenerate/core/errors.hpp>
#include <eigenerate/io/atomic_file.hpp>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
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

/// A file of that text, which takes the place of another one only when it is whole.
inline void write_text(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
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

/// A number that `good` accepts. CLI11's own Range and PositiveNumber let "nan" pass, and some "inf".
template <class Good>
CLI::Validator number_that(Good good, const std::string& expected, const std::string& name) {
  return CLI::Validator(
      [good, expected](const std::string& text) {
        double value = 0;
        const bool fits = CLI::detail::lexical_cast(text, value) && is_finite(value) && good(value);
        return fits ? std::string() : fmt::format("expected a finite number {}, got {}", expected, text);
      },
      name);
}
inline CLI::Validator positive_number() {
  return number_that([](double x) { return x > 0; }, "above 0", "POSITIVE");
}
inline CLI::Validator number_in(double low, double high) {
  return number_that([=](double x) { return low <= x && x <= high; }, fmt::format("in [{}, {}]", low, high),
                     fmt::format("NUMBER in [{}, {}]", low, high));
}
inline CLI::Validator number_not_negative() {
  return number_that([](double x) { return x >= 0; }, "of at least 0", "NOT NEGATIVE");
}

inline void add_ema_option(CLI::App& app, double& decay) {
  app.add_option("--ema", decay, "Decay of the moving average that samples come from; 0: none")
      ->check(number_in(0, 0.99999))
      ->capture_default_str();
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

/// Begins with the recipe that the command line names, so that what it says of the recipe's parts can be
/// parsed over it; the exit code where that is all. `begin_with(options, recipe, usual)` is found beside the
/// recipe's type.
template <class Options, class Recipes, class Add>
std::optional<int> begin_with_recipe(int argc, char** argv, const std::string& description, Options& options,
                                     const Recipes& recipes, Add&& add) {
  const Options usual = options;
  begin_with(options, recipes.at(usual.recipe_name), usual);
  Options named = options;
  const std::optional<int> code = parse_options(argc, argv, description, named, add);
  begin_with(options, recipes.at(named.recipe_name), usual);
  return code;
}

}  // namespace examples
