#pragma once
// A codec without a network that codes as `BitsBack` does, for any setting of a file.

#include "eigenerate/compression/compress.hpp"
#include "eigenerate/compression/frequency_table.hpp"
#include "eigenerate/compression/normal_buckets.hpp"

namespace fuzz {

/// p(x|z) is uniform, and z, one number, a posteriori around a mean that x decides.
class BitsBackToy {
 public:
  using scalar_type = float;

  explicit BitsBackToy(eigenerate::CompressionSetting setting)
      : setting_(std::move(setting)),
        buckets_(setting_.latent_bits, setting_.latent_bits + 4),
        table_(setting_.levels, setting_.mass_bits) {}
  /// Whether it codes by that setting, and without a table that takes long.
  static bool codes(const eigenerate::CompressionSetting& s) {
    return s.latent_bits >= 1 && s.latent_bits <= 8 && s.mass_bits <= 16 &&
           s.levels <= eigenerate::Index{1} << (s.mass_bits - 1) && s.shape.size() <= 64;
  }

  void push(eigenerate::AnsMessage& message, eigenerate::ConstView<float> x) {
    const eigenerate::Index z = buckets_.pop(message, mean(x), 0.25);
    for (eigenerate::Index f = 0; f < x.rows(); ++f)
      table_.push(message, static_cast<eigenerate::Index>(x(f, 0)));
    buckets_.push(message, z);
  }
  void pop(eigenerate::AnsMessage& message, eigenerate::View<float> x) {
    const eigenerate::Index z = buckets_.pop(message);
    for (eigenerate::Index f = x.rows(); f-- > 0;) x(f, 0) = static_cast<float>(table_.pop(message));
    buckets_.push(message, z, mean(x), 0.25);
  }
  eigenerate::CompressionSetting setting() const { return setting_; }

 private:
  double mean(eigenerate::ConstView<float> x) const {
    return 2.0 * static_cast<double>(x(0, 0)) / static_cast<double>(setting_.levels) - 1;
  }

  eigenerate::CompressionSetting setting_;
  eigenerate::NormalBuckets buckets_;
  eigenerate::FrequencyTable table_;
};

}  // namespace fuzz
