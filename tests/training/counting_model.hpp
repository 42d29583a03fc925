#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "eigenerate/data/dataset.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/optim/learner.hpp"

/// A model that learns nothing and writes down what the Trainer does with it: the Trainer must not notice
/// that it is neither a VAE nor a GAN.
struct CountingModel {
  using scalar_type = float;

  eigenerate::Index prepared = 0;
  std::vector<eigenerate::StepContext> steps;
  std::vector<float> seen;       // the first value of every training sample
  std::vector<float> evaluated;  // the first value of every sample of the last evaluation
  int evaluations = 0;           // after steps; the Trainer's first look is none
  std::size_t evaluated_after = 0;
  std::function<double(std::uint64_t)> loss = [](std::uint64_t step) {
    return 100.0 - static_cast<double>(step);
  };
  std::function<double(int)> held_out_loss = [](int) { return 1.0; };
  eigenerate::Learner<float> learner{
      eigenerate::Network(eigenerate::Linear{1, 1}, eigenerate::NetworkOptions{.name = "counting"}), {}};

  void prepare(eigenerate::Index max_batch) { prepared = max_batch; }
  eigenerate::Shape sample_shape() const { return {1}; }
  eigenerate::StepMetrics train_step(const eigenerate::Batch<float>& batch,
                                     const eigenerate::StepContext& context) {
    steps.push_back(context);
    for (eigenerate::Index i = 0; i < batch.size(); ++i) seen.push_back(batch.samples(0, i));
    eigenerate::StepMetrics m;
    m.set("loss", loss(context.step));
    m.set("extra", 2);
    learner.network.parameters()["counting.bias"](0) = static_cast<float>(context.step);
    return m;
  }
  eigenerate::StepMetrics evaluate(const eigenerate::Batch<float>& batch,
                                   const eigenerate::StepContext& context) {
    if (context.step == 0) evaluated.clear();
    for (eigenerate::Index i = 0; i < batch.size(); ++i) evaluated.push_back(batch.samples(0, i));
    if (context.step == 0 && steps.size() > std::exchange(evaluated_after, steps.size())) ++evaluations;
    eigenerate::StepMetrics m;
    m.set("loss", held_out_loss(evaluations));
    m.set("extra", 3);
    return m;
  }
  std::array<eigenerate::Learner<float>*, 1> learners() { return {&learner}; }
  std::array<const eigenerate::Learner<float>*, 1> learners() const { return {&learner}; }
};

/// `n` samples 0, 1, 2, … of one value each.
inline eigenerate::Dataset counting_dataset(eigenerate::Index n) {
  eigenerate::Matrix<float> x(1, n);
  for (eigenerate::Index i = 0; i < n; ++i) x(0, i) = static_cast<float>(i);
  return {"counting", {1}, std::move(x)};
}
