#pragma once

#include "eigenerate/data/dataset.hpp"

namespace eigenerate {

EIGENERATE_INLINE Dataset::Dataset(std::string name, const Shape& sample_shape, SampleStorage samples,
                                   std::vector<int> labels, Index classes, std::optional<ValueRange> range)
    : name_(std::move(name)),
      shape_(sample_shape),
      classes_(classes),
      size_(samples.size()),
      declared_range_(range),
      storage_(std::move(samples)) {
  require_valid(shape_, name_);
  if (size_ < 1) fail<ConfigError>("{}: a dataset needs at least one sample", name_);
  if (storage_.features() != shape_.size())
    fail<ShapeError>("{}: expected {} values in a sample of shape {}, got {}", name_, shape_.size(),
                     to_string(shape_), storage_.features());
  if (!labels.empty() && classes == 0)
    fail<ConfigError>("{}: got labels (from {} to {}) and no number of classes; pass it behind the labels",
                      name_, *std::min_element(labels.begin(), labels.end()),
                      *std::max_element(labels.begin(), labels.end()));
  if (labels.empty() ? classes != 0 : static_cast<Index>(labels.size()) != size_)
    fail<ShapeError>("{}: expected a label for each of {} samples, got {} labels and {} classes", name_,
                     size_, labels.size(), classes);
  for (const int label : labels)
    if (label != unlabelled && (label < 0 || label >= classes))
      fail<ConfigError>("{}: expected labels in [0, {}), or {} where there is none, got {}", name_, classes,
                        unlabelled, label);
  if (range) {
    const auto seen = storage_.bounds();
    if (seen && !range->contains(*seen))
      fail<ConfigError>("{}: declared to have {} in {}, got values in {}", name_,
                        range->integers ? "integers" : "values", to_string(*range), to_string(*seen));
  }
  if (!labels.empty()) labels_ = std::make_shared<const std::vector<int>>(std::move(labels));
}

EIGENERATE_INLINE ValueRange Dataset::observed_range() const {
  constexpr Index portion = 64;
  Matrix<float> samples(shape_.size(), std::min(size_, portion));
  std::vector<Index> positions(static_cast<std::size_t>(samples.cols()));
  std::optional<ValueRange> range;
  bool integers = true;
  for (Index first = 0; first < size_; first += portion) {
    const Index n = std::min(portion, size_ - first);
    std::iota(positions.begin(), positions.begin() + n, first);
    gather<float>({positions.data(), static_cast<std::size_t>(n)}, {samples.data(), samples.rows(), n});
    const auto here = kernels::extrema(samples.data(), samples.rows() * n);
    integers = integers && !kernels::has_fractions(samples.data(), samples.rows() * n);
    if (here)
      range = range ? ValueRange{std::min(range->low, here->low), std::max(range->high, here->high)} : *here;
  }
  if (!range) return {0, 0};
  return {range->low, range->high, integers};
}

EIGENERATE_INLINE Vector<float> Dataset::sample(Index position) const {
  Vector<float> x(shape_.size());
  gather<float>({&position, 1}, {x.data(), x.size(), 1});
  return x;
}

EIGENERATE_INLINE Matrix<float> Dataset::samples() const {
  std::vector<Index> all(static_cast<std::size_t>(size_));
  std::iota(all.begin(), all.end(), Index{0});
  Matrix<float> x(shape_.size(), size_);
  gather<float>(all, as_view(x));
  return x;
}

EIGENERATE_INLINE Vector<float> Dataset::stored_sample(Index position) const {
  const SampleStorage& stored = storage();
  Vector<float> x(shape_.size());
  stored.copy(storage_position(position), x.data());
  return x;
}

EIGENERATE_INLINE std::vector<int> Dataset::labels() const {
  std::vector<int> out(has_labels() ? static_cast<std::size_t>(size_) : 0);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = label(static_cast<Index>(i));
  return out;
}

EIGENERATE_INLINE void Dataset::gather_labels(std::span<const Index> positions, std::span<int> out) const {
  if (!has_labels()) fail<StateError>("{}: this dataset has no labels", name_);
  if (!labels_) fail_moved_from("dataset");
  if (out.size() != positions.size())
    fail<ShapeError>("{}: gather_labels expected room for {} labels, got {}", name_, positions.size(),
                     out.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = (*labels_)[static_cast<std::size_t>(storage_position(positions[i]))];
}

EIGENERATE_INLINE Dataset Dataset::subset(std::span<const Index> positions) const {
  if (positions.empty()) fail<ConfigError>("{}: a subset needs at least one sample", name_);
  std::vector<Index> stored(positions.size());
  std::transform(positions.begin(), positions.end(), stored.begin(),
                 [this](Index position) { return storage_position(position); });
  Dataset part = *this;
  part.size_ = static_cast<Index>(stored.size());
  part.positions_ = std::make_shared<const std::vector<Index>>(std::move(stored));
  if (keys_) part.keys_ = std::make_shared<const std::vector<Index>>(keys_of(positions));
  if (conditions_) part.conditions_ = std::make_shared<const Dataset>(conditions_->subset(positions));
  return part;
}

EIGENERATE_INLINE Dataset Dataset::take(Index n) const {
  if (n < 1 || n > size_)
    fail<ShapeError>("{}: take expected between 1 and {} samples, got {}", name_, size_, n);
  Dataset part = *this;
  part.size_ = n;
  if (conditions_) part.conditions_ = std::make_shared<const Dataset>(conditions_->take(n));
  return part;
}

EIGENERATE_INLINE Dataset Dataset::transformed(SampleTransform transform,
                                               std::optional<ValueRange> range) const {
  auto chain = transforms_ ? *transforms_ : std::vector<SampleTransform>{};
  chain.push_back(std::move(transform));
  Dataset changed = *this;
  changed.transforms_ = std::make_shared<const std::vector<SampleTransform>>(std::move(chain));
  changed.declared_range_ = range;
  return changed;
}

EIGENERATE_INLINE Dataset Dataset::labelled_at(std::span<const Index> known) const {
  std::vector<int> kept(known.size());
  gather_labels(known, kept);
  std::vector<int> labels(labels_->size(), unlabelled);
  for (std::size_t i = 0; i < known.size(); ++i)
    labels[static_cast<std::size_t>(storage_position(known[i]))] = kept[i];
  Dataset part = *this;
  part.labels_ = std::make_shared<const std::vector<int>>(std::move(labels));
  return part;
}

EIGENERATE_INLINE Dataset Dataset::with_conditions(Dataset conditions) const {
  if (conditions.size() != size_)
    fail<ShapeError>("{}: expected a condition for each of {} samples, got {} of {}", name_, size_,
                     conditions.size(), conditions.name());
  if (conditions.has_conditions())
    fail<ConfigError>("{}: the conditions ({}) have conditions of their own, which nothing would read", name_,
                      conditions.name());
  Dataset pairs = *this;
  conditions.keys_ = nullptr;  // where both sides are stored alike, their own positions are the keys
  if (positions_ || keys_ || conditions.positions_) {
    std::vector<Index> all(static_cast<std::size_t>(size_));
    std::iota(all.begin(), all.end(), Index{0});
    conditions.keys_ = std::make_shared<const std::vector<Index>>(keys_of(all));
  }
  pairs.conditions_ = std::make_shared<const Dataset>(std::move(conditions));
  return pairs;
}

EIGENERATE_INLINE std::uint64_t Dataset::fingerprint() const {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto add = [&hash](std::uint64_t word) {
    for (int byte = 0; byte < 8; ++byte) hash = (hash ^ (word >> (8 * byte) & 0xFF)) * 0x100000001b3u;
  };
  for (const Index extent : {size_, shape_.channels, shape_.height, shape_.width, classes_})
    add(static_cast<std::uint64_t>(extent));
  const Index shown = std::min<Index>(size_, 64);
  for (Index i = 0; i < shown; ++i) {
    const Index position = i * size_ / shown;
    for (const float value : sample(position)) add(bit_cast<std::uint32_t>(value));
    if (has_labels()) add(static_cast<std::uint64_t>(label(position)));
  }
  if (conditions_) add(conditions_->fingerprint());
  return hash;
}

EIGENERATE_INLINE Dataset Dataset::materialized() const {
  Dataset fixed(name_, shape_, samples(), labels(), classes_, declared_range_);
  return conditions_ ? fixed.with_conditions(conditions_->materialized()) : fixed;
}

EIGENERATE_INLINE Index Dataset::storage_position(Index position) const {
  if (position < 0 || position >= size_)
    fail<ShapeError>("{}: position {} is outside [0, {})", name_, position, size_);
  return positions_ ? (*positions_)[static_cast<std::size_t>(position)] : position;
}

EIGENERATE_INLINE Index Dataset::key_of(Index position) const {
  return keys_ ? (*keys_)[static_cast<std::size_t>(position)] : storage_position(position);
}

EIGENERATE_INLINE std::vector<Index> Dataset::keys_of(std::span<const Index> positions) const {
  std::vector<Index> keys(positions.size());
  std::transform(positions.begin(), positions.end(), keys.begin(),
                 [this](Index position) { return key_of(position); });
  return keys;
}

EIGENERATE_INLINE DatasetSplit Dataset::split(double validation_fraction, std::uint64_t seed) const {
  const double share = std::round(validation_fraction * static_cast<double>(size_));
  if (!(is_finite(share) && share >= 1 && share <= static_cast<double>(size_ - 1)))
    fail<ConfigError>("{}: a validation fraction of {} of {} samples leaves one part empty", name_,
                      validation_fraction, size_);
  std::vector<Index> order(static_cast<std::size_t>(size_));
  random_permutation(order, RandomStream{seed, Purpose::split});
  const auto border = static_cast<std::size_t>(share);
  std::sort(order.begin(), order.begin() + static_cast<Index>(share));
  std::sort(order.begin() + static_cast<Index>(share), order.end());
  const std::span<const Index> positions(order);
  return {subset(positions.subspan(border)), subset(positions.first(border))};
}

}  // namespace eigenerate
