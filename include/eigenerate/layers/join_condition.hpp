#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/any_layer.hpp"
#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/layer_sequence.hpp"

namespace eigenerate {

/// The condition as further channels behind those of the input, `y = (x, c)` in every pixel.
///
/// **Shapes** x: C×H×W; the condition: a vector of K, the same in every pixel, or an image K×H×W; y: (C +
/// K)×H×W. One column of the condition serves as many neighbouring samples as there are for each.
/// **Backward** `dx` are the first C channels of dy; `dc += Σ_{samples, pixels} dy` over those that it
/// served, of the others. Tangent `ty = (tx, 0)`.
/// **Cost** one pass over memory.
/// **Errors** `ConfigError` in a network without a condition, `ShapeError` for an image of other extents.
/// **Source** Mirza & Osindero 2014 (both players of a GAN); Sohn et al. 2015 (VAE).
struct JoinCondition {
  std::optional<Shape> input_shape() const { return std::nullopt; }
  static constexpr bool takes_condition() { return true; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    join(pass, x, y,
         [&](Index sample, Index pixel) { return condition_at(pass, pass.condition.data(), sample, pixel); });
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (wanted(dx)) first_channels(pass, dy, dx);
    if (!pass.d_condition) return;
    const Index channels = pass.plan->input.channels, more = pass.plan->condition->channels;
    const S* from = dy.data() + channels;
    for (Index sample = 0; sample < pass.batch; ++sample)
      for (Index pixel = 0; pixel < pass.plan->input.pixels(); ++pixel, from += channels + more) {
        S* const sum = condition_at(pass, pass.d_condition, sample, pixel);
        for (Index c = 0; c < more; ++c) sum[c] += from[c];
      }
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    join(pass, tx, ty, [](Index, Index) { return static_cast<const S*>(nullptr); });
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S>, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    backward(pass, x, y, dy, dx);
    if (wanted(dtx)) first_channels(pass, dty, dtx);
  }

 private:
  /// The channels of the condition that belong to a pixel of a sample.
  template <Scalar S, class T>
  static T* condition_at(const Pass<S>& pass, T* condition, Index sample, Index pixel) {
    const Shape& shape = *pass.plan->condition;
    return condition + pass.condition_of(sample) * shape.size() +
           (shape.is_vector() ? 0 : pixel * shape.channels);
  }

  /// `y = (x, behind(sample, pixel))`, zeros where that is null.
  template <Scalar S, class F>
  static void join(const Pass<S>& pass, ConstView<S> x, View<S> y, const F& behind) {
    const Index channels = pass.plan->input.channels, more = pass.plan->condition->channels;
    const S* from = x.data();
    S* to = y.data();
    for (Index sample = 0; sample < pass.batch; ++sample)
      for (Index pixel = 0; pixel < pass.plan->input.pixels(); ++pixel) {
        to = std::copy_n(from, channels, to);
        from += channels;
        const S* const condition = behind(sample, pixel);
        to = condition ? std::copy_n(condition, more, to) : std::fill_n(to, more, S(0));
      }
  }

  template <Scalar S>
  static void first_channels(const Pass<S>& pass, ConstView<S> joined, View<S> x) {
    const Index channels = pass.plan->input.channels, more = pass.plan->condition->channels;
    const S* from = joined.data();
    S* to = x.data();
    for (Index i = 0; i < pass.plan->input.pixels() * pass.batch; ++i, from += channels + more)
      to = std::copy_n(from, channels, to);
  }
};

template <Scalar S = float>
class JoinedInput;

template <Scalar T, class S>
inline constexpr bool computes_in<JoinedInput<T>, S> = std::same_as<T, S>;

/// A network that knows nothing of a condition, behind a `JoinCondition`: what conditional models make of it.
/// Its parameters keep their names.
template <Scalar S>
class JoinedInput : public LayerSequence<JoinedInput<S>> {
 public:
  JoinedInput(AnyLayer<S> body, const Shape& condition)
      : body_(std::move(body)), channels_(condition.channels) {}

  std::optional<Shape> input_shape() const;
  LayerPlan plan(const Shape& input, const Place& place) const;

  static constexpr std::size_t count() { return 2; }
  template <class F>
  void for_each(F&& f) const {
    f(JoinCondition{}, 0);
    f(body_, 1);
  }
  template <class F>
  void for_each_reversed(F&& f) const {
    f(body_, 1);
    f(JoinCondition{}, 0);
  }
  static Place place_of(const Place& place, std::size_t i) {
    return i == 0 ? place.child("condition") : place;
  }

 private:
  AnyLayer<S> body_;
  Index channels_;
};

/// The layer itself where it takes a condition, else behind a `JoinCondition`.
template <Scalar S>
AnyLayer<S> under_condition(AnyLayer<S> layer, const std::optional<Shape>& condition) {
  if (!condition || layer.takes_condition()) return layer;
  return JoinedInput<S>(std::move(layer), *condition);
}

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan JoinCondition::plan(const Shape& input, const Place& place) const {
  const Shape condition = place.condition.value_or(Shape{1});
  LayerPlan plan(place, "JoinCondition", input,
                 {input.channels + condition.channels, input.height, input.width});
  plan.use_condition();
  if (!condition.is_vector() && (condition.height != input.height || condition.width != input.width))
    fail<ShapeError>(
        "{} (JoinCondition): expected a condition that is a vector or has the pixels of the input {}, got {}",
        place, to_string(input), to_string(condition));
  return plan;
}

template <Scalar S>
std::optional<Shape> JoinedInput<S>::input_shape() const {
  const auto joined = body_.input_shape();
  if (!joined || joined->channels <= channels_) return joined;  // no room: the plan says so
  return Shape{joined->channels - channels_, joined->height, joined->width};
}

template <Scalar S>
LayerPlan JoinedInput<S>::plan(const Shape& input, const Place& place) const {
  const Shape joined{input.channels + channels_, input.height, input.width};
  if (const auto fixed = body_.input_shape(); fixed && *fixed != joined)
    fail<ShapeError>(
        "{}: its first layer takes {}, but gets {}: samples of {} and {} channels of the condition; write infer for its "
        "input width, or make it take {}",
        place, to_string(*fixed), to_string(joined), to_string(input), channels_, to_string(joined));
  return LayerSequence<JoinedInput>::plan(input, place);
}

EIGENERATE_INSTANTIATE_CLASS(JoinedInput)

#endif

}  // namespace eigenerate
