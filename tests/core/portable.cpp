#include "eigenerate/core/portable.hpp"

#include <cstdint>

#include "support/catch.hpp"

TEST_CASE("portable: bit_cast keeps every bit, in constants too") {
  static_assert(eigenerate::bit_cast<std::uint32_t>(1.0f) == 0x3F800000u);
  static_assert(eigenerate::bit_cast<double>(std::uint64_t{0xC008000000000000u}) == -3);
  volatile std::uint32_t word = 0x80000001u;
  const float tiny = eigenerate::bit_cast<float>(std::uint32_t{word});
  CHECK(tiny == -0x1p-149f);
  CHECK(eigenerate::bit_cast<std::uint32_t>(tiny) == 0x80000001u);
}
