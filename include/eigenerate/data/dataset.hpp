#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/portable.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/data/sample_transform.hpp"
#include "eigenerate/data/shuffle.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

struct DatasetSplit;

/// Samples with optional labels: an immutable value whose copies, subsets and splits share one storage.
///
/// A dataset may carry transforms (`transformed`) that act while samples are gathered; `gather` and `sample`
/// show their results, `stored_sample` shows what they start from.
///
/// A dataset knows which range its values are meant to fill, so that pictures of samples need not be told
/// what is black and what is white. Where nobody declared it, it is the range of the values themselves.
///
/// A dataset of pairs (`with_conditions`) has a condition for each sample, what it is generated from: a
/// drawing for a photograph. They are a dataset too, and go where their samples go: into subsets, splits and
/// batches. Its transforms act on the conditions alone, and draw with the keys of the samples, so that the
/// same random flip on both sides flips a pair together.
///
/// **Shapes** samples features × n as float, one sample per column, images channel-last inside the column;
/// labels n integers in [0, classes), or none at all and `classes() == 0`.
/// **Cost** copies, `take` and `transformed` O(1); `subset`, `split` and `with_conditions` O(n) indices; no
/// sample is copied.
/// **Errors** `ShapeError` for sizes that contradict each other or positions out of range, `ConfigError` for
/// no samples, a value outside the declared range, a label outside the classes, or an empty part of a split.
class Dataset {
 public:
  Dataset(std::string name, const Shape& sample_shape, Matrix<float> samples, std::vector<int> labels = {},
          Index classes = 0, std::optional<ValueRange> range = {})
      : name_(std::move(name)),
        shape_(sample_shape),
        classes_(classes),
        size_(samples.cols()),
        declared_range_(range) {
    require_valid(shape_, name_);
    if (size_ < 1) fail<ConfigError>("{}: a dataset needs at least one sample", name_);
    if (samples.rows() != shape_.size())
      fail<ShapeError>("{}: expected {} values in a sample of shape {}, got {}", name_, shape_.size(),
                       to_string(shape_), samples.rows());
    if (!labels.empty() && classes == 0)
      fail<ConfigError>("{}: got labels (from {} to {}) and no number of classes; pass it behind the labels",
                        name_, *std::min_element(labels.begin(), labels.end()),
                        *std::max_element(labels.begin(), labels.end()));
    if (labels.empty() ? classes != 0 : static_cast<Index>(labels.size()) != size_)
      fail<ShapeError>("{}: expected a label for each of {} samples, got {} labels and {} classes", name_,
                       size_, labels.size(), classes);
    for (const int label : labels)
      if (label < 0 || label >= classes)
        fail<ConfigError>("{}: expected labels in [0, {}), got {}", name_, classes, label);
    if (range)
      if (const auto seen = kernels::extrema(samples.data(), samples.size()); seen && !range->contains(*seen))
        fail<ConfigError>("{}: declared to have values in {}, got values in {}", name_, to_string(*range),
                          to_string(*seen));
    storage_ = std::make_shared<const Storage>(Storage{std::move(samples), std::move(labels)});
  }

  const std::string& name() const { return name_; }
  const Shape& sample_shape() const { return shape_; }
  /// Number of classes; 0 for unlabelled data.
  Index classes() const { return classes_; }
  /// Number of samples.
  Index size() const { return size_; }
  bool has_labels() const { return classes_ > 0; }
  bool has_transforms() const { return transforms_ != nullptr; }
  bool has_conditions() const { return conditions_ != nullptr; }
  /// The conditions of a dataset of pairs, in the order of its samples.
  const Dataset& conditions() const {
    if (!conditions_) fail<StateError>("{}: this dataset has no conditions", name_);
    return *conditions_;
  }

  /// The interval that the values are meant to fill: as declared, otherwise as they are.
  ValueRange value_range() const { return declared_range_ ? *declared_range_ : observed_range(); }
  /// The smallest and the largest finite value of all samples as epoch 0 shows them; [0, 0] where none is
  /// finite.
  /// **Cost** gathers every sample once, in small portions.
  ValueRange observed_range() const {
    constexpr Index portion = 64;
    Matrix<float> samples(shape_.size(), std::min(size_, portion));
    std::vector<Index> positions(static_cast<std::size_t>(samples.cols()));
    std::optional<ValueRange> range;
    for (Index first = 0; first < size_; first += portion) {
      const Index n = std::min(portion, size_ - first);
      std::iota(positions.begin(), positions.begin() + n, first);
      gather<float>({positions.data(), static_cast<std::size_t>(n)}, {samples.data(), samples.rows(), n});
      const auto here = kernels::extrema(samples.data(), samples.rows() * n);
      if (here)
        range =
            range ? ValueRange{std::min(range->low, here->low), std::max(range->high, here->high)} : *here;
    }
    return range.value_or(ValueRange{0, 0});
  }

  /// One sample as a batch of epoch 0 would hold it, after the transforms.
  Vector<float> sample(Index position) const {
    Vector<float> x(shape_.size());
    gather<float>({&position, 1}, {x.data(), x.size(), 1});
    return x;
  }
  /// One sample as it is stored, before any transform.
  ConstView<float> stored_sample(Index position) const {
    return {storage().samples.col(storage_position(position)).data(), shape_.size(), 1};
  }
  /// The label of one sample.
  int label(Index position) const {
    int out = 0;
    gather_labels({&position, 1}, {&out, 1});
    return out;
  }
  /// A copy of all labels, in this dataset's order; empty for unlabelled data.
  std::vector<int> labels() const {
    std::vector<int> out(has_labels() ? static_cast<std::size_t>(size_) : 0);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = label(static_cast<Index>(i));
    return out;
  }

  /// Copies the samples at `positions` into the columns of `out` and applies the transforms there.
  template <Scalar S>
  void gather(std::span<const Index> positions, View<S> out, Index epoch = 0) const {
    if (out.rows() != shape_.size() || out.cols() != static_cast<Index>(positions.size()))
      fail<ShapeError>("{}: gather expected an output of {} × {}, got {} × {}", name_, shape_.size(),
                       positions.size(), out.rows(), out.cols());
    S* column = out.data();
    for (const Index position : positions) {
      const Index stored = storage_position(position);
      const float* x = storage().samples.data() + stored * shape_.size();
      if constexpr (std::same_as<S, float>)
        std::copy_n(x, shape_.size(), column);
      else
        std::transform(x, x + shape_.size(), column, [](float value) { return static_cast<S>(value); });
      if (transforms_)
        for (const auto& transform : *transforms_)
          transform(std::span<S>(column, static_cast<std::size_t>(shape_.size())), {key_of(position), epoch});
      column += shape_.size();
    }
  }

  /// Copies the labels at `positions` into `out`.
  void gather_labels(std::span<const Index> positions, std::span<int> out) const {
    if (!has_labels()) fail<StateError>("{}: this dataset has no labels", name_);
    if (out.size() != positions.size())
      fail<ShapeError>("{}: gather_labels expected room for {} labels, got {}", name_, positions.size(),
                       out.size());
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = storage().labels[static_cast<std::size_t>(storage_position(positions[i]))];
  }

  /// The samples at `positions`, in that order; a position may appear twice.
  Dataset subset(std::span<const Index> positions) const {
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

  /// The first `n` samples.
  Dataset take(Index n) const {
    if (n < 1 || n > size_)
      fail<ShapeError>("{}: take expected between 1 and {} samples, got {}", name_, size_, n);
    Dataset part = *this;
    part.size_ = n;
    if (conditions_) part.conditions_ = std::make_shared<const Dataset>(conditions_->take(n));
    return part;
  }

  /// Two disjoint parts chosen at random that together hold every sample, each in this dataset's order;
  /// `validation_fraction` of the samples, rounded, go to the second.
  DatasetSplit split(double validation_fraction, std::uint64_t seed) const;

  /// The same samples, each changed by `transform` after the transforms that are already there. Their values
  /// then fill `range`, where it is given.
  Dataset transformed(SampleTransform transform, std::optional<ValueRange> range = {}) const {
    auto chain = transforms_ ? *transforms_ : std::vector<SampleTransform>{};
    chain.push_back(std::move(transform));
    Dataset changed = *this;
    changed.transforms_ = std::make_shared<const std::vector<SampleTransform>>(std::move(chain));
    changed.declared_range_ = range;
    return changed;
  }

  /// The same samples as pairs: sample i is generated from condition i, an image or a vector.
  /// **Errors** `ShapeError` for another number of conditions, `ConfigError` for ones with conditions of
  /// their own.
  Dataset with_conditions(Dataset conditions) const {
    if (conditions.size() != size_)
      fail<ShapeError>("{}: expected a condition for each of {} samples, got {} of {}", name_, size_,
                       conditions.size(), conditions.name());
    if (conditions.has_conditions())
      fail<ConfigError>("{}: the conditions ({}) have conditions of their own, which nothing would read",
                        name_, conditions.name());
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

  /// A number that tells datasets apart: FNV-1a over the sizes and over up to 64 samples, spread evenly, with
  /// their labels and conditions, as epoch 0 shows them.
  std::uint64_t fingerprint() const {
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

  /// The samples of epoch 0 as the stored ones of a new dataset without transforms; conditions too.
  /// **Cost** one copy of all samples.
  Dataset materialized() const {
    std::vector<Index> all(static_cast<std::size_t>(size_));
    std::iota(all.begin(), all.end(), Index{0});
    Matrix<float> samples(shape_.size(), size_);
    gather<float>(all, as_view(samples));
    Dataset fixed(name_, shape_, std::move(samples), labels(), classes_, declared_range_);
    return conditions_ ? fixed.with_conditions(conditions_->materialized()) : fixed;
  }

 private:
  struct Storage {
    Matrix<float> samples;
    std::vector<int> labels;
  };

  const Storage& storage() const {
    if (!storage_) fail_moved_from("dataset");
    return *storage_;
  }

  Index storage_position(Index position) const {
    if (position < 0 || position >= size_)
      fail<ShapeError>("{}: position {} is outside [0, {})", name_, position, size_);
    return positions_ ? (*positions_)[static_cast<std::size_t>(position)] : position;
  }

  /// The sample that the random draws of transforms belong to, see `SampleKey`.
  Index key_of(Index position) const {
    return keys_ ? (*keys_)[static_cast<std::size_t>(position)] : storage_position(position);
  }
  std::vector<Index> keys_of(std::span<const Index> positions) const {
    std::vector<Index> keys(positions.size());
    std::transform(positions.begin(), positions.end(), keys.begin(),
                   [this](Index position) { return key_of(position); });
    return keys;
  }

  std::string name_;
  Shape shape_;
  Index classes_ = 0;
  Index size_ = 0;  // may be less than the storage or the list of positions holds
  std::optional<ValueRange> declared_range_;
  std::shared_ptr<const Storage> storage_;
  std::shared_ptr<const std::vector<Index>> positions_;  // null: in the order of the storage
  std::shared_ptr<const std::vector<Index>> keys_;       // null: the positions in the storage
  std::shared_ptr<const std::vector<SampleTransform>> transforms_;
  std::shared_ptr<const Dataset> conditions_;
};

/// What `Dataset::split` returns.
struct DatasetSplit {
  Dataset train;
  Dataset validation;
};

inline DatasetSplit Dataset::split(double validation_fraction, std::uint64_t seed) const {
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
