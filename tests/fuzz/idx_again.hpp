#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "eigenerate/data/idx.hpp"

namespace fuzz {

/// The IDX file that holds an array.
inline std::vector<std::uint8_t> idx_again(const eigenerate::data::IdxArray& array) {
  constexpr std::uint8_t codes[] = {0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E};
  std::vector<std::uint8_t> bytes{0, 0, codes[array.values.index()],
                                  static_cast<std::uint8_t>(array.extents.size())};
  for (const auto extent : array.extents)
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(extent >> shift & 0xff));
  std::visit(
      [&](const auto& values) {
        for (const auto& value : values) {
          const auto native = std::as_bytes(std::span(&value, 1));
          for (auto b = native.rbegin(); b != native.rend(); ++b)
            bytes.push_back(std::to_integer<std::uint8_t>(*b));
        }
      },
      array.values);
  return bytes;
}

}  // namespace fuzz
