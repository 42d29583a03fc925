#pragma once

#include <cmath>
#include <optional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/detail/require_channels.hpp"
#include "eigenerate/layers/infer.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Hyper-parameters of `InstanceNorm`, with PyTorch's defaults.
struct InstanceNormOptions {
  double epsilon = 1e-5;
  bool affine = false;  ///< whether there are a trained scale and shift
};

/// Instance normalization, `y = w ∘ (x − µ) / √(σ² + ε) + b` with µ and σ² of each channel of each sample
/// over its n pixels: PyTorch's `InstanceNorm2d`.
///
/// Training and evaluating passes do the same: there are no running statistics, as in PyTorch unless
/// `track_running_stats` asks for them. It does not couple samples, so gradient penalties may pass through
/// it. Before a `Modulate` it is a conditional one.
///
/// **Shapes** x and y: channels×H×W per sample; w and b: channels, which may be left open:
/// `InstanceNorm{infer}`.
/// **Backward** with means over the pixels of a channel, u = x − µ, r = 1/√(σ² + ε), z = r·u, and the
/// Jacobian A v = r·(v − mean(v) − r²·mean(v ∘ u)·u) of z: `dx = w·(A dy)`, `dw += Σ dy ∘ z`, `db += Σ dy`.
/// Tangent `ty = w·(A tx)`. Its reverse, with t = mean(tx ∘ u), d = mean(dty ∘ u) and q = mean(dty ∘ (tx −
/// mean(tx))): `dtx = w·(A dty)`, `dw += Σ dy ∘ z + n·r·(q − r²·t·d)`, `db += Σ dy`, and `dx = w·r·(dy −
/// mean(dy) − r²·(t·(dty − mean(dty)) + d·(tx − mean(tx)) + (mean(dy ∘ u) + q − 3·r²·t·d)·u))`.
/// **Cost** two passes over a sample for each of forward and backward.
/// **Init** w = 1, b = 0.
/// **Errors** `ShapeError` for other channels and for images of one pixel, whose value would not matter.
/// **Numerics** sums in double, in a fixed order.
/// **Source** Ulyanov, Vedaldi & Lempitsky 2016, eq. 4.
struct InstanceNorm {
  Index channels;
  InstanceNormOptions options;

  explicit InstanceNorm(Index channels_, InstanceNormOptions options_ = {})
      : channels(channels_), options(options_) {}

  std::optional<Shape> input_shape() const { return std::nullopt; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  // y = w·r·(x − µ) + b; µ and r are kept.
  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    for_each_image(pass, [&](const Image<S>& of) {
      kernels::row_moments(of.mean, of.r, of.at(x), of.channels, of.pixels);
      for (Index c = 0; c < of.channels; ++c) {
        const double variance = static_cast<double>(of.r[c]);
        of.r[c] = static_cast<S>(1 / std::sqrt(variance + options.epsilon));
        of.scale[c] = weight(pass, c) * of.r[c];
        of.shift[c] = options.affine ? pass.parameter(Parameter::bias)[c] : S(0);
      }
      kernels::scale_rows(of.at(y), of.at(x), of.mean, of.scale, of.shift, of.channels, of.pixels);
    });
  }

  // dx = w·(A dy), dw += Σ dy ∘ z, db += Σ dy
  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    const bool adds = options.affine && pass.wants_gradients();
    if (!adds && !wanted(dx)) return;
    for_each_image(pass, [&](const Image<S>& of) {
      const Means<S> y =
          of.means(pass.scratch_slot(Scratch::dy_mean), pass.scratch_slot(Scratch::dy_product), dy, x);
      if (adds)
        for (Index c = 0; c < of.channels; ++c) of.dw[c] = of.n() * of.r[c] * y.product[c];
      if (wanted(dx)) apply_jacobian(pass, of, x, dy, y, dx);
    });
    if (adds) add_gradients(pass, dy);
  }

  // ty = w·(A tx); the means of tx are kept.
  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    for_each_image(pass, [&](const Image<S>& of) {
      const Means<S> t =
          of.means(pass.tangent_slot(Tangent::mean), pass.tangent_slot(Tangent::product), tx, x);
      apply_jacobian(pass, of, x, tx, t, ty);
    });
  }

  // With t, d and q as above: dtx = w·(A dty), dw += Σ dy ∘ z + n·r·(q − r²·t·d), db += Σ dy, and
  // dx = w·r·(dy − mean(dy) − r²·(t·(dty − mean(dty)) + d·(tx − mean(tx)) + (mean(dy ∘ u) + q − 3·r²·t·d)·u))
  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    const bool adds = options.affine && pass.wants_gradients();
    for_each_image(pass, [&](const Image<S>& of) {
      const auto slot = [&](Index i) { return pass.scratch_slot(i); };
      const Means<S> t = of.kept(pass.tangent_slot(Tangent::mean), pass.tangent_slot(Tangent::product));
      const Means<S> y = of.means(slot(Scratch::dy_mean), slot(Scratch::dy_product), dy, x);
      const Means<S> d = of.means(slot(Scratch::dty_mean), slot(Scratch::dty_product), dty, x);
      S* const q = of.row(slot(Scratch::q));
      kernels::row_gradient_sums(of.slope, q, of.at(dty), of.at(tx), t.mean, of.channels, of.pixels);
      for (Index c = 0; c < of.channels; ++c) {
        q[c] /= of.n();
        const S r = of.r[c], td = r * r * t.product[c] * d.product[c];
        if (adds) of.dw[c] = of.n() * r * (y.product[c] + q[c] - td);
        of.scale[c] = weight(pass, c) * r;
        of.slope[c] = y.product[c] + q[c] - 3 * td;
      }
      if (wanted(dx)) {
        const S *const g = of.at(dy), *const h = of.at(dty), *const v = of.at(tx), *const u = of.at(x);
        for (Index k = 0, i = 0; k < of.pixels; ++k)
          for (Index c = 0; c < of.channels; ++c, ++i)
            of.at(dx)[i] =
                of.scale[c] * (g[i] - y.mean[c] -
                               of.r[c] * of.r[c] *
                                   (t.product[c] * (h[i] - d.mean[c]) + d.product[c] * (v[i] - t.mean[c]) +
                                    of.slope[c] * (u[i] - of.mean[c])));
      }
      if (wanted(dtx)) apply_jacobian(pass, of, x, dty, d, dtx);
    });
    if (adds) add_gradients(pass, dy);
  }

 private:
  struct Parameter {
    enum : Index { weight, bias };
  };
  // All are one number for each channel of each sample.
  struct Cache {
    enum : Index { mean, inverse_deviation, count };
  };
  struct Tangent {
    enum : Index { mean, product, count };  // of tx
  };
  struct Scratch {
    enum : Index { scale, slope, shift, dw, dy_mean, dy_product, dty_mean, dty_product, q, count };
  };

  /// mean(v) and mean(v ∘ (x − µ)) of each channel of one sample.
  template <Scalar S>
  struct Means {
    S *mean, *product;
  };

  /// One sample: its µ and r, and its rows of scratch.
  template <Scalar S>
  struct Image {
    Image(const Pass<S>& pass, Index sample_)
        : sample(sample_),
          channels(pass.plan->input.channels),
          pixels(pass.plan->input.pixels()),
          mean(row(pass.cache_slot(Cache::mean))),
          r(row(pass.cache_slot(Cache::inverse_deviation))),
          scale(row(pass.scratch_slot(Scratch::scale))),
          slope(row(pass.scratch_slot(Scratch::slope))),
          shift(row(pass.scratch_slot(Scratch::shift))),
          dw(row(pass.scratch_slot(Scratch::dw))) {}

    Index sample, channels, pixels;
    S *mean, *r, *scale, *slope, *shift, *dw;

    S n() const { return static_cast<S>(pixels); }
    S* row(S* slot) const { return slot + sample * channels; }
    const S* at(const ConstView<S>& samples) const { return samples.data() + sample * channels * pixels; }
    S* at(View<S>& samples) const { return samples.data() + sample * channels * pixels; }

    Means<S> kept(S* mean_slot, S* product_slot) const { return {row(mean_slot), row(product_slot)}; }
    Means<S> means(S* mean_slot, S* product_slot, const ConstView<S>& v, const ConstView<S>& x) const {
      const Means<S> of = kept(mean_slot, product_slot);
      kernels::row_gradient_sums(of.mean, of.product, at(v), at(x), mean, channels, pixels);
      for (Index c = 0; c < channels; ++c) {
        of.mean[c] /= n();
        of.product[c] /= n();
      }
      return of;
    }
  };

  template <Scalar S, class F>
  static void for_each_image(const Pass<S>& pass, const F& f) {
    kernels::for_each_item(pass.batch, pass.plan->input.size(), [&](Index j) { f(Image<S>(pass, j)); });
  }

  template <Scalar S>
  S weight(const Pass<S>& pass, Index c) const {
    return options.affine ? pass.parameter(Parameter::weight)[c] : S(1);
  }

  /// `out = w·(A v)`, given the means of v.
  template <Scalar S>
  void apply_jacobian(const Pass<S>& pass, const Image<S>& of, const ConstView<S>& x, const ConstView<S>& v,
                      const Means<S>& means, View<S>& out) const {
    for (Index c = 0; c < of.channels; ++c) {
      const S r = of.r[c];
      of.scale[c] = weight(pass, c) * r;
      of.slope[c] = -of.scale[c] * r * r * means.product[c];
      of.shift[c] = -of.scale[c] * means.mean[c];
    }
    kernels::combine_rows(of.at(out), of.at(v), of.at(x), of.mean, of.scale, of.slope, of.shift, of.channels,
                          of.pixels);
  }

  /// `dw +=` its rows of all samples, `db += Σ dy`.
  template <Scalar S>
  static void add_gradients(const Pass<S>& pass, const ConstView<S>& dy) {
    const Shape& shape = pass.plan->input;
    const Index c = shape.channels;
    kernels::accumulate_row_sums(pass.gradient(Parameter::weight), pass.scratch_slot(Scratch::dw), c, c,
                                 pass.batch);
    kernels::accumulate_row_sums(pass.gradient(Parameter::bias), dy.data(), c, c,
                                 shape.pixels() * pass.batch);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan InstanceNorm::plan(const Shape& input, const Place& place) const {
  const Index c = detail::width_of(channels, input.channels);
  if (c < 1) fail<ConfigError>("{} (InstanceNorm): needs at least one channel, got {}", place, c);
  if (!(is_finite(options.epsilon) && options.epsilon > 0))
    fail<ConfigError>("{} (InstanceNorm): epsilon must be positive, got {}", place, options.epsilon);
  detail::require_channels(place, "InstanceNorm", c, input);
  if (input.pixels() == 1) fail_input(place, "InstanceNorm", "of more than one pixel", input);
  LayerPlan plan(place, "InstanceNorm", input, input);
  if (options.affine) {
    plan.add_parameter("weight", Role::scale, {c}).initial_center = 1;
    plan.add_parameter("bias", Role::shift, {c});
  }
  for (Index slot = 0; slot < Cache::count; ++slot) plan.cache.add({c, 0});
  for (Index slot = 0; slot < Tangent::count; ++slot) plan.tangents.add({c, 0});
  for (Index slot = 0; slot < Scratch::count; ++slot) plan.scratch.add({c, 0});
  plan.multiply_adds = input.size();
  return plan;
}

#endif

}  // namespace eigenerate
