#include "eigenerate/io/gzip.hpp"

#include <numeric>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/gzip_bytes.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;
using support::gzip_bytes;

namespace {

/// Reads everything in requests of `step` bytes.
Bytes expand(const Bytes& packed, std::size_t step = 1000) {
  const support::TemporaryFolder folder;
  support::write_bytes(folder / "file.gz", packed);
  GzipSource source(folder / "file.gz");
  Bytes content;
  for (;;) {
    Bytes part(step);
    const std::size_t count = source.read(std::as_writable_bytes(std::span(part)));
    content.insert(content.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
    REQUIRE(source.position() == content.size());
    REQUIRE(source.remaining().most < 1032 * packed.size() + 1);
    if (count < step) return content;
  }
}

std::string verdict(const Bytes& packed) {
  return support::error_of([&] { (void)expand(packed); });
}

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// Bytes that do not compress, so that the file is longer than the reader's buffer.
Bytes noise(std::size_t size) {
  Bytes bytes(size);
  std::uint32_t state = 1;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
  return bytes;
}

}  // namespace

TEST_CASE("gzip: the content comes out whole for any size of request") {
  const Bytes content = noise(200'000);
  const Bytes packed = gzip_bytes(content);
  REQUIRE(packed.size() > 3 * 65536);
  for (const std::size_t step :
       {std::size_t{7}, std::size_t{65536}, std::size_t{199'999}, std::size_t{300'000}})
    CHECK(expand(packed, step) == content);
}

TEST_CASE("gzip: several members are one content") {
  const Bytes a{1, 2, 3}, b{4, 5};
  CHECK(expand(joined(gzip_bytes(a), gzip_bytes(b))) == Bytes{1, 2, 3, 4, 5});
  CHECK(expand(joined(joined(gzip_bytes(a), gzip_bytes({})), gzip_bytes(b))) == Bytes{1, 2, 3, 4, 5});
}

TEST_CASE("gzip: what follows or replaces a member is refused") {
  const Bytes member = gzip_bytes({1, 2, 3});
  CHECK(contains(verdict(joined(member, {1})),
                 fmt::format("malformed at compressed byte {}: expected the end of the file, got byte 0x01",
                             member.size())));
  CHECK(contains(verdict(joined(member, {0x1f, 0x00})), "incorrect header check"));
  CHECK(contains(verdict(joined(member, {0x1f})), "truncated"));
  CHECK(contains(verdict(joined(member, {member.begin(), member.end() - 1})), "truncated"));
  CHECK(contains(verdict({'P', 'K'}), "compressed byte 0: expected a gzip file"));
  CHECK(contains(verdict({}), "truncated"));
}

TEST_CASE("gzip: zeros behind the last member are padding, and nothing may follow them") {
  const Bytes content{1, 2, 3}, member = gzip_bytes(content);
  for (const std::size_t zeros : {1, 511, 65'536, 200'000, 1 << 20})
    CHECK(expand(joined(member, Bytes(zeros))) == content);
  CHECK(expand(joined(joined(member, member), Bytes(7))) == Bytes{1, 2, 3, 1, 2, 3});
  CHECK(contains(verdict(joined(member, Bytes((1 << 20) + 1))), "got more than a mebibyte of zeros"));
  CHECK(contains(verdict(joined(joined(member, Bytes(99'999)), {7})),
                 fmt::format("compressed byte {}: expected zeros to the end of the file, got byte 0x07",
                             member.size() + 99'999)));
  CHECK(contains(verdict(joined(joined(member, Bytes(10)), member)), "got byte 0x1f"));
  CHECK(contains(verdict(Bytes(10)), "compressed byte 0: expected a gzip file"));
}

TEST_CASE("gzip: wrong checksums are found") {
  const Bytes member = gzip_bytes(noise(5000));
  Bytes wrong_crc = member, wrong_length = member;
  wrong_crc[member.size() - 8] ^= 1;
  wrong_length[member.size() - 1] ^= 1;
  REQUIRE(verdict(member).empty());
  CHECK(contains(verdict(wrong_crc), "incorrect data check"));
  CHECK(contains(verdict(wrong_length), "incorrect length check"));
}

TEST_CASE("gzip: a bomb expands no further than it is read") {
  const support::TemporaryFolder folder;
  const Bytes bomb = gzip_bytes(Bytes(64 << 20));
  REQUIRE(bomb.size() < 100'000);
  support::write_bytes(folder / "bomb.gz", bomb);
  GzipSource source(folder / "bomb.gz");
  std::byte byte{};
  CHECK(source.read({&byte, 1}) == 1);
  CHECK(source.position() == 1);
  // zlib's densest output is within the bound that readers rely on.
  CHECK(source.remaining().most >= (64 << 20) - 1);
  CHECK(source.remaining().least == 0);
}
