#pragma once
// A classifier that a Trainer drives: a model of the programs' own.

#include <array>
#include <eigenerate/eigenerate.hpp>
#include <optional>
#include <span>

namespace examples {

using namespace eigenerate;

/// A network that learns classes: all that a Trainer needs.
struct Classifier {
  using scalar_type = float;

  Learner<float> learner;
  std::optional<Workspace<float>> workspace = {};
  Matrix<float> d_logits = {};

  void prepare(Index max_batch) {
    if (workspace && workspace->max_batch() >= max_batch) return;
    workspace = learner.network.make_workspace(max_batch);
    d_logits.resize(10, max_batch);
  }
  Shape sample_shape() const { return learner.network.input_shape(); }

  StepMetrics train_step(const Batch<float>& batch, const StepContext& context) {
    Network<float>& network = learner.network;
    const auto logits = network.forward({.x = batch.samples,
                                         .mode = Mode::train,
                                         .buffers = Buffers::update,
                                         .random = context.stream(Purpose::dropout)},
                                        *workspace);
    const View<float> d(d_logits.data(), logits.rows(), logits.cols());
    const double loss = softmax_cross_entropy(logits, batch.labels, d);
    network.backward(d, *workspace, {.parameters = &learner.gradients});
    update<float>(context, {}, loss, learners());
    return figures_of(logits, batch.labels, loss);
  }
  StepMetrics evaluate(const Batch<float>& batch, const StepContext&) {
    const auto logits = learner.network.forward({.x = batch.samples}, *workspace);
    return figures_of(logits, batch.labels, softmax_cross_entropy(logits, batch.labels));
  }

  std::array<Learner<float>*, 1> learners() { return {&learner}; }
  std::array<const Learner<float>*, 1> learners() const { return {&learner}; }

 private:
  static StepMetrics figures_of(ConstView<float> logits, std::span<const int> labels, double loss) {
    Index wrong = 0;
    for (Index i = 0; i < logits.cols(); ++i) {
      Index best = 0;
      logits.col(i).maxCoeff(&best);
      wrong += best != labels[static_cast<std::size_t>(i)];
    }
    StepMetrics metrics;
    metrics.set("loss", loss);
    metrics.set("error", static_cast<double>(wrong) / static_cast<double>(logits.cols()));
    return metrics;
  }
};

}  // namespace examples
