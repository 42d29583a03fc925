#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/portable.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/data/sample_storage.hpp"
#include "eigenerate/data/sample_transform.hpp"
#include "eigenerate/data/shuffle.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

struct DatasetSplit;

/// Samples with optional labels: an immutable value whose copies, subsets and splits share one storage, of
/// floats or of bytes that become floats while they are gathered.
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
/// labels n integers in [0, classes), each `unlabelled` where it is not known, or none at all and
/// `classes() == 0`.
/// **Cost** copies, `take` and `transformed` O(1); `subset`, `split`, `with_conditions` and `labelled_at`
/// O(n) integers; no sample is copied.
/// **Errors** `ShapeError` for sizes that contradict each other or positions out of range, `ConfigError` for
/// no samples, a value (of bytes: one that a byte could stand for) outside the declared range, a label
/// outside the classes, or an empty part of a split.
class Dataset {
 public:
  /// The label of a sample whose class is not known, as scikit-learn writes it. Whatever needs classes
  /// refuses it.
  static constexpr int unlabelled = -1;

  Dataset(std::string name, const Shape& sample_shape, Matrix<float> samples, std::vector<int> labels = {},
          Index classes = 0, std::optional<ValueRange> range = {})
      : Dataset(std::move(name), sample_shape, SampleStorage(std::move(samples)), std::move(labels), classes,
                range) {}
  Dataset(std::string name, const Shape& sample_shape, SampleStorage samples, std::vector<int> labels = {},
          Index classes = 0, std::optional<ValueRange> range = {});

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

  /// Where the samples lie: the same for copies, subsets and splits.
  const SampleStorage& storage() const {
    if (!storage_) fail_moved_from("dataset");
    return storage_;
  }

  /// The interval that the values are meant to fill: as declared, otherwise as they are.
  ValueRange value_range() const { return declared_range_ ? *declared_range_ : observed_range(); }
  /// The smallest and the largest finite value of all samples as epoch 0 shows them, and whether all are
  /// integers; [0, 0] where none is finite.
  /// **Cost** gathers every sample once, in small portions.
  ValueRange observed_range() const;

  /// One sample as a batch of epoch 0 would hold it, after the transforms.
  Vector<float> sample(Index position) const;
  /// All samples so, one per column; those of `take(n)` are the first n.
  Matrix<float> samples() const;
  /// A copy of one sample as it is stored, before any transform.
  Vector<float> stored_sample(Index position) const;
  /// The label of one sample.
  int label(Index position) const {
    int out = 0;
    gather_labels({&position, 1}, {&out, 1});
    return out;
  }
  /// A copy of all labels, in this dataset's order; empty for unlabelled data.
  std::vector<int> labels() const;

  /// Copies the samples at `positions` into the columns of `out` and applies the transforms there.
  template <Scalar S>
  void gather(std::span<const Index> positions, View<S> out, Index epoch = 0) const {
    if (out.rows() != shape_.size() || out.cols() != static_cast<Index>(positions.size()))
      fail<ShapeError>("{}: gather expected an output of {} × {}, got {} × {}", name_, shape_.size(),
                       positions.size(), out.rows(), out.cols());
    S* column = out.data();
    for (const Index position : positions) {
      storage().copy(storage_position(position), column);
      if (transforms_)
        for (const auto& transform : *transforms_)
          transform(std::span<S>(column, static_cast<std::size_t>(shape_.size())), {key_of(position), epoch});
      column += shape_.size();
    }
  }

  /// Copies the labels at `positions` into `out`.
  void gather_labels(std::span<const Index> positions, std::span<int> out) const;

  /// The samples at `positions`, in that order; a position may appear twice.
  Dataset subset(std::span<const Index> positions) const;

  /// The first `n` samples.
  Dataset take(Index n) const;

  /// Two disjoint parts chosen at random that together hold every sample, each in this dataset's order;
  /// `validation_fraction` of the samples, rounded, go to the second.
  DatasetSplit split(double validation_fraction, std::uint64_t seed) const;

  /// The same samples, each changed by `transform` after the transforms that are already there. Their values
  /// then fill `range`, where it is given.
  Dataset transformed(SampleTransform transform, std::optional<ValueRange> range = {}) const;

  /// The same samples, of which those at `known` alone keep their labels; all others are `unlabelled`.
  Dataset labelled_at(std::span<const Index> known) const;

  /// The same samples as pairs: sample i is generated from condition i, an image or a vector.
  /// **Errors** `ShapeError` for another number of conditions, `ConfigError` for ones with conditions of
  /// their own.
  Dataset with_conditions(Dataset conditions) const;

  /// A number that tells datasets apart: FNV-1a over the sizes and over up to 64 samples, spread evenly, with
  /// their labels and conditions, as epoch 0 shows them.
  std::uint64_t fingerprint() const;

  /// The samples of epoch 0 as the stored ones of a new dataset without transforms; conditions too.
  /// **Cost** one copy of all samples.
  Dataset materialized() const;

 private:
  Index storage_position(Index position) const;

  /// The sample that the random draws of transforms belong to, see `SampleKey`.
  Index key_of(Index position) const;
  std::vector<Index> keys_of(std::span<const Index> positions) const;

  std::string name_;
  Shape shape_;
  Index classes_ = 0;
  Index size_ = 0;  // may be less than the storage or the list of positions holds
  std::optional<ValueRange> declared_range_;
  SampleStorage storage_;
  std::shared_ptr<const std::vector<int>> labels_;       // in the order of the storage; null: none
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

}  // namespace eigenerate

#if EIGENERATE_DEFINES(DATA)
#include "eigenerate/data/detail/dataset.hpp"
#endif
