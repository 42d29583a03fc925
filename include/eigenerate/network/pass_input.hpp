#pragma once

#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/network/arena.hpp"

namespace eigenerate {

/// Whether a pass moves a network's buffers: running statistics, power iterations.
enum class Buffers { keep, update };

/// What a forward pass takes.
///
/// `network.forward({x}, workspace)` predicts; a training pass that learns statistics is
/// `{.x = x, .mode = Mode::train, .buffers = Buffers::update, .random = stream}`.
///
/// **Shapes** x: input × n. condition: shape of the condition × b, where b divides n: column j serves the
/// samples j·n/b to (j + 1)·n/b − 1. Both must stay as they are until the last backward of the pass.
template <Scalar S>
struct PassInput {
  ConstView<S> x = {};
  ConstView<S> condition = {};
  Mode mode = Mode::evaluate;
  Buffers buffers = Buffers::keep;
  RandomStream random = {};  ///< of the layers with noise
  double progress = 1;       ///< share of the training that is over, in [0, 1]; for schedules inside layers
};

/// Which gradients a backward pass computes.
template <Scalar S>
struct Wanted {
  Arena<S>* parameters = nullptr;  ///< to which those of the parameters are added
  bool x = false;
  bool condition = false;
};

/// What a backward pass gives: views into the workspace, empty where they were not wanted.
template <Scalar S>
struct InputGradients {
  ConstView<S> x, condition;
};

/// What the reverse of a tangent pass gives.
template <Scalar S>
struct TangentGradients {
  ConstView<S> x, tx, condition;
};

}  // namespace eigenerate
