#include "eigenerate/core/message.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <string>

#include "eigenerate/core/types.hpp"
#include "eigenerate/testing/not_a_number.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {
/// By fmt itself.
template <class T>
void check_as_fmt(const T& value) {
  CHECK(format_message("{}", value) == fmt::format("{}", value));
}
}  // namespace

TEST_CASE("numbers in messages look as fmt prints them", "[message]") {
  check_as_fmt(true);
  check_as_fmt(-3);
  check_as_fmt(Index{784});
  check_as_fmt(std::uint8_t{200});
  check_as_fmt(std::numeric_limits<long long>::min());
  check_as_fmt(std::numeric_limits<std::uint64_t>::max());
  check_as_fmt(0.1);
  check_as_fmt(0.1f);  // not 0.10000000149011612
  check_as_fmt(1e300);
  CHECK(format_message("{:.4g} {:.1f} {:.2e} {:g}", 3.14159265, 2.25, 12345.678f, 7) ==
        fmt::format("{:.4g} {:.1f} {:.2e} {:g}", 3.14159265, 2.25, 12345.678f, 7.0));
  CHECK(format_message("0x{:04x}", std::uint32_t{0x1f8b}) == "0x1f8b");
  CHECK(format_message("{:02x}", 7) == "07");
}

TEST_CASE("texts in messages are what they are", "[message]") {
  const std::string owned = "{}%s{{";
  CHECK(format_message("{} {} {}", owned, "literal", std::string_view("view")) == "{}%s{{ literal view");
  CHECK(format_message("{{{}}} }}{{", 1) == "{1} }{");
  CHECK(format_message("{}{}", '-', owned[2]) == "-%");
  CHECK(format_message("") == "");
  CHECK(format_message("{:.3g}", "a text heeds no precision") == "a text heeds no precision");
}

TEST_CASE("numbers that are not finite are their names in messages", "[message]") {
  CHECK(format_message("{} {:.2f}", testing::not_a_number<double>(), testing::not_a_number<float>()) ==
        "nan nan");
}

TEST_CASE("formats are checked", "[message]") {
  CHECK(detail::fields_of("a {} {{}} {:.4g}{:02x}") == 2 + 1);
  for (const char* wrong : {"{", "}", "{0}", "{:d}", "{:.4}", "{a}", "{:g", "{:.{}g}", "a } b"})
    CHECK(detail::fields_of(wrong) == -1);
}
