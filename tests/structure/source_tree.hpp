#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// What the structure tests know of a tree of headers, and the house rules as functions of one: each returns a
// list of complaints, empty where the rule holds, so that a test can show on a planted tree that it would
// complain.
namespace structure {

namespace fs = std::filesystem;
using Complaints = std::vector<std::string>;

inline std::string read(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Every file below `root` with one of these extensions, relative to it, sorted.
inline std::vector<fs::path> files_of(const fs::path& root, const std::set<fs::path>& extensions) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (extensions.contains(entry.path().extension())) found.push_back(fs::relative(entry.path(), root));
  }
  std::sort(found.begin(), found.end());
  return found;
}

inline std::vector<fs::path> headers(const fs::path& root) {
  return files_of(root, {".hpp"});
}

/// The umbrella that lists the headers of `folder`: its own, "layers/layers.hpp", or that of the nearest
/// folder above it that has one, as kernels/kernels.hpp lists kernels/backend.
inline fs::path umbrella_of(const fs::path& root, fs::path folder) {
  for (; !folder.empty(); folder = folder.parent_path()) {
    fs::path umbrella = folder / folder.filename().concat(".hpp");
    if (fs::exists(root / umbrella)) return umbrella;
  }
  return {};
}

/// The headers that an umbrella's table names: "x.hpp" in the first cell of a row "| x.hpp | … |" of its
/// comment.
inline std::set<std::string> table_of(const fs::path& umbrella) {
  static const std::regex row(R"(^\s*(?://+|\*)?\s*\|\s*`?([A-Za-z0-9_/]+\.hpp)`?\s*\|.*\S.*\|\s*$)");
  std::set<std::string> names;
  for (const auto& line : lines_of(umbrella)) {
    if (std::smatch match; std::regex_match(line, match, row)) names.insert(match[1]);
  }
  return names;
}

/// Each folder's umbrella has one row per header that it answers for, and no row for one that is not there.
inline Complaints incomplete_tables(const fs::path& root) {
  Complaints complaints;
  std::set<fs::path> umbrellas;
  for (const auto& header : headers(root)) {
    const fs::path folder = header.parent_path();
    if (folder.empty()) continue;
    const fs::path umbrella = umbrella_of(root, folder);
    if (umbrella.empty()) {
      complaints.push_back(header.string() + ": its folder has no umbrella");
      continue;
    }
    umbrellas.insert(umbrella);
    const auto row = header.lexically_relative(umbrella.parent_path()).generic_string();
    const bool internal = row.starts_with("detail/");  // of no use to users, who read the table
    if (internal && table_of(root / umbrella).contains(row))
      complaints.push_back(umbrella.string() + " has a row for " + row + ", which is internal");
    if (header != umbrella && !internal && !table_of(root / umbrella).contains(row)) {
      complaints.push_back(umbrella.string() + " has no row for " + row);
    }
  }
  for (const auto& umbrella : umbrellas) {
    for (const auto& row : table_of(root / umbrella)) {
      if (!fs::exists(root / umbrella.parent_path() / row)) {
        complaints.push_back(umbrella.string() + " has a row for " + row + ", which is not there");
      }
    }
  }
  return complaints;
}

/// What `header` includes, as written between <> or "".
inline std::vector<std::string> includes_of(const fs::path& header) {
  static const std::regex include(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"].*$)");
  std::vector<std::string> names;
  for (const auto& line : lines_of(header)) {
    if (std::smatch match; std::regex_match(line, match, include)) names.push_back(match[1]);
  }
  return names;
}

/// The part of an include after "eigenerate/", or nothing for one of another library.
inline fs::path own_include(const std::string& name) {
  constexpr std::string_view prefix = "eigenerate/";
  return name.starts_with(prefix) ? fs::path(name.substr(prefix.size())) : fs::path();
}

/// The folders from top to bottom: the rows "| core/ | … |" of the table in eigenerate.hpp.
inline std::vector<std::string> floors_of(const fs::path& root) {
  static const std::regex row(R"(^// \| ([a-z_]+)/ +\|.*\S.*\|$)");
  std::vector<std::string> floors;
  for (const auto& line : lines_of(root / "eigenerate.hpp")) {
    if (std::smatch match; std::regex_match(line, match, row)) floors.push_back(match[1]);
  }
  return floors;
}

/// A folder includes only itself and the floors above it; and of `kernels`, nobody else includes anything but
/// the umbrella.
inline Complaints climbing_includes(const fs::path& root) {
  const auto floors = floors_of(root);
  const auto floor_of = [&](const fs::path& header) {
    return std::find(floors.begin(), floors.end(), header.begin()->string());
  };
  Complaints complaints;
  for (const auto& header : headers(root)) {
    if (header.parent_path().empty()) continue;
    if (floor_of(header) == floors.end())
      complaints.push_back(header.string() + ": its folder has no row in eigenerate.hpp");
    for (const auto& name : includes_of(root / header)) {
      const fs::path other = own_include(name);
      if (name.starts_with(".") || (other.empty() && fs::exists(root / header.parent_path() / name))) {
        complaints.push_back(header.string() + " includes " + name + " by another name than eigenerate/…");
      } else if (!other.empty() && floor_of(other) > floor_of(header)) {
        complaints.push_back(header.string() + " includes " + name + ", which is on a floor below it");
      } else if (!other.empty() && *other.begin() == "kernels" && *header.begin() != "kernels" &&
                 other != fs::path("kernels/kernels.hpp")) {
        complaints.push_back(header.string() + " includes " + name +
                             " and not the door, kernels/kernels.hpp");
      }
    }
  }
  return complaints;
}

/// The headers of other libraries that `start` includes, itself or through its own library's headers.
inline std::set<std::string> foreign_includes(const fs::path& root, const fs::path& start) {
  std::set<std::string> foreign;
  std::set<fs::path> seen;
  for (std::vector<fs::path> open{start}; !open.empty();) {
    const fs::path header = open.back();
    open.pop_back();
    if (!seen.insert(header).second) continue;
    for (const auto& name : includes_of(root / header)) {
      if (const fs::path own = own_include(name); !own.empty()) {
        open.push_back(own);
      } else {
        foreign.insert(name);
      }
    }
  }
  return foreign;
}

}  // namespace structure
