#include "eigenerate/io/jpeg.hpp"

#include <algorithm>
#include <cstdlib>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/jpeg_bytes.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;
using support::jpeg_bytes;

namespace {

/// Gentle slopes, which JPEG keeps.
Bitmap slopes(Index width, Index height, Index channels) {
  Bitmap picture{width, height, channels, {}};
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      for (Index c = 0; c < channels; ++c)
        picture.bytes.push_back(static_cast<std::uint8_t>(50 + 100 * x / width + 40 * y / height + 20 * c));
  return picture;
}

int largest_difference(const Bitmap& a, const Bitmap& b) {
  int most = 0;
  for (std::size_t i = 0; i < a.bytes.size(); ++i) most = std::max(most, std::abs(a.bytes[i] - b.bytes[i]));
  return most;
}

struct File {
  support::TemporaryFolder folder;
  std::filesystem::path path = folder / "picture.jpg";

  Bitmap read(const Bytes& bytes) const {
    support::write_bytes(path, bytes);
    return read_jpeg(path);
  }
  std::string refusal(const Bytes& bytes) const {
    return support::error_of<Error>([&] { (void)read(bytes); });
  }
};

/// The place behind the marker 0xff, `code`.
std::size_t behind(const Bytes& bytes, std::uint8_t code) {
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i)
    if (bytes[i] == 0xff && bytes[i + 1] == code) return i + 2;
  FAIL("no such marker");
  return 0;
}

}  // namespace

TEST_CASE("jpeg: what libjpeg wrote is read, gray and in color, in one scan and in several") {
  const File file;
  for (const Index channels : {1, 3})
    for (const Index width : {1, 17, 64})
      for (const bool progressive : {false, true}) {
        CAPTURE(channels, width, progressive);
        const Bitmap written = slopes(width, 13, channels);
        const Bitmap read = file.read(jpeg_bytes(written, {.progressive = progressive}));
        CHECK(read.width == width);
        CHECK(read.height == 13);
        CHECK(read.channels == channels);
        REQUIRE(read.bytes.size() == written.bytes.size());
        CHECK(largest_difference(read, written) <= 3);
      }
}

TEST_CASE("jpeg: what is no JPEG, or not all of one, is refused by name") {
  const File file;
  CHECK(contains(support::error_of([&] { (void)read_jpeg(file.path); }),
                 "picture.jpg: cannot open for reading"));
  CHECK(contains(file.refusal({}), "picture.jpg: is no JPEG: libjpeg says \""));
  CHECK(contains(file.refusal(Bytes(10, 65)), "Not a JPEG file: starts with 0x41 0x41"));
  for (const bool progressive : {false, true}) {
    const Bytes whole = jpeg_bytes(slopes(40, 40, 3), {.progressive = progressive});
    for (std::size_t size = 0; size + 2 < whole.size(); size += 13) {
      CAPTURE(size);
      CHECK(contains(file.refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))),
                     "picture.jpg: "));
    }
  }
}

TEST_CASE("jpeg: four components are refused, for nobody says what they mean") {
  CHECK(contains(File().refusal(jpeg_bytes(slopes(8, 8, 1), {.cmyk = true})), "a JPEG of 4 components"));
}

TEST_CASE("jpeg: a claim of pixels is no reason to allocate them") {
  const File file;
  Bytes bytes = jpeg_bytes(slopes(8, 8, 1));
  const std::size_t frame = behind(bytes, 0xc0);  // length, precision, height, width
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(frame) + 3, 4, std::uint8_t{0xff});
  CHECK(contains(file.refusal(bytes), "picture.jpg: "));
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(frame) + 3, 4, std::uint8_t{0xf0});
  CHECK(contains(file.refusal(bytes), "malformed: 61680 × 61680 pixels in a file of "));
}

TEST_CASE("jpeg: a file of thousands of scans is refused before it takes its time") {
  const File file;
  Bytes bytes = jpeg_bytes(slopes(64, 64, 1), {.progressive = true});
  // The last scan again and again.
  std::size_t last = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i)
    if (bytes[i] == 0xff && bytes[i + 1] == 0xda) last = i;
  const Bytes scan(bytes.begin() + static_cast<std::ptrdiff_t>(last), bytes.end() - 2);
  bytes.resize(bytes.size() - 2);
  for (int i = 0; i < 600; ++i) bytes.insert(bytes.end(), scan.begin(), scan.end());
  bytes.insert(bytes.end(), {0xff, 0xd9});
  CHECK(contains(file.refusal(bytes), "picture.jpg: malformed: libjpeg says \""));
}

TEST_CASE("jpeg: flipped bits are read as another picture or refused, and nothing else happens") {
  const File file;
  const Bytes whole = jpeg_bytes(slopes(24, 24, 3), {.progressive = true});
  int refused = 0;
  for (std::size_t i = 0; i < whole.size(); i += 3)
    for (const int bit : {0, 5, 7}) {
      Bytes bytes = whole;
      bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ 1 << bit);
      const std::string error = file.refusal(bytes);
      refused += !error.empty();
      if (!error.empty()) CHECK(error.starts_with(file.path.string() + ": "));
    }
  CHECK(refused > 0);
}
