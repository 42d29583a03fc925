#include "eigenerate/io/dtype.hpp"

#include <cmath>
#include <limits>

#include "eigenerate/core/finite.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

template <class T>
double as_double(Dtype dtype, T value) {
  std::array<std::byte, sizeof(T) + 1> bytes{};
  store_bytes(bytes.data() + 1, value);  // where no T may stand
  return element_as_double(dtype, bytes.data() + 1);
}

/// The value of a 16-bit float with that many bits of significand, straight from IEEE 754's definition.
double sixteen_bit_float(unsigned bits, int significand_bits) {
  const int exponent_bits = 15 - significand_bits, bias = (1 << (exponent_bits - 1)) - 1;
  const unsigned implied = 1u << significand_bits, significand = bits & (implied - 1);
  const int exponent = static_cast<int>(bits >> significand_bits & ((1u << exponent_bits) - 1));
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1)
    return significand == 0 ? sign * std::numeric_limits<double>::infinity()
                            : std::numeric_limits<double>::quiet_NaN();
  const int scale = 1 - bias - significand_bits;
  if (exponent == 0) return sign * std::ldexp(significand, scale);
  return sign * std::ldexp(implied + significand, scale + exponent - 1);
}

void check_all_patterns(Dtype dtype, int significand_bits) {
  int wrong = 0, subnormal = 0;
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const double expected = sixteen_bit_float(bits, significand_bits);
    const double got = as_double(dtype, static_cast<std::uint16_t>(bits));
    const bool same =
        is_nan(expected) ? is_nan(got) : got == expected && std::signbit(got) == std::signbit(expected);
    wrong += !same;
    subnormal += (bits & 0x7fffu) > 0 && (bits & 0x7fffu) < (1u << significand_bits);
  }
  CHECK(wrong == 0);
  CHECK(subnormal == 2 * ((1 << significand_bits) - 1));
}

}  // namespace

TEST_CASE("dtype: names and sizes are those of the safetensors format") {
  std::size_t checked = 0;
  const auto check = [&](Dtype dtype, std::string_view name, std::size_t bits, DtypeKind kind) {
    CAPTURE(name);
    CHECK(dtype_name(dtype) == name);
    CHECK(dtype_named(name) == dtype);
    CHECK(dtype_bits(dtype) == bits);
    CHECK(dtype_kind(dtype) == kind);
    ++checked;
  };
  using enum DtypeKind;
  check(Dtype::f64, "F64", 64, floating);
  check(Dtype::f32, "F32", 32, floating);
  check(Dtype::f16, "F16", 16, floating);
  check(Dtype::bf16, "BF16", 16, floating);
  check(Dtype::f8_e4m3, "F8_E4M3", 8, floating);
  check(Dtype::f8_e5m2, "F8_E5M2", 8, floating);
  check(Dtype::f8_e4m3fnuz, "F8_E4M3FNUZ", 8, floating);
  check(Dtype::f8_e5m2fnuz, "F8_E5M2FNUZ", 8, floating);
  check(Dtype::i64, "I64", 64, integer);
  check(Dtype::u64, "U64", 64, integer);
  check(Dtype::i32, "I32", 32, integer);
  check(Dtype::u32, "U32", 32, integer);
  check(Dtype::i16, "I16", 16, integer);
  check(Dtype::u16, "U16", 16, integer);
  check(Dtype::i8, "I8", 8, integer);
  check(Dtype::u8, "U8", 8, integer);
  check(Dtype::boolean, "BOOL", 8, other);
  check(Dtype::c64, "C64", 64, other);
  check(Dtype::f8_e8m0, "F8_E8M0", 8, other);
  check(Dtype::f6_e2m3, "F6_E2M3", 6, other);
  check(Dtype::f6_e3m2, "F6_E3M2", 6, other);
  check(Dtype::f4, "F4", 4, other);
  CHECK(checked == detail::dtype_table.size());
  for (const char* other : {"", "f32", "F8_E4M4", "I4", "F32 ", "F3"})
    CHECK_FALSE(dtype_named(other).has_value());
}

TEST_CASE("dtype: every 16-bit float has its value, subnormal and infinite ones included") {
  check_all_patterns(Dtype::f16, 10);
  check_all_patterns(Dtype::bf16, 7);
  CHECK(as_double(Dtype::f16, std::uint16_t{0x3c00}) == 1);
  CHECK(as_double(Dtype::f16, std::uint16_t{0x7bff}) == 65504);
  CHECK(as_double(Dtype::f16, std::uint16_t{0x8001}) == -0x1p-24);
  CHECK(as_double(Dtype::bf16, std::uint16_t{0x3f80}) == 1);
  CHECK(as_double(Dtype::bf16, std::uint16_t{0x0001}) == 0x1p-133);
}

TEST_CASE("dtype: every 8-bit float is the half or the scaled half of the same bits") {
  // E5M2 is the upper byte of a half. An E4M3's bits, moved to the places of a half's, are the same number
  // with another bias: 7 or 8 instead of 15. So are those of the FNUZ types, but for infinity and NaN.
  const auto half = [](unsigned bits) { return as_double(Dtype::f16, static_cast<std::uint16_t>(bits)); };
  int wrong = 0;
  for (unsigned bits = 0; bits < 256; ++bits) {
    const auto is = [&](Dtype dtype, double expected) {
      const double got = as_double(dtype, static_cast<std::uint8_t>(bits));
      wrong += is_nan(expected) ? !is_nan(got) : !(got == expected);
    };
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const unsigned narrow = (bits & 0x80) << 8 | (bits & 0x7f) << 7;
    is(Dtype::f8_e5m2, half(bits << 8));
    is(Dtype::f8_e4m3, (bits & 0x7f) == 0x7f ? nan : 0x1p8 * half(narrow));
    is(Dtype::f8_e4m3fnuz, bits == 0x80 ? nan : 0x1p7 * half(narrow));
    const bool infinite_as_half = (bits & 0x7c) == 0x7c;
    is(Dtype::f8_e5m2fnuz, bits == 0x80       ? nan
                           : infinite_as_half ? half((bits - 4) << 8)
                                              : half(bits << 8) / 2);
  }
  // The largest exponent of E5M2FNUZ is one more than a finite half has: (bits - 4) / 2 · 2.
  CHECK(wrong == 0);
  CHECK(as_double(Dtype::f8_e4m3, std::uint8_t{0x7e}) == 448);
  CHECK(as_double(Dtype::f8_e4m3, std::uint8_t{0x81}) == -0x1p-9);
  CHECK(as_double(Dtype::f8_e5m2, std::uint8_t{0x7b}) == 57344);
  CHECK(as_double(Dtype::f8_e4m3fnuz, std::uint8_t{0x7f}) == 240);
  CHECK(as_double(Dtype::f8_e5m2fnuz, std::uint8_t{0x7f}) == 57344);
  CHECK(as_double(Dtype::f8_e5m2fnuz, std::uint8_t{0x01}) == 0x1p-17);
}

TEST_CASE("dtype: numbers come out whole wherever they stand") {
  CHECK(as_double(Dtype::f64, 0.1) == 0.1);
  CHECK(as_double(Dtype::f32, 0.1f) == static_cast<double>(0.1f));
  CHECK(as_double(Dtype::f32, std::numeric_limits<float>::denorm_min()) == 0x1p-149);
  CHECK(as_double(Dtype::i64, std::int64_t{-3}) == -3);
  CHECK(as_double(Dtype::i64, std::numeric_limits<std::int64_t>::min()) == -0x1p63);
  CHECK(as_double(Dtype::u64, std::numeric_limits<std::uint64_t>::max()) == 0x1p64);
  CHECK(as_double(Dtype::i32, std::numeric_limits<std::int32_t>::min()) == -0x1p31);
  CHECK(as_double(Dtype::u32, std::numeric_limits<std::uint32_t>::max()) == 0x1p32 - 1);
  CHECK(as_double(Dtype::i16, std::int16_t{-32768}) == -32768);
  CHECK(as_double(Dtype::u16, std::uint16_t{65535}) == 65535);
  CHECK(as_double(Dtype::i8, std::int8_t{-128}) == -128);
  CHECK(as_double(Dtype::u8, std::uint8_t{255}) == 255);
  for (const Dtype dtype :
       {Dtype::boolean, Dtype::c64, Dtype::f8_e8m0, Dtype::f6_e2m3, Dtype::f6_e3m2, Dtype::f4})
    CHECK_THROWS_AS(as_double(dtype, std::uint64_t{1}), IoError);
}
