#include "eigenerate/io/png.hpp"

#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <csignal>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;
using support::contains;

namespace {

/// The picture in a PNG file, decoded by libpng as what it is: gray or RGB.
Bitmap decoded(const std::filesystem::path& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_file(&image, path.c_str()));
  const bool color = image.format & PNG_FORMAT_FLAG_COLOR;
  image.format = color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  Bitmap bitmap{static_cast<Index>(image.width), static_cast<Index>(image.height), color ? 3 : 1, {}};
  bitmap.bytes.resize(PNG_IMAGE_SIZE(image));
  REQUIRE(png_image_finish_read(&image, nullptr, bitmap.bytes.data(), 0, nullptr));
  return bitmap;
}

Bitmap pattern(Index width, Index height, Index channels) {
  Bitmap bitmap{width, height, channels, {}};
  for (Index i = 0; i < width * height * channels; ++i)
    bitmap.bytes.push_back(static_cast<std::uint8_t>(i * 37 % 256));
  return bitmap;
}

/// Lets files grow to `bytes` only, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limited{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limited);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

/// Runs as a user whom permissions bind, also where the tests run as root.
class Unprivileged {
 public:
  Unprivileged() : before_(geteuid()) {
    if (before_ == 0) REQUIRE(seteuid(65534) == 0);
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (before_ == 0 && seteuid(0) != 0) std::abort();
  }

 private:
  uid_t before_;
};

}  // namespace

TEST_CASE("png: what is written is what libpng reads") {
  const support::TemporaryFolder folder;
  const auto path = folder / "picture.png";
  for (const Index channels : {1, 3})
    for (const Index width : {1, 17, 300}) {
      CAPTURE(channels, width);
      const Bitmap written = pattern(width, 5, channels);
      write_png(path, written);
      const Bitmap read = decoded(path);
      CHECK(read.width == written.width);
      CHECK(read.height == written.height);
      CHECK(read.channels == written.channels);
      CHECK(read.bytes == written.bytes);
    }
  CHECK(folder.entries() == 1);
}

TEST_CASE("png: a grid of samples is written as drawn") {
  const support::TemporaryFolder folder;
  const Matrix<float> samples = Matrix<float>::Random(2 * 3, 7).cwiseAbs();
  write_image_grid(folder / "grid.png", as_const(samples), {1, 2, 3}, {.columns = 3});
  const Bitmap drawn = image_grid(as_const(samples), {1, 2, 3}, {.columns = 3});
  const Bitmap read = decoded(folder / "grid.png");
  CHECK(read.width == 3 * 5 + 2);
  CHECK(read.height == 3 * 4 + 2);
  CHECK(read.bytes == drawn.bytes);
}

TEST_CASE("png: a bitmap that contradicts itself is refused") {
  const support::TemporaryFolder folder;
  const auto refuse = [&](Bitmap bitmap) {
    CHECK_THROWS_AS(write_png(folder / "x.png", bitmap), ConfigError);
  };
  refuse({0, 1, 1, {}});
  refuse({2, 2, 1, {1, 2, 3}});
  refuse({1, 1, 2, {1, 2}});
  refuse({-1, -1, 1, {1}});
  CHECK(folder.entries() == 0);
}

TEST_CASE("png: a picture that libpng refuses is an error with its words") {
  const support::TemporaryFolder folder;
  const std::string error =
      support::error_of([&] { write_png(folder / "wide.png", pattern(1'000'001, 1, 1)); });
  CHECK(contains(error, (folder / "wide.png").string() + ": cannot write: libpng says \""));
  CHECK(folder.entries() == 0);
}

TEST_CASE("png: a full disk is an error, and the old picture stays") {
  const support::TemporaryFolder folder;
  const auto path = folder / "picture.png";
  const Bitmap old = pattern(3, 3, 1);
  write_png(path, old);
  // A small picture fails when the buffer is flushed at the end, a large one while libpng writes.
  for (const Index height : {40, 4000}) {
    CAPTURE(height);
    std::string error;
    {
      const FileSizeLimit limit(100);
      error = support::error_of([&] { write_png(path, pattern(300, height, 3)); });
    }
    CHECK(contains(error, path.string() + ": cannot write: File too large"));
    CHECK(decoded(path).bytes == old.bytes);
    CHECK(folder.entries() == 1);
  }
}

TEST_CASE("png: an unwritable folder is an error with its reason") {
  const support::TemporaryFolder folder;
  const auto write_to = [&](const std::filesystem::path& path) {
    return support::error_of([&] { write_png(path, pattern(3, 3, 1)); });
  };
  CHECK(contains(write_to(folder / "missing/picture.png"), "cannot create: No such file or directory"));

  using std::filesystem::perms;
  std::filesystem::permissions(folder.path(), perms::owner_read | perms::owner_exec | perms::others_exec);
  {
    const Unprivileged user;
    CHECK(contains(write_to(folder / "picture.png"),
                   (folder / "picture.png").string() + ": cannot create: Permission denied"));
  }
  std::filesystem::permissions(folder.path(), perms::owner_all);
  CHECK(folder.entries() == 0);
}

TEST_CASE("what was written is read again, gray and in color", "[png]") {
  const support::TemporaryFolder folder;
  for (const Index channels : {1, 3}) {
    const Bitmap picture = pattern(7, 5, channels);
    write_png(folder / "picture.png", picture);
    const Bitmap again = read_png(folder / "picture.png");
    CHECK(again.width == 7);
    CHECK(again.height == 5);
    CHECK(again.channels == channels);
    CHECK(again.bytes == picture.bytes);
  }
}

TEST_CASE("what is transparent shows the level behind it, black unless told", "[png]") {
  const support::TemporaryFolder folder;
  const auto path = folder / "picture.png";
  // Nothing, a color, and half of it.
  const std::vector<std::uint8_t> pixels{9, 9, 9, 0, 200, 100, 0, 255, 200, 100, 0, 128};
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = 3;
  image.height = 1;
  image.format = PNG_FORMAT_RGBA;
  REQUIRE(png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr));
  for (const int background : {0, 90, 255}) {
    CAPTURE(background);
    const Bitmap seen =
        background == 0 ? read_png(path) : read_png(path, static_cast<std::uint8_t>(background));
    REQUIRE(seen.channels == 3);
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(seen.bytes[c] == background);
      CHECK(seen.bytes[3 + c] == pixels[4 + c]);
      // Mixed in linear light, and so not the mean of the levels, but between them.
      CHECK(seen.bytes[6 + c] >= std::min<int>(background, pixels[4 + c]));
      CHECK(seen.bytes[6 + c] <= std::max<int>(background, pixels[4 + c]));
    }
  }
}

TEST_CASE("files that are no PNG are refused by name", "[png]") {
  const support::TemporaryFolder folder;
  const auto path = folder / "picture.png";
  const auto message = [&] { return support::error_of<IoError>([&] { (void)read_png(path); }); };
  CHECK(contains(message(), "picture.png: cannot read"));
  support::write_bytes(path, support::Bytes(10, 65));
  CHECK(contains(message(), "picture.png: "));
  write_png(path, pattern(40, 40, 1));
  const auto whole = std::filesystem::file_size(path);
  for (std::uintmax_t size = 0; size < whole; size += 7) {
    write_png(path, pattern(40, 40, 1));
    std::filesystem::resize_file(path, size);
    CAPTURE(size);
    if (size + 12 < whole) CHECK(contains(message(), "picture.png: "));  // the end mark is not needed
  }
}

TEST_CASE("a PNG's claim of pixels is no reason to allocate them", "[png]") {
  const support::TemporaryFolder folder;
  const auto path = folder / "picture.png";
  write_png(path, pattern(4, 4, 1));
  support::Bytes bytes = support::read_bytes(path);
  const auto put = [&](std::size_t at, std::uint32_t word) {
    for (int i = 0; i < 4; ++i)
      bytes[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(word >> (24 - 8 * i));
  };
  put(16, 900000);  // width and height
  put(20, 900000);
  const auto crc = crc32(0, reinterpret_cast<const unsigned char*>(bytes.data() + 12), 17);
  put(29, static_cast<std::uint32_t>(crc));
  support::write_bytes(path, bytes);
  CHECK(contains(support::error_of<IoError>([&] { (void)read_png(path); }), "900000 × 900000 pixels"));
}
