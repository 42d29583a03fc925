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

namespace {

/// The five digits of a `SmallSet`, wherever its files were found.
void check_small(const data::Mnist& digits) {
  CHECK(digits.train.size() == 3);
  CHECK(digits.train.labels() == std::vector<int>{9, 0, 5});
  CHECK(digits.test.labels() == std::vector<int>{1, 2});
}

}  // namespace

TEST_CASE("mnist: only files that can be read are taken, wherever an archive's program has put them") {
  const SmallSet set;
  const auto root = set.folder.path();
  const auto check = [&] { check_small(data::load_mnist(root)); };
  const char* const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                               "t10k-labels-idx1-ubyte"};
  SECTION("each in a folder of its own name") {
    for (const char* name : names) {
      std::filesystem::rename(root / name, root / "moved");
      std::filesystem::create_directory(root / name);
      std::filesystem::rename(root / "moved", root / name / name);
    }
    check();
  }
  SECTION("each in a folder named with a dot, compressed") {
    for (const std::string name : names) {
      std::string dotted = name;
      dotted[dotted.find("-idx")] = '.';
      std::filesystem::create_directory(root / dotted);
      support::write_bytes(root / dotted / (name + ".GZ"),
                           support::gzip_bytes(support::read_bytes(root / name)));
      std::filesystem::remove(root / name);
    }
    check();
  }
  SECTION("beside folders of the same name that hold something else") {
    for (const std::string name : names) {
      std::string dotted = name;
      dotted[dotted.find("-idx")] = '.';
      std::filesystem::rename(root / name, root / dotted);
      std::filesystem::create_directory(root / name);
      support::write_bytes(root / name / "readme", {'x'});
    }
    check();
  }
  SECTION("empty files and broken links before good ones") {
    for (const std::string name : names) {
      support::write_bytes(root / (name + ".gz"), support::gzip_bytes(support::read_bytes(root / name)));
      support::write_bytes(root / name, {});
    }
    std::filesystem::remove(root / names[0]);
    std::filesystem::create_symlink("absent", root / names[0]);
    check();
  }
  SECTION("compressed ones without a suffix") {
    for (const std::string name : names)
      support::write_bytes(root / name, support::gzip_bytes(support::read_bytes(root / name)));
    check();
  }
  SECTION("links to them") {
    std::filesystem::create_directory(root / "store");
    for (const std::string name : names) {
      std::filesystem::rename(root / name, root / "store" / name);
      std::filesystem::create_symlink("store/" + name, root / name);
    }
    check();
  }
}

TEST_CASE("mnist: torchvision's folders are found below its root") {
  const SmallSet set;
  const auto root = set.folder.path();
  CHECK(data::find_mnist(root) == root);
  CHECK_FALSE(data::find_mnist(root / "absent"));
  for (const char* place : {"raw", "MNIST/raw", "FashionMNIST/raw", "KMNIST/raw", "QMNIST/raw"}) {
    CAPTURE(place);
    const support::TemporaryFolder other;
    CHECK_FALSE(data::find_mnist(other.path()));
    std::filesystem::create_directories(other / place);
    CHECK_FALSE(data::find_mnist(other.path()));  // an empty folder is no data set
    std::filesystem::copy(root, other / place, std::filesystem::copy_options::recursive);
    CHECK(data::find_mnist(other.path()) == other / place);
    check_small(data::load_mnist(other.path()));
    check_small(data::load_mnist((other / place).parent_path()));
    check_small(data::load_mnist(other / place));
  }
  const support::TemporaryFolder both;
  for (const char* place : {"MNIST/raw", "KMNIST/raw"}) {
    std::filesystem::create_directories(both / place);
    std::filesystem::copy(root, both / place);
  }
  CHECK(contains(
      support::error_of<ConfigError>([&] { (void)data::load_mnist(both.path()); }),
      "holds several sets, " + (both / "MNIST/raw").string() + " and " + (both / "KMNIST/raw").string()));
  check_small(data::load_mnist(both / "KMNIST"));
}

TEST_CASE("mnist: a missing file is named with what was looked for") {
  const SmallSet set;
  std::filesystem::remove(set.folder / "t10k-labels-idx1-ubyte");
  CHECK(set.error() == set.folder.path().string() +
                           ": found none of t10k-labels-idx1-ubyte, t10k-labels.idx1-ubyte, "
                           "t10k-labels-idx1-ubyte.gz, t10k-labels.idx1-ubyte.gz, "
                           "t10k-labels-idx1-ubyte.GZ, t10k-labels.idx1-ubyte.GZ");
  CHECK(contains(support::error_of([&] { (void)data::load_mnist(set.folder / "nowhere"); }),
                 "nowhere: found none of"));
  std::filesystem::create_directory(set.folder / "t10k-labels-idx1-ubyte");
  set.write("t10k-labels.idx1-ubyte.gz", {});
  std::filesystem::create_symlink("absent", set.folder / "t10k-labels.idx1-ubyte");
  CHECK(set.error().ends_with(
      "; t10k-labels-idx1-ubyte is a folder; t10k-labels.idx1-ubyte is a link that leads "
      "nowhere; t10k-labels.idx1-ubyte.gz is empty"));
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
                   "train-labels-idx1-ubyte: malformed at byte 9: expected labels in [0, 10), got 10"));
  }
  SECTION("images of another size") {
    set.write("train-images-idx3-ubyte", idx_bytes(0x08, {3, 28, 27}, Bytes(3 * 28 * 27)));
    CHECK(contains(set.error(), "malformed at byte 8: expected images of 1×28×28, got 1×28×27"));
  }
  SECTION("labels in the place of images") {
    set.write("train-images-idx3-ubyte", idx_bytes(0x08, {3}, {9, 0, 5}));
    CHECK(contains(set.error(),
                   "malformed at byte 3: expected 2 (vectors), 3 (gray images) or 4 (color images) "
                   "dimensions, got 1"));
  }
  SECTION("images in the place of labels") {
    set.write("train-labels-idx1-ubyte", idx_bytes(0x08, {3, 28, 28}, Bytes(3 * 784)));
    CHECK(contains(set.error(), "malformed at byte 3: expected 1 dimension of labels, got 3"));
  }
  SECTION("values of another type") {
    set.write("train-images-idx3-ubyte", idx_bytes(0x09, {3, 28, 28}, pixels(3)));
    CHECK(contains(set.error(), "malformed at byte 2: expected type code 0x08"));
  }
  SECTION("a file cut short") {
    Bytes images = idx_bytes(0x08, {3, 28, 28}, pixels(3));
    images.pop_back();
    set.write("train-images-idx3-ubyte", images);
    CHECK(contains(set.error(), "malformed at byte 16: expected the values of 3×28×28 elements"));
  }
}
