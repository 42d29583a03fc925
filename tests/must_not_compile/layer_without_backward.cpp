// A type without one of the passes is no layer, and the message names the pass.
// expect: layer\.backward
#include "eigenerate/layers/layer.hpp"

using namespace eigenerate;

struct Forgetful {
  std::optional<Shape> input_shape() const { return {}; }
  LayerPlan plan(const Shape& input, const Place& place) const {
    return LayerPlan(place, "Forgetful", input, input);
  }
  template <class S>
  void forward(const Pass<S>&, ConstView<S>, View<S>) const {}
  template <class S>
  void tangent(const Pass<S>&, ConstView<S>, ConstView<S>, ConstView<S>, View<S>) const {}
  template <class S>
  void tangent_backward(const Pass<S>&, ConstView<S>, ConstView<S>, ConstView<S>, ConstView<S>, ConstView<S>,
                        ConstView<S>, View<S>, View<S>) const {}
};

static_assert(LayerOf<Forgetful, float>);
