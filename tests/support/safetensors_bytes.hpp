#pragma once
// Safetensors files put together by hand: their headers as told, true or not.

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "support/files.hpp"

namespace support {

/// The bytes of a file whose header claims to be `length` bytes long.
inline Bytes safetensors_bytes(std::uint64_t length, std::string_view header, const Bytes& data) {
  Bytes bytes;
  for (int shift = 0; shift < 64; shift += 8)
    bytes.push_back(static_cast<std::uint8_t>(length >> shift & 0xff));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}
/// With the header's true length.
inline Bytes safetensors_bytes(std::string_view header, const Bytes& data = {}) {
  return safetensors_bytes(header.size(), header, data);
}

/// The little-endian bytes of some numbers.
template <class T>
Bytes bytes_of(std::initializer_list<T> values) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

}  // namespace support
