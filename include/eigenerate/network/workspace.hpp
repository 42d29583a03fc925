#pragma once

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

  Index max_batch() const { return max_batch_; }
  bool has_tangents() const { return has_tangents_; }

 private:
  template <Scalar T>
  friend class Network;
  friend struct testing::WorkspaceProbe;

  enum class Stage { empty, forward, tangent };

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
  if (max_batch <= max_scalars) capacity_ = aligned(max_batch);
  const auto reserve = [&](Extent e) {
    if (capacity_ == 0 || capped_sum(capped_product(e.per_sample, capacity_), e.fixed) > max_scalars)
      fail<ConfigError>("{}: a workspace for {} samples has more than 2^{} scalars; use smaller batches",
                        plan_->path, max_batch, max_scalars_exponent);
    return AlignedArray<S>(e.scalars(capacity_));
  };
  const Extent input{plan_->input.size(), 0}, output{plan_->output.size(), 0};
  cache_ = reserve(plan_->cache.total());
  scratch_ = reserve(plan_->total_scratch());
  y_ = reserve(output);
  dx_ = reserve(input);
  if (plan_->condition) d_condition_ = reserve({plan_->condition->size(), 0});
  if (second_order == SecondOrder::yes) {
    tangents_ = reserve(plan_->tangents.total());
    ty_ = reserve(output);
    dtx_ = reserve(input);
    has_tangents_ = true;
  }
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
