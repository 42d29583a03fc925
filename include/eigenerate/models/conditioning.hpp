#pragma once

#include <span>
#include <string>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/batch.hpp"

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

  /// What a network that takes `input` leaves for samples, in words.
  std::string room(const Shape& input, std::string_view network) const {
    const Shape sample = sample_shape(input, network);
    std::string text = fmt::format("{} (shape {}", sample.size(), to_string(sample));
    if (classes > 0)
      text +=
          fmt::format(": its first layer asks for {}, of which one channel for each of {} classes are labels",
                      to_string(input), classes);
    return text + ")";
  }

  /// What the first layer of a network must take, for the end of an error message; nothing without classes.
  std::string advice(const Shape& sample) const {
    if (classes == 0) return {};
    return fmt::format("; with the labels as further channels it must take {}",
                       to_string(input_shape(sample)));
  }

  /// Throws unless `x` holds samples of that shape in its columns, with a label for each where there are
  /// classes, and without labels where there are none.
  template <Scalar S>
  void require(ConstView<S> x, std::span<const int> labels, const Shape& sample, std::string_view who) const {
    if (x.rows() != sample.size() || x.cols() < 1)
      fail<ShapeError>("{}: expected columns of {} values (shape {}), got {} × {}", who, sample.size(),
                       to_string(sample), x.rows(), x.cols());
    if (classes == 0) {
      if (!labels.empty())
        fail<ConfigError>(
            "{}: got {} labels, but the model was built without classes (a seed is written Seed{{{}}})", who,
            labels.size(), labels.front());
      return;
    }
    if (static_cast<Index>(labels.size()) != x.cols())
      fail<ShapeError>("{}: conditional on {} classes, expected {} labels, got {}", who, classes, x.cols(),
                       labels.size());
    for (const int label : labels)
      if (label < 0 || label >= classes)
        fail<ConfigError>("{}: expected labels in [0, {}), got {} (a seed is written Seed{{{}}})", who,
                          classes, label, label);
  }
  /// The same for a batch of a dataset, whose labels a model without classes does not look at.
  template <Scalar S>
  void require(const Batch<S>& batch, const Shape& sample, std::string_view who) const {
    require(batch.samples, classes > 0 ? batch.labels : std::span<const int>{}, sample, who);
  }
};

}  // namespace eigenerate
