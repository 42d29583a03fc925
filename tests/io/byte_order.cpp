#include "eigenerate/io/byte_order.hpp"

#include <array>
#include <cstdint>

#include "support/catch.hpp"

using namespace eigenerate;

namespace {

constexpr auto big = std::endian::big;
constexpr std::array<std::byte, 9> bytes{std::byte{0xEE}, std::byte{0x40}, std::byte{0x09},
                                         std::byte{0x21}, std::byte{0xFB}, std::byte{0x54},
                                         std::byte{0x44}, std::byte{0x2D}, std::byte{0x18}};
const std::byte* const unaligned = bytes.data() + 1;

}  // namespace

TEST_CASE("byte order: numbers have the value that their bytes have in the file, on every machine") {
  CHECK(load_bytes<std::uint8_t>(unaligned) == 0x40);
  CHECK(load_bytes<std::uint16_t>(unaligned) == 0x0940);
  CHECK(load_bytes<std::uint16_t, big>(unaligned) == 0x4009);
  CHECK(load_bytes<std::int32_t>(unaligned) == -81721024);
  CHECK(load_bytes<std::int32_t, big>(unaligned) == 0x400921FB);
  CHECK(load_bytes<std::uint64_t>(unaligned) == 0x182D4454FB210940u);
  CHECK(load_bytes<double, big>(unaligned) == 3.141592653589793);
}

TEST_CASE("byte order: what is stored comes back, and stands in the file's order") {
  std::array<std::byte, 9> out{};
  std::byte* const to = out.data() + 1;
  store_bytes(to, 0x182D4454FB210940u);
  CHECK(std::equal(unaligned, unaligned + 8, to));
  out = {};
  store_bytes<big>(to, 3.141592653589793);
  CHECK(std::equal(unaligned, unaligned + 8, to));
  CHECK(load_bytes<double, big>(to) == 3.141592653589793);
  store_bytes(to, -0.1f);
  CHECK(load_bytes<float>(to) == -0.1f);
  CHECK(out[0] == std::byte{0});
  CHECK(out[5] == bytes[5]);  // four bytes were written
}
