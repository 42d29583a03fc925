#pragma once

#include <optional>
#include <string_view>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/detail/condition_map.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"

namespace eigenerate::detail {

/// Base of the steps of flows that have no parameters of their own: some rows of the condition are these, for
/// all samples that one of its columns serves.
///
/// The derived class says its `kind`, how many rows it reads (`parameter_rows(latent)`), and what scratch it
/// needs (`scratch(latent)`).
template <class Step>
class AmortizedStep : public RefusesTangent {
 public:
  AmortizedStep(Index latent, Index first) : latent_(latent), first_(first) {
    if (latent < 1 || first < 0)
      fail<ConfigError>("{}: expected latent of at least 1 and first of at least 0, got {} and {}",
                        Step::kind, latent, first);
  }

  Index latent() const { return latent_; }

  std::optional<Shape> input_shape() const { return Shape{latent_ + 1}; }
  static constexpr bool takes_condition() { return true; }

  LayerPlan plan(const Shape& input, const Place& place) const {
    if (input != Shape{latent_ + 1}) fail_input(place, Step::kind, to_string(Shape{latent_ + 1}), input);
    LayerPlan plan(place, Step::kind, input, input);
    const Index rows = detail::vector_condition(plan), last = first_ + Step::parameter_rows(latent_);
    if (rows < last)
      fail<ShapeError>("{} ({}): its parameters are rows {} to {} of the condition, which has {}", place,
                       Step::kind, first_, last - 1, rows);
    plan.refuses_tangent = "is the flow of a posterior, which no gradient penalty looks through";
    plan.scratch.add(Step::scratch(latent_));
    return plan;
  }

 protected:
  /// Calls `f(parameters, column, first sample, last sample)` for every column of the condition, in parallel.
  template <Scalar S, class F>
  void each_condition(const Pass<S>& pass, const F& f) const {
    const Index served = pass.batch / pass.condition.cols();
    kernels::for_each_item(pass.condition.cols(), 8 * latent_ * served, [&](Index column) {
      f(pass.condition.col(column).data() + first_, column, column * served, (column + 1) * served);
    });
  }
  /// The gradient of the parameters in that column, or null.
  template <Scalar S>
  S* gradient_of(const Pass<S>& pass, Index column) const {
    return pass.d_condition ? pass.d_condition + column * pass.condition.rows() + first_ : nullptr;
  }

 private:
  Index latent_, first_;
};

}  // namespace eigenerate::detail
