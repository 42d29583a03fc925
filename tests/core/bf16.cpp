#include "eigenerate/core/bf16.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "support/catch.hpp"

using eigenerate::Bf16;
using eigenerate::to_bf16;
using eigenerate::to_float;

TEST_CASE("bf16 numbers are floats that round to themselves", "[bf16]") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto number = static_cast<Bf16>(bits);
    const float value = to_float(number);
    if (std::isnan(value))
      REQUIRE(std::isnan(to_float(to_bf16(value))));
    else
      REQUIRE(to_bf16(value) == number);
  }
}

TEST_CASE("a float rounds to the nearest bf16 number, of two as near to the even one", "[bf16]") {
  std::minstd_rand random(1);
  for (int i = 0; i < 20000; ++i) {
    const int exponent = i % 260 - 133;  // from the least bf16 number on
    const float x = std::ldexp(1 + static_cast<float>(random()) * 0x1p-31f, exponent);
    for (const float signed_x : {x, -x}) {
      const Bf16 rounded = to_bf16(signed_x);
      const auto bits = static_cast<std::uint32_t>(rounded);
      const double error = std::abs(static_cast<double>(to_float(rounded)) - static_cast<double>(signed_x));
      for (const std::uint32_t neighbor : {bits - 1, bits + 1})
        REQUIRE(error <= std::abs(static_cast<double>(to_float(static_cast<Bf16>(neighbor & 0xFFFF))) -
                                  static_cast<double>(signed_x)));
      REQUIRE(error <= 0x1p-8 * static_cast<double>(std::abs(signed_x)) + 0x1p-134);
    }
  }
  CHECK(to_float(to_bf16(1 + 0x1p-8f)) == 1);
  CHECK(to_float(to_bf16(1 + 3 * 0x1p-8f)) == 1 + 4 * 0x1p-8f);
  CHECK(to_float(to_bf16(std::nextafter(1 + 0x1p-8f, 2.0f))) == 1 + 0x1p-7f);
}

TEST_CASE("what is not finite stays so in bf16, and a zero keeps its sign", "[bf16]") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  CHECK(to_float(to_bf16(infinity)) == infinity);
  CHECK(to_float(to_bf16(-infinity)) == -infinity);
  CHECK(to_float(to_bf16(std::numeric_limits<float>::max())) == infinity);
  CHECK(std::signbit(to_float(to_bf16(-0.0f))));
  // A NaN whose upper half alone would be an infinity.
  CHECK(std::isnan(to_float(to_bf16(eigenerate::bit_cast<float>(0x7F800001U)))));
  CHECK(std::isnan(to_float(to_bf16(std::numeric_limits<float>::quiet_NaN()))));
}
