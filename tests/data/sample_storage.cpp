#include "eigenerate/data/sample_storage.hpp"

#include <cstring>
#include <numeric>

#include "eigenerate/data/batches.hpp"
#include "eigenerate/data/pixel_range.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::refuses;

namespace {

/// `count` samples that show every byte, none a whole number of blocks long.
std::vector<std::uint8_t> every_byte(Index features, Index count) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(features * count));
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{3});
  return bytes;
}

template <Scalar S>
bool same_bits(const Matrix<S>& a, const Matrix<S>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), sizeof(S) * static_cast<std::size_t>(a.size())) == 0;
}

/// All samples in the order of the storage, as batches hold them.
template <Scalar S>
Matrix<S> gathered(const Dataset& dataset) {
  std::vector<Index> all(static_cast<std::size_t>(dataset.size()));
  std::iota(all.begin(), all.end(), Index{0});
  Matrix<S> out(dataset.sample_shape().size(), dataset.size());
  dataset.gather<S>(all, as_view(out));
  return out;
}

}  // namespace

TEMPLATE_TEST_CASE("sample storage: bytes become the bits that floats of the same levels have", "", float,
                   double) {
  using S = TestType;
  for (const auto range : {data::PixelRange::unit, data::PixelRange::signed_unit})
    for (const Index features : {1, 15, 16, 17, 37, 784}) {
      CAPTURE(features);
      const auto bytes = every_byte(features, 300);
      const auto levels = data::gray_levels(range);
      Matrix<float> values(features, 300);
      for (Index i = 0; i < values.size(); ++i) values.data()[i] = levels[bytes[static_cast<std::size_t>(i)]];
      const Dataset kept("bytes", {features}, SampleStorage(bytes, features, data::byte_scale(range)), {}, 0,
                         data::value_range(range));
      const Dataset floats("floats", {features}, values, {}, 0, data::value_range(range));
      CHECK(kept.storage().has_bytes());
      CHECK_FALSE(floats.storage().has_bytes());
      CHECK(same_bits(gathered<S>(kept), gathered<S>(floats)));
      CHECK(kept.stored_sample(7) == floats.stored_sample(7));
      // Runs recorded with floats resume.
      CHECK(kept.fingerprint() == floats.fingerprint());
      CHECK(data::scale_to_signed(kept).fingerprint() == data::scale_to_signed(floats).fingerprint());
      CHECK(kept.split(0.3, 1).validation.fingerprint() == floats.split(0.3, 1).validation.fingerprint());
      CHECK(kept.observed_range() == floats.observed_range());
    }
}

TEST_CASE("sample storage: the levels of torchvision, computed as it does") {
  // (byte / 255 − 0.5) / 0.5, whose last division by a power of two is exact as a product.
  const auto levels = data::gray_levels(data::PixelRange::signed_unit);
  for (int byte = 0; byte < 256; ++byte) {
    const float unit = static_cast<float>(byte) / 255.0f;
    CHECK(levels[static_cast<std::size_t>(byte)] == (unit - 0.5f) / 0.5f);
    CHECK(data::gray_levels(data::PixelRange::unit)[static_cast<std::size_t>(byte)] == unit);
  }
}

TEST_CASE("sample storage: bytes themselves are the integers 0 to 255") {
  const SampleStorage storage(every_byte(4, 64), 4, ByteScale{});
  CHECK(storage.size() == 64);
  CHECK(storage.bounds() == ValueRange{0, 255, true});
  const Dataset levels("levels", {4}, storage, {}, 0, ValueRange{0, 255, true});
  CHECK(levels.sample(0) == Vector<float>{{3, 4, 5, 6}});
  CHECK(levels.storage() == storage);
  CHECK(SampleStorage(every_byte(4, 2), 4, data::byte_scale(data::PixelRange::signed_unit)).bounds() ==
        ValueRange{-1, 1});
  // What bytes could stand for decides, whatever they are: a file of gigabytes is not read to know.
  refuses<ConfigError>(
      [&] {
        Dataset("levels", {4}, storage, {}, 0, ValueRange{0, 1});
      },
      {"levels: declared to have values in [0, 1]", "[0, 255]"});
}

TEST_CASE("sample storage: bytes live as long as somebody looks at them") {
  auto owner = std::make_shared<const std::vector<std::uint8_t>>(every_byte(2, 3));
  const std::weak_ptr<const std::vector<std::uint8_t>> watched = owner;
  {
    Dataset part = Dataset("x", {2}, SampleStorage({owner, owner->data()}, 2, 3, ByteScale{})).take(2);
    owner.reset();
    CHECK(part.sample(1) == Vector<float>{{5, 6}});
    CHECK_FALSE(watched.expired());
  }
  CHECK(watched.expired());
}

TEST_CASE("sample storage: contradicting sizes are refused") {
  refuses<ShapeError>([] { SampleStorage(std::vector<std::uint8_t>(7), 2, ByteScale{}); },
                      {"7 bytes are no samples of 2 features"});
  refuses<ShapeError>([] { SampleStorage(std::vector<std::uint8_t>(7), 0, ByteScale{}); }, {"0 features"});
  refuses<ShapeError>([] { Dataset("x", {3}, SampleStorage(std::vector<std::uint8_t>(4), 2, ByteScale{})); },
                      {"x: expected 3 values", "got 2"});
  refuses<ConfigError>([] { Dataset("x", {3}, SampleStorage(std::vector<std::uint8_t>{}, 3, ByteScale{})); },
                       {"at least one sample"});
}

TEST_CASE("sample storage: batches of bytes allocate nothing") {
  Batches<float> batches(Dataset("x", {37}, SampleStorage(every_byte(37, 50), 37, ByteScale{})),
                         {.batch_size = 16});
  float sum = batches.batch(0, 0).samples.sum();
  const testing::AllocationGuard guard;
  for (Index i = 0; i < 4; ++i) sum += batches.batch(0, i).samples.sum();
  CHECK(guard.count() == 0);
  CHECK(sum > 0);
}
