#include "eigenerate/data/mnist.hpp"

#include <cmath>
#include <cstring>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/gzip_bytes.hpp"
#include "support/idx_bytes.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;
using support::idx_bytes;

namespace {

const std::filesystem::path embedded = std::filesystem::path(EIGENERATE_SOURCE_DIR) / "examples/data";

/// Every gray level in turn.
Bytes pixels(std::size_t count) {
  Bytes bytes(count * 784);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i % 256);
  return bytes;
}

/// A folder with a small set of three training and two test images, to be damaged.
struct SmallSet {
  support::TemporaryFolder folder;

  SmallSet() {
    write("train-images-idx3-ubyte", idx_bytes(0x08, {3, 28, 28}, pixels(3)));
    write("train-labels-idx1-ubyte", idx_bytes(0x08, {3}, {9, 0, 5}));
    write("t10k-images-idx3-ubyte", idx_bytes(0x08, {2, 28, 28}, pixels(2)));
    write("t10k-labels-idx1-ubyte", idx_bytes(0x08, {2}, {1, 2}));
  }
  void write(std::string_view name, const Bytes& bytes) const { support::write_bytes(folder / name, bytes); }
  std::string error() const {
    return support::error_of([&] { (void)data::load_mnist(folder.path()); });
  }
};

/// Counts of the labels, and the sum of all pixels in gray levels.
struct Census {
  std::vector<int> counts = std::vector<int>(10);
  double levels = 0;

  explicit Census(const Dataset& dataset) {
    for (Index i = 0; i < dataset.size(); ++i) {
      ++counts[static_cast<std::size_t>(dataset.label(i))];
      levels += 255 * dataset.stored_sample(i).cast<double>().sum();
    }
  }
};

}  // namespace

TEST_CASE("mnist: the embedded digits are the first of the real ones") {
  const auto [train, test] = data::load_mnist(embedded);
  CHECK(train.size() == 10'000);
  CHECK(test.size() == 2'000);
  for (const Dataset& part : {train, test}) {
    CHECK(part.sample_shape() == Shape{1, 28, 28});
    CHECK(part.classes() == 10);
  }
  CHECK(contains(train.name(), "train-images"));
  CHECK(train.take(10).labels() == std::vector<int>{5, 0, 4, 1, 9, 2, 1, 3, 1, 4});
  CHECK(test.take(10).labels() == std::vector<int>{7, 2, 1, 0, 4, 1, 4, 9, 5, 9});

  // Counted in the original files by another program.
  const Census in_train(train), in_test(test);
  CHECK(in_train.counts == std::vector<int>{1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978});
  CHECK(in_test.counts == std::vector<int>{175, 234, 219, 207, 217, 179, 178, 205, 192, 194});
  // Each pixel is a gray level / 255 within 2^-25, so 8 million of them are within 255 · 8e6 · 2^-25 = 61 of
  // the sum.
  CHECK(std::abs(in_train.levels - 262'146'600) < 61);
  CHECK(std::abs(in_test.levels - 48'335'026) < 61);

  // The first digit, a 5: nothing in its first five rows, its first stroke in row 5 at column 12.
  const Vector<float> five = train.sample(0);
  CHECK((five.head(5 * 28 + 12).array() == 0.0f).all());
  CHECK(five[5 * 28 + 12] == 3.0f / 255.0f);
}

TEST_CASE("mnist: names with a dot and compressed files are found, plain ones first") {
  const SmallSet set;
  const auto plain = data::load_mnist(set.folder.path());
  CHECK(plain.train.size() == 3);
  CHECK(plain.test.size() == 2);
  CHECK(plain.train.labels() == std::vector<int>{9, 0, 5});
  CHECK(plain.train.sample(1)[3] == static_cast<float>((784 + 3) % 256) / 255.0f);

  const support::TemporaryFolder other;
  support::write_bytes(other / "train-images.idx3-ubyte", idx_bytes(0x08, {3, 28, 28}, pixels(3)));
  support::write_bytes(other / "train-labels.idx1-ubyte.gz",
                       support::gzip_bytes(idx_bytes(0x08, {3}, {9, 0, 5})));
  support::write_bytes(other / "t10k-images-idx3-ubyte.gz",
                       support::gzip_bytes(idx_bytes(0x08, {2, 28, 28}, pixels(2))));
  support::write_bytes(other / "t10k-labels-idx1-ubyte", idx_bytes(0x08, {2}, {1, 2}));
  support::write_bytes(other / "t10k-labels-idx1-ubyte.gz", {});
  const auto mixed = data::load_mnist(other.path());
  for (Index i = 0; i < 3; ++i) CHECK(mixed.train.sample(i) == plain.train.sample(i));
  for (Index i = 0; i < 2; ++i) CHECK(mixed.test.sample(i) == plain.test.sample(i));
  CHECK(mixed.train.labels() == plain.train.labels());
  CHECK(mixed.test.labels() == plain.test.labels());
}

TEST_CASE("mnist: pixels can be asked for in [-1, 1]") {
  const SmallSet set;
  const auto unit = data::load_mnist(set.folder.path());
  const auto centered = data::load_mnist(set.folder.path(), data::PixelRange::signed_unit);
  CHECK(centered.train.sample(0) == data::scale_to_signed(unit.train).sample(0));
  CHECK(centered.train.sample(0).minCoeff() == -1.0f);
  CHECK(centered.train.sample(0).maxCoeff() == 1.0f);
}

TEST_CASE("mnist: a missing file is named with what was looked for") {
  const SmallSet set;
  std::filesystem::remove(set.folder / "t10k-labels-idx1-ubyte");
  CHECK(set.error() == set.folder.path().string() +
                           ": found none of t10k-labels-idx1-ubyte, t10k-labels.idx1-ubyte, "
                           "t10k-labels-idx1-ubyte.gz, t10k-labels.idx1-ubyte.gz");
  CHECK(contains(support::error_of([&] { (void)data::load_mnist(set.folder / "nowhere"); }),
                 "nowhere: found none of"));
  std::filesystem::create_directory(set.folder / "t10k-labels-idx1-ubyte");
  CHECK(contains(set.error(), "t10k-labels-idx1-ubyte: cannot open for reading: expected a regular file"));
}

TEST_CASE("mnist: files that do not belong together or hold something else are refused") {
  const SmallSet set;
  REQUIRE(set.error().empty());
  SECTION("more labels than images") {
    set.write("train-labels-idx1-ubyte", idx_bytes(0x08, {4}, {9, 0, 5, 1}));
    CHECK(contains(set.error(), "train-images-idx3-ubyte: malformed at byte 4: expected 4 images"));
    CHECK(contains(set.error(), "train-labels-idx1-ubyte has labels, got 3"));
  }
  SECTION("more images than labels") {
    set.write("t10k-images-idx3-ubyte", idx_bytes(0x08, {3, 28, 28}, pixels(3)));
    CHECK(contains(set.error(), "t10k-images-idx3-ubyte: malformed at byte 4: expected 2 images"));
  }
  SECTION("a label that is no digit") {
    set.write("train-labels-idx1-ubyte", idx_bytes(0x08, {3}, {9, 10, 5}));
    CHECK(contains(set.error(),
                   "train-labels-idx1-ubyte: malformed at byte 9: expected a label below 10, got 10"));
  }
  SECTION("images of another size") {
    set.write("train-images-idx3-ubyte", idx_bytes(0x08, {3, 28, 27}, Bytes(3 * 28 * 27)));
    CHECK(contains(set.error(), "malformed at byte 8: expected images of 28×28 pixels, got 28×27"));
  }
  SECTION("labels in the place of images") {
    set.write("train-images-idx3-ubyte", idx_bytes(0x08, {3}, {9, 0, 5}));
    CHECK(contains(set.error(), "malformed at byte 3: expected 3 dimensions, got 1"));
  }
  SECTION("images in the place of labels") {
    set.write("train-labels-idx1-ubyte", idx_bytes(0x08, {3, 28, 28}, Bytes(3 * 784)));
    CHECK(contains(set.error(), "malformed at byte 3: expected 1 dimensions, got 3"));
  }
  SECTION("values of another type") {
    set.write("train-labels-idx1-ubyte", idx_bytes(0x09, {3}, {9, 0, 5}));
    CHECK(contains(set.error(), "malformed at byte 2: expected type code 0x08"));
  }
  SECTION("a file cut short") {
    Bytes images = idx_bytes(0x08, {3, 28, 28}, pixels(3));
    images.pop_back();
    set.write("train-images-idx3-ubyte", images);
    CHECK(contains(set.error(), "malformed at byte 16: expected the values of 3×28×28 elements"));
  }
}
