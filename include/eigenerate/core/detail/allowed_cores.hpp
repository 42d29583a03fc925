#pragma once
// How many cores a process may use, which in a container is less than the machine has.
//
// Linux bounds a process in two ways. Its affinity mask names the cores that it may run on (taskset and
// cpusets). Its control group, and each group above that one, may have a quota: so many microseconds of all
// cores together in each period, after which every thread stands still until the next. Threads beyond the
// quota only bring that moment closer, while the last of them keeps the others waiting.
//
//     version 2   <mount>/<group>/cpu.max             "150000 100000", or "max 100000" where there is none
//     version 1   <mount>/<group>/cpu.cfs_quota_us    "150000", or "-1";  cpu.cfs_period_us   "100000"
//
// /proc/self/cgroup names the group, /proc/self/mountinfo the mounts. A process in a namespace of its own
// sees both from its container's root, so that the mount itself is then its group.

#include <limits>
#include <string>

namespace eigenerate::detail {

/// Where nothing bounds them.
inline constexpr double unlimited_cores = std::numeric_limits<double>::max();

/// How many cores' time the quotas of the control groups leave. `root` stands before every path that is read.
double cpu_quota(const std::string& root = "");

/// How many cores the process may run on, or its quota rounded up if that is less.
double allowed_cores() noexcept;

}  // namespace eigenerate::detail

#include "eigenerate/core/compiled.hpp"

#if EIGENERATE_DEFINES(CORE)

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace eigenerate::detail {

/// The lines of a text file, none where it cannot be read.
inline std::vector<std::string> lines_of_file(const std::string& path) {
  std::vector<std::string> lines;
  std::FILE* const file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return lines;
  std::string line;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
    if (c != '\n') {
      line.push_back(static_cast<char>(c));
      continue;
    }
    lines.push_back(line);
    line.clear();
  }
  std::fclose(file);
  if (!line.empty()) lines.push_back(line);
  return lines;
}

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

inline bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// quota / period, `unlimited_cores` where either is not a positive number ("max" and -1 are not).
inline double cores_of(const std::string& quota, const std::string& period) {
  const double microseconds = std::strtod(quota.c_str(), nullptr);
  const double of = std::strtod(period.c_str(), nullptr);
  return microseconds > 0 && of > 0 ? microseconds / of : unlimited_cores;
}

/// The quota of one control group.
inline double quota_of_group(const std::string& folder, bool version_2) {
  const auto first_line = [&](const char* name) {
    const std::vector<std::string> lines = lines_of_file(folder + "/" + name);
    return lines.empty() ? std::string() : lines.front();
  };
  if (!version_2) return cores_of(first_line("cpu.cfs_quota_us"), first_line("cpu.cfs_period_us"));
  const std::vector<std::string> words = split(first_line("cpu.max"), ' ');
  return words.size() == 2 ? cores_of(words[0], words[1]) : unlimited_cores;
}

EIGENERATE_INLINE double cpu_quota(const std::string& root) {
  // Lines of cgroup are number:controllers:path, with no controllers for version 2.
  std::string group_1, group_2;
  for (const std::string& line : lines_of_file(root + "/proc/self/cgroup")) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields.size() != 3) continue;
    if (fields[1].empty()) group_2 = fields[2];
    if (contains(split(fields[1], ','), "cpu")) group_1 = fields[2];
  }
  double least = unlimited_cores;
  // Lines of mountinfo are id parent device root mount options… - type source options-of-the-file-system.
  for (const std::string& line : lines_of_file(root + "/proc/self/mountinfo")) {
    const std::vector<std::string> fields = split(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 6 || fields.end() - dash < 4) continue;
    const bool version_2 = dash[1] == "cgroup2";
    if (!version_2 && !(dash[1] == "cgroup" && contains(split(dash[3], ','), "cpu"))) continue;
    const std::string group = version_2 ? group_2 : group_1;
    const std::string mounted = fields[3] == "/" ? "" : fields[3];
    std::string below = group.compare(0, mounted.size(), mounted) == 0 ? group.substr(mounted.size()) : "";
    while (!below.empty() && below.back() == '/') below.pop_back();
    for (;;) {
      least = std::min(least, quota_of_group(root + fields[4] + below, version_2));
      if (below.empty()) break;
      below.resize(below.rfind('/') == std::string::npos ? 0 : below.rfind('/'));
    }
  }
  return least;
}

EIGENERATE_INLINE double allowed_cores() noexcept {
  double cores = unlimited_cores;
#if defined(__linux__)
  // The system refuses this mask where it has more cores than the mask has bits.
  cpu_set_t mask;
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0) cores = CPU_COUNT(&mask);
  try {
    cores = std::min(cores, std::ceil(cpu_quota()));
  } catch (const std::exception&) {
    // No memory to read with: the loop that asks has more to worry about.
  }
#endif
  return cores;
}

}  // namespace eigenerate::detail

#endif
