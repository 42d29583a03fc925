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
  const auto check = [](Dtype dtype, std::string_view name, std::size_t bytes, bool floating) {
    CAPTURE(name);
    CHECK(dtype_name(dtype) == name);
    CHECK(dtype_named(name) == dtype);
    CHECK(dtype_bytes(dtype) == bytes);
    CHECK(is_floating(dtype) == floating);
  };
  check(Dtype::f64, "F64", 8, true);
  check(Dtype::f32, "F32", 4, true);
  check(Dtype::f16, "F16", 2, true);
  check(Dtype::bf16, "BF16", 2, true);
  check(Dtype::i64, "I64", 8, false);
  check(Dtype::u64, "U64", 8, false);
  check(Dtype::u8, "U8", 1, false);
  check(Dtype::boolean, "BOOL", 1, false);
  for (const char* other : {"", "f32", "F8_E4M3", "I32", "F32 ", "F3"})
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

TEST_CASE("dtype: numbers come out whole wherever they stand") {
  CHECK(as_double(Dtype::f64, 0.1) == 0.1);
  CHECK(as_double(Dtype::f32, 0.1f) == static_cast<double>(0.1f));
  CHECK(as_double(Dtype::f32, std::numeric_limits<float>::denorm_min()) == 0x1p-149);
  CHECK(as_double(Dtype::i64, std::int64_t{-3}) == -3);
  CHECK(as_double(Dtype::i64, std::numeric_limits<std::int64_t>::min()) == -0x1p63);
  CHECK(as_double(Dtype::u64, std::numeric_limits<std::uint64_t>::max()) == 0x1p64);
  CHECK(as_double(Dtype::u8, std::uint8_t{255}) == 255);
  CHECK(as_double(Dtype::boolean, std::uint8_t{1}) == 1);
}
