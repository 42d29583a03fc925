#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/detail/require_channels.hpp"
#include "eigenerate/layers/infer.hpp"
#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/prediction_steps.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"

namespace eigenerate {

/// Hyper-parameters of `BatchNorm`, with PyTorch's defaults.
struct BatchNormOptions {
  double epsilon = 1e-5;
  double momentum = 0.1;  ///< weight of the newest batch in the running statistics
  bool affine = true;     ///< whether there are a trained scale and shift
};

/// Batch normalization, `y = w ∘ (x − µ) / √(σ² + ε) + b` with µ and σ² of each channel over samples and
/// pixels: PyTorch's `BatchNorm1d` for vectors and `BatchNorm2d` for images.
///
/// Training passes use the statistics of the batch and move the running ones towards them,
/// `running += momentum · (batch − running)`; evaluating passes use the running ones. σ² divides by the
/// number n of values per channel, running_var takes the unbiased variance (by n − 1).
///
/// The buffers have PyTorch's names. `num_batches_tracked`, an integer there, is a scalar of the network's
/// type here; a float counts exactly up to 2^24 and then stands still. No pass reads it.
///
/// **Shapes** x and y: channels×H×W per sample; all parameters and statistics: channels, which may be left
/// open: `BatchNorm{infer}`.
/// **Backward** with z = (x − µ) / √(σ² + ε) and means over samples and pixels, training:
/// `dx = w / √(σ² + ε) ∘ (dy − mean(dy) − z ∘ mean(dy ∘ z))`, evaluating: `dx = w / √(σ² + ε) ∘ dy`;
/// `dw += Σ dy ∘ z`, `db += Σ dy`.
/// **Cost** two passes over memory for each of forward and backward.
/// **Init** w = 1, b = 0, running_mean = 0, running_var = 1.
/// **Errors** `ShapeError` for other channels, and for a training pass with one value per channel; no tangent
/// pass.
/// **Numerics** sums in double, in a fixed order.
/// **Source** Ioffe & Szegedy 2015, algorithms 1 and 2.
struct BatchNorm : RefusesTangent {
  Index channels;
  BatchNormOptions options;

  explicit BatchNorm(Index channels_, BatchNormOptions options_ = {})
      : channels(channels_), options(options_) {}

  std::optional<Shape> input_shape() const { return std::nullopt; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  // y = scale ∘ (x − µ) + b with r = 1/√(σ² + ε) and scale = w ∘ r; all but x and y are one number per
  // channel.
  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const Index c = pass.plan->input.channels, n = values(pass);
    S* const mean = pass.cache_slot(Cache::mean);
    S* const r = pass.cache_slot(Cache::inverse_deviation);
    S* const variance = pass.scratch_slot(Scratch::variance);
    if (pass.mode == Mode::train) {
      require_several_values(pass);
      kernels::row_moments(mean, variance, x.data(), c, n);
      if (pass.buffer_updates) update_running_statistics(pass, mean, variance);
    } else {
      std::copy_n(pass.buffer(Buffer::running_mean), c, mean);
      std::copy_n(pass.buffer(Buffer::running_var), c, variance);
    }
    for (Index i = 0; i < c; ++i)
      r[i] = static_cast<S>(1 / std::sqrt(static_cast<double>(variance[i]) + options.epsilon));
    const S* const scale = scale_of(pass);
    S* const shift = pass.scratch_slot(Scratch::shift);
    if (options.affine)
      std::copy_n(pass.parameter(Parameter::bias), c, shift);
    else
      std::fill_n(shift, c, S(0));
    kernels::scale_rows(y.data(), x.data(), mean, scale, shift, c, n);
  }

  // With z = r ∘ (x − µ): dw += Σ dy ∘ z, db += Σ dy. The statistics of a batch depend on x, those of an
  // evaluating pass do not: dx = scale ∘ (dy − mean(dy) − z ∘ mean(dy ∘ z)), or dx = scale ∘ dy.
  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    const Index c = pass.plan->input.channels, n = values(pass);
    const S* const mean = pass.cache_slot(Cache::mean);
    const S* const r = pass.cache_slot(Cache::inverse_deviation);
    S* const sums = pass.scratch_slot(Scratch::sums);          // Σ dy
    S* const products = pass.scratch_slot(Scratch::products);  // Σ dy ∘ (x − µ)
    const bool train = pass.mode == Mode::train;
    const bool add_gradients = options.affine && pass.wants_gradients();
    if (add_gradients || (train && wanted(dx)))
      kernels::row_gradient_sums(sums, products, dy.data(), x.data(), mean, c, n);
    if (add_gradients)
      for (Index i = 0; i < c; ++i) {
        pass.gradient(Parameter::weight)[i] += products[i] * r[i];
        pass.gradient(Parameter::bias)[i] += sums[i];
      }
    if (!wanted(dx)) return;
    const S* const scale = scale_of(pass);
    S* const slope = pass.scratch_slot(Scratch::slope);
    S* const shift = pass.scratch_slot(Scratch::shift);
    if (!train) {
      std::fill_n(shift, c, S(0));
      return kernels::scale_rows(dx.data(), dy.data(), shift, scale, shift, c, n);
    }
    // dx = scale ∘ dy + slope ∘ (x − µ) + shift
    for (Index i = 0; i < c; ++i) {
      slope[i] = -scale[i] * r[i] * r[i] * products[i] / static_cast<S>(n);
      shift[i] = -scale[i] * sums[i] / static_cast<S>(n);
    }
    kernels::combine_rows(dx.data(), dy.data(), x.data(), mean, scale, slope, shift, c, n);
  }

  /// With the running statistics y is a map of x by channels.
  template <Scalar S>
  bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    const Shape& shape = pass.plan->input;
    ElementMap map;
    for (Index i = 0; i < shape.size(); ++i) {
      const Index c = i % shape.channels;
      const auto number = [c](const S* values) { return static_cast<double>(values[c]); };
      const double w = options.affine ? number(pass.parameter(Parameter::weight)) : 1,
                   b = options.affine ? number(pass.parameter(Parameter::bias)) : 0,
                   scale = w / std::sqrt(number(pass.buffer(Buffer::running_var)) + options.epsilon);
      map.scale.push_back(scale);
      map.shift.push_back(b - scale * number(pass.buffer(Buffer::running_mean)));
    }
    return steps.map_elements(map);
  }

 private:
  // The tensors by their slots: one number per channel each.
  struct Parameter {
    enum : Index { weight, bias };
  };
  struct Buffer {
    enum : Index { running_mean, running_var, num_batches_tracked };
  };
  struct Cache {
    enum : Index { mean, inverse_deviation, count };
  };
  struct Scratch {
    enum : Index { scale, shift, slope, sums, products, count, variance = sums };
  };

  /// Values per channel in this pass.
  template <Scalar S>
  static Index values(const Pass<S>& pass) {
    return pass.plan->input.pixels() * pass.batch;
  }

  /// w ∘ r.
  template <Scalar S>
  const S* scale_of(const Pass<S>& pass) const {
    const S* const r = pass.cache_slot(Cache::inverse_deviation);
    if (!options.affine) return r;
    S* const scale = pass.scratch_slot(Scratch::scale);
    for (Index i = 0; i < pass.plan->input.channels; ++i)
      scale[i] = pass.parameter(Parameter::weight)[i] * r[i];
    return scale;
  }

  template <Scalar S>
  static void require_several_values(const Pass<S>& pass) {
    if (values(pass) < 2)
      fail<ShapeError>(
          "{} (BatchNorm): a training pass needs at least 2 values per channel for their variance, got a "
          "batch of {} with shape {}; train with larger batches",
          pass.plan->path, pass.batch, to_string(pass.plan->input));
  }

  template <Scalar S>
  void update_running_statistics(const Pass<S>& pass, const S* mean, const S* variance) const {
    const double n = static_cast<double>(values(pass)), unbiased = n / (n - 1);
    const auto move = [this](S& running, double batch) {
      const double old = static_cast<double>(running);
      running = static_cast<S>(old + options.momentum * (batch - old));
    };
    for (Index c = 0; c < pass.plan->input.channels; ++c) {
      move(pass.buffer_update(Buffer::running_mean)[c], static_cast<double>(mean[c]));
      move(pass.buffer_update(Buffer::running_var)[c], unbiased * static_cast<double>(variance[c]));
    }
    *pass.buffer_update(Buffer::num_batches_tracked) += S(1);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan BatchNorm::plan(const Shape& input, const Place& place) const {
  const Index c = detail::width_of(channels, input.channels);
  if (c < 1) fail<ConfigError>("{} (BatchNorm): needs at least one channel, got {}", place, c);
  if (!(is_finite(options.epsilon) && options.epsilon > 0) ||
      !(is_finite(options.momentum) && options.momentum >= 0 && options.momentum <= 1))
    fail<ConfigError>("{} (BatchNorm): epsilon must be positive and momentum in [0, 1], got {} and {}", place,
                      options.epsilon, options.momentum);
  detail::require_channels(place, "BatchNorm", c, input);
  LayerPlan plan(place, "BatchNorm", input, input);
  if (options.affine) {
    plan.add_parameter("weight", Role::scale, {c}).initial_center = 1;
    plan.add_parameter("bias", Role::shift, {c});
  }
  plan.add_buffer("running_mean", {c}, 0);
  plan.add_buffer("running_var", {c}, 1);
  Segment& batches = plan.add_buffer("num_batches_tracked", {}, 0);
  batches.role = Role::count;
  batches.any_unit_extents = true;
  for (Index slot = 0; slot < Cache::count; ++slot) plan.cache.add({0, c});
  for (Index slot = 0; slot < Scratch::count; ++slot) plan.scratch.add({0, c});
  if (input.pixels() == 1) plan.least_training_batch = 2;  // one value per channel and sample has no variance
  plan.couples_samples = "normalizes by the statistics of the batch";
  plan.refuses_tangent = "has only a first derivative";
  plan.multiply_adds = input.size();
  return plan;
}

#endif

}  // namespace eigenerate
