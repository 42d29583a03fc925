#pragma once

#include <array>
#include <cstddef>
#include <filesystem>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/data/idx.hpp"
#include "eigenerate/io/gzip.hpp"

namespace eigenerate::data {

/// Reads an IDX file, plain or gzip-compressed: its first two bytes tell, whatever its name ends in.
///
/// **Errors** those of `parse_idx` and `GzipSource`.
IdxArray read_compressed_idx(const std::filesystem::path& path);

#if EIGENERATE_DEFINES(GZIP)

EIGENERATE_INLINE IdxArray read_compressed_idx(const std::filesystem::path& path) {
  std::array<std::byte, 2> magic{};
  (void)FileSource(path).read(magic);
  if (magic != std::array{std::byte{0x1f}, std::byte{0x8b}}) return read_idx(path);
  GzipSource source(path);
  return parse_idx(source);
}

#endif

}  // namespace eigenerate::data
