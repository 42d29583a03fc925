#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"
#include "eigenerate/layers/require_channels.hpp"

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
/// **Shapes** x and y: channels×H×W per sample; all parameters and statistics: channels.
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

  LayerPlan plan(const Shape& input, const Place& place) const {
    if (channels < 1) fail<ConfigError>("{} (BatchNorm): needs at least one channel, got {}", place, channels);
    if (!(is_finite(options.epsilon) && options.epsilon > 0) ||
        !(is_finite(options.momentum) && options.momentum >= 0 && options.momentum <= 1))
      fail<ConfigError>("{} (BatchNorm): epsilon must be positive and momentum in [0, 1], got {} and {}",
                        place, options.epsilon, options.momentum);
    detail::require_channels(place, "BatchNorm", channels, input);
    LayerPlan plan(place, "BatchNorm", input, input);
    if (options.affine) {
      plan.add_parameter("weight", Role::scale, {channels}).initial_center = 1;
      plan.add_parameter("bias", Role::shift, {channels});
    }
    plan.add_buffer("running_mean", {channels}, 0);
    plan.add_buffer("running_var", {channels}, 1);
    Segment& batches = plan.add_buffer("num_batches_tracked", {}, 0);
    batches.role = Role::count;
    batches.any_unit_extents = true;
    plan.cache.add({0, channels});
    plan.cache.add({0, channels});
    for (int coefficient = 0; coefficient < 5; ++coefficient) plan.scratch.add({0, channels});
    if (input.pixels() == 1)
      plan.least_training_batch = 2;  // one value per channel and sample has no variance
    plan.couples_samples = "normalizes by the statistics of the batch";
    plan.refuses_tangent = "has only a first derivative";
    return plan;
  }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    S* const mean = pass.cache_slot(0);
    S* const inverse_deviation = pass.cache_slot(1);
    S* const variance = pass.scratch_slot(0);
    if (pass.mode == Mode::train) {
      require_several_values(pass);
      kernels::row_moments(mean, variance, x.data(), channels, values(pass));
      if (pass.buffer_updates) update_running_statistics(pass, mean, variance);
    } else {
      std::copy_n(pass.buffer(0), channels, mean);
      std::copy_n(pass.buffer(1), channels, variance);
    }
    S* const scale = pass.scratch_slot(1);
    S* const shift = pass.scratch_slot(2);
    for (Index c = 0; c < channels; ++c) {
      inverse_deviation[c] =
          static_cast<S>(1 / std::sqrt(static_cast<double>(variance[c]) + options.epsilon));
      scale[c] = options.affine ? pass.parameter(0)[c] * inverse_deviation[c] : inverse_deviation[c];
      shift[c] = options.affine ? pass.parameter(1)[c] : S(0);
    }
    kernels::scale_rows(y.data(), x.data(), mean, scale, shift, channels, values(pass));
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    const S* const mean = pass.cache_slot(0);
    const S* const inverse_deviation = pass.cache_slot(1);
    S* const sums = pass.scratch_slot(0);      // Σ dy
    S* const products = pass.scratch_slot(1);  // Σ dy ∘ (x − µ)
    const bool train = pass.mode == Mode::train;
    const bool add_gradients = options.affine && pass.wants_gradients();
    if (add_gradients || (train && wanted(dx)))
      kernels::row_gradient_sums(sums, products, dy.data(), x.data(), mean, channels, values(pass));
    if (add_gradients)
      for (Index c = 0; c < channels; ++c) {
        pass.gradient(0)[c] += products[c] * inverse_deviation[c];
        pass.gradient(1)[c] += sums[c];
      }
    if (!wanted(dx)) return;
    S* const scale = pass.scratch_slot(2);
    for (Index c = 0; c < channels; ++c)
      scale[c] = options.affine ? pass.parameter(0)[c] * inverse_deviation[c] : inverse_deviation[c];
    if (!train) {  // dx = scale ∘ dy, whatever x is
      S* const zero = pass.scratch_slot(3);
      std::fill_n(zero, channels, S(0));
      return kernels::scale_rows(dx.data(), dy.data(), zero, scale, zero, channels, values(pass));
    }
    // dx = scale ∘ dy + slope ∘ (x − µ) + shift
    S* const slope = pass.scratch_slot(3);
    S* const shift = pass.scratch_slot(4);
    const S n = static_cast<S>(values(pass));
    for (Index c = 0; c < channels; ++c) {
      const S r = inverse_deviation[c];
      slope[c] = -scale[c] * r * r * products[c] / n;
      shift[c] = -scale[c] * sums[c] / n;
    }
    kernels::combine_rows(dx.data(), dy.data(), x.data(), mean, scale, slope, shift, channels, values(pass));
  }

 private:
  /// Values per channel in this pass.
  template <Scalar S>
  static Index values(const Pass<S>& pass) {
    return pass.plan->input.pixels() * pass.batch;
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
    for (Index c = 0; c < channels; ++c) {
      move(pass.buffer_update(0)[c], static_cast<double>(mean[c]));
      move(pass.buffer_update(1)[c], unbiased * static_cast<double>(variance[c]));
    }
    *pass.buffer_update(2) += S(1);
  }
};

}  // namespace eigenerate
