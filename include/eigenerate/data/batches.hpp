#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/memory.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/batch.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/shuffle.hpp"

namespace eigenerate {

/// In which order an epoch visits the samples: anew in each epoch for training, as stored for evaluation.
enum class BatchOrder { shuffled, sequential };

/// How a dataset is cut into mini-batches.
struct BatchOptions {
  Index batch_size = 128;
  std::uint64_t seed = 0;
  BatchOrder order = BatchOrder::shuffled;
  /// Leave out a last batch that is shorter than the others, as PyTorch's DataLoader.
  bool drop_last = false;
};

/// The mini-batches of a dataset, any of any epoch at any time.
///
/// `for (const auto& batch : batches.epoch(e))` visits every sample exactly once; the last batch is shorter
/// when the size does not divide, or left out with `drop_last`. The content of batch k of epoch e depends on
/// (dataset, options, e, k) alone, so training resumes in the middle of an epoch with `batches.epoch(e, k)`.
///
/// All batches share one buffer: a batch is valid until the next one is made.
///
/// **Cost** a batch: one copy of its samples and conditions; a new epoch: one permutation; no allocation
/// after construction.
/// **Errors** `ConfigError` for a batch size below 1 and where `drop_last` leaves no batch, `ShapeError` for
/// a batch that does not exist.
template <Scalar S = float>
class Batches {
 public:
  class Epoch;

  Batches(Dataset dataset, const BatchOptions& options);

  const Dataset& dataset() const { return dataset_; }
  const BatchOptions& options() const { return options_; }
  /// The size of the largest batch.
  Index max_batch() const { return std::min(options_.batch_size, dataset_.size()); }
  /// The size of the smallest one, which is the last of an epoch.
  Index min_batch() const { return size_of(batches_per_epoch() - 1); }
  /// The number of batches in an epoch, the short one included unless it is dropped.
  Index batches_per_epoch() const;

  /// Batch `index` of epoch `epoch`, gathered into the shared buffer.
  Batch<S> batch(Index epoch, Index index);

  /// The batches of one epoch from `first_batch` on, as a range for one loop.
  Epoch epoch(Index epoch, Index first_batch = 0) { return Epoch(*this, epoch, first_batch); }

 private:
  Index size_of(Index index) const;

  static ConstView<S> gathered(const Dataset& dataset, std::span<const Index> positions, Index epoch,
                               AlignedArray<S>& memory) {
    const View<S> out(memory.data(), dataset.sample_shape().size(), static_cast<Index>(positions.size()));
    dataset.gather<S>(positions, out, epoch);
    return out;
  }

  Dataset dataset_;
  BatchOptions options_;
  std::vector<Index> order_;
  Index shuffled_epoch_ = -1;
  AlignedArray<S> samples_, conditions_;
  std::vector<int> labels_;
};

/// What `Batches::epoch` returns: each step of the loop gathers the next batch.
template <Scalar S>
class Batches<S>::Epoch {
 public:
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using difference_type = Index;
    using value_type = Batch<S>;

    Iterator(Batches& batches, Index epoch, Index index) : batches_(&batches), epoch_(epoch), index_(index) {}
    Batch<S> operator*() const { return batches_->batch(epoch_, index_); }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    void operator++(int) { ++index_; }
    bool operator==(std::default_sentinel_t) const { return index_ >= batches_->batches_per_epoch(); }

   private:
    Batches* batches_;
    Index epoch_;
    Index index_;
  };

  Epoch(Batches& batches, Index epoch, Index first_batch)
      : batches_(&batches), epoch_(epoch), first_batch_(first_batch) {}
  Iterator begin() const { return {*batches_, epoch_, first_batch_}; }
  std::default_sentinel_t end() const { return {}; }

 private:
  Batches* batches_;
  Index epoch_;
  Index first_batch_;
};

#if EIGENERATE_DEFINES(DATA)

template <Scalar S>
Batches<S>::Batches(Dataset dataset, const BatchOptions& options)
    : dataset_(std::move(dataset)), options_(options), order_(static_cast<std::size_t>(dataset_.size())) {
  if (options_.batch_size < 1)
    fail<ConfigError>("{}: the batch size must be at least 1, got {}", dataset_.name(), options_.batch_size);
  if (batches_per_epoch() == 0)
    fail<ConfigError>("{}: drop_last leaves no batch of {} samples in batches of {}", dataset_.name(),
                      dataset_.size(), options_.batch_size);
  samples_ = AlignedArray<S>(dataset_.sample_shape().size() * max_batch());
  if (dataset_.has_labels()) labels_.resize(static_cast<std::size_t>(max_batch()));
  if (dataset_.has_conditions())
    conditions_ = AlignedArray<S>(dataset_.conditions().sample_shape().size() * max_batch());
  std::iota(order_.begin(), order_.end(), Index{0});
}

template <Scalar S>
Index Batches<S>::batches_per_epoch() const {
  const Index whole = dataset_.size() / options_.batch_size;
  return whole * options_.batch_size < dataset_.size() && !options_.drop_last ? whole + 1 : whole;
}

template <Scalar S>
Batch<S> Batches<S>::batch(Index epoch, Index index) {
  if (epoch < 0 || index < 0 || index >= batches_per_epoch())
    fail<ShapeError>("{}: expected a batch in [0, {}) of an epoch from 0, got batch {} of epoch {}",
                     dataset_.name(), batches_per_epoch(), index, epoch);
  if (options_.order == BatchOrder::shuffled && epoch != shuffled_epoch_) {
    random_permutation(order_,
                       RandomStream{options_.seed, Purpose::shuffling}.at(static_cast<std::uint64_t>(epoch)));
    shuffled_epoch_ = epoch;
  }
  const Index first = index * options_.batch_size;
  const Index size = size_of(index);
  const auto positions =
      std::span<const Index>(order_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(size));
  const ConstView<S> samples = gathered(dataset_, positions, epoch, samples_);
  const auto labels = std::span(labels_).first(labels_.empty() ? 0 : static_cast<std::size_t>(size));
  if (!labels.empty()) dataset_.gather_labels(positions, labels);
  if (!dataset_.has_conditions()) return {samples, labels};
  return {samples, labels, gathered(dataset_.conditions(), positions, epoch, conditions_)};
}

template <Scalar S>
Index Batches<S>::size_of(Index index) const {
  return std::min(options_.batch_size, dataset_.size() - index * options_.batch_size);
}

EIGENERATE_INSTANTIATE_CLASS(Batches)

#endif

}  // namespace eigenerate
