#pragma once

#include <filesystem>

#include "eigenerate/data/idx.hpp"
#include "eigenerate/io/gzip.hpp"

namespace eigenerate::data {

/// Reads an IDX file, gzip-compressed when its name ends in ".gz", plain otherwise.
///
/// **Errors** those of `parse_idx` and `GzipSource`.
inline IdxArray read_compressed_idx(const std::filesystem::path& path) {
  if (path.extension() != ".gz") return read_idx(path);
  GzipSource source(path);
  return parse_idx(source);
}

}  // namespace eigenerate::data
