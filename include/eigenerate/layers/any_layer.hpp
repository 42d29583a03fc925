#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "eigenerate/layers/detail/layer_step.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

namespace detail {
template <class L>
concept HasPlan = requires(const L& layer, const Shape& shape, const Place& place) {
  layer.plan(shape, place);
};

/// What stands for a layer where its type is forgotten: a composite may give one that is compiled once and
/// not for each of its types.
template <Scalar S, class L>
auto held_form(L layer) {
  if constexpr (requires { std::move(layer).template with_erased_layers<S>(); })
    return std::move(layer).template with_erased_layers<S>();
  else
    return layer;
}
}  // namespace detail

/// Any layer behind one type: what a Network holds, and what architectures chosen at run time are made of
/// (`AnySequential` puts them in a row).
///
/// It is the wrapped layer in every respect: same plan, same parameter names, same bits. Copies share the
/// wrapped layer, which is immutable. Only the passes of this scalar are compiled.
///
/// **Cost** one indirect call per pass.
template <Scalar S = float>
class AnyLayer {
 public:
  // Implicit: a list of layers is a list of AnyLayers. A type that has no `plan` is not asked whether it is a
  // layer: for a type that holds an AnyLayer, that in turn depends on what an AnyLayer can be made of.
  template <class L>
  requires(!std::same_as<L, AnyLayer> && detail::HasPlan<L> && LayerOf<L, S>) AnyLayer(L layer)
      : layer_(hold(detail::held_form<S>(std::move(layer)))) {}

  std::optional<Shape> input_shape() const { return held().input_shape(); }
  LayerPlan plan(const Shape& input, const Place& place) const { return held().plan(input, place); }
  bool takes_condition() const { return held().takes_condition(); }

  using In = ConstView<S>;
  using Out = View<S>;
  void forward(const Pass<S>& pass, In x, Out y) const { layer_->forward(pass, x, y); }
  void backward(const Pass<S>& pass, In x, In y, In dy, Out dx) const {
    layer_->backward(pass, x, y, dy, dx);
  }
  void tangent(const Pass<S>& pass, In x, In y, In tx, Out ty) const { layer_->tangent(pass, x, y, tx, ty); }
  void tangent_backward(const Pass<S>& pass, In x, In y, In tx, In ty, In dy, In dty, Out dx, Out dtx) const {
    layer_->tangent_backward(pass, x, y, tx, ty, dy, dty, dx, dtx);
  }
  /// The wrapped layer's steps, or this layer as the only one.
  bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    if (!layer_->add_steps(pass, steps))
      steps.add(std::make_unique<detail::LayerStep<AnyLayer, S>>(*this, pass));
    return true;
  }

 private:
  struct Contract {
    virtual ~Contract() = default;
    virtual std::optional<Shape> input_shape() const = 0;
    virtual LayerPlan plan(const Shape& input, const Place& place) const = 0;
    virtual bool takes_condition() const = 0;
    virtual void forward(const Pass<S>&, In x, Out y) const = 0;
    virtual void backward(const Pass<S>&, In x, In y, In dy, Out dx) const = 0;
    virtual void tangent(const Pass<S>&, In x, In y, In tx, Out ty) const = 0;
    virtual void tangent_backward(const Pass<S>&, In x, In y, In tx, In ty, In dy, In dty, Out dx,
                                  Out dtx) const = 0;
    virtual bool add_steps(const Pass<S>&, PredictionSteps<S>& steps) const = 0;
  };

  template <class L>
  struct Held final : Contract {
    explicit Held(L l) : layer(std::move(l)) {}
    std::optional<Shape> input_shape() const override { return layer.input_shape(); }
    LayerPlan plan(const Shape& input, const Place& place) const override { return layer.plan(input, place); }
    bool takes_condition() const override { return eigenerate::takes_condition(layer); }
    void forward(const Pass<S>& pass, In x, Out y) const override { layer.forward(pass, x, y); }
    void backward(const Pass<S>& pass, In x, In y, In dy, Out dx) const override {
      layer.backward(pass, x, y, dy, dx);
    }
    void tangent(const Pass<S>& pass, In x, In y, In tx, Out ty) const override {
      layer.tangent(pass, x, y, tx, ty);
    }
    void tangent_backward(const Pass<S>& pass, In x, In y, In tx, In ty, In dy, In dty, Out dx,
                          Out dtx) const override {
      layer.tangent_backward(pass, x, y, tx, ty, dy, dty, dx, dtx);
    }
    bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const override {
      if constexpr (requires { layer.add_steps(pass, steps); })
        return layer.add_steps(pass, steps);
      else
        return false;
    }
    const L layer;
  };

  /// Here alone `Held` is made, so that `eigenerate::compiled` may have compiled it already.
  template <class L>
  static std::shared_ptr<const Contract> hold(L layer);

  const Contract& held() const {
    if (!layer_) fail_moved_from("layer");
    return *layer_;
  }

  std::shared_ptr<const Contract> layer_;
};

template <Scalar S>
template <class L>
auto AnyLayer<S>::hold(L layer) -> std::shared_ptr<const Contract> {
  return std::make_shared<const Held<L>>(std::move(layer));
}

/// The scalar of a network that is made of such a layer: float wherever the layer works in it.
template <Layer L>
using ScalarOf = std::conditional_t<LayerOf<L, float>, float, double>;

template <Layer L>
AnyLayer(L) -> AnyLayer<ScalarOf<L>>;

}  // namespace eigenerate
