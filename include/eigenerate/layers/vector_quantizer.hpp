#pragma once

#include <algorithm>
#include <optional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"

namespace eigenerate {

/// How the codes of a `VectorQuantizer` come to where the vectors are.
enum class CodebookLearning {
  averages,  ///< each code is the moving average of the vectors that are nearest to it; they are buffers
  gradient   ///< they are a parameter, for a model with a codebook loss
};

/// Hyper-parameters of `VectorQuantizer`.
struct VectorQuantizerOptions {
  CodebookLearning learning = CodebookLearning::averages;
  double decay = 0.99;      ///< γ of the averages
  double smoothing = 1e-5;  ///< ε: vectors that every code counts as its own besides its share
  /// A code that averages fewer vectors than this part of a fair share is moved to where vectors are; 0: none
  /// is.
  double revival = 0.03;
};

/// The vector of channels of every pixel replaced by the nearest code of a book of K, `y = e_k` with
/// `k = argmin ‖x − e_k‖`.
///
/// With `CodebookLearning::averages` a pass that updates buffers takes the codes that earlier batches left,
/// `e_k = m_k / N_k`, quantizes with them, and then moves on how many vectors n_k of its batch are nearest to
/// each, and their sum: `N_k ← γ N_k + (1 − γ) n_k`, `m_k ← γ m_k + (1 − γ) Σ x`. Every other pass quantizes
/// with the same codes.
///
/// The first such pass places the codes on vectors of its batch: each on one that is drawn with a probability
/// that grows with its squared distance to the nearest code so far. A code whose N_k fell below `revival` ·
/// ΣN / K is dead: it is placed likewise, with the N of a fair share, which gives it time to gather vectors.
///
/// **Shapes** x and y: channels×H×W per sample; the codebook: PyTorch's (K, channels), in memory channels ×
/// K. The cache's first slot, `Cache::nearest`, holds the number of every pixel's code: H·W × batch.
/// **Backward** `dx = dy`, the straight-through estimator: not the gradient of y, which is zero wherever
/// there is one. `de_k += Σ dy` of its pixels. What draws vectors to their codes is a loss of the model.
/// **Cost** 2·K·channels·H·W·B flops in forward and scratch for K·512 distances; a copy in backward. A dead
/// code costs the distances to one vector.
/// **Init** averages: zeros until the first pass that updates; gradient: uniform in ±1/K.
/// **Errors** `ConfigError` for no codes and for numbers out of range; no tangent pass.
/// **Numerics** `‖x − e‖²` less ‖x‖², which is the same for all codes, as `eᵀx − ‖e‖²/2` by one product at
/// the highest precision; of equal distances the lowest number wins. Sums over the batch in blocks of 512
/// pixels.
/// **Source** van den Oord, Vinyals & Kavukcuoglu 2017, eq. 1, 2 and appendix A.1, with the smoothing of
/// their code; Arthur & Vassilvitskii 2007 (k-means++) for where codes are placed; dead codes as in Zeghidour
/// et al. 2021 (SoundStream), section III-C, who place them anywhere in the batch.
struct VectorQuantizer : RefusesTangent {
  Index codes;
  VectorQuantizerOptions options;

  explicit VectorQuantizer(Index codes_, VectorQuantizerOptions options_ = {})
      : codes(codes_), options(options_) {}

  // What others than the layer read: the codebook is buffer or parameter 0, whichever learns.
  struct Cache {
    enum : Index { nearest };
  };
  struct Codebook {
    enum : Index { vectors, counts, sums };  // e: channels × K; N: K; m: channels × K
  };

  /// Whether the codes are averages of the vectors that they serve: buffers, and not a parameter.
  bool has_averages() const { return options.learning == CodebookLearning::averages; }

  std::optional<Shape> input_shape() const { return std::nullopt; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const Vectors<S> v(pass, x);
    const bool learns = has_averages() && pass.buffer_updates;
    if (learns) take_averages(pass, v);
    const S* const book = codebook(pass);
    S* const code = pass.cache_slot(Cache::nearest);
    find_nearest(pass, v, book, code);
    kernels::for_each_item(v.count, v.size, [&](Index i) {
      std::copy_n(book + v.size * static_cast<Index>(code[i]), v.size, y.data() + v.size * i);
    });
    if (learns) move_averages(pass, v, y.data());
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (!has_averages() && pass.wants_gradients()) {
      const Index size = pass.plan->input.channels;
      add_by_code(pass, dy.data(), S(1), pass.gradient(Codebook::vectors), static_cast<S*>(nullptr), size);
    }
    if (wanted(dx)) dx = dy;
  }

 private:
  static constexpr Index block = 512;  // pixels whose distances are in memory at a time

  // −‖e‖²/2 of all codes; eᵀx − ‖e‖²/2 of a block of pixels; what a block adds to the sums and to the counts;
  // each pixel's squared distance to the nearest code.
  struct Scratch {
    enum : Index { half_norms, nearness, block_sums, block_counts, distances };
  };

  /// The pixels of a batch, one after another.
  template <Scalar S>
  struct Vectors {
    const S* data;
    Index size, count;
    Vectors(const Pass<S>& pass, ConstView<S> x)
        : data(x.data()), size(pass.plan->input.channels), count(pass.plan->input.pixels() * x.cols()) {}
    const S* operator[](Index i) const { return data + size * i; }
  };

  template <Scalar S>
  const S* codebook(const Pass<S>& pass) const {
    if (!has_averages()) return pass.parameter(Codebook::vectors);
    return pass.buffer_updates ? pass.buffer_update(Codebook::vectors) : pass.buffer(Codebook::vectors);
  }

  /// k = argmax eᵀx − ‖e‖²/2.
  template <Scalar S>
  void find_nearest(const Pass<S>& pass, const Vectors<S>& v, const S* book, S* code) const {
    using enum kernels::Transpose;
    S* const half_norms = pass.scratch_slot(Scratch::half_norms);
    S* const nearness = pass.scratch_slot(Scratch::nearness);
    for (Index k = 0; k < codes; ++k)
      half_norms[k] = static_cast<S>(-0.5 * kernels::sum_of_squares(book + v.size * k, v.size));
    for (Index first = 0; first < v.count; first += block) {
      const Index n = std::min(block, v.count - first);
      kernels::gemm(nearness, codes, book, v.size, Yes, v[first], v.size, No, codes, n, v.size, S(0),
                    {.bias = half_norms});
      kernels::for_each_item(n, codes, [&](Index i) {
        const S* const of_pixel = nearness + codes * i;
        code[first + i] = static_cast<S>(std::max_element(of_pixel, of_pixel + codes) - of_pixel);
      });
    }
  }

  /// The codes that earlier batches left, or, where there are none, the first ones.
  template <Scalar S>
  void take_averages(const Pass<S>& pass, const Vectors<S>& v) const {
    S* const book = pass.buffer_update(Codebook::vectors);
    const S* const counts = pass.buffer(Codebook::counts);
    const S* const sums = pass.buffer(Codebook::sums);
    if (total_count(counts) == 0) {
      std::fill_n(pass.scratch_slot(Scratch::distances), v.count, S(1));  // nothing tells the vectors apart
      const double share = (1 - options.decay) * static_cast<double>(v.count) / static_cast<double>(codes);
      for (Index k = 0; k < codes; ++k) place(pass, v, k, share, k == 0);
    }
    const double total = total_count(counts), k = static_cast<double>(codes);
    for (Index c = 0; c < codes; ++c) {
      const double smoothed =
          (static_cast<double>(counts[c]) + options.smoothing) / (total + k * options.smoothing) * total;
      const S by = static_cast<S>(1 / smoothed);
      for (Index i = 0; i < v.size; ++i) book[v.size * c + i] = by * sums[v.size * c + i];
    }
  }

  /// What this batch adds to the averages; then dead codes are placed anew.
  template <Scalar S>
  void move_averages(const Pass<S>& pass, const Vectors<S>& v, const S* y) const {
    S* const counts = pass.buffer_update(Codebook::counts);
    S* const sums = pass.buffer_update(Codebook::sums);
    const S decay = static_cast<S>(options.decay);
    for (Index k = 0; k < codes; ++k) counts[k] *= decay;
    for (Index i = 0; i < codes * v.size; ++i) sums[i] *= decay;
    add_by_code(pass, v.data, static_cast<S>(1 - options.decay), sums, counts, v.size);
    if (options.revival == 0) return;
    S* const distances = pass.scratch_slot(Scratch::distances);
    kernels::for_each_item(v.count, v.size,
                           [&](Index i) { distances[i] = squared_distance(v[i], y + v.size * i, v.size); });
    const double share = total_count(counts) / static_cast<double>(codes);
    for (Index k = 0; k < codes; ++k)
      if (static_cast<double>(counts[k]) < options.revival * share) place(pass, v, k, share, false);
  }

  /// Gives code k the average of one vector, drawn in proportion to the squared distances, which then count
  /// the code in; any vector, where all are zero.
  template <Scalar S>
  void place(const Pass<S>& pass, const Vectors<S>& v, Index k, double share, bool is_first) const {
    S* const distances = pass.scratch_slot(Scratch::distances);
    const auto word = pass.layer_random().words(static_cast<std::uint64_t>(k))[0];
    const S* const x = v[draw(distances, v.count, to_unit_interval<double>(word))];
    pass.buffer_update(Codebook::counts)[k] = static_cast<S>(share);
    for (Index i = 0; i < v.size; ++i)
      pass.buffer_update(Codebook::sums)[v.size * k + i] = static_cast<S>(share) * x[i];
    kernels::for_each_item(v.count, v.size, [&](Index i) {
      const S d = squared_distance(v[i], x, v.size);
      if (is_first || d < distances[i]) distances[i] = d;
    });
  }

  /// The number of a weight with probability in proportion to it, by u in (0, 1).
  template <Scalar S>
  static Index draw(const S* weights, Index n, double u) {
    double total = 0;
    for (Index i = 0; i < n; ++i) total += static_cast<double>(weights[i]);
    if (!(total > 0)) return static_cast<Index>(u * static_cast<double>(n));
    double rest = u * total;
    for (Index i = 0; i < n; ++i) {
      rest -= static_cast<double>(weights[i]);
      if (rest < 0) return i;
    }
    return n - 1;
  }

  /// `sums[code] += by · x` for all pixels, and `counts[code] += by` where wanted: first within a block.
  template <Scalar S>
  void add_by_code(const Pass<S>& pass, const S* x, S by, S* sums, S* counts, Index size) const {
    const S* const code = pass.cache_slot(Cache::nearest);
    S* const of_block = pass.scratch_slot(Scratch::block_sums);
    S* const count_of_block = pass.scratch_slot(Scratch::block_counts);
    const Index n = pass.plan->input.pixels() * pass.batch;
    for (Index first = 0; first < n; first += block) {
      const Index last = std::min(first + block, n);
      std::fill_n(of_block, codes * size, S(0));
      std::fill_n(count_of_block, codes, S(0));
      for (Index i = first; i < last; ++i) {
        const Index k = static_cast<Index>(code[i]);
        count_of_block[k] += 1;
        for (Index c = 0; c < size; ++c) of_block[size * k + c] += x[size * i + c];
      }
      for (Index k = 0; k < codes * size; ++k) sums[k] += by * of_block[k];
      if (counts)
        for (Index k = 0; k < codes; ++k) counts[k] += by * count_of_block[k];
    }
  }

  template <Scalar S>
  static S squared_distance(const S* a, const S* b, Index n) {
    return (Eigen::Map<const Vector<S>>(a, n) - Eigen::Map<const Vector<S>>(b, n)).squaredNorm();
  }
  template <Scalar S>
  double total_count(const S* counts) const {
    return kernels::sum_of_map<double>(
        codes, [](S count) { return static_cast<double>(count); }, counts);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan VectorQuantizer::plan(const Shape& input, const Place& place) const {
  constexpr Index most = Index{1} << 24;  // a float counts them exactly
  if (codes < 1 || codes > most)
    fail<ConfigError>("{} (VectorQuantizer): needs between 1 and {} codes, got {}", place, most, codes);
  const auto& [learning, decay, smoothing, revival] = options;
  if (!(is_finite(decay) && decay >= 0 && decay < 1) || !(is_finite(smoothing) && smoothing > 0) ||
      !(is_finite(revival) && revival >= 0 && revival < 1))
    fail<ConfigError>(
        "{} (VectorQuantizer): needs decay and revival in [0, 1) and a positive smoothing, got {}, {} and {}",
        place, decay, revival, smoothing);
  LayerPlan plan(place, "VectorQuantizer", input, input);
  const Index size = input.channels;
  if (learning == CodebookLearning::averages) {
    plan.add_buffer("codebook", {codes, size}, 0);
    plan.add_buffer("counts", {codes}, 0);
    plan.add_buffer("sums", {codes, size}, 0);
  } else {
    plan.add_parameter("codebook", Role::shift, {codes, size}).initial_bound = 1 / static_cast<double>(codes);
  }
  plan.cache.add({input.pixels(), 0});
  plan.scratch.add({0, codes});
  plan.scratch.add({0, capped_product(codes, block)});
  plan.scratch.add({0, capped_product(codes, size)});
  plan.scratch.add({0, codes});
  plan.scratch.add({input.pixels(), 0});
  plan.refuses_tangent = "chooses one of its codes, and its gradient is an estimate (straight-through)";
  plan.multiply_adds = capped_product(capped_product(codes, size), input.pixels());
  return plan;
}

#endif

}  // namespace eigenerate
