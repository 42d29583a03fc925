#pragma once

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/portable.hpp"
#include "eigenerate/io/byte_order.hpp"

namespace eigenerate {

/// The element types of tensors in safetensors files, all that the format knows.
enum class Dtype {
  f64,
  f32,
  f16,
  bf16,
  f8_e4m3,
  f8_e5m2,
  f8_e4m3fnuz,
  f8_e5m2fnuz,
  i64,
  u64,
  i32,
  u32,
  i16,
  u16,
  i8,
  u8,
  boolean,
  c64,
  f8_e8m0,
  f6_e2m3,
  f6_e3m2,
  f4
};

/// What the elements of a type can become: weights, counts, or neither. The 8-bit exponents and the packed
/// 6-bit and 4-bit floats are parts of numbers, which get their values from scales in other tensors.
enum class DtypeKind { floating, integer, other };

namespace detail {

struct DtypeFacts {
  Dtype dtype;
  std::string_view name;  ///< as safetensors files spell it
  std::size_t bits;
  DtypeKind kind;
};
inline constexpr std::array<DtypeFacts, 22> dtype_table{
    {{Dtype::f64, "F64", 64, DtypeKind::floating},
     {Dtype::f32, "F32", 32, DtypeKind::floating},
     {Dtype::f16, "F16", 16, DtypeKind::floating},
     {Dtype::bf16, "BF16", 16, DtypeKind::floating},
     {Dtype::f8_e4m3, "F8_E4M3", 8, DtypeKind::floating},
     {Dtype::f8_e5m2, "F8_E5M2", 8, DtypeKind::floating},
     {Dtype::f8_e4m3fnuz, "F8_E4M3FNUZ", 8, DtypeKind::floating},
     {Dtype::f8_e5m2fnuz, "F8_E5M2FNUZ", 8, DtypeKind::floating},
     {Dtype::i64, "I64", 64, DtypeKind::integer},
     {Dtype::u64, "U64", 64, DtypeKind::integer},
     {Dtype::i32, "I32", 32, DtypeKind::integer},
     {Dtype::u32, "U32", 32, DtypeKind::integer},
     {Dtype::i16, "I16", 16, DtypeKind::integer},
     {Dtype::u16, "U16", 16, DtypeKind::integer},
     {Dtype::i8, "I8", 8, DtypeKind::integer},
     {Dtype::u8, "U8", 8, DtypeKind::integer},
     {Dtype::boolean, "BOOL", 8, DtypeKind::other},
     {Dtype::c64, "C64", 64, DtypeKind::other},
     {Dtype::f8_e8m0, "F8_E8M0", 8, DtypeKind::other},
     {Dtype::f6_e2m3, "F6_E2M3", 6, DtypeKind::other},
     {Dtype::f6_e3m2, "F6_E3M2", 6, DtypeKind::other},
     {Dtype::f4, "F4", 4, DtypeKind::other}}};

constexpr const DtypeFacts& facts_of(Dtype dtype) {
  return dtype_table[static_cast<std::size_t>(dtype)];
}

}  // namespace detail

/// `F32`, `BF16`, …: the name in a safetensors file.
constexpr std::string_view dtype_name(Dtype dtype) {
  return detail::facts_of(dtype).name;
}
/// The type of that name, where the format has one.
constexpr std::optional<Dtype> dtype_named(std::string_view name) {
  for (const auto& facts : detail::dtype_table)
    if (facts.name == name) return facts.dtype;
  return std::nullopt;
}
/// Bits of one element: 6 and 4 for the packed types, else whole bytes.
constexpr std::size_t dtype_bits(Dtype dtype) {
  return detail::facts_of(dtype).bits;
}
constexpr DtypeKind dtype_kind(Dtype dtype) {
  return detail::facts_of(dtype).kind;
}

namespace detail {

/// How a float of 8 bits is laid out: a sign, an exponent, a significand.
struct ByteFloat {
  int significand_bits;
  int bias;
  bool ieee;  ///< the largest exponent means infinity and NaN
  bool fnuz;  ///< finite but for one NaN, which stands where -0 would
};

/// **Source** Micikevicius et al. 2022, table 1 (E4M3, E5M2); Noune et al. 2022 (the types called FNUZ).
inline double byte_float(std::uint8_t bits, const ByteFloat& format) {
  constexpr std::uint64_t nan = 0x7FF8000000000000u, infinity = 0x7FF0000000000000u;
  const int implied = 1 << format.significand_bits, significand = bits & (implied - 1);
  const int exponent = (bits & 0x7f) >> format.significand_bits;
  const double sign = bits & 0x80 ? -1 : 1;
  if (format.fnuz) {
    if (bits == 0x80) return number_of_bits(nan);
  } else if (!format.ieee) {
    if ((bits & 0x7f) == 0x7f) return number_of_bits(nan);
  } else if (exponent == 0x7f >> format.significand_bits) {
    return sign * number_of_bits(significand != 0 ? nan : infinity);
  }
  const int scale = 1 - format.bias - format.significand_bits;
  return exponent == 0 ? sign * std::ldexp(significand, scale)
                       : sign * std::ldexp(implied + significand, scale + exponent - 1);
}

}  // namespace detail

/// One element of a floating or integer type, from a little-endian file, as a double, exact for every
/// floating one.
double element_as_double(Dtype dtype, const std::byte* p);

#if EIGENERATE_DEFINES(IO)

EIGENERATE_INLINE double element_as_double(Dtype dtype, const std::byte* p) {
  switch (dtype) {
    case Dtype::f64:
      return load_bytes<double>(p);
    case Dtype::f32:
      return static_cast<double>(load_bytes<float>(p));
    case Dtype::f16:
      return static_cast<double>(Eigen::half_impl::half_to_float(
          Eigen::half_impl::raw_uint16_to_half(load_bytes<std::uint16_t>(p))));
    case Dtype::bf16:
      return static_cast<double>(bit_cast<float>(std::uint32_t{load_bytes<std::uint16_t>(p)} << 16));
    case Dtype::f8_e4m3:
      return detail::byte_float(load_bytes<std::uint8_t>(p), {3, 7, false, false});
    case Dtype::f8_e5m2:
      return detail::byte_float(load_bytes<std::uint8_t>(p), {2, 15, true, false});
    case Dtype::f8_e4m3fnuz:
      return detail::byte_float(load_bytes<std::uint8_t>(p), {3, 8, false, true});
    case Dtype::f8_e5m2fnuz:
      return detail::byte_float(load_bytes<std::uint8_t>(p), {2, 16, false, true});
    case Dtype::i64:
      return static_cast<double>(load_bytes<std::int64_t>(p));
    case Dtype::u64:
      return static_cast<double>(load_bytes<std::uint64_t>(p));
    case Dtype::i32:
      return load_bytes<std::int32_t>(p);
    case Dtype::u32:
      return load_bytes<std::uint32_t>(p);
    case Dtype::i16:
      return load_bytes<std::int16_t>(p);
    case Dtype::u16:
      return load_bytes<std::uint16_t>(p);
    case Dtype::i8:
      return load_bytes<std::int8_t>(p);
    case Dtype::u8:
      return load_bytes<std::uint8_t>(p);
    default:
      break;
  }
  fail<IoError>("elements of {} are no numbers that weights or counts could be", dtype_name(dtype));
}

#endif

}  // namespace eigenerate
