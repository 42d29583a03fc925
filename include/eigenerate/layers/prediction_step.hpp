#pragma once

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/element_map.hpp"
#include "eigenerate/layers/pass.hpp"

namespace eigenerate {

/// One of the steps that a prediction is made of: a function of samples with parameters of its own, which a
/// layer adds to `PredictionSteps`. While the steps are being made, a step may take what follows it into
/// itself; then it prepares, and afterwards it is constant, and runs on several threads at once.
template <Scalar S>
class PredictionStep {
 public:
  virtual ~PredictionStep() = default;

  /// Scalars of one sample of y.
  virtual Index output_size() const = 0;
  /// Memory that `run` finds at `pass.scratch`, for `pass.capacity` samples.
  virtual Extent memory() const = 0;
  virtual bool uses_condition() const = 0;
  /// Whether every output is the same function of the input in its place alone: then y may be x in `run`, and
  /// what only moves elements may as well come before.
  virtual bool elementwise() const { return false; }

  /// Writes y, for `pass.batch` samples; x and y do not overlap unless they are one. The pass has the
  /// condition, the precision and the memory, and no parameters.
  virtual void run(const Pass<S>& pass, ConstView<S> x, View<S> y) const = 0;

  /// From now on y is what `map` makes of it; false where the step cannot do that.
  virtual bool map_outputs(const ElementMap&) { return false; }
  /// From now on y is what the activation makes of it; false where the step cannot do that.
  virtual bool activate(kernels::Activation) { return false; }

  /// Nothing more will be taken into the step: it may lay out what it has as `run` reads it best, in passes
  /// with the precisions of this one. It runs with any other precision of products too.
  virtual void prepare(const Pass<S>&) {}
};

}  // namespace eigenerate
