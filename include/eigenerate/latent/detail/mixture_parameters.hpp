#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"

namespace eigenerate::detail {

/// The parameters of a mixture of normals as a layer, whose output they are, whatever its input: a column
/// (mean, log-variance) for each component, then the logits of their weights.
///
/// **Shapes** x: 1 × B; y: components · (2·latent + 1) × B; mean and log_variance: PyTorch's (components,
/// latent), logit: (components).
/// **Init** means uniform with variance 1, whatever the initializer; variances 1, equal weights.
class MixtureParameters : public RefusesTangent {
 public:
  MixtureParameters(Index components, Index latent) : components_(components), latent_(latent) {}

  std::optional<Shape> input_shape() const { return Shape{1}; }

  LayerPlan plan(const Shape& input, const Place& place) const {
    if (input != Shape{1}) fail_input(place, "MixtureParameters", to_string(Shape{1}), input);
    LayerPlan plan(place, "MixtureParameters", input, {components_ * (2 * latent_ + 1)});
    plan.refuses_tangent = "depends on no input";
    plan.add_parameter("mean", Role::shift, {components_, latent_}).initial_bound = std::sqrt(3.0);
    plan.add_parameter("log_variance", Role::scale, {components_, latent_});
    plan.add_parameter("logit", Role::bias, {components_});
    return plan;
  }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S>, View<S> y) const {
    for (Index j = 0; j < pass.batch; ++j) {
      S* to = y.col(j).data();
      for (Index k = 0; k < components_; ++k) {
        to = std::copy_n(pass.parameter(Parameter::mean) + k * latent_, latent_, to);
        to = std::copy_n(pass.parameter(Parameter::log_variance) + k * latent_, latent_, to);
      }
      std::copy_n(pass.parameter(Parameter::logit), components_, to);
    }
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (wanted(dx)) dx.setZero();
    if (!pass.wants_gradients()) return;
    const auto add = [](const S*& from, S* sum, Index n) {
      for (Index i = 0; i < n; ++i) sum[i] += *from++;
    };
    for (Index j = 0; j < pass.batch; ++j) {
      const S* from = dy.col(j).data();
      for (Index k = 0; k < components_; ++k) {
        add(from, pass.gradient(Parameter::mean) + k * latent_, latent_);
        add(from, pass.gradient(Parameter::log_variance) + k * latent_, latent_);
      }
      add(from, pass.gradient(Parameter::logit), components_);
    }
  }

 private:
  struct Parameter {
    enum : Index { mean, log_variance, logit };
  };

  Index components_, latent_;
};

}  // namespace eigenerate::detail
