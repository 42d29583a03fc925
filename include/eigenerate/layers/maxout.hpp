#pragma once

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/linear_map.hpp"

namespace eigenerate {

/// The largest of so many pieces of each channel: `y_c = max_k x_{k·C + c}`, where x has pieces·C channels.
/// Of equal pieces the first one wins, and a NaN wins over every number.
///
/// `Linear{infer, 200 * 5}, Maxout{5}` is a fully connected maxout layer of 200 features, and a Conv2d before
/// it makes a convolutional one; a `SpectralNorm` may stand around either. In PyTorch
/// `x.unflatten(1, (pieces, C)).amax(1)`.
///
/// **Shapes** x: pieces·C×H×W; y: C×H×W.
/// **Backward** each dy goes to the piece that won.
/// **Cost** a comparison for each input, in all passes; memory for the number of each winner.
/// **Errors** `ConfigError` for less than one piece, `ShapeError` for channels that the pieces do not divide.
/// **Source** Goodfellow et al. 2013, section 3.
struct Maxout : LinearMap<Maxout> {
  Index pieces;

  explicit constexpr Maxout(Index pieces_) : pieces(pieces_) {}

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    S* const winners = pass.cache_slot(Cache::winner);
    for_each_pixel(pass, [&](Index of_x, Index of_y, Index channels) {
      const S* piece = x.data() + of_x;
      S *const best = y.data() + of_y, *const winner = winners + of_y;
      for (Index c = 0; c < channels; ++c) {
        best[c] = piece[c];
        winner[c] = 0;
      }
      for (Index k = 1; k < pieces; ++k) {
        piece += channels;
        const S number = static_cast<S>(k);
        for (Index c = 0; c < channels; ++c) {
          const bool wins = piece[c] > best[c] || piece[c] != piece[c];
          best[c] = kernels::select(wins, piece[c], best[c]);
          winner[c] = kernels::select(wins, number, winner[c]);
        }
      }
    });
  }

  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const S* const winners = pass.cache_slot(Cache::winner);
    for_each_pixel(pass, [&](Index of_x, Index of_y, Index channels) {
      for (Index c = 0; c < channels; ++c)
        y.data()[of_y + c] = x.data()[of_x + static_cast<Index>(winners[of_y + c]) * channels + c];
    });
  }

  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    const S* const winners = pass.cache_slot(Cache::winner);
    for_each_pixel(pass, [&](Index of_x, Index of_y, Index channels) {
      for (Index k = 0; k < pieces; ++k) {
        const S number = static_cast<S>(k);
        for (Index c = 0; c < channels; ++c)
          dx.data()[of_x + k * channels + c] =
              kernels::select(winners[of_y + c] == number, dy.data()[of_y + c], S(0));
      }
    });
  }

 private:
  // In the shape of y: which piece won, as a scalar.
  struct Cache {
    enum : Index { winner };
  };

  /// Calls f(offset in x, offset in y, channels of y) for all pixels of all samples.
  template <Scalar S, class F>
  void for_each_pixel(const Pass<S>& pass, const F& f) const {
    const Index channels = pass.plan->output.channels, pixels = pass.plan->output.pixels();
    kernels::for_each_item(pass.batch * pixels, channels * pieces,
                           [&](Index i) { f(i * channels * pieces, i * channels, channels); });
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan Maxout::plan(const Shape& input, const Place& place) const {
  // Numbers of winners must be exact in float.
  if (pieces < 1 || pieces > max_factor)
    fail<ConfigError>("{} (Maxout): expected 1 to {} pieces, got {}", place, max_factor, pieces);
  if (input.channels % pieces != 0)
    fail_input(place, "Maxout", format_message("of channels that {} pieces divide", pieces), input);
  LayerPlan plan(place, "Maxout", input, {input.channels / pieces, input.height, input.width});
  plan.cache.add({plan.output.size(), 0});
  plan.moves_values = true;
  return plan;
}

#endif

}  // namespace eigenerate
