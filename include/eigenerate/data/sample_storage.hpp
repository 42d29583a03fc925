#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/data/byte_scale.hpp"

namespace eigenerate {

/// Where the samples of a dataset lie: floats, or bytes that stand for floats, in a quarter of the memory.
/// Immutable and shared: a copy is the same storage. Bytes may be those of anything that keeps them alive,
/// such as a file that is mapped.
///
/// **Shapes** features × size, one sample behind the other.
/// **Cost** `copy` of floats is one copy; of bytes, one conversion, which reads a quarter.
class SampleStorage {
 public:
  explicit SampleStorage(Matrix<float> samples);
  /// `bytes` holds features × size of them.
  SampleStorage(std::shared_ptr<const std::uint8_t> bytes, Index features, Index size,
                const ByteScale& scale);
  /// **Errors** `ShapeError` where the bytes are no whole number of samples.
  SampleStorage(std::vector<std::uint8_t> bytes, Index features, const ByteScale& scale);

  Index features() const { return features_; }
  Index size() const { return size_; }
  /// Whether it holds bytes rather than floats.
  bool has_bytes() const { return bytes_ != nullptr; }

  /// The values of sample `position`, which must be one of them.
  void copy(Index position, float* out) const;
  void copy(Index position, double* out) const;

  /// An interval that holds all finite values: the narrowest one of floats; for bytes, whatever a byte can
  /// stand for, so that no file is read. None where no value is finite.
  std::optional<ValueRange> bounds() const;

  /// Whether both are the same memory.
  bool operator==(const SampleStorage&) const = default;
  /// Whether it has not been moved from.
  explicit operator bool() const { return floats_ || bytes_; }

 private:
  Index features_ = 0;
  Index size_ = 0;
  std::shared_ptr<const Matrix<float>> floats_;
  std::shared_ptr<const std::uint8_t> bytes_;
  ByteScale scale_;
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(DATA)

#include <algorithm>
#include <array>
#include <utility>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

namespace detail {

/// Values of bytes. Blocks of a constant size, which lie in no other memory, become vector code at -O2;
/// wider registers than those of every processor gain nothing: measured, memory sets the pace.
template <Scalar S>
void convert(const std::uint8_t* bytes, Index size, const ByteScale& scale, S* out) {
  constexpr Index block = 16;
  const ByteScale same = scale;  // which no write to `out` can change
  std::array<S, block> values;
  Index first = 0;
  for (; first + block <= size; first += block) {
    for (Index i = 0; i < block; ++i) {
      const float value = same(static_cast<float>(bytes[first + i]));
      values[static_cast<std::size_t>(i)] = static_cast<S>(value);
    }
    std::copy_n(values.data(), block, out + first);
  }
  for (; first < size; ++first) out[first] = static_cast<S>(same(static_cast<float>(bytes[first])));
}

}  // namespace detail

EIGENERATE_INLINE SampleStorage::SampleStorage(Matrix<float> samples)
    : features_(samples.rows()),
      size_(samples.cols()),
      floats_(std::make_shared<const Matrix<float>>(std::move(samples))) {}

EIGENERATE_INLINE SampleStorage::SampleStorage(std::shared_ptr<const std::uint8_t> bytes, Index features,
                                               Index size, const ByteScale& scale)
    : features_(features), size_(size), bytes_(std::move(bytes)), scale_(scale) {}

EIGENERATE_INLINE SampleStorage::SampleStorage(std::vector<std::uint8_t> bytes, Index features,
                                               const ByteScale& scale)
    : features_(features), scale_(scale) {
  const auto count = static_cast<Index>(bytes.size());
  if (features < 1 || count % features != 0)
    fail<ShapeError>("SampleStorage: {} bytes are no samples of {} features", count, features);
  size_ = count / features;
  const auto owner = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
  bytes_ = {owner, owner->data()};
}

EIGENERATE_INLINE void SampleStorage::copy(Index position, float* out) const {
  if (bytes_) return detail::convert(bytes_.get() + position * features_, features_, scale_, out);
  std::copy_n(floats_->data() + position * features_, features_, out);
}

EIGENERATE_INLINE void SampleStorage::copy(Index position, double* out) const {
  if (bytes_) return detail::convert(bytes_.get() + position * features_, features_, scale_, out);
  std::copy_n(floats_->data() + position * features_, features_, out);
}

EIGENERATE_INLINE std::optional<ValueRange> SampleStorage::bounds() const {
  if (bytes_) return scale_.range();
  auto seen = kernels::extrema(floats_->data(), floats_->size());
  if (seen) seen->integers = !kernels::has_fractions(floats_->data(), floats_->size());
  return seen;
}

}  // namespace eigenerate

#endif
