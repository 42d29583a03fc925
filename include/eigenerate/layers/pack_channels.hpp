#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/any_layer.hpp"
#include "eigenerate/layers/layer_sequence.hpp"
#include "eigenerate/layers/linear_map.hpp"

namespace eigenerate {

/// Samples of a pack side by side: k images, one below the other, become one image with the channels of all
/// of them, those of the first one first. A vector counts as an image of one pixel.
///
/// So k columns of a batch, which lie one after another in memory, are one sample of a discriminator that
/// judges them together, and nobody copies them before.
///
/// **Shapes** x: C×kH×W; y: kC×H×W.
/// **Backward** the same elements back in their places; tangent likewise.
/// **Cost** a copy.
/// **Errors** `ConfigError` for a pack of less than one sample, `ShapeError` for a height that it does not
/// divide.
/// **Source** Lin et al. 2018, section 2 (PacGAN).
struct PackChannels : LinearMap<PackChannels> {
  Index samples;

  explicit constexpr PackChannels(Index samples_) : samples(samples_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    for_each_pixel(pass, [&](Index stacked, Index side_by_side, Index channels) {
      std::copy_n(x.data() + stacked, channels, y.data() + side_by_side);
    });
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    for_each_pixel(pass, [&](Index stacked, Index side_by_side, Index channels) {
      std::copy_n(dy.data() + side_by_side, channels, dx.data() + stacked);
    });
  }

 private:
  /// Calls f(offset in x, offset in y, channels) for the pixels of all samples of all packs.
  template <Scalar S, class F>
  void for_each_pixel(const Pass<S>& pass, const F& f) const {
    const Shape &in = pass.plan->input, &out = pass.plan->output;
    kernels::for_each_item(pass.batch, in.size(), [&](Index pack) {
      for (Index i = 0; i < samples; ++i)
        for (Index pixel = 0; pixel < out.pixels(); ++pixel)
          f(pack * in.size() + (i * out.pixels() + pixel) * in.channels,
            pack * in.size() + pixel * out.channels + i * in.channels, in.channels);
    });
  }
};

template <Scalar S = float>
class PackedInput;

template <Scalar T, class S>
inline constexpr bool computes_in<PackedInput<T>, S> = std::same_as<T, S>;

/// A discriminator behind a `PackChannels`. Its parameters keep their names.
template <Scalar S>
class PackedInput : public LayerSequence<PackedInput<S>> {
 public:
  PackedInput(AnyLayer<S> body, Index samples) : pack_(samples), body_(std::move(body)) {}

  std::optional<Shape> input_shape() const;
  LayerPlan plan(const Shape& input, const Place& place) const;

  static constexpr std::size_t count() { return 2; }
  template <class F>
  void for_each(F&& f) const {
    f(pack_, 0);
    f(body_, 1);
  }
  template <class F>
  void for_each_reversed(F&& f) const {
    f(body_, 1);
    f(pack_, 0);
  }
  static Place place_of(const Place& place, std::size_t i) { return i == 0 ? place.child("pack") : place; }

 private:
  PackChannels pack_;
  AnyLayer<S> body_;
};

/// The layer itself for packs of one sample, else behind a `PackChannels`.
template <Scalar S>
AnyLayer<S> for_packs(AnyLayer<S> layer, Index samples) {
  if (samples == 1) return layer;
  return PackedInput<S>(std::move(layer), samples);
}

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan PackChannels::plan(const Shape& input, const Place& place) const {
  if (samples < 1 || samples > max_factor)
    fail<ConfigError>("{} (PackChannels): expected packs of 1 to {} samples, got {}", place, max_factor,
                      samples);
  if (input.height % samples != 0)
    fail_input(place, "PackChannels", format_message("of a height that {} divides", samples), input);
  LayerPlan plan(place, "PackChannels", input,
                 {input.channels * samples, input.height / samples, input.width});
  plan.moves_values = true;
  return plan;
}

template <Scalar S>
std::optional<Shape> PackedInput<S>::input_shape() const {
  const auto packed = body_.input_shape();
  if (!packed || packed->channels % pack_.samples != 0) return std::nullopt;  // the plan says so
  return Shape{packed->channels / pack_.samples, packed->height * pack_.samples, packed->width};
}

template <Scalar S>
LayerPlan PackedInput<S>::plan(const Shape& input, const Place& place) const {
  const Shape packed{input.channels * pack_.samples, input.height / pack_.samples, input.width};
  if (const auto fixed = body_.input_shape(); fixed && *fixed != packed)
    fail<ShapeError>(
        "{}: its first layer takes {}, but gets packs of {} samples, {}; write infer for its input width, or make it take {}",
        place, to_string(*fixed), pack_.samples, to_string(packed), to_string(packed));
  LayerPlan plan = LayerSequence<PackedInput>::plan(input, place);
  plan.least_training_batch = capped_product(plan.least_training_batch, pack_.samples);  // in samples
  return plan;
}

EIGENERATE_INSTANTIATE_CLASS(PackedInput)

#endif

}  // namespace eigenerate
