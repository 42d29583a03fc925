#pragma once

#include <span>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// Conditions a network's input on labels: one channel more for every class, one-hot in every pixel.
///
/// For a vector this appends the one-hot code to the features; for an image it adds constant planes. With no
/// classes it is the identity. Labels are a matter of the input alone, so layers, networks and the Trainer
/// need not know of them. **Source** Mirza & Osindero 2014 (both players of a GAN); Sohn et al. 2015 (VAE).
struct Conditioning {
  Index classes = 0;

  /// The shape of what is conditioned, given the input shape of the network.
  Shape sample_shape(const Shape& input, std::string_view network) const {
    if (classes < 0 || input.channels <= classes)
      fail<ConfigError>("{}: its input of shape {} has no room for {} label channels", network,
                        to_string(input), classes);
    return {input.channels - classes, input.height, input.width};
  }
  /// The input shape of the network that is to see samples of this shape and their labels.
  Shape input_shape(const Shape& sample) const {
    return {sample.channels + classes, sample.height, sample.width};
  }

  /// Throws unless `x` holds samples of that shape in its columns, with a label for each where there are
  /// classes.
  template <Scalar S>
  void require(ConstView<S> x, std::span<const int> labels, const Shape& sample, std::string_view who) const {
    if (x.rows() != sample.size() || x.cols() < 1)
      fail<ShapeError>("{}: expected columns of {} values (shape {}), got {} × {}", who, sample.size(),
                       to_string(sample), x.rows(), x.cols());
    if (classes == 0) return;
    if (static_cast<Index>(labels.size()) != x.cols())
      fail<ShapeError>("{}: conditional on {} classes, expected {} labels, got {}", who, classes, x.cols(),
                       labels.size());
    for (const int label : labels)
      if (label < 0 || label >= classes)
        fail<ConfigError>("{}: expected labels in [0, {}), got {}", who, classes, label);
  }
};

}  // namespace eigenerate
