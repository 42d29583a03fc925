#pragma once

#include "eigenerate/core/threads.hpp"
#include "eigenerate/layers/linear_map.hpp"

namespace eigenerate::detail {

/// Base of the layers that make images of another size of copies of pixels.
///
/// Such a layer is a struct `D : PixelCopies<D>` with a `plan` and
///
///     for_each_copy(shape, f)   calls f(input pixel, output pixel) for all output pixels in order, the shape
///                               that of the input
///
/// **Backward** `dx` is the sum of dy over each pixel's copies.
template <class Derived>
struct PixelCopies : LinearMap<Derived> {
  template <Scalar S>
  void apply(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const Shape& image = pass.plan->input;
    parallel_for(pass.batch, [&](Index b) {
      layer().for_each_copy(image, [&](Index pixel, Index copy) {
        y.col(b).segment(copy * image.channels, image.channels) =
            x.col(b).segment(pixel * image.channels, image.channels);
      });
    });
  }

  template <Scalar S>
  void apply_transposed(const Pass<S>& pass, ConstView<S> dy, View<S> dx) const {
    const Shape& image = pass.plan->input;
    parallel_for(pass.batch, [&](Index b) {
      dx.col(b).setZero();
      layer().for_each_copy(image, [&](Index pixel, Index copy) {
        dx.col(b).segment(pixel * image.channels, image.channels) +=
            dy.col(b).segment(copy * image.channels, image.channels);
      });
    });
  }

 private:
  const Derived& layer() const { return static_cast<const Derived&>(*this); }
};

}  // namespace eigenerate::detail
