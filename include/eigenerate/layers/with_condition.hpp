#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/detail/prediction_block.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// A body of layers under a condition that another layer makes of the network's, `y = body(x |
/// embedding(c))`: an embedding that is computed once and read by many layers.
///
/// The parameters of the two are named `embedding.…` and `body.…`.
///
/// **Shapes** x and y: as the body; the embedding takes the condition's shape, and its output is the body's
/// condition.
/// **Backward** the body's gradient of its condition goes on through the embedding, to its parameters and to
/// `dc`. Tangents hold the condition fixed, so the embedding needs no tangent pass.
/// **Cost** both layers', the embedding's for the columns of the condition; and memory for its output.
/// **Errors** `ConfigError` in a network without a condition and for a body that reads none.
template <Layer Embedding, Layer Body>
class WithCondition {
 public:
  WithCondition(Embedding embedding, Body body) : embedding_(std::move(embedding)), body_(std::move(body)) {}

  std::optional<Shape> input_shape() const { return body_.input_shape(); }
  static constexpr bool takes_condition() { return true; }

  LayerPlan plan(const Shape& input, const Place& place) const {
    if (!eigenerate::takes_condition(body_))
      fail<ConfigError>(
          "{} (WithCondition): no layer of the body reads the condition; put a Modulate, JoinCondition or "
          "ProjectCondition into it",
          place);
    LayerPlan plan(place, "WithCondition", input, input);
    const Shape condition = plan.use_condition();
    LayerPlan embedding = embedding_.plan(condition, Place(place.child("embedding").path));
    LayerPlan body = body_.plan(input, place.child("body").under(embedding.output));
    plan.output = body.output;
    plan.cache.add({embedding.output.size(), 0});
    plan.scratch.add({embedding.output.size(), 0});
    plan.scratch.add({embedding.input.size(), 0});
    plan.output_range = body.output_range;
    plan.bounded_by = body.bounded_by;
    plan.moves_values = body.moves_values;
    embedding.forget_refused_tangents();
    plan.add_child(std::move(embedding));
    plan.add_child(std::move(body));
    return plan;
  }

  template <Scalar S>
  requires(LayerOf<Embedding, S>&& LayerOf<Body, S>) void forward(const Pass<S>& pass, ConstView<S> x,
                                                                  View<S> y) const {
    embedding_.forward(embedding_pass(pass), pass.condition, embedded(pass));
    body_.forward(body_pass(pass), x, y);
  }

  template <Scalar S>
  requires(LayerOf<Embedding, S>&& LayerOf<Body, S>) void backward(const Pass<S>& pass, ConstView<S> x,
                                                                   ConstView<S> y, ConstView<S> dy,
                                                                   View<S> dx) const {
    body_.backward(body_pass(pass), x, y, dy, dx);
    embedding_backward(pass);
  }

  template <Scalar S>
  requires(LayerOf<Embedding, S>&& LayerOf<Body, S>) void tangent(const Pass<S>& pass, ConstView<S> x,
                                                                  ConstView<S> y, ConstView<S> tx,
                                                                  View<S> ty) const {
    body_.tangent(body_pass(pass), x, y, tx, ty);
  }

  template <Scalar S>
  requires(LayerOf<Embedding, S>&& LayerOf<Body, S>) void tangent_backward(const Pass<S>& pass,
                                                                           ConstView<S> x, ConstView<S> y,
                                                                           ConstView<S> tx, ConstView<S> ty,
                                                                           ConstView<S> dy, ConstView<S> dty,
                                                                           View<S> dx, View<S> dtx) const {
    body_.tangent_backward(body_pass(pass), x, y, tx, ty, dy, dty, dx, dtx);
    embedding_backward(pass);
  }

  template <Scalar S>
  requires(LayerOf<Embedding, S>&& LayerOf<Body, S>) bool add_steps(const Pass<S>& pass,
                                                                    PredictionSteps<S>& steps) const {
    using Block = detail::PredictionBlock<S>;
    detail::add_composite(WithCondition<Block, Block>(Block(embedding_, pass.child(Child::embedding)),
                                                      Block(body_, pass.child(Child::body))),
                          pass, steps);
    return true;
  }

 private:
  struct Child {
    enum : Index { embedding, body };
  };
  // In the shape of the embedding's output, and of its input; a column for each one of the condition.
  struct Cache {
    enum : Index { embedded };
  };
  struct Scratch {
    enum : Index { d_embedded, d_condition };
  };

  template <Scalar S>
  static View<S> embedded(const Pass<S>& pass) {
    return {pass.cache_slot(Cache::embedded), pass.plan->children[Child::embedding].output.size(),
            pass.condition.cols()};
  }
  template <Scalar S>
  static View<S> d_embedded(const Pass<S>& pass) {
    return {pass.scratch_slot(Scratch::d_embedded), embedded(pass).rows(), pass.condition.cols()};
  }

  /// Whether anybody asks for a gradient that passes through the embedding.
  template <Scalar S>
  static bool needs_embedding_backward(const Pass<S>& pass) {
    return pass.d_condition != nullptr || pass.child_has_gradients(Child::embedding);
  }

  template <Scalar S>
  static Pass<S> embedding_pass(const Pass<S>& pass) {
    Pass<S> p = pass.child(Child::embedding);
    p.batch = pass.condition.cols();
    p.condition = {};
    p.d_condition = nullptr;
    return p;
  }

  /// A pass of the body; in a backward pass, its gradient of the condition begins at zero.
  template <Scalar S>
  static Pass<S> body_pass(const Pass<S>& pass) {
    Pass<S> p = pass.child(Child::body);
    p.condition = embedded(pass);
    p.d_condition = nullptr;
    if (needs_embedding_backward(pass)) {
      d_embedded(pass).setZero();
      p.d_condition = d_embedded(pass).data();
    }
    return p;
  }

  template <Scalar S>
  void embedding_backward(const Pass<S>& pass) const {
    if (!needs_embedding_backward(pass)) return;
    View<S> dc = pass.d_condition ? View<S>(pass.scratch_slot(Scratch::d_condition), pass.condition.rows(),
                                            pass.condition.cols())
                                  : unwanted<S>();
    embedding_.backward(embedding_pass(pass), pass.condition, as_const(embedded(pass)),
                        as_const(d_embedded(pass)), dc);
    if (wanted(dc)) pass.condition_gradient() += dc;
  }

  Embedding embedding_;
  Body body_;
};

}  // namespace eigenerate
