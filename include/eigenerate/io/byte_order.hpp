#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

namespace eigenerate {

// Files are read and written through these functions alone, so no other code knows the machine's byte order.
static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big,
              "eigenerate knows little-endian and big-endian machines only");

/// The bytes at `p`, wherever they lie, as a `T` of a little-endian file or one of the given byte order.
template <class T, std::endian order = std::endian::little>
T load_bytes(const std::byte* p) {
  std::byte native[sizeof(T)];
  if constexpr (order == std::endian::native)
    std::copy_n(p, sizeof(T), native);
  else
    std::reverse_copy(p, p + sizeof(T), native);
  T value;
  std::memcpy(&value, native, sizeof value);
  return value;
}
/// The reverse.
template <std::endian order = std::endian::little, class T>
void store_bytes(std::byte* p, const T& value) {
  std::memcpy(p, &value, sizeof value);
  if constexpr (order != std::endian::native) std::reverse(p, p + sizeof value);
}

}  // namespace eigenerate
