#pragma once

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "eigenerate/core/compiled.hpp"

namespace eigenerate {

/// Why a file cannot be read, in words: `is a folder`, `is empty`; none where it can be. That something
/// stands at a path says little.
std::optional<std::string> why_unusable(const std::filesystem::path& path);

/// The first of several files that can be read, where there is one.
std::optional<std::filesystem::path> first_usable(std::span<const std::filesystem::path> paths);

#if EIGENERATE_DEFINES(IO)

EIGENERATE_INLINE std::optional<std::string> why_unusable(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    std::error_code ignored;
    if (fs::is_symlink(fs::symlink_status(path, ignored))) return "is a link that leads nowhere";
    return error && error != std::errc::no_such_file_or_directory ? error.message() : "is missing";
  }
  if (fs::is_directory(status)) return "is a folder";
  if (!fs::is_regular_file(status)) return "is no regular file";
  if (fs::file_size(path, error) == 0) return "is empty";
  const auto close = [](std::FILE* f) { std::fclose(f); };
  errno = 0;
  if (!std::unique_ptr<std::FILE, decltype(close)>(std::fopen(path.string().c_str(), "rb"), close))
    return "cannot be opened: " + std::generic_category().message(errno);
  return std::nullopt;
}

EIGENERATE_INLINE std::optional<std::filesystem::path> first_usable(
    std::span<const std::filesystem::path> paths) {
  for (const auto& path : paths)
    if (!why_unusable(path)) return path;
  return std::nullopt;
}

#endif

}  // namespace eigenerate
