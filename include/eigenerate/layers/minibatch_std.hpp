#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// How much the samples of a group differ, as one more channel: behind the channels of x stands in every
/// pixel `t = mean_f √(var_f + ε)`, the mean over all features and pixels of their standard deviations within
/// the group. A discriminator sees by it when generated samples are all alike.
///
/// Groups are neighbours in the batch, as even in size as can be and of `group` samples at most: with 4, a
/// batch of 64 has 16 groups, one of 9 three. 0 makes the whole batch one group. Evaluating passes do the
/// same, so that what they give for a sample depends on those around it, and where many are predicted in
/// portions, on the portions.
///
/// **Shapes** x: C×H×W; y: (C + 1)×H×W.
/// **Backward** with n samples in the group, F = C·H·W, s_f = √(var_f + ε), and a the sum of dy of the new
/// channel over the group: `dx = dy of the old channels + a (x − µ_f) / (F n s_f)`. Tangent: with
/// `c_f = Σ_group (x − µ_f) tx`, `ṫ = mean_f c_f / (n s_f)`; its reverse adds to dx, with ȧ the sum of dty,
/// `ȧ / (F n s_f) ∘ (tx − mean tx − c_f (x − µ_f) / (n s_f²))`.
/// **Cost** one to three passes over memory; no memory.
/// **Errors** `ConfigError` for a negative group or an epsilon that is not positive. It couples samples: R1
/// and R2 pass it (the gradient of the summed logits), WGAN-GP and DRAGAN refuse it.
/// **Numerics** sums in double.
/// **Source** Karras et al. 2018, section 3, with the ε of their program. They take every (B/group)-th sample
/// for a group, which in a shuffled batch is the same, and refuse batches that the group does not divide.
struct MinibatchStd {
  Index group;
  double epsilon;

  explicit constexpr MinibatchStd(Index group_ = 4, double epsilon_ = 1e-8)
      : group(group_), epsilon(epsilon_) {}

  std::optional<Shape> input_shape() const { return std::nullopt; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    for_each_group(pass, [&](Group g) {
      double sum = 0;
      for_each_block(x, g, [&](Block& b) {
        for (Index i = 0; i < b.size; ++i) sum += b.deviation[i];
      });
      append(pass, x, y, g, sum / static_cast<double>(x.rows()));
    });
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (!wanted(dx)) return;
    for_each_group(pass, [&](Group g) { reverse(pass, x, dy, dx, g); });
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    for_each_group(pass, [&](Group g) {
      double sum = 0;
      for_each_block(x, g, [&](Block& b) {
        along(b, x, tx, g);
        for (Index i = 0; i < b.size; ++i)
          sum += b.along[i] / (static_cast<double>(g.size()) * b.deviation[i]);
      });
      append(pass, tx, ty, g, sum / static_cast<double>(x.rows()));
    });
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    for_each_group(pass, [&](Group g) {
      if (wanted(dtx)) reverse(pass, x, dty, dtx, g);
      if (!wanted(dx)) return;
      reverse(pass, x, dy, dx, g);
      const double n = static_cast<double>(g.size()),
                   share = new_channel(pass, dty, g) / static_cast<double>(x.rows());
      for_each_block(x, g, [&](Block& b) {
        along(b, x, tx, g);
        for (Index j = g.first; j < g.end; ++j)
          for (Index i = 0; i < b.size; ++i) {
            const double s = b.deviation[i], centered = static_cast<double>(x(b.first + i, j)) - b.mean[i];
            dx(b.first + i, j) += static_cast<S>(share / (n * s) *
                                                 (static_cast<double>(tx(b.first + i, j)) -
                                                  b.mean_tangent[i] - b.along[i] * centered / (n * s * s)));
          }
      });
    });
  }

 private:
  /// Samples [first, end) of the batch.
  struct Group {
    Index first, end;
    Index size() const { return end - first; }
  };
  /// Features [first, first + size), with what the group says of them.
  static constexpr Index block = 64;
  struct Block {
    Index first, size;
    std::array<double, static_cast<std::size_t>(block)> of_mean, of_deviation, of_tangent, of_along;
    double *mean = of_mean.data(), *deviation = of_deviation.data();
    double *mean_tangent = of_tangent.data(), *along = of_along.data();  // of `along`
  };

  template <Scalar S, class F>
  void for_each_group(const Pass<S>& pass, const F& f) const {
    const Index n = pass.batch, groups = group == 0 ? 1 : (n + group - 1) / group;
    kernels::for_each_item(groups, n / groups * pass.plan->input.size(), [&](Index i) {
      f(Group{i * n / groups, (i + 1) * n / groups});
    });
  }

  /// Calls f for block after block of features, with their means and deviations in the group.
  template <Scalar S, class F>
  void for_each_block(ConstView<S> x, Group g, const F& f) const {
    const double n = static_cast<double>(g.size());
    for (Index first = 0; first < x.rows(); first += block) {
      Block b{first, std::min(block, x.rows() - first), {}, {}, {}, {}};
      for (Index j = g.first; j < g.end; ++j)
        for (Index i = 0; i < b.size; ++i) b.mean[i] += static_cast<double>(x(first + i, j));
      for (Index i = 0; i < b.size; ++i) b.mean[i] /= n;
      for (Index j = g.first; j < g.end; ++j)
        for (Index i = 0; i < b.size; ++i) {
          const double d = static_cast<double>(x(first + i, j)) - b.mean[i];
          b.deviation[i] += d * d;
        }
      for (Index i = 0; i < b.size; ++i) b.deviation[i] = std::sqrt(b.deviation[i] / n + epsilon);
      f(b);
    }
  }

  /// `along_f = Σ (x − µ_f) tx`, and the mean of tx.
  template <Scalar S>
  static void along(Block& b, ConstView<S> x, ConstView<S> tx, Group g) {
    for (Index j = g.first; j < g.end; ++j)
      for (Index i = 0; i < b.size; ++i) {
        const double t = static_cast<double>(tx(b.first + i, j));
        b.mean_tangent[i] += t / static_cast<double>(g.size());
        b.along[i] += (static_cast<double>(x(b.first + i, j)) - b.mean[i]) * t;
      }
  }

  /// `y = (x, value)` for the samples of a group.
  template <Scalar S>
  static void append(const Pass<S>& pass, ConstView<S> x, View<S> y, Group g, double value) {
    const Index channels = pass.plan->input.channels, pixels = pass.plan->input.pixels();
    const S* from = x.data() + g.first * x.rows();
    S* to = y.data() + g.first * y.rows();
    for (Index i = 0; i < pixels * g.size(); ++i, from += channels) {
      to = std::copy_n(from, channels, to);
      *to++ = static_cast<S>(value);
    }
  }

  /// The sum of the new channel over the group.
  template <Scalar S>
  static double new_channel(const Pass<S>& pass, ConstView<S> dy, Group g) {
    const Index channels = pass.plan->input.channels, points = pass.plan->input.pixels() * g.size();
    const S* const from = dy.data() + g.first * dy.rows() + channels;
    double sum = 0;
    for (Index i = 0; i < points; ++i) sum += static_cast<double>(from[i * (channels + 1)]);
    return sum;
  }

  /// `dx = Jᵀ dy` for the samples of a group.
  template <Scalar S>
  void reverse(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy, View<S> dx, Group g) const {
    const Index channels = pass.plan->input.channels, points = pass.plan->input.pixels() * g.size();
    const S* from = dy.data() + g.first * dy.rows();
    S* to = dx.data() + g.first * dx.rows();
    for (Index i = 0; i < points; ++i, from += channels + 1) to = std::copy_n(from, channels, to);
    const double share =
        new_channel(pass, dy, g) / (static_cast<double>(x.rows()) * static_cast<double>(g.size()));
    for_each_block(x, g, [&](Block& b) {
      for (Index j = g.first; j < g.end; ++j)
        for (Index i = 0; i < b.size; ++i)
          dx(b.first + i, j) +=
              static_cast<S>(share * (static_cast<double>(x(b.first + i, j)) - b.mean[i]) / b.deviation[i]);
    });
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan MinibatchStd::plan(const Shape& input, const Place& place) const {
  if (group < 0)
    fail<ConfigError>("{} (MinibatchStd): needs a group of at least 0 samples, got {}", place, group);
  if (!(is_finite(epsilon) && epsilon > 0))
    fail<ConfigError>("{} (MinibatchStd): needs a positive epsilon, got {}", place, epsilon);
  LayerPlan plan(place, "MinibatchStd", input, {capped_sum(input.channels, 1), input.height, input.width});
  plan.couples_samples = "tells how much the samples of a batch differ";
  return plan;
}

#endif

}  // namespace eigenerate
