#pragma once

#include <cstdint>
#include <initializer_list>

#include "support/files.hpp"

namespace support {

/// The bytes of an IDX file: its header as told, true or not, then the values.
inline Bytes idx_bytes(std::uint8_t type, std::initializer_list<std::uint64_t> extents, const Bytes& values) {
  Bytes bytes{0, 0, type, static_cast<std::uint8_t>(extents.size())};
  for (const std::uint64_t extent : extents)
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(extent >> shift & 0xff));
  bytes.insert(bytes.end(), values.begin(), values.end());
  return bytes;
}

}  // namespace support
