#pragma once

#include <utility>

#include "eigenerate/network/network.hpp"

namespace eigenerate {

/// Moves the running statistics of a network to those of the parameters that it predicts with: its moving
/// average, where one is kept.
///
/// While a network trains, batch norm's running statistics follow the parameters of the steps; an average of
/// parameters makes other activations. `passes` training passes with the average, of what `input(i)` returns
/// (its mode and buffers are set here), move them on by their momentum: with 0.1, of what they were before
/// 3·10⁻⁵ is left after 100. Parameters, average and optimiser stay as they are; training goes on as before,
/// for training passes read no running statistics. The singular vectors of a SpectralNorm move too.
///
/// **Cost** so many forward passes.
/// **Errors** `ConfigError` for less than one pass.
/// **Source** Izmailov et al. 2018, algorithm 1 ("batch norm update" of averaged weights).
template <Scalar S, class Input>
void refresh_statistics(Network<S>& network, Index passes, Workspace<S>& workspace, const Input& input) {
  if (passes < 1)
    fail<ConfigError>("{}: refresh_statistics needs at least one pass, got {}", network.name(), passes);
  /// The average in the parameters' place, until the end.
  struct Exchanged {
    explicit Exchanged(Network<S>& of) : network(of) { exchange(); }
    Exchanged(const Exchanged&) = delete;
    Exchanged& operator=(const Exchanged&) = delete;
    ~Exchanged() { exchange(); }
    void exchange() {
      if (Arena<S>* average = network.average()) std::swap(network.parameters(), *average);
    }
    Network<S>& network;
  } const exchanged(network);
  for (Index i = 0; i < passes; ++i) {
    PassInput<S> in = input(i);
    in.mode = Mode::train;
    in.buffers = Buffers::update;
    network.forward(in, workspace);
  }
}

}  // namespace eigenerate
