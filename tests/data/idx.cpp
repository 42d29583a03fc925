#include "eigenerate/data/idx.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/idx_bytes.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;
using support::idx_bytes;

namespace {

/// What the reader says of these bytes: an error, or "" when it accepts them.
std::string verdict(const Bytes& bytes) {
  const support::TemporaryFolder folder;
  const auto path = folder / "array.idx";
  support::write_bytes(path, bytes);
  const std::string error = support::error_of([&] { (void)data::read_idx(path); });
  if (!error.empty()) {
    CHECK(contains(error, path.string() + ": malformed at byte "));
    CHECK(contains(error, ": expected "));
    CHECK(contains(error, ", got "));
  }
  return error;
}

data::IdxArray read(const Bytes& bytes) {
  const support::TemporaryFolder folder;
  support::write_bytes(folder / "array.idx", bytes);
  return data::read_idx(folder / "array.idx");
}

/// A source that claims it could deliver anything, delivers zeros, and records the largest request.
class BoastfulSource {
 public:
  BoastfulSource(Bytes header, std::uint64_t zeros)
      : header_(std::move(header)), size_(header_.size() + zeros) {}
  const std::string& path() const { return path_; }
  std::uint64_t position() const { return position_; }
  ByteBounds remaining() const { return {0, std::numeric_limits<std::uint64_t>::max()}; }
  std::size_t read(std::span<std::byte> bytes) {
    largest_request = std::max(largest_request, bytes.size());
    std::size_t done = 0;
    for (; done < bytes.size() && position_ < size_; ++done, ++position_)
      bytes[done] = std::byte{position_ < header_.size() ? header_[static_cast<std::size_t>(position_)]
                                                         : std::uint8_t{0}};
    return done;
  }
  std::size_t largest_request = 0;

 private:
  std::string path_ = "boastful";
  Bytes header_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

}  // namespace

namespace {
template <class T>
std::vector<T> list_of(const data::IdxArray& array) {
  const auto values = array.values<T>();
  return {values.begin(), values.end()};
}
}  // namespace

TEST_CASE("idx: every element type is read with its bytes in order") {
  const auto u8 = read(idx_bytes(0x08, {2, 3}, {1, 2, 3, 4, 5, 255}));
  CHECK(u8.extents == std::vector<Index>{2, 3});
  CHECK(list_of<std::uint8_t>(u8) == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 255});

  const auto i8 = read(idx_bytes(0x09, {2}, {0x80, 0x7f}));
  CHECK(list_of<std::int8_t>(i8) == std::vector<std::int8_t>{-128, 127});

  const auto i16 = read(idx_bytes(0x0B, {3}, {0x01, 0x02, 0xff, 0xfe, 0x80, 0x00}));
  CHECK(list_of<std::int16_t>(i16) == std::vector<std::int16_t>{0x0102, -2, -32768});

  const auto i32 = read(idx_bytes(0x0C, {1, 2}, {0x01, 0x02, 0x03, 0x04, 0xff, 0xff, 0xff, 0xfd}));
  CHECK(list_of<std::int32_t>(i32) == std::vector<std::int32_t>{0x01020304, -3});

  const auto f32 = read(idx_bytes(0x0D, {2}, {0x3f, 0x80, 0x00, 0x00, 0xc0, 0x20, 0x00, 0x00}));
  CHECK(list_of<float>(f32) == std::vector<float>{1.0f, -2.5f});

  const auto f64 = read(idx_bytes(0x0E, {1}, {0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18}));
  CHECK(list_of<double>(f64) == std::vector<double>{3.141592653589793});

  CHECK_THROWS_AS(f64.values<float>(), StateError);

  const auto deep = read(idx_bytes(0x08, {1, 1, 1, 1, 1, 1, 2, 1}, {7, 8}));
  CHECK(deep.extents.size() == data::max_idx_dimensions);
}

TEST_CASE("idx: a file cut at any length is refused") {
  const Bytes whole = idx_bytes(0x0B, {2, 3}, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6});
  REQUIRE(verdict(whole).empty());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(verdict({whole.begin(), whole.begin() + static_cast<Index>(length)}).empty());
  }
}

TEST_CASE("idx: malformed headers are refused, and the message says where") {
  const auto check = [](const Bytes& bytes, std::string_view at, std::string_view expected,
                        std::string_view got) {
    const std::string message = verdict(bytes);
    CAPTURE(message);
    CHECK(contains(message, at));
    CHECK(contains(message, expected));
    CHECK(contains(message, got));
  };
  check({}, "byte 0:", "4 bytes of IDX magic", "0 bytes and the end of the file");
  check({0x1f, 0x8b, 8, 0, 0, 0, 0, 0}, "byte 0:", "two zero bytes", "0x1f8b (a gzip file)");
  check({0, 1, 8, 1, 0, 0, 0, 1, 9}, "byte 0:", "two zero bytes", "0x0001");
  check(idx_bytes(0x0A, {1}, {9}), "byte 2:", "type code", "0x0a");
  check(idx_bytes(0x07, {1}, {9}), "byte 2:", "type code", "0x07");
  check(idx_bytes(0x08, {}, {9}), "byte 3:", "1 to 8 dimensions", "got 0");
  check(idx_bytes(0x08, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {9}), "byte 3:", "1 to 8 dimensions", "got 9");
  check(idx_bytes(0x08, {3, 0}, {}), "byte 8:", "at least 1", "got 0");
  check(idx_bytes(0x08, {2, 3}, {1, 2, 3, 4, 5}), "byte 12:", "2×3 elements of 1 bytes", "got 5 bytes");
  check(idx_bytes(0x08, {2, 3}, {1, 2, 3, 4, 5, 6, 7}), "byte 12:", "2×3 elements", "got 7 bytes");
}

TEST_CASE("idx: extents that no file can hold are refused before anything is allocated") {
  constexpr std::uint64_t most = 0xffffffffu;
  CHECK(contains(verdict(idx_bytes(0x08, {most}, {1, 2, 3})), "4294967295"));
  CHECK_FALSE(verdict(idx_bytes(0x08, {most, most, most, most, most, most, most, most}, {1})).empty());
  CHECK_FALSE(verdict(idx_bytes(0x0E, {most, most}, {1})).empty());
  // Products that are a multiple of 2^64, so that a wrapped product agrees with the size of the file.
  CHECK_FALSE(verdict(idx_bytes(0x08, {65536, 65536, 65536, 65536}, {})).empty());
  CHECK_FALSE(verdict(idx_bytes(0x0E, {1u << 30, 1u << 31}, {})).empty());
  // 2^32 + 1 and 2^64 + 1 as products of 32-bit extents; one byte of values would agree with a wrapped one.
  CHECK_FALSE(verdict(idx_bytes(0x08, {641, 6700417}, {1})).empty());
  CHECK_FALSE(verdict(idx_bytes(0x08, {274177, 2147483648u, 31337}, {1})).empty());
}

TEST_CASE("idx: memory grows with what a source delivers, not with what the file claims") {
  BoastfulSource liar(idx_bytes(0x0C, {1u << 22, 64}, {}), 3 << 20);
  const std::string error = support::error_of([&] { (void)data::parse_idx(liar); });
  CHECK(contains(error, "the end of the file"));
  CHECK(liar.largest_request <= std::size_t{4} << 20);

  BoastfulSource honest(idx_bytes(0x0C, {3, 1 << 18}, {}), 3 << 20);
  CHECK(data::parse_idx(honest).values<std::int32_t>().size() == 3u << 18);
}

TEST_CASE("idx: what is no readable file is refused with the reason") {
  const support::TemporaryFolder folder;
  const auto reason = [](const std::filesystem::path& path) {
    return support::error_of([&] { (void)data::read_idx(path); });
  };
  CHECK(contains(reason(folder / "missing"),
                 (folder / "missing").string() + ": cannot open for reading: No such file"));
  CHECK(contains(reason(folder.path()), "expected a regular file, got a directory"));
  CHECK(contains(reason("/dev/null"), "expected a regular file"));
}
