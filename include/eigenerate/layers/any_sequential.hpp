#pragma once

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "eigenerate/layers/any_layer.hpp"
#include "eigenerate/layers/layer_sequence.hpp"

namespace eigenerate {

template <Scalar S = float>
class AnySequential;

template <Scalar T, class S>
inline constexpr bool computes_in<AnySequential<T>, S> = std::same_as<T, S>;

/// Layers one after another, chosen at run time. See `LayerSequence` for names, shapes and cost; the
/// parameters' names and the results are those of the `Sequential` of the same layers.
///
/// **Errors** `ConfigError` for an empty list.
template <Scalar S>
class AnySequential : public LayerSequence<AnySequential<S>> {
 public:
  explicit AnySequential(std::vector<AnyLayer<S>> layers) : layers_(std::move(layers)) {
    if (layers_.empty()) fail<ConfigError>("AnySequential: needs at least one layer");
  }

  std::size_t count() const { return layers_.size(); }

  template <class F>
  void for_each(F&& f) const {
    for (std::size_t i = 0; i < count(); ++i) f(layers_[i], i);
  }
  template <class F>
  void for_each_reversed(F&& f) const {
    for (std::size_t i = count(); i-- > 0;) f(layers_[i], i);
  }

 private:
  std::vector<AnyLayer<S>> layers_;
};

}  // namespace eigenerate
