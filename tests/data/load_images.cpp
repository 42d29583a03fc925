#include "eigenerate/data/load_images.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/golden.hpp"
#include "support/jpeg_bytes.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::contains;
using support::refuses;

namespace {

namespace fs = std::filesystem;

const fs::path goldens = fs::path(EIGENERATE_SOURCE_DIR) / "tests/goldens/data";

/// A picture of one color; of a gray level where all three are the same and `channels` is 1.
Bitmap flat(Index width, Index height, std::vector<std::uint8_t> color) {
  Bitmap picture{width, height, static_cast<Index>(color.size()), {}};
  for (Index i = 0; i < width * height; ++i)
    picture.bytes.insert(picture.bytes.end(), color.begin(), color.end());
  return picture;
}

/// The levels of a sample.
std::vector<int> levels(const Dataset& set, Index sample) {
  std::vector<int> all;
  for (const float x : set.sample(sample)) all.push_back(static_cast<int>(std::lround(255 * x)));
  return all;
}

std::vector<std::string> names(const std::vector<fs::path>& files, const fs::path& folder) {
  std::vector<std::string> all;
  for (const auto& file : files) all.push_back(file.lexically_relative(folder).string());
  return all;
}

}  // namespace

TEST_CASE("load images: pictures of a folder, sorted, of either format whatever their names") {
  const support::TemporaryFolder folder;
  write_png(folder / "b.png", flat(4, 4, {10}));
  write_png(folder / "a.JPG", flat(3, 3, {20, 30, 40}));  // a PNG all the same
  support::write_bytes(folder / "c.jpeg", support::jpeg_bytes(flat(8, 8, {50})));
  fs::create_directory(folder / "below");
  write_png(folder / "below/d.Png", flat(2, 2, {60}));
  write_png(folder / ".hidden.png", flat(2, 2, {70}));
  support::write_bytes(folder / "notes.txt", {1});
  const auto found = data::load_images(folder.path(), 2);
  CHECK(names(found.files, folder.path()) ==
        std::vector<std::string>{"a.JPG", "b.png", "below/d.Png", "c.jpeg"});
  CHECK(found.images.name() == folder.path().string());
  CHECK(found.images.sample_shape() == Shape{3, 2, 2});
  CHECK(found.images.storage().has_bytes());
  CHECK(found.images.value_range() == ValueRange{0, 1});
  CHECK_FALSE(found.images.has_labels());
  CHECK(levels(found.images, 0) == std::vector<int>{20, 30, 40, 20, 30, 40, 20, 30, 40, 20, 30, 40});
  CHECK(levels(found.images, 1) == std::vector<int>(12, 10));
  CHECK(levels(found.images, 3) == std::vector<int>(12, 50));

  const auto gray =
      data::load_images(folder.path(), {1, 3}, {.channels = 1, .range = data::PixelRange::signed_unit});
  CHECK(gray.images.sample_shape() == Shape{1, 1, 3});
  CHECK(gray.images.value_range() == ValueRange{-1, 1});
  // (19595 · 20 + 38470 · 30 + 7471 · 40 + 32768) >> 16
  CHECK(gray.images.sample(0)[0] == data::gray_levels(data::PixelRange::signed_unit)[28]);
}

TEST_CASE("load images: what is transparent shows the background") {
  const support::TemporaryFolder folder;
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = 2;
  image.format = PNG_FORMAT_RGBA;
  const std::vector<std::uint8_t> nothing(16, 0);
  REQUIRE(png_image_write_to_file(&image, (folder / "a.png").c_str(), 0, nothing.data(), 0, nullptr));
  CHECK(levels(data::load_images(folder.path(), 2, {.channels = 1}).images, 0) ==
        std::vector<int>{0, 0, 0, 0});
  CHECK(levels(data::load_images(folder.path(), 2, {.channels = 1, .background = 250}).images, 0) ==
        std::vector<int>{250, 250, 250, 250});
}

TEST_CASE("load images: folders are classes where they are asked to be") {
  const support::TemporaryFolder folder;
  for (const char* name : {"dogs", "cats", "cats/kittens", ".thumbnails"})
    fs::create_directory(folder / name);
  write_png(folder / "dogs/1.png", flat(2, 2, {10}));
  write_png(folder / "cats/2.png", flat(2, 2, {20}));
  write_png(folder / "cats/kittens/0.png", flat(2, 2, {30}));
  write_png(folder / ".thumbnails/0.png", flat(2, 2, {40}));
  const auto found = data::load_images(folder.path(), 1, {.channels = 1, .labels = true});
  CHECK(found.class_names == std::vector<std::string>{"cats", "dogs"});
  CHECK(found.images.labels() == std::vector<int>{0, 0, 1});
  CHECK(found.images.classes() == 2);
  CHECK(levels(found.images, 2) == std::vector<int>{10});

  fs::create_directory(folder / "birds");
  refuses<IoError>([&] { (void)data::load_images(folder.path(), 1, {.labels = true}); },
                   {"birds: holds no .png, .jpg or .jpeg file", "is a class"});
}

TEST_CASE("load images: one broken picture is refused by name, or left out and counted") {
  const support::TemporaryFolder folder;
  write_png(folder / "good.png", flat(2, 2, {10}));
  const support::Bytes jpeg = support::jpeg_bytes(flat(40, 40, {9, 99, 9}));
  support::write_bytes(folder / "half.jpg",
                       {jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(jpeg.size() / 2)});
  refuses<IoError>([&] { (void)data::load_images(folder.path(), 2); }, {"half.jpg: "});
  support::write_bytes(folder / "empty.png", {});
  const auto found = data::load_images(folder.path(), 2, {.skip_broken = true});
  CHECK(found.images.size() == 1);
  REQUIRE(found.skipped.size() == 2);
  CHECK(contains(found.skipped[0], "empty.png: is neither a PNG nor a JPEG"));
  CHECK(contains(found.skipped[1], "half.jpg: "));
  fs::remove(folder / "good.png");
  refuses<IoError>([&] { (void)data::load_images(folder.path(), 2, {.skip_broken = true}); },
                   {"that can be read; the first one: ", "empty.png"});
}

TEST_CASE("load images: folders and options that make no dataset are refused") {
  const support::TemporaryFolder folder;
  refuses<IoError>([&] { (void)data::load_images(folder / "absent", 2); }, {"absent: cannot list"});
  refuses<IoError>([&] { (void)data::load_images(folder.path(), 2); },
                   {"holds no .png, .jpg or .jpeg files"});
  refuses<IoError>([&] { (void)data::load_images(folder.path(), 2, {.labels = true}); },
                   {"takes for classes"});
  refuses<ConfigError>([&] { (void)data::load_images(folder.path(), 2, {.channels = 2}); },
                       {"1 or 3 channels, got 2"});
  refuses<ConfigError>([&] { (void)data::load_images(folder.path(), 0); }, {"load_images"});
}

TEST_CASE("load images: what PIL makes of the same photograph, within a level") {
  const support::TemporaryFolder folder;
  fs::copy_file(goldens / "picture.jpg", folder / "picture.jpg");
  const auto golden = testing::load_golden("data/load_images");
  const auto check = [&](const char* name, const data::ImageOptions& options) {
    const Matrix<float> expected = golden[name].batch<float>("y");
    const auto found = data::load_images(folder.path(), {12, 8}, options);
    REQUIRE(expected.rows() == found.images.sample_shape().size());
    // Ours rounds once, PIL after each direction.
    CHECK((255 * found.images.sample(0) - expected.col(0)).cwiseAbs().maxCoeff() < 1.01f);
  };
  check("crop", {});
  check("stretch", {.fit = data::ImageFit::stretch});
  check("gray", {.channels = 1});
}

TEST_CASE("load images: pictures are resampled as PyTorch does with antialias") {
  for (const testing::Golden& c : testing::load_golden("data/resample").cases()) {
    CAPTURE(c.path());
    const auto x = c.tensor("x"), y = c.tensor("y");
    Bitmap picture{x.shape[3], x.shape[2], 3, {}};
    const Matrix<double> pixels = testing::from_pytorch_batch<double>(x),
                         expected = testing::from_pytorch_batch<double>(y);
    for (const double value : pixels.reshaped()) picture.bytes.push_back(static_cast<std::uint8_t>(value));
    const Bitmap out = data::detail::resample(
        picture, {0, 0, static_cast<double>(picture.width), static_cast<double>(picture.height)}, y.shape[3],
        y.shape[2]);
    REQUIRE(static_cast<Index>(out.bytes.size()) == expected.size());
    for (std::size_t i = 0; i < out.bytes.size(); ++i)
      CHECK(std::abs(out.bytes[i] - expected.reshaped()[static_cast<Index>(i)]) <= 0.501);
  }
}
