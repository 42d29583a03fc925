#pragma once

#include <utility>

#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/layers/prediction_step.hpp"

namespace eigenerate::detail {

/// The mean of a likelihood with the parameters x.
template <Scalar S>
class MeanStep final : public PredictionStep<S> {
 public:
  MeanStep(AnyLikelihood<S> likelihood, Index features)
      : likelihood_(std::move(likelihood)), features_(features) {}

  Index output_size() const override { return features_; }
  Extent memory() const override { return {}; }
  bool uses_condition() const override { return false; }
  void run(const Pass<S>&, ConstView<S> x, View<S> y) const override { likelihood_.mean(x, y); }

 private:
  AnyLikelihood<S> likelihood_;
  Index features_;
};

}  // namespace eigenerate::detail
