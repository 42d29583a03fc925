#pragma once

#include <cstddef>
#include <memory>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/memory.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/layers/plan.hpp"
#include "eigenerate/network/pass_input.hpp"

namespace eigenerate {

namespace testing {
struct WorkspaceProbe;
}

/// Which gradients a workspace can carry besides the first-order ones.
enum class SecondOrder { no, yes };

/// Everything that one pass through one network writes, for up to `max_batch` samples.
///
/// Two workspaces are two passes alive at once. A workspace is made once and never resized; a `Network` fills
/// it, and its owner keeps the input of the forward pass alive until the last backward of that pass.
///
/// **Cost** caches and scratch of the plan, plus one output and one input-gradient matrix; with
/// `SecondOrder::yes` also the tangents of every activation.
template <Scalar S>
class Workspace {
 public:
  Workspace(std::shared_ptr<const LayerPlan> plan, Index max_batch,
            SecondOrder second_order = SecondOrder::no);

  /// The scalars that a workspace of that plan has, more than `max_scalars` where there can be none.
  static Index scalars_for(const LayerPlan& plan, Index max_batch,
                           SecondOrder second_order = SecondOrder::no) {
    Index sum = 0;
    for_each_array(plan, second_order, [&](AlignedArray<S> Workspace::*, Extent e) {
      sum = capped_sum(sum, scalars_of(e, capacity_for(max_batch)));
    });
    return sum;
  }
  /// Those that this one has, and their bytes.
  Index scalars() const {
    Index sum = 0;
    for_each_array(*plan_, has_tangents_ ? SecondOrder::yes : SecondOrder::no,
                   [&](AlignedArray<S> Workspace::*array, Extent) { sum += (this->*array).size(); });
    return sum;
  }
  std::size_t bytes() const { return static_cast<std::size_t>(scalars()) * sizeof(S); }

  Index max_batch() const { return max_batch_; }
  bool has_tangents() const { return has_tangents_; }

  /// A slot of the outermost layer's cache as the last forward pass left it, for who knows that layer.
  const S* cache_slot(Index slot) const {
    return cache_.data() + plan_->cache.offset(slot).scalars(capacity_);
  }

 private:
  template <Scalar T>
  friend class Network;
  friend struct testing::WorkspaceProbe;

  enum class Stage { empty, forward, tangent };

  /// Samples that a workspace reserves memory for: 0 where they are too many.
  static Index capacity_for(Index max_batch) { return max_batch <= max_scalars ? aligned(max_batch) : 0; }
  static Index scalars_of(Extent e, Index capacity) {
    return capacity == 0 ? max_scalars + 1 : capped_sum(capped_product(e.per_sample, capacity), e.fixed);
  }
  /// Calls `f(array, extent)` for all that a workspace of that plan holds.
  template <class F>
  static void for_each_array(const LayerPlan& plan, SecondOrder second_order, const F& f) {
    const Extent input{plan.input.size(), 0}, output{plan.output.size(), 0};
    f(&Workspace::cache_, plan.cache.total());
    f(&Workspace::scratch_, plan.total_scratch());
    f(&Workspace::y_, output);
    f(&Workspace::dx_, input);
    if (plan.condition) f(&Workspace::d_condition_, Extent{plan.condition->size(), 0});
    if (second_order == SecondOrder::no) return;
    f(&Workspace::tangents_, plan.tangents.total());
    f(&Workspace::ty_, output);
    f(&Workspace::dtx_, input);
  }

  /// A forward pass begins.
  void begin(const PassInput<S>& in);
  const ConstView<S>& x() const { return x_; }
  ConstView<S> y() const { return {y_.data(), plan_->output.size(), batch_}; }
  View<S> dx() { return {dx_.data(), plan_->input.size(), batch_}; }

  std::shared_ptr<const LayerPlan> plan_;
  Index max_batch_ = 0;
  Index capacity_ = 0;
  bool has_tangents_ = false;
  AlignedArray<S> cache_, scratch_, tangents_, y_, dx_, d_condition_, ty_, dtx_;

  // The pass that is alive in this workspace.
  Stage stage_ = Stage::empty;
  ConstView<S> x_, condition_, tx_;
  Index batch_ = 0;
  Mode mode_ = Mode::evaluate;
  RandomStream random_;
  double progress_ = 1;
};

#if EIGENERATE_DEFINES(NETWORK)

template <Scalar S>
Workspace<S>::Workspace(std::shared_ptr<const LayerPlan> plan, Index max_batch, SecondOrder second_order)
    : plan_(std::move(plan)), max_batch_(max_batch) {
  if (max_batch < 1)
    fail<ConfigError>("{}: a workspace needs room for at least one sample, got {}", plan_->path, max_batch);
  capacity_ = capacity_for(max_batch);
  for_each_array(*plan_, second_order, [&](AlignedArray<S> Workspace::*array, Extent e) {
    if (scalars_of(e, capacity_) > max_scalars)
      fail<ConfigError>("{}: a workspace for {} samples has more than 2^{} scalars; use smaller batches",
                        plan_->path, max_batch, max_scalars_exponent);
    this->*array = AlignedArray<S>(e.scalars(capacity_));
  });
  has_tangents_ = second_order == SecondOrder::yes;
}

template <Scalar S>
void Workspace<S>::begin(const PassInput<S>& in) {
  stage_ = Stage::empty;
  x_ = in.x;
  condition_ = in.condition;
  batch_ = in.x.cols();
  mode_ = in.mode;
  random_ = in.random;
  progress_ = in.progress;
}

EIGENERATE_INSTANTIATE_CLASS(Workspace)

#endif

}  // namespace eigenerate
