#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "eigenerate/data/idx.hpp"

namespace fuzz {

/// The IDX file that holds an array.
inline std::vector<std::uint8_t> idx_again(const eigenerate::data::IdxArray& array) {
  std::vector<std::uint8_t> bytes{0, 0, static_cast<std::uint8_t>(array.type),
                                  static_cast<std::uint8_t>(array.extents.size())};
  for (const auto extent : array.extents)
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(extent >> shift & 0xff));
  std::size_t width = array.bytes.size();
  for (const auto extent : array.extents) width /= static_cast<std::size_t>(extent);
  for (std::size_t i = 0; i < array.bytes.size(); i += width)
    for (std::size_t b = width; b-- > 0;) bytes.push_back(std::to_integer<std::uint8_t>(array.bytes[i + b]));
  return bytes;
}

}  // namespace fuzz
