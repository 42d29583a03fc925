#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/batch.hpp"
#include "eigenerate/data/one_hot.hpp"
#include "eigenerate/layers/join_condition.hpp"
#include "eigenerate/network/network.hpp"

namespace eigenerate {

/// A network that takes samples (or latent vectors) of that shape and the condition, where there is one: a
/// layer that does not read it itself is put behind a `JoinCondition`. A first layer with a shape of its own,
/// as the beginning of a decoder has, needs to be told none.
template <Scalar S>
Network<S> network_under(const std::optional<Shape>& condition, AnyLayer<S> layer,
                         const std::optional<Shape>& sample, NetworkOptions options) {
  options.condition = condition;
  layer = under_condition(std::move(layer), condition);
  if (!sample) return Network<S>(std::move(layer), options);
  const auto own = layer.input_shape();
  // Of the same size it may have another shape: a vector for an image. Of another size the plan says what
  // is wrong.
  return Network<S>(layer, own && own->size() == sample->size() ? *own : *sample, options);
}

/// Conditions the networks of a model on labels: the condition is their one-hot code, a vector of as many
/// features as there are classes. Without classes there is none.
struct Conditioning {
  Index classes = 0;

  /// The shape of the condition, where there is one.
  std::optional<Shape> shape() const {
    if (classes == 0) return std::nullopt;
    return Shape{classes};
  }

  /// A network that takes samples of that shape and the condition, see `network_under`.
  template <Scalar S>
  Network<S> network(AnyLayer<S> layer, const std::optional<Shape>& sample, NetworkOptions options) const {
    return network_under(shape(), std::move(layer), sample, std::move(options));
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

  /// What the network gives for checked samples and labels, see `Network::predict`.
  template <Scalar S>
  Matrix<S> predict(const Network<S>& network, ConstView<S> x, std::span<const int> labels) const {
    require(x, labels, network.input_shape(), network.name());
    if (classes == 0) return network.predict(x);
    Matrix<S> condition(classes, x.cols());
    data::one_hot<S>(labels, classes, as_view(condition));
    return network.predict(x, condition);
  }
};

/// The memory in which the labels of a batch become a condition.
template <Scalar S>
class LabelCondition {
 public:
  LabelCondition(const Conditioning& conditioning, Index max_batch)
      : classes_(conditioning.classes), one_hot_(classes_ * max_batch) {}

  /// **Shapes** labels: n → classes × n, valid until the next call; empty without classes.
  ConstView<S> operator()(std::span<const int> labels);

 private:
  Index classes_;
  AlignedArray<S> one_hot_;
};

#if EIGENERATE_DEFINES(MODELS)

template <Scalar S>
ConstView<S> LabelCondition<S>::operator()(std::span<const int> labels) {
  if (classes_ == 0) return {};
  const View<S> out(one_hot_.data(), classes_, static_cast<Index>(labels.size()));
  data::one_hot<S>(labels, classes_, out);
  return out;
}

EIGENERATE_INSTANTIATE_CLASS(LabelCondition)

#endif

}  // namespace eigenerate
