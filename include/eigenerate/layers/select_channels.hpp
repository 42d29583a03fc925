#pragma once

#include <algorithm>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/linear_map.hpp"

namespace eigenerate {

/// Some neighboring channels, the others are not looked at: the decoder of a chain of latent vectors sees the
/// first of them.
///
/// **Shapes** x: C×H×W; y: count×H×W.
/// **Backward** dy in the selected channels, zeros elsewhere; tangent as forward.
/// **Cost** a copy.
/// **Errors** `ConfigError` for channels below none or fewer than one, `ShapeError` for an input that lacks
/// them.
struct SelectChannels : LinearMap<SelectChannels> {
  Index first, count;

  constexpr SelectChannels(Index first_, Index count_) : first(first_), count(count_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const Index channels = pass.plan->input.channels;
    kernels::for_each_item(x.size() / channels, count, [&](Index pixel) {
      std::copy_n(x.data() + pixel * channels + first, count, y.data() + pixel * count);
    });
  }
  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    const Index channels = pass.plan->input.channels;
    kernels::for_each_item(dx.size() / channels, channels, [&](Index pixel) {
      S* const d = dx.data() + pixel * channels;
      std::fill_n(d, channels, S(0));
      std::copy_n(dy.data() + pixel * count, count, d + first);
    });
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan SelectChannels::plan(const Shape& input, const Place& place) const {
  if (first < 0 || count < 1 || first > max_scalars || count > max_scalars)
    fail<ConfigError>("{} (SelectChannels): expected at least one channel from 0 on, got {} from {} on",
                      place, count, first);
  if (first + count > input.channels)
    fail_input(place, "SelectChannels", format_message("of at least {} channels", first + count), input);
  return {place, "SelectChannels", input, {count, input.height, input.width}};
}

#endif

}  // namespace eigenerate
