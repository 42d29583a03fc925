#pragma once
// The one function of zlib that checkpoints call, for machines whose zlib is not at hand.

#include <cstdint>

using Bytef = unsigned char;
using uInt = unsigned int;
using uLong = unsigned long;

/// The remainder of the bytes by the polynomial of gzip and PNG, bit by bit.
inline uLong crc32(uLong crc, const Bytef* bytes, uInt size) {
  auto word = ~static_cast<std::uint32_t>(crc);
  for (uInt i = 0; i < size; ++i) {
    word ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) word = (word >> 1) ^ (word & 1 ? 0xEDB88320u : 0u);
  }
  return ~word;
}
