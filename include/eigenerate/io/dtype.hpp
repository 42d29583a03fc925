#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "eigenerate/core/portable.hpp"
#include "eigenerate/io/byte_order.hpp"

namespace eigenerate {

/// The element types of tensors in files.
enum class Dtype { f64, i64, u64, f32, f16, bf16, u8, boolean };

namespace detail {

struct DtypeFacts {
  Dtype dtype;
  std::string_view name;  ///< as safetensors files spell it
  std::size_t bytes;
};
inline constexpr std::array<DtypeFacts, 8> dtype_table{{{Dtype::f64, "F64", 8},
                                                        {Dtype::i64, "I64", 8},
                                                        {Dtype::u64, "U64", 8},
                                                        {Dtype::f32, "F32", 4},
                                                        {Dtype::f16, "F16", 2},
                                                        {Dtype::bf16, "BF16", 2},
                                                        {Dtype::u8, "U8", 1},
                                                        {Dtype::boolean, "BOOL", 1}}};

}  // namespace detail

/// `F32`, `BF16`, …: the name in a safetensors file.
constexpr std::string_view dtype_name(Dtype dtype) {
  return detail::dtype_table[static_cast<std::size_t>(dtype)].name;
}
/// The type of that name, where it is one of ours.
constexpr std::optional<Dtype> dtype_named(std::string_view name) {
  for (const auto& facts : detail::dtype_table)
    if (facts.name == name) return facts.dtype;
  return std::nullopt;
}
/// Bytes of one element.
constexpr std::size_t dtype_bytes(Dtype dtype) {
  return detail::dtype_table[static_cast<std::size_t>(dtype)].bytes;
}
/// Whether the elements are floating-point numbers.
constexpr bool is_floating(Dtype dtype) {
  return dtype == Dtype::f64 || dtype == Dtype::f32 || dtype == Dtype::f16 || dtype == Dtype::bf16;
}

/// One element of a little-endian file as a double, exact for every floating type.
inline double element_as_double(Dtype dtype, const std::byte* p) {
  switch (dtype) {
    case Dtype::f64:
      return load_bytes<double>(p);
    case Dtype::i64:
      return static_cast<double>(load_bytes<std::int64_t>(p));
    case Dtype::u64:
      return static_cast<double>(load_bytes<std::uint64_t>(p));
    case Dtype::f32:
      return static_cast<double>(load_bytes<float>(p));
    case Dtype::f16:
      return static_cast<double>(Eigen::half_impl::half_to_float(
          Eigen::half_impl::raw_uint16_to_half(load_bytes<std::uint16_t>(p))));
    case Dtype::bf16:
      return static_cast<double>(bit_cast<float>(std::uint32_t{load_bytes<std::uint16_t>(p)} << 16));
    case Dtype::u8:
    case Dtype::boolean:
      break;
  }
  return static_cast<double>(load_bytes<std::uint8_t>(p));
}

}  // namespace eigenerate
