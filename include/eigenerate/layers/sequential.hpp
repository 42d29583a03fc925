#pragma once

#include <cstddef>
#include <tuple>
#include <utility>

#include "eigenerate/layers/any_sequential.hpp"
#include "eigenerate/layers/layer_sequence.hpp"

namespace eigenerate {

template <Layer... Ls>
requires(sizeof...(Ls) > 0) class Sequential;

template <class S, Layer... Ls>
inline constexpr bool computes_in<Sequential<Ls...>, S> = (LayerOf<Ls, S> && ...);

/// Layers one after another, known at compile time. See `LayerSequence` for names, shapes and cost.
template <Layer... Ls>
requires(sizeof...(Ls) > 0) class Sequential : public LayerSequence<Sequential<Ls...>> {
 public:
  explicit Sequential(Ls... layers) : layers_(std::move(layers)...) {}

  static constexpr std::size_t count() { return sizeof...(Ls); }

  template <class F>
  void for_each(F&& f) const {
    visit([&]<std::size_t I>() { f(std::get<I>(layers_), I); });
  }
  template <class F>
  void for_each_reversed(F&& f) const {
    visit([&]<std::size_t I>() { f(std::get<count() - 1 - I>(layers_), count() - 1 - I); });
  }

  /// The same layers, of which each is compiled once for all sequences.
  template <Scalar S>
  requires(LayerOf<Ls, S>&&...) AnySequential<S> with_erased_layers() && {
    return std::apply(
        [](const Ls&... layers) {
          return AnySequential<S>(std::vector<AnyLayer<S>>{AnyLayer<S>(layers)...});
        },
        layers_);
  }

 private:
  /// Calls `f.operator()<I>()` for I = 0, 1, ….
  template <class F>
  static void visit(F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f.template operator()<I>(), ...);
    }
    (std::make_index_sequence<count()>{});
  }

  std::tuple<Ls...> layers_;
};

}  // namespace eigenerate
