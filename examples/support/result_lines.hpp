#pragma once
// Results of a program that runs many trainings, in a file of JSON lines: kept as they come, so that a
// program that was stopped goes on after the last of them.

#include <eigenerate/core/errors.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "program.hpp"

namespace examples {

/// The first line is the setting, without which results mean nothing; each further line is a result.
class ResultLines {
 public:
  using Json = nlohmann::ordered_json;

  /// `IoError` where it is to resume and there is nothing to go on from, `ConfigError` where what is there
  /// has another setting.
  ResultLines(std::filesystem::path path, Json setting, bool resume) : path_(std::move(path)) {
    lines_.push_back(std::move(setting));
    if (!resume) return;
    std::ifstream in(path_);
    std::vector<Json> found;
    for (std::string line; std::getline(in, line);) {
      found.push_back(Json::parse(line, nullptr, false));
      if (found.back().is_discarded())
        fail<IoError>("{}: line {} is no JSON; remove it, or run without --resume", path_.string(),
                      found.size());
    }
    if (found.empty()) fail<IoError>("{}: no results to go on from", path_.string());
    if (found.front() != lines_.front())
      fail<ConfigError>("{}: results of another setting: expected {}, got {}", path_.string(),
                        lines_.front().dump(), found.front().dump());
    lines_ = std::move(found);
  }

  /// The first result that has all of these values; null where there is none.
  const Json* find(const Json& values) const {
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      bool fits = true;
      for (const auto& [key, value] : values.items())
        fits = fits && lines_[i].contains(key) && lines_[i].at(key) == value;
      if (fits) return &lines_[i];
    }
    return nullptr;
  }

  void add(Json result) {
    lines_.push_back(std::move(result));
    std::string text;
    for (const Json& line : lines_) text += line.dump() + "\n";
    write_text(path_, text);
  }

 private:
  std::filesystem::path path_;
  std::vector<Json> lines_;
};

}  // namespace examples
