#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/prediction_steps.hpp"
#include "eigenerate/network/detail/samples.hpp"
#include "eigenerate/network/detail/spare_workspaces.hpp"
#include "eigenerate/network/network.hpp"
#include "eigenerate/network/predictor_options.hpp"

namespace eigenerate {

/// What a trained network predicts, made once and kept: for programs that generate or encode all the time.
///
///     const Predictor generator{gan.generator()};
///     generator.predict_into(images, z);
///
/// It has its own copy of what `Network::predict` computes with, and does not change when the network
/// trains on. Normalizations with running statistics are folded into the layer before them where that is a
/// Linear, a convolution or a transposed one (a change of shape in between goes into the Linear too),
/// Relus into the products that can apply them, masks and spectral norms into the weights; dropout is
/// gone. Layers that add no steps of their own run as they are (see `add_steps` in `Layer`).
///
/// The weights of convolutions are packed when it is made, as products read them, for the precision that is
/// set then. After another `set_matmul_precision` it computes as the network does, and packs them in every
/// call.
///
/// With `{.weights = WeightPrecision::bf16}` the weights of `Linear` are rounded to bf16, with all that was
/// folded into them: a single sample, for which they are most of what is read, then reads half as much.
///
/// Copies share the weights. All functions are safe to call from several threads at once.
///
/// **Shapes** as for `Network::predict`: x input × n, condition as for `PassInput`, y output × n; any n.
/// **Cost** that of the products. Memory for the weights, for those of convolutions twice, for bf16 numbers
/// beside floats, and for intermediate results of a portion of the samples; a call that finds some left by an
/// earlier one, or by `reserve`, allocates nothing.
/// **Errors** `ShapeError` and `ConfigError` as for `Network::predict`, naming the network; `ConfigError` for
/// bf16 weights of a network of doubles; `StateError` where it was moved from.
/// **Numerics** the bits of `Network::predict` where nothing is folded and no samples share a condition.
/// Folding a map into a weight rounds it once more, so that each product's bound grows by 2·eps·(Σ|a||b| +
/// |bias|) of the folded weights. Weights in bf16 add 2⁻⁸·Σ|a||b|, for any number of samples.
template <Scalar S = float>
class Predictor {
 public:
  using scalar_type = S;

  explicit Predictor(const Network<S>& network, const PredictorOptions& options = {})
      : Predictor(network, nullptr, network.output_shape(), options) {}
  /// The same with a further step behind the network, as a likelihood's mean, which makes outputs of that
  /// shape.
  Predictor(const Network<S>& network, std::unique_ptr<PredictionStep<S>> last, const Shape& output,
            const PredictorOptions& options = {});

  const std::string& name() const { return frozen().name; }
  const Shape& input_shape() const { return frozen().input; }
  const Shape& output_shape() const { return frozen().output; }
  const std::optional<Shape>& condition_shape() const { return frozen().condition; }

  /// Makes memory for calls of up to `max_batch` samples from so many threads at once, 64 at most, so that
  /// not even their first ones allocate.
  void reserve(Index max_batch, Index threads = 1) const;

  /// `y = f(x)`, or `f(x, condition)`, written where the caller wants it; y overlaps neither.
  void predict_into(Eigen::Ref<Matrix<S>> y, ConstView<S> x, ConstView<S> condition = {}) const;

  Matrix<S> predict(ConstView<S> x, ConstView<S> condition = {}) const {
    Matrix<S> y(output_shape().size(), x.cols());
    predict_into(y, x, condition);
    return y;
  }
  Matrix<S> operator()(ConstView<S> x, ConstView<S> condition = {}) const { return predict(x, condition); }

 private:
  /// All that a prediction reads.
  struct Frozen {
    std::string name;
    Shape input, output;
    std::optional<Shape> condition;
    std::optional<MatmulPrecision> precision;
    PredictionSteps<S> steps;
    Index portion = detail::portion_of(steps.largest());
  };
  /// All that it writes besides y.
  class Memory {
   public:
    Memory(const PredictionSteps<S>& steps, Index batch)
        : capacity_(aligned(batch)), scratch_(steps.memory().scalars(capacity_)) {}
    Index max_batch() const { return capacity_; }
    S* scratch() { return scratch_.data(); }

   private:
    Index capacity_;
    AlignedArray<S> scratch_;
  };

  const Frozen& frozen() const {
    if (!frozen_) fail_moved_from("predictor");
    return *frozen_;
  }
  std::unique_ptr<Memory> take_memory(Index batch) const {
    return spare_.take(batch, [this](Index n) { return Memory(frozen().steps, n); });
  }

  std::shared_ptr<const Frozen> frozen_;
  mutable detail::SpareWorkspaces<Memory> spare_;
};

#if EIGENERATE_DEFINES(NETWORK)

template <Scalar S>
Predictor<S>::Predictor(const Network<S>& network, std::unique_ptr<PredictionStep<S>> last,
                        const Shape& output, const PredictorOptions& options)
    : frozen_(std::make_shared<const Frozen>(
          Frozen{network.name(), network.input_shape(), output, network.plan().condition, network.precision(),
                 network.prediction_steps(std::move(last), options.weights)})) {}

template <Scalar S>
void Predictor<S>::reserve(Index max_batch, Index threads) const {
  if (max_batch < 1 || threads < 1 || threads > spare_.most)
    fail<ConfigError>("{}: reserve needs at least one sample and 1 to {} threads, got {} and {}", name(),
                      spare_.most, max_batch, threads);
  std::vector<std::unique_ptr<Memory>> taken;
  for (Index i = 0; i < threads; ++i) taken.push_back(take_memory(std::min(max_batch, frozen().portion)));
  for (auto& memory : taken) spare_.give_back(std::move(memory));
}

template <Scalar S>
void Predictor<S>::predict_into(Eigen::Ref<Matrix<S>> y, ConstView<S> x, ConstView<S> condition) const {
  const Frozen& f = frozen();
  if (x.cols() < 1)
    fail<ShapeError>("{}: expected at least one sample, got {} × {}", f.name, x.rows(), x.cols());
  detail::require_samples(f.name, x, f.input, x.cols(), "x");
  detail::require_condition(f.name, f.condition, condition, x.cols());
  detail::require_samples(f.name, y, f.output, x.cols(), "y");
  if (y.cols() > 1 && y.outerStride() != y.rows()) detail::fail_strided(y.rows(), y.outerStride());
  const detail::Portions<S> portions(x, condition, f.portion);
  auto memory = take_memory(portions.largest());
  Pass<S> pass;
  pass.capacity = memory->max_batch();
  pass.precision = f.precision.value_or(matmul_precision());
  pass.progress = 1;
  pass.scratch = memory->scratch();
  portions.for_each([&](Index first, const ConstView<S>& some, const ConstView<S>& its_condition) {
    pass.batch = some.cols();
    pass.condition = its_condition;
    f.steps.run(pass, some, View<S>(y.data() + first * y.rows(), y.rows(), some.cols()));
  });
  spare_.give_back(std::move(memory));
}

EIGENERATE_INSTANTIATE_CLASS(Predictor)

#endif

}  // namespace eigenerate
