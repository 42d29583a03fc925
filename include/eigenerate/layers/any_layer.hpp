#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

namespace detail {

/// The four passes of some layer, behind a pointer to it.
template <Scalar S>
struct ErasedPasses {
  using In = ConstView<S>;
  using Out = View<S>;

  void (*forward)(const void*, const Pass<S>&, In x, Out y);
  void (*backward)(const void*, const Pass<S>&, In x, In y, In dy, Out dx);
  void (*tangent)(const void*, const Pass<S>&, In x, In y, In tx, Out ty);
  void (*tangent_backward)(const void*, const Pass<S>&, In x, In y, In tx, In ty, In dy, In dty, Out dx,
                           Out dtx);

  template <Layer L>
  static constexpr ErasedPasses of() {
    return {[](const void* l, const Pass<S>& pass, In x, Out y) { get<L>(l).forward(pass, x, y); },
            [](const void* l, const Pass<S>& pass, In x, In y, In dy, Out dx) {
              get<L>(l).backward(pass, x, y, dy, dx);
            },
            [](const void* l, const Pass<S>& pass, In x, In y, In tx, Out ty) {
              get<L>(l).tangent(pass, x, y, tx, ty);
            },
            [](const void* l, const Pass<S>& pass, In x, In y, In tx, In ty, In dy, In dty, Out dx, Out dtx) {
              get<L>(l).tangent_backward(pass, x, y, tx, ty, dy, dty, dx, dtx);
            }};
  }

 private:
  template <Layer L>
  static const L& get(const void* layer) {
    return *static_cast<const L*>(layer);
  }
};

/// The whole contract of some layer, behind a pointer to it.
struct ErasedLayer {
  std::optional<Shape> (*input_shape)(const void*);
  LayerPlan (*plan)(const void*, const Shape&, const std::string&);
  ErasedPasses<float> in_float;
  ErasedPasses<double> in_double;

  template <Scalar S>
  const ErasedPasses<S>& passes() const {
    if constexpr (std::same_as<S, float>)
      return in_float;
    else
      return in_double;
  }
};

/// Asked before `Layer`, which asks whether the type can be copied: for a type that holds an AnyLayer, that
/// in turn depends on what an AnyLayer can be made of.
template <class L>
concept HasPlan = requires(const L& layer, const Shape& shape, const std::string& path) {
  layer.plan(shape, path);
};

template <Layer L>
inline constexpr ErasedLayer erased_layer{
    [](const void* layer) { return static_cast<const L*>(layer)->input_shape(); },
    [](const void* layer, const Shape& input, const std::string& path) {
      return static_cast<const L*>(layer)->plan(input, path);
    },
    ErasedPasses<float>::of<L>(), ErasedPasses<double>::of<L>()};

}  // namespace detail

/// Any layer behind one type, for architectures chosen at run time; `AnySequential` puts them in a row.
///
/// It is the wrapped layer in every respect: same plan, same parameter names, same bits. Copies share the
/// wrapped layer, which is immutable.
///
/// **Cost** one indirect call per pass.
class AnyLayer {
 public:
  template <class L>
  requires(!std::same_as<L, AnyLayer> && detail::HasPlan<L> && Layer<L>)
      AnyLayer(L layer)  // implicit: a list of layers is a list of AnyLayers
      : layer_(std::make_shared<const L>(std::move(layer))), functions_(&detail::erased_layer<L>) {}

  std::optional<Shape> input_shape() const { return functions_->input_shape(held()); }

  LayerPlan plan(const Shape& input, const std::string& path) const {
    return functions_->plan(held(), input, path);
  }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    functions_->passes<S>().forward(layer_.get(), pass, x, y);
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S> dy, View<S> dx) const {
    functions_->passes<S>().backward(layer_.get(), pass, x, y, dy, dx);
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S> tx, View<S> ty) const {
    functions_->passes<S>().tangent(layer_.get(), pass, x, y, tx, ty);
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S> tx, ConstView<S> ty,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    functions_->passes<S>().tangent_backward(layer_.get(), pass, x, y, tx, ty, dy, dty, dx, dtx);
  }

 private:
  const void* held() const {
    if (!layer_) fail_moved_from("layer");
    return layer_.get();
  }

  std::shared_ptr<const void> layer_;
  const detail::ErasedLayer* functions_;
};

}  // namespace eigenerate
