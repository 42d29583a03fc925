#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/distributions/categorical.hpp"
#include "eigenerate/layers/masked_conv2d.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/pixel_cnn_options.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// Images of categories, one pixel after another: `log p(x) = Σ_i log p(x_i | x_1, …, x_{i−1})`, row by row.
/// The prior of a `VqVae`'s codes.
///
/// The network sees the pixels' one-hot codes and puts out logits; that those of a pixel depend on the pixels
/// before it alone is the work of its layers, as of a `MaskedConv2d` that does not see its center and further
/// ones behind it, and is checked while building.
///
///     PixelCnn prior{Sequential{MaskedConv2d{64, 32, {.kernel = 5, .sees_center = false}},
///                               Modulate{}, Relu{}, MaskedConv2d{32, 64}},
///                    {.sample = vae.code_shape(), .categories = 64, .classes = 10}};
///
/// With `classes` the network reads the label's one-hot code, by `Modulate` for example. Beside the pixels it
/// would stand behind their mask, where the first one does not see it.
///
/// **Shapes** samples: pixels × n, whole numbers in [0, K), one image of one channel per column; network:
/// K×H×W → K×H×W.
/// **Cost** of samples: H·W predictions.
/// **Errors** while building: `ConfigError` for a network in which a pixel sees itself or a later one, or
/// that couples samples, or that does not read the labels there are; `ShapeError` for other shapes.
/// **Numerics** nats per sample.
/// **Source** van den Oord, Kalchbrenner & Kavukcuoglu 2016 (PixelRNN), sections 2 and 3.4; labels as in van
/// den Oord et al. 2016 (conditional PixelCNN), eq. 4.
template <Scalar S = float>
class PixelCnn {
 public:
  using scalar_type = S;
  using Options = PixelCnnOptions;

  PixelCnn(AnyLayer<S> network, Options options);

  const Options& options() const { return options_; }
  const Shape& sample_shape() const { return options_.sample; }
  Index classes() const { return options_.classes; }
  std::optional<ValueRange> sample_range() const { return likelihood().support(); }
  Network<S>& network() { return learner_.network; }
  const Network<S>& network() const { return learner_.network; }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index);

  /// `loss`, −log p(x).
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Refuses values that are no categories.
  void require_values(const ValueRange& range, std::string_view name) const;

  std::vector<MetricName> figures() const { return {"loss"}; }

  std::array<Learner<S>*, 1> learners() { return {&learner_}; }
  std::array<const Learner<S>*, 1> learners() const { return {&learner_}; }

  // ---- What users do with a trained model

  /// log p(x) of every sample.
  std::vector<double> log_likelihood(ConstView<S> x, std::span<const int> labels = {}) const;

  /// `n` samples, one per column; the same stream gives the same samples.
  Matrix<S> sample(Index n, const RandomStream& random = {0, Purpose::sampling}) const {
    return draw(n, {}, random);
  }
  Matrix<S> sample(Index n, Seed seed) const {
    return sample(n, RandomStream{seed.value, Purpose::sampling});
  }
  /// One sample for every label, from a conditional model.
  Matrix<S> sample(std::span<const int> labels, const RandomStream& random = {0, Purpose::sampling}) const {
    return draw(static_cast<Index>(labels.size()), labels, random);
  }
  Matrix<S> sample(std::span<const int> labels, Seed seed) const {
    return sample(labels, RandomStream{seed.value, Purpose::sampling});
  }

 private:
  /// Everything a pass writes besides the learner's own state.
  struct Memory {
    Memory(const PixelCnn& model, Index part)
        : max_part(part),
          pass(model.network().make_workspace(part)),
          condition(model.conditioning(), part),
          one_hot(model.network().input_shape().size() * part),
          d_logits(one_hot.size()),
          log_p(part),
          weights(part) {}

    Index max_part;
    Workspace<S> pass;
    LabelCondition<S> condition;
    UndoMemory<S> undo;
    Vector<S> one_hot, d_logits;
    Vector<S> log_p, weights;  // one per sample
  };

  static Options validated(Options options) {
    options.validate();
    return options;
  }
  static Network<S> make_network(AnyLayer<S> layer, const Options& o);
  void require_order() const;

  Categorical likelihood() const { return Categorical{options_.categories}; }
  Conditioning conditioning() const { return {options_.classes}; }

  Memory& prepared(const Batch<S>& batch, Index part);
  /// Writes the pixels as one-hot codes.
  void encode(ConstView<S> x, View<S> one_hot) const;
  /// The logits of a batch.
  template <class Net>
  ConstView<S> propagate(Net& network, const Batch<S>& batch, PassInput<S> how, Memory& m) const;
  Matrix<S> draw(Index n, std::span<const int> labels, const RandomStream& random) const;

  Options options_;
  Learner<S> learner_;
  std::optional<Memory> memory_;
};

template <Layer L>
PixelCnn(L, PixelCnnOptions) -> PixelCnn<ScalarOf<L>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/pixel_cnn.hpp"
#endif
