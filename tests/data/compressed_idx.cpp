#include "eigenerate/data/compressed_idx.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/gzip_bytes.hpp"
#include "support/idx_bytes.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;
using support::gzip_bytes;
using support::idx_bytes;

namespace {

const Bytes array_bytes = idx_bytes(0x08, {2, 3}, {1, 2, 3, 4, 5, 6});

data::IdxArray read_gz(const Bytes& packed) {
  const support::TemporaryFolder folder;
  support::write_bytes(folder / "array.idx.gz", packed);
  return data::read_compressed_idx(folder / "array.idx.gz");
}

std::string verdict(const Bytes& packed) {
  return support::error_of([&] { (void)read_gz(packed); });
}

}  // namespace

TEST_CASE("compressed idx: plain and gz files hold the same array") {
  const support::TemporaryFolder folder;
  support::write_bytes(folder / "array.idx", array_bytes);
  const auto plain = data::read_compressed_idx(folder / "array.idx");
  const auto packed = read_gz(gzip_bytes(array_bytes));
  CHECK(plain.extents == packed.extents);
  CHECK(plain.bytes == packed.bytes);
}

TEST_CASE("compressed idx: the bytes tell how a file is packed, not its name") {
  const support::TemporaryFolder folder;
  for (const char* name : {"array.gz", "array.GZ", "array", "array.idx", "array.zip"})
    for (const Bytes& bytes : {array_bytes, gzip_bytes(array_bytes)}) {
      CAPTURE(name, bytes[0]);
      support::write_bytes(folder / name, bytes);
      CHECK(data::read_compressed_idx(folder / name).extents == std::vector<Index>{2, 3});
    }
  CHECK(contains(verdict({'P', 'K', 3, 4, 0, 0, 0, 0}),
                 "malformed at byte 0: expected two zero bytes of an IDX file, got 0x504b"));
}

TEST_CASE("compressed idx: a gz file cut at any length is refused") {
  const Bytes packed = gzip_bytes(array_bytes);
  REQUIRE(verdict(packed).empty());
  for (std::size_t length = 0; length < packed.size(); ++length) {
    CAPTURE(length);
    CHECK(contains(verdict({packed.begin(), packed.begin() + static_cast<Index>(length)}),
                   length < 2 ? "expected 4 bytes of IDX magic" : "truncated"));
  }
}

TEST_CASE("compressed idx: no flipped bit changes the array that is read") {
  const Bytes packed = gzip_bytes(array_bytes);
  const auto truth = read_gz(packed);
  int refused = 0;
  for (std::size_t i = 0; i < packed.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      CAPTURE(i, bit);
      Bytes damaged = packed;
      damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ 1 << bit);
      try {
        const auto array = read_gz(damaged);
        CHECK(array.bytes == truth.bytes);
        CHECK(array.extents == truth.extents);
      } catch (const IoError&) {
        ++refused;
      }
    }
  // What may change unnoticed carries no content: the header's time, system and hint bytes (6 of 10), its
  // text flag, and up to 7 bits that fill the last byte of the deflated stream.
  CHECK(refused >= static_cast<int>(8 * (packed.size() - 6) - 8));
}

TEST_CASE("compressed idx: the content must end where the header says") {
  Bytes longer = array_bytes;
  longer.push_back(7);
  CHECK(contains(verdict(gzip_bytes(longer)),
                 "malformed at byte 18: expected the end of the file, got more bytes"));
  CHECK(contains(verdict(gzip_bytes({array_bytes.begin(), array_bytes.end() - 1})),
                 "malformed at byte 12: expected 6 bytes of values, got 5 bytes and the end of the file"));
  CHECK(contains(verdict(gzip_bytes({})), "malformed at byte 0: expected 4 bytes of IDX magic"));
}

TEST_CASE("compressed idx: extents beyond what the compressed bytes can expand to are refused at once") {
  const std::string message = verdict(gzip_bytes(idx_bytes(0x08, {1000, 1000}, {1, 2, 3})));
  CHECK(contains(message, "1000×1000 elements"));
  CHECK(contains(message, "a file that can hold at most "));
  CHECK_FALSE(verdict(gzip_bytes(idx_bytes(0x08, {65536, 65536, 65536, 65536}, {}))).empty());
}

TEST_CASE("compressed idx: an array of highly compressible values is within the expansion bound") {
  const auto zeros = read_gz(gzip_bytes(idx_bytes(0x08, {4096, 4096}, Bytes(4096 * 4096))));
  CHECK(zeros.values<std::uint8_t>().size() == 4096u * 4096u);
}
