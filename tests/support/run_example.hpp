#pragma once
// Runs an example as a person would who gives some of its options.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/process.hpp"

namespace support {

/// Options with their values; flags have empty ones.
using UsualOptions = std::vector<std::pair<std::string, std::string>>;

/// The digits that come with the examples.
inline std::string embedded_digits() {
  return (std::filesystem::path(EIGENERATE_SOURCE_DIR) / "examples/data").string();
}

/// Runs a program with `options`, and with the usual ones that are not among them: one given twice is
/// refused, whatever its value.
inline Outcome run_example(const std::string& program, const UsualOptions& usual,
                           const std::vector<std::string>& options,
                           const std::function<bool()>& interrupt_when = {}) {
  std::vector<std::string> arguments{(std::filesystem::path(EIGENERATE_EXAMPLES_DIR) / program).string()};
  for (const auto& [name, value] : usual) {
    const bool given = std::any_of(options.begin(), options.end(), [&](const std::string& option) {
      return option == name || option.starts_with(name + "=");
    });
    if (given) continue;
    arguments.push_back(name);
    if (!value.empty()) arguments.push_back(value);
  }
  arguments.insert(arguments.end(), options.begin(), options.end());
  return run(arguments, interrupt_when);
}

inline std::string text_of(const std::filesystem::path& path) {
  const Bytes bytes = read_bytes(path);
  return {bytes.begin(), bytes.end()};
}

/// What a program measured and wrote into its folder of results.
inline nlohmann::json measures_of(const std::filesystem::path& out) {
  return nlohmann::json::parse(text_of(out / "measures.json"));
}

}  // namespace support
