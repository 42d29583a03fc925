#include "eigenerate/data/map_idx.hpp"

#include <cstring>
#include <numeric>

#include "eigenerate/data/load_idx.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/gzip_bytes.hpp"
#include "support/idx_bytes.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;
using support::idx_bytes;

namespace {

struct Files {
  support::TemporaryFolder folder;

  std::filesystem::path put(const char* name, const Bytes& bytes) const {
    support::write_bytes(folder / name, bytes);
    return folder / name;
  }
};

Bytes counted(std::size_t count) {
  Bytes bytes(count);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

}  // namespace

TEST_CASE("map idx: the dataset that load_idx makes, bit for bit") {
  const Files files;
  const auto labels = files.put("labels", idx_bytes(8, {10}, {3, 1, 4, 1, 5, 9, 2, 6, 5, 3}));
  for (const Bytes& bytes : {idx_bytes(8, {10, 5, 7}, counted(350)),
                             idx_bytes(8, {10, 4, 3, 3}, counted(360)), idx_bytes(8, {10, 21}, counted(210))})
    for (const auto range : {data::PixelRange::unit, data::PixelRange::signed_unit}) {
      const auto images = files.put("images", bytes);
      const Dataset mapped = data::map_idx(images, labels, {.range = range});
      const Dataset read = data::load_idx(images, labels, {.range = range});
      CHECK(mapped.name() == images.string());
      CHECK(mapped.sample_shape() == read.sample_shape());
      CHECK(mapped.labels() == read.labels());
      CHECK(mapped.classes() == 10);
      CHECK(mapped.value_range() == read.value_range());
      CHECK(mapped.fingerprint() == read.fingerprint());
      for (Index i = 0; i < 10; ++i) CHECK(mapped.sample(i) == read.sample(i));
      const Dataset part = mapped.split(0.5, 1).train;
      CHECK(part.storage() == mapped.storage());
    }
}

TEST_CASE("map idx: the dataset keeps a file that is removed or replaced") {
  const Files files;
  const auto images = files.put("images", idx_bytes(8, {2, 2, 2}, counted(8)));
  const Dataset mapped = data::map_idx(images);
  std::filesystem::remove(images);
  files.put("images", idx_bytes(8, {2, 2, 2}, Bytes(8, 255)));
  CHECK(mapped.sample(1)[3] == 7.0f / 255.0f);
}

TEST_CASE("map idx: what cannot be mapped is refused, with the place") {
  const Files files;
  const auto refusal = [&](const Bytes& bytes, const data::IdxOptions& options = {}) {
    const auto images = files.put("images", bytes);
    return support::error_of<Error>([&] { (void)data::map_idx(images, {}, options); });
  };
  const Bytes plain = idx_bytes(8, {2, 3, 2}, counted(12)), colors = idx_bytes(8, {1, 3, 2, 2}, counted(12));
  CHECK(contains(refusal(support::gzip_bytes(plain)), "(a gzip file)"));
  CHECK(contains(refusal(plain, {.transposed = true}), "images: map_idx expected pixels row by row"));
  CHECK(contains(refusal(colors, {.channels_first = true}), "load_idx moves others"));
  CHECK(refusal(plain, {.channels_first = true}) == "");  // there is one channel, wherever it stands
  CHECK(contains(refusal(idx_bytes(8, {2, 3, 2}, counted(11))), "expected the values of 2×3×2"));
  CHECK(contains(refusal(idx_bytes(8, {2, 3, 2}, counted(13))), "got 13 bytes"));
  CHECK(contains(refusal(idx_bytes(8, {0xffffffff, 0xffffffff, 0xffffffff}, {})), "malformed at byte 16"));
  CHECK(contains(refusal(idx_bytes(0x0d, {1, 1}, Bytes(4))), "expected type code 0x08 (unsigned bytes)"));
  CHECK(contains(refusal(plain, {.shape = Shape{1, 2, 2}}), "expected images of 1×2×2, got 1×3×2"));
  CHECK(contains(refusal(plain, {.classes = 3}), "map_idx: 3 classes need a file of labels"));
  CHECK(contains(refusal({}), "images: malformed at byte 0"));
  const auto images = files.put("images", plain), labels = files.put("labels", idx_bytes(8, {3}, {1, 2, 3}));
  CHECK(contains(support::error_of([&] { (void)data::map_idx(images, labels); }), "expected 3 images, as "));
}
