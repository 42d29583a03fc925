#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/data/batch.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/network/arena.hpp"

namespace eigenerate {

/// Whether the memory of a model's steps, where there is some, is too small for parts and steps of that size.
/// If so they are raised to those that it serves, which the larger one that takes its place is to serve too:
/// an evaluation between two steps may have larger parts than theirs and a smaller batch.
template <class Memory>
bool outgrows(const std::optional<Memory>& memory, Index& part, Index& batch) {
  if (!memory) return true;
  if (memory->max_part >= part && memory->max_batch >= batch) return false;
  part = std::max(part, memory->max_part);
  batch = std::max(batch, memory->max_batch);
  return true;
}

/// One part of a step's batch, which passes through the networks by itself.
template <Scalar S>
struct BatchPart {
  Batch<S> batch;      ///< views of its samples, labels and conditions
  Index number = 0;    ///< parts before it
  Index first = 0;     ///< samples before it
  double share = 1;    ///< of the step's samples
  double measure = 1;  ///< see `scale`

  /// To be called with the gradients when the part's backward has added to them: brings them to the measure
  /// of what the next part adds, or, after the last one, makes them the mean over all samples of the step.
  void scale(Arena<S>& gradients) const;

  /// This part's stream of random numbers, of a step's stream; the first part's is the step's own.
  RandomStream stream(const RandomStream& of_step) const;
};

/// A step's batch as parts of at most `part_size` samples, 0 for one part: gradient accumulation, for batches
/// whose activations do not fit into memory at once.
///
/// **Backward** a pass adds to the gradients the mean over its part. With parts of b₁, …, b_k samples, n in
/// all, the gradients are multiplied by bᵢ / bᵢ₊₁ after part i and by b_k / n after the last one, which makes
/// Σ (bᵢ / n) gᵢ, the mean over the step. Parts of one size are multiplied once, by 1/k, and a single part is
/// not.
template <Scalar S>
class BatchParts {
 public:
  BatchParts(const Batch<S>& batch, Index part_size);

  /// The number of parts.
  Index size() const { return (batch_.size() + part_size_ - 1) / part_size_; }
  /// The size of the largest part.
  Index largest() const { return std::min(part_size_, batch_.size()); }

  BatchPart<S> operator[](Index i) const;

 private:
  Index size_of(Index i) const { return std::min(part_size_, batch_.size() - i * part_size_); }

  Batch<S> batch_;
  Index part_size_;
};

#if EIGENERATE_DEFINES(MODELS)

template <Scalar S>
void BatchPart<S>::scale(Arena<S>& gradients) const {
  if (measure == 1) return;
  const S factor = static_cast<S>(measure);
  kernels::map(
      gradients.data(), gradients.size(), [factor](S g) { return factor * g; }, gradients.data());
}

template <Scalar S>
RandomStream BatchPart<S>::stream(const RandomStream& of_step) const {
  constexpr std::uint64_t beyond_other_lanes = std::uint64_t{1} << 32;
  return number == 0 ? of_step : of_step.lane(beyond_other_lanes + static_cast<std::uint64_t>(number));
}

template <Scalar S>
BatchParts<S>::BatchParts(const Batch<S>& batch, Index part_size)
    : batch_(batch), part_size_(part_size > 0 ? part_size : std::max<Index>(batch.size(), 1)) {}

template <Scalar S>
BatchPart<S> BatchParts<S>::operator[](Index i) const {
  const Index first = i * part_size_, n = size_of(i), all = batch_.size();
  const Index next = i + 1 < size() ? size_of(i + 1) : all;
  const auto labels = batch_.labels.empty() ? batch_.labels
                                            : batch_.labels.subspan(static_cast<std::size_t>(first),
                                                                    static_cast<std::size_t>(n));
  const auto columns = [&](const ConstView<S>& of) -> ConstView<S> {
    if (of.size() == 0) return of;
    return {of.data() + first * of.rows(), of.rows(), n};
  };
  return {.batch = {columns(batch_.samples), labels, columns(batch_.condition)},
          .number = i,
          .first = first,
          .share = static_cast<double>(n) / static_cast<double>(all),
          .measure = static_cast<double>(n) / static_cast<double>(next)};
}

EIGENERATE_INSTANTIATE_STRUCT(BatchPart)
EIGENERATE_INSTANTIATE_CLASS(BatchParts)

#endif

}  // namespace eigenerate
