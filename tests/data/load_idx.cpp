#include "eigenerate/data/load_idx.hpp"

#include <numeric>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/gzip_bytes.hpp"
#include "support/idx_bytes.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;
using support::idx_bytes;

namespace {

/// 0, 1, 2, … in the order of the file.
Bytes counted(std::size_t count) {
  Bytes bytes(count);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

/// A folder with a file of images and perhaps one of labels.
struct Files {
  support::TemporaryFolder folder;

  std::filesystem::path images(const Bytes& bytes) const { return put("images", bytes); }
  std::filesystem::path labels(const Bytes& bytes) const { return put("labels", bytes); }

 private:
  std::filesystem::path put(const char* name, const Bytes& bytes) const {
    support::write_bytes(folder / name, bytes);
    return folder / name;
  }
};

/// The gray levels of one sample in memory order.
std::vector<int> levels(const Dataset& set, Index sample) {
  std::vector<int> all;
  for (const float x : set.sample(sample)) all.push_back(static_cast<int>(std::lround(255 * x)));
  return all;
}

using Levels = std::vector<int>;

}  // namespace

TEST_CASE("load idx: images of any size, without labels") {
  const Files files;
  const auto path = files.images(idx_bytes(8, {2, 3, 2}, counted(12)));
  const Dataset set = data::load_idx(path);
  CHECK(set.name() == path.string());
  CHECK(set.sample_shape() == Shape{1, 3, 2});
  CHECK(set.size() == 2);
  CHECK_FALSE(set.has_labels());
  CHECK(levels(set, 0) == Levels{0, 1, 2, 3, 4, 5});
  CHECK(levels(set, 1) == Levels{6, 7, 8, 9, 10, 11});
  const Dataset centered = data::load_idx(path, {}, {.range = data::PixelRange::signed_unit});
  CHECK(centered.sample(0)[0] == -1.0f);
  CHECK(set.value_range() == ValueRange{0, 1});  // also where no pixel is white
  CHECK(centered.value_range() == ValueRange{-1, 1});

  // Frey's faces have 28 rows and 20 columns.
  const Dataset faces =
      data::load_idx(files.images(support::gzip_bytes(idx_bytes(8, {5, 28, 20}, Bytes(2800)))));
  CHECK(faces.sample_shape() == Shape{1, 28, 20});
}

TEST_CASE("load idx: vectors in two dimensions, channels in four") {
  const Files files;
  const Dataset vectors = data::load_idx(files.images(idx_bytes(8, {2, 3}, counted(6))));
  CHECK(vectors.sample_shape() == Shape{3});
  CHECK(levels(vectors, 1) == Levels{3, 4, 5});

  // The same image of 2 rows, 2 columns and 3 channels in both orders; memory has channels last.
  const Dataset last = data::load_idx(files.images(idx_bytes(8, {1, 2, 2, 3}, counted(12))));
  CHECK(last.sample_shape() == Shape{3, 2, 2});
  CHECK(levels(last, 0) == Levels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Dataset first =
      data::load_idx(files.images(idx_bytes(8, {1, 3, 2, 2}, {0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11})), {},
                     {.channels_first = true});
  CHECK(first.sample_shape() == Shape{3, 2, 2});
  CHECK(levels(first, 0) == levels(last, 0));
}

TEST_CASE("load idx: transposed images come out upright") {
  const Files files;
  // Rows 0 1 2 and 3 4 5, column by column in the file, which says 3×2.
  const Dataset upright =
      data::load_idx(files.images(idx_bytes(8, {1, 3, 2}, {0, 3, 1, 4, 2, 5})), {}, {.transposed = true});
  CHECK(upright.sample_shape() == Shape{1, 2, 3});
  CHECK(levels(upright, 0) == Levels{0, 1, 2, 3, 4, 5});
  const Dataset color =
      data::load_idx(files.images(idx_bytes(8, {1, 3, 2, 2}, {0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11})), {},
                     {.transposed = true});
  CHECK(color.sample_shape() == Shape{2, 2, 3});
  CHECK(levels(color, 0) == Levels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Dataset planes =
      data::load_idx(files.images(idx_bytes(8, {1, 2, 3, 2}, {0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11})), {},
                     {.transposed = true, .channels_first = true});
  CHECK(planes.sample_shape() == Shape{2, 2, 3});
  CHECK(levels(planes, 0) == levels(color, 0));
}

TEST_CASE("load idx: classes are counted from the first label to the largest, unless they are given") {
  const Files files;
  const auto images = files.images(idx_bytes(8, {3, 1, 1}, {1, 2, 3}));
  const auto labels = files.labels(idx_bytes(8, {3}, {1, 26, 5}));
  const Dataset from_zero = data::load_idx(images, labels);
  CHECK(from_zero.classes() == 27);
  CHECK(from_zero.labels() == std::vector<int>{1, 26, 5});
  // EMNIST's letters.
  const Dataset letters = data::load_idx(images, labels, {.first_label = 1});
  CHECK(letters.classes() == 26);
  CHECK(letters.labels() == std::vector<int>{0, 25, 4});
  CHECK(data::load_idx(images, labels, {.classes = 47}).classes() == 47);
  CHECK(data::load_idx(images, files.labels(idx_bytes(8, {3}, {0, 0, 0}))).classes() == 1);
  // Labels of four bytes, as QMNIST's converters write them, and of two and one with a sign.
  CHECK(data::load_idx(images, files.labels(idx_bytes(0x0c, {3}, {0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 9})))
            .labels() == std::vector<int>{1, 256, 9});
  CHECK(data::load_idx(images, files.labels(idx_bytes(0x0b, {3}, {0, 1, 0, 2, 0xff, 0xff})),
                       {.first_label = -1})
            .labels() == std::vector<int>{2, 3, 0});
  CHECK(data::load_idx(images, files.labels(idx_bytes(9, {3}, {1, 2, 0}))).classes() == 3);
}

TEST_CASE("load idx: what is no such dataset is refused, with the place") {
  const Files files;
  const auto images = files.images(idx_bytes(8, {3, 1, 1}, {1, 2, 3}));
  const auto refusal = [&](const std::filesystem::path& labels, const data::IdxOptions& options = {}) {
    return support::error_of([&] { (void)data::load_idx(images, labels, options); });
  };
  const auto labels = files.labels(idx_bytes(8, {3}, {1, 26, 5}));
  CHECK(contains(refusal(labels, {.classes = 26}),
                 "labels: malformed at byte 9: expected labels in [0, 26), got 26"));
  CHECK(contains(refusal(labels, {.first_label = 2}),
                 "labels: malformed at byte 8: expected labels from 2, got 1"));
  CHECK(contains(refusal(labels, {.classes = 25, .first_label = 1}), "expected labels in [1, 26), got 26"));
  CHECK(contains(refusal(labels, {.shape = Shape{1, 2, 2}}),
                 "images: malformed at byte 8: expected images of 1×2×2, got 1"));
  CHECK(contains(refusal(files.labels(idx_bytes(8, {2}, {1, 2}))),
                 "images: malformed at byte 4: expected 2 images, as "));
  CHECK(contains(refusal(files.labels(idx_bytes(8, {3, 1}, {1, 2, 3}))),
                 "malformed at byte 3: expected 1 dimension of labels, got 2"));
  CHECK(contains(refusal(files.labels(idx_bytes(0x0d, {3}, Bytes(12)))),
                 "malformed at byte 2: expected whole numbers as labels"));
  CHECK(contains(refusal(files.folder / "absent"), "absent: cannot open for reading"));

  const auto image_refusal = [&](const Bytes& bytes) {
    return support::error_of([&] { (void)data::load_idx(files.images(bytes)); });
  };
  CHECK(
      contains(image_refusal(idx_bytes(8, {3}, {1, 2, 3})), "malformed at byte 3: expected 2 (vectors), 3"));
  CHECK(contains(image_refusal(idx_bytes(8, {1, 1, 1, 1, 2}, {1, 2})), "got 5"));
  CHECK(
      contains(image_refusal(idx_bytes(0x0d, {1, 1}, Bytes(4))), "expected type code 0x08 (unsigned bytes)"));
  CHECK(contains(support::error_of<ConfigError>([&] { (void)data::load_idx(images, {}, {.classes = 3}); }),
                 "load_idx: 3 classes need a file of labels"));
  CHECK_THROWS_AS(data::load_idx(images, labels, {.classes = -1}), ConfigError);
}
