#pragma once

#include <optional>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/detail/pytorch_order.hpp"
#include "eigenerate/layers/linear_map.hpp"
#include "eigenerate/layers/prediction_steps.hpp"

namespace eigenerate {

/// The same elements in another shape, as PyTorch's `Unflatten` and `view`: element i of the sample in
/// PyTorch's order (channel, row, column) stays element i.
///
/// Images are channel-last in memory, so this moves elements; the weights of a Linear before it are
/// PyTorch's.
///
/// **Shapes** x: any shape of channels·height·width elements, y: channels×height×width. A network that begins
/// with it takes a vector, and `plan` accepts every shape of that size.
/// **Backward** `dx` is dy in the shape of x.
/// **Cost** a transposition of each sample; a copy where neither shape or both have one order.
/// **Errors** `ShapeError` for another number of elements.
struct Reshape : LinearMap<Reshape> {
  Shape shape;

  explicit constexpr Reshape(Index channels, Index height = 1, Index width = 1)
      : shape{channels, height, width} {}

  std::optional<Shape> input_shape() const {
    require_valid(shape, "Reshape");
    return Shape{shape.size()};
  }

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    detail::reorder(y.data(), shape, x.data(), pass.plan->input, pass.batch,
                    pass.scratch_slot(Scratch::vectors));
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    detail::reorder(dx.data(), pass.plan->input, dy.data(), shape, pass.batch,
                    pass.scratch_slot(Scratch::vectors));
  }

  template <Scalar S>
  static bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) {
    return steps.map_elements(detail::reordering(pass.plan->output, pass.plan->input));
  }

 private:
  // The samples in PyTorch's order, between two images; empty elsewhere.
  struct Scratch {
    enum : Index { vectors };
  };
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Reshape::plan(const Shape& input, const Place& place) const {
  LayerPlan plan(place, "Reshape", input, shape);
  if (input.size() != shape.size())
    fail_input(place, "Reshape", format_message("of {} elements, for {}", shape.size(), to_string(shape)),
               input, format_message("it has {}", input.size()));
  plan.moves_values = true;
  plan.scratch.add(detail::reorder_scratch(input, shape));
  return plan;
}

#endif

}  // namespace eigenerate
