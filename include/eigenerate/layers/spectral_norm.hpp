#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/detail/layer_step.hpp"
#include "eigenerate/layers/detail/weight_matrix.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Hyper-parameters of `SpectralNorm`, with PyTorch's defaults.
struct SpectralNormOptions {
  Index iterations = 1;    ///< of the power method, in each pass that updates buffers
  double epsilon = 1e-12;  ///< below which a norm counts as that
};

/// A Linear, Conv2d, ConvTranspose2d or ProjectCondition whose weights are divided by their largest singular
/// values, `W̃ = W / σ` with σ = uᵀ W v: PyTorch's `nn.utils.spectral_norm`.
///
/// W is the matrix of one row per output (channel). u and v are what the power method knows of its first
/// singular vectors: a pass that updates buffers moves them on, `v = Wᵀu / ‖Wᵀu‖`, `u = W v / ‖W v‖`, and
/// keeps them; every other pass takes them as they are. So the discriminator is the same function in its own
/// step and in the generator's.
///
/// The tensors have PyTorch's names: the parameter `weight_orig` and the buffers `weight_u` and `weight_v`.
///
/// **Shapes** those of the inner layer.
/// **Backward** u, v and σ are those of the forward pass, u and v are constants in every derivative: with G
/// the inner layer's gradient of W̃, `dW += (G − ⟨G, W̃⟩ u vᵀ) / σ`. Tangents are the inner layer's with W̃.
/// **Cost** the inner layer's, in forward two passes over the weights and two for each iteration, in backward
/// four.
/// **Init** W as the inner layer's. u and v are zeros until the first update; a pass that finds them so takes
/// 15 iterations from a fixed random u.
/// **Errors** `ConfigError` for a layer that has no weights or is made of other layers, and for iterations
/// below 1.
/// **Numerics** products with u and v in the network's scalar at the highest precision; norms, σ and ⟨G, W̃⟩
/// in double.
/// **Source** Miyato et al. 2018, algorithm 1 and eq. 12.
template <Layer L>
class SpectralNorm {
 public:
  explicit SpectralNorm(L layer, SpectralNormOptions options = {})
      : layer_(std::move(layer)), options_(options) {}

  std::optional<Shape> input_shape() const { return layer_.input_shape(); }

  bool takes_condition() const { return eigenerate::takes_condition(layer_); }

  LayerPlan plan(const Shape& input, const Place& place) const {
    LayerPlan inner = layer_.plan(input, place);
    if (options_.iterations < 1 || !(is_finite(options_.epsilon) && options_.epsilon > 0))
      fail<ConfigError>(
          "{} (SpectralNorm): needs at least one iteration and a positive epsilon, got {} and {}", place,
          options_.iterations, options_.epsilon);
    LayerPlan plan(place, "SpectralNorm", input, inner.output);
    plan.cache.add({0, inner.parameter_size});
    plan.scratch.add({0, inner.parameter_size});
    for (Segment& s : inner.parameters) {
      if (!is_normalized(s)) continue;
      const Matricized w(s);
      plan.add_buffer(s.name.substr(inner.path.empty() ? 0 : inner.path.size() + 1) + "_u", {w.outputs}, 0);
      plan.add_buffer(s.name.substr(inner.path.empty() ? 0 : inner.path.size() + 1) + "_v", {w.inputs}, 0);
      plan.cache.add({0, w.outputs});
      plan.cache.add({0, w.inputs});
      plan.cache.add({0, 1});
      s.name += "_orig";
    }
    if (!inner.children.empty() || plan.buffers.empty())
      fail<ConfigError>(
          "{} (SpectralNorm): normalizes the weights of one layer, such as Linear or Conv2d, and {} {}",
          place, inner.kind, inner.children.empty() ? "has none" : "is made of others");
    plan.output_range = inner.output_range;
    plan.bounded_by = inner.bounded_by;
    plan.add_child(std::move(inner));
    return plan;
  }

  template <Scalar S>
  requires LayerOf<L, S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    normalize_weights(pass);
    layer_.forward(effective_pass(pass), x, y);
  }

  /// Those of the inner layer with W̃.
  template <Scalar S>
  requires LayerOf<L, S>
  bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    normalize_weights(pass);
    add_steps_of(layer_, effective_pass(pass), steps);
    return true;
  }

  template <Scalar S>
  requires LayerOf<L, S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S> dy, View<S> dx) const {
    layer_.backward(effective_pass(pass), x, y, dy, dx);
    add_gradients(pass);
  }

  template <Scalar S>
  requires LayerOf<L, S>
  void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S> tx, View<S> ty) const {
    layer_.tangent(effective_pass(pass), x, y, tx, ty);
  }

  template <Scalar S>
  requires LayerOf<L, S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S> y, ConstView<S> tx, ConstView<S> ty,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    layer_.tangent_backward(effective_pass(pass), x, y, tx, ty, dy, dty, dx, dtx);
    add_gradients(pass);
  }

 private:
  static constexpr std::size_t max_dimensions = 4;
  static constexpr Index first_iterations = 15;  // as torch.nn.utils.parametrizations.spectral_norm begins

  // The inner layer's block of parameters with W̃ for W. Behind it, from `first_weight` on, for each weight:
  // u; v in the order of W in memory; σ.
  struct Cache {
    enum : Index { effective, first_weight };
  };
  struct OfWeight {
    enum : Index { u, v, sigma, count };
  };
  // For each weight: u; v in PyTorch's order.
  struct Buffer {
    enum : Index { u, v, count };
  };
  // The gradient of the effective block.
  struct Scratch {
    enum : Index { d_effective };
  };

  /// What the pass knows of one weight's first singular vectors, and where they are kept.
  template <Scalar S>
  struct Power {
    S *u, *v, *sigma;
    Index u_buffer, v_buffer;
  };

  /// A weight as a matrix, with the products that the power method needs.
  struct Matricized : detail::WeightMatrix {
    using WeightMatrix::inputs, WeightMatrix::outputs, WeightMatrix::outputs_slowest;
    const Segment* segment;

    explicit Matricized(const Segment& s) : WeightMatrix(s), segment(&s) {}

    /// `wv = W v`.
    template <Scalar S>
    void apply(S* wv, const S* w, const S* v) const {
      using enum kernels::Transpose;
      kernels::gemm(wv, outputs, w, outputs_slowest ? inputs : outputs, outputs_slowest ? Yes : No, v, inputs,
                    No, outputs, 1, inputs, S(0));
    }
    /// `wu = Wᵀ u`.
    template <Scalar S>
    void apply_transposed(S* wu, const S* w, const S* u) const {
      using enum kernels::Transpose;
      kernels::gemm(wu, inputs, w, outputs_slowest ? inputs : outputs, outputs_slowest ? No : Yes, u, outputs,
                    No, inputs, 1, outputs, S(0));
    }
    /// `dw += by · u vᵀ`.
    template <Scalar S>
    void add_outer_product(S* dw, S by, const S* u, const S* v) const {
      const S* const slow = outputs_slowest ? u : v;
      const S* const fast = outputs_slowest ? v : u;
      const Index columns = outputs_slowest ? outputs : inputs, rows = outputs_slowest ? inputs : outputs;
      for (Index c = 0; c < columns; ++c) {
        const S factor = by * slow[c];
        S* const column = dw + rows * c;
        for (Index r = 0; r < rows; ++r) column[r] += factor * fast[r];
      }
    }

    /// v between PyTorch's order of the inputs and that of W in memory.
    template <Scalar S>
    void from_pytorch(S* v, const S* of_file) const {
      for_each_input([&](Index file, Index memory) { v[memory] = of_file[file]; });
    }
    template <Scalar S>
    void to_pytorch(S* of_file, const S* v) const {
      for_each_input([&](Index file, Index memory) { of_file[file] = v[memory]; });
    }

   private:
    /// Calls `f(index in PyTorch's order, index in memory)` for all inputs.
    template <class F>
    void for_each_input(const F& f) const {
      // The extents and the strides in memory of PyTorch's dimensions, the outputs' left out.
      Index extent[max_dimensions] = {}, stride[max_dimensions] = {}, at[max_dimensions] = {};
      const std::size_t dimensions = segment->shape.size();
      Index step = 1;
      for (std::size_t k = dimensions; k-- > 0;) {
        const auto dimension = static_cast<std::size_t>(segment->memory_order[k]);
        extent[dimension] =
            segment->memory_order[k] == segment->output_dimension ? 1 : segment->shape[dimension];
        stride[dimension] = step;
        step *= extent[dimension];
      }
      Index memory = 0;
      for (Index file = 0; file < inputs; ++file) {
        f(file, memory);
        for (std::size_t k = dimensions; k-- > 0;) {
          memory += stride[k];
          if (++at[k] < extent[k]) break;
          memory -= stride[k] * extent[k];
          at[k] = 0;
        }
      }
    }
  };

  static bool is_normalized(const Segment& s) {
    return s.role == Role::weight && s.shape.size() >= 2 && s.shape.size() <= max_dimensions;
  }

  /// Calls `f(weight, power, offset in the block)` for every weight.
  template <Scalar S, class F>
  static void for_each_weight(const Pass<S>& pass, const F& f) {
    Index i = 0;
    for (const Segment& s : pass.plan->children[0].parameters) {
      if (!is_normalized(s)) continue;
      const Index cache = Cache::first_weight + OfWeight::count * i, buffer = Buffer::count * i;
      f(Matricized(s),
        Power<S>{pass.cache_slot(cache + OfWeight::u), pass.cache_slot(cache + OfWeight::v),
                 pass.cache_slot(cache + OfWeight::sigma), buffer + Buffer::u, buffer + Buffer::v},
        s.offset);
      ++i;
    }
  }

  /// Takes u and v from the buffers, and where this pass updates them, moves them on.
  template <Scalar S>
  void iterate(const Pass<S>& pass, const Matricized& w, const Power<S>& power, const S* original) const {
    std::copy_n(pass.buffer(power.u_buffer), w.outputs, power.u);
    w.from_pytorch(power.v, pass.buffer(power.v_buffer));
    const bool begins = std::all_of(power.u, power.u + w.outputs, [](S value) { return value == S(0); });
    if (!begins && !pass.buffer_updates) return;
    if (begins) fill_normal(power.u, w.outputs, RandomStream{0, Purpose::initialization});
    const Index iterations = begins ? std::max(options_.iterations, first_iterations) : options_.iterations;
    for (Index i = 0; i < iterations; ++i) {
      w.apply_transposed(power.v, original, power.u);
      normalize(power.v, w.inputs);
      w.apply(power.u, original, power.v);
      normalize(power.u, w.outputs);
    }
    if (!pass.buffer_updates) return;
    std::copy_n(power.u, w.outputs, pass.buffer_update(power.u_buffer));
    w.to_pytorch(pass.buffer_update(power.v_buffer), power.v);
  }

  /// The effective block, with u, v and σ of this pass.
  template <Scalar S>
  void normalize_weights(const Pass<S>& pass) const {
    const S* const original = pass.child(0).parameters;
    S* const effective = pass.cache_slot(Cache::effective);
    std::copy_n(original, pass.plan->children[0].parameter_size, effective);
    for_each_weight(pass, [&](const Matricized& w, const Power<S>& power, Index offset) {
      iterate(pass, w, power, original + offset);
      S* const wv = effective + offset;  // memory that W̃ takes afterwards
      w.apply(wv, original + offset, power.v);
      const double sigma = dot(wv, power.u, w.outputs);
      *power.sigma = static_cast<S>(sigma);
      const S by = static_cast<S>(1 / sigma);
      kernels::map(
          effective + offset, w.size(), [by](S value) { return by * value; }, original + offset);
    });
  }

  template <Scalar S>
  static double dot(const S* a, const S* b, Index n) {
    return kernels::sum_of_map<double>(
        n, [](S ai, S bi) { return static_cast<double>(ai) * static_cast<double>(bi); }, a, b);
  }
  template <Scalar S>
  void normalize(S* v, Index n) const {
    const S by = static_cast<S>(1 / std::max(std::sqrt(kernels::sum_of_squares(v, n)), options_.epsilon));
    for (Index i = 0; i < n; ++i) v[i] *= by;
  }

  /// The inner layer's pass with W̃ for its weight. Gradients of parameters go to the scratch, and begin at
  /// zero.
  template <Scalar S>
  static Pass<S> effective_pass(const Pass<S>& pass) {
    Pass<S> p = pass.child(0);
    p.parameters = pass.cache_slot(Cache::effective);
    if (p.wants_gradients()) {
      p.gradients = pass.scratch_slot(Scratch::d_effective);
      std::fill_n(p.gradients, p.plan->parameter_size, S(0));
    }
    return p;
  }

  /// `dW += (G − ⟨G, W̃⟩ u vᵀ) / σ`; what is no weight has the inner layer's gradient.
  template <Scalar S>
  static void add_gradients(const Pass<S>& pass) {
    if (!pass.wants_gradients()) return;
    S* const d = pass.child(0).gradients;
    const S* const g = pass.scratch_slot(Scratch::d_effective);
    const S* const effective = pass.cache_slot(Cache::effective);
    for_each_weight(pass, [&](const Matricized& w, const Power<S>& power, Index offset) {
      const double sigma = static_cast<double>(*power.sigma),
                   along = dot(g + offset, effective + offset, w.size());
      const S by = static_cast<S>(1 / sigma);
      kernels::map(
          d + offset, w.size(), [by](S sum, S more) { return sum + by * more; }, d + offset, g + offset);
      w.add_outer_product(d + offset, static_cast<S>(-along / sigma), power.u, power.v);
    });
    for (const Segment& s : pass.plan->children[0].parameters)
      if (!is_normalized(s))
        kernels::map(
            d + s.offset, s.size, [](S sum, S more) { return sum + more; }, d + s.offset, g + s.offset);
  }

  L layer_;
  SpectralNormOptions options_;
};

}  // namespace eigenerate
