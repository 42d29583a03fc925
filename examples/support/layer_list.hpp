#pragma once

#include <eigenerate/eigenerate.hpp>
#include <utility>
#include <vector>

namespace examples {

using namespace eigenerate;

/// Layers that are chosen one by one.
class LayerList {
 public:
  template <class L>
  LayerList& add(L layer) {
    layers_.push_back(AnyLayer<float>(std::move(layer)));
    return *this;
  }
  /// A layer with weights, under spectral normalization where that is wanted.
  template <class L>
  LayerList& add_weights(L layer, bool spectral) {
    return spectral ? add(SpectralNorm{std::move(layer)}) : add(std::move(layer));
  }
  AnyLayer<float> sequential() const { return AnySequential<float>{layers_}; }

 private:
  std::vector<AnyLayer<float>> layers_;
};

}  // namespace examples
