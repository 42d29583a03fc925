#pragma once

#include <memory>
#include <optional>
#include <string>

#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/linear_map.hpp"

/// The identity, until it is told to fail: then one number of its output, or of the gradient that it passes
/// on, is another one. Copies share the fault.
struct FaultyLayer : eigenerate::LinearMap<FaultyLayer> {
  struct Fault {
    std::optional<float> forward;   ///< put into the output of one training pass
    std::optional<float> backward;  ///< put into `dx`, in passes that want parameters' gradients
    int passes = 0;                 ///< training passes to let through before that one
  };
  std::shared_ptr<Fault> fault = std::make_shared<Fault>();

  eigenerate::LayerPlan plan(const eigenerate::Shape& input, const eigenerate::Place& place) const {
    return {place, "FaultyLayer", input, input};
  }

  template <eigenerate::Scalar S>
  void forward(const eigenerate::Pass<S>& pass, eigenerate::ConstView<S> x, eigenerate::View<S> y) const {
    y = x;
    if (fault->forward && pass.mode == eigenerate::Mode::train && fault->passes-- == 0)
      y(0, 0) = static_cast<S>(*fault->forward);
  }
  template <eigenerate::Scalar S>
  void backward(const eigenerate::Pass<S>& pass, eigenerate::ConstView<S>, eigenerate::ConstView<S>,
                eigenerate::ConstView<S> dy, eigenerate::View<S> dx) const {
    if (!eigenerate::wanted(dx)) return;
    dx = dy;
    if (fault->backward && pass.wants_gradients()) dx(0, 0) = static_cast<S>(*fault->backward);
  }
  template <eigenerate::Scalar S>
  void apply(const eigenerate::Pass<S>&, eigenerate::ConstView<S> x, eigenerate::View<S> y) const {
    y = x;
  }
  template <eigenerate::Scalar S>
  void apply_transposed(const eigenerate::Pass<S>&, eigenerate::ConstView<S> dy,
                        eigenerate::View<S> dx) const {
    dx = dy;
  }
};
