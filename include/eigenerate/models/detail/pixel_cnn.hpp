#pragma once

#include <cmath>

#include "eigenerate/distributions/require_support.hpp"
#include "eigenerate/models/pixel_cnn.hpp"
#include "eigenerate/network/predictor.hpp"

namespace eigenerate {

template <Scalar S>
PixelCnn<S>::PixelCnn(AnyLayer<S> network, Options options)
    : options_(validated(std::move(options))),
      learner_(make_network(std::move(network), options_),
               {options_.optimizer, options_.ema_decay, options_.ema_warm_up}) {
  const Shape &in = this->network().input_shape(), &out = this->network().output_shape();
  if (out != in)
    fail<ShapeError>("PixelCnn: expected a network from {} to {}, a logit for each category, got {}",
                     to_string(in), to_string(in), to_string(out));
  this->network().require_independent_samples("PixelCnn");
  require_order();
}

template <Scalar S>
Network<S> PixelCnn<S>::make_network(AnyLayer<S> layer, const Options& o) {
  if (o.classes > 0 && !takes_condition(layer))
    fail<ConfigError>(
        "PixelCnn: with classes the network must read the labels itself; put a Modulate{{}} behind its first "
        "convolution");
  return {std::move(layer),
          Shape{o.categories, o.sample.height, o.sample.width},
          {.name = "pixel_cnn",
           .initializer = o.initializer,
           .seed = o.seed,
           .precision = o.precision,
           .condition = Conditioning{o.classes}.shape()}};
}

// The gradient of a pixel's logits by that pixel and those behind it is zero to the bit where masks are: sums
// of zeros. Tried for up to 64 pixels, each in a sample of its own.
template <Scalar S>
void PixelCnn<S>::require_order() const {
  const Index pixels = sample_shape().size(), k = options_.categories;
  const Index tried = std::min<Index>(pixels, 64);
  Workspace<S> ws = network().make_workspace(tried);
  Matrix<S> x(pixels * k, tried), dy = Matrix<S>::Zero(pixels * k, tried), condition(classes(), tried);
  fill_normal(x.data(), x.size(), RandomStream{0, Purpose::initialization});
  condition.setOnes();
  const auto pixel_of = [&](Index j) { return (pixels - 1) * j / std::max<Index>(tried - 1, 1); };
  for (Index j = 0; j < tried; ++j) dy.col(j).segment(k * pixel_of(j), k).setOnes();
  network().forward({.x = x, .condition = classes() > 0 ? ConstView<S>(condition) : ConstView<S>()}, ws);
  const ConstView<S> dx = network().backward(dy, ws, {.x = true}).x;
  for (Index j = 0; j < tried; ++j)
    if (!dx.col(j).tail(pixels * k - k * pixel_of(j)).isZero(0))
      fail<ConfigError>(
          "PixelCnn: in this network pixel {} sees itself or a later one; begin with a MaskedConv2d that "
          "does not see its center, and use no others than masked ones of a window above 1",
          pixel_of(j));
}

template <Scalar S>
void PixelCnn<S>::prepare(Index max_part, Index) {
  if (!memory_ || memory_->max_part < max_part) memory_.emplace(*this, max_part);
}

template <Scalar S>
StepMetrics PixelCnn<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> parts(batch, context.part_size);
  Memory& m = prepared(batch, parts.largest());
  const auto learners = this->learners();
  StepTransaction<S> step(m.undo, learners, UndoScope::buffers);
  StepMetrics metrics;
  for (Index i = 0; i < parts.size(); ++i) {
    const BatchPart<S> part = parts[i];
    const Index n = part.batch.size();
    const ConstView<S> logits = propagate(network(), part.batch,
                                          {.mode = Mode::train,
                                           .buffers = Buffers::update,
                                           .random = part.stream(context.stream(Purpose::dropout)),
                                           .progress = context.progress},
                                          m);
    m.weights.setConstant(S(-1) / static_cast<S>(n));
    View<S> d(m.d_logits.data(), logits.rows(), n);
    const auto log_p = first_numbers(m.log_p, n);
    likelihood().log_probability_with_backward(part.batch.samples, logits, first_numbers(m.weights, n), log_p,
                                               d);
    network().backward(as_const(d), m.pass, {.parameters = &learner_.gradients});
    part.scale(learner_.gradients);
    StepMetrics figures;
    figures.set("loss", -m.log_p.head(n).template cast<double>().mean());
    metrics.average_in(figures, part.share);
  }
  update<S>(context, options_.clipping, metrics["loss"], learners);
  step.commit();
  return metrics;
}

template <Scalar S>
StepMetrics PixelCnn<S>::evaluate(const Batch<S>& batch, const StepContext& context) {
  Memory& m = prepared(batch, batch.size());
  const ConstView<S> logits =
      propagate(std::as_const(*this).network(), batch, {.progress = context.progress}, m);
  likelihood().log_probability(batch.samples, logits, first_numbers(m.log_p, batch.size()));
  StepMetrics metrics;
  metrics.set("loss", -m.log_p.head(batch.size()).template cast<double>().mean());
  return metrics;
}

template <Scalar S>
void PixelCnn<S>::require_values(const ValueRange& range, std::string_view name) const {
  require_support(format_message("{}: the PixelCnn has a {} likelihood", name, Categorical::kind),
                  likelihood().support(), range);
}

template <Scalar S>
std::vector<double> PixelCnn<S>::log_likelihood(ConstView<S> x, std::span<const int> labels) const {
  conditioning().require(x, labels, sample_shape(), "PixelCnn");
  Matrix<S> one_hot(network().input_shape().size(), x.cols());
  encode(x, as_view(one_hot));
  const Matrix<S> logits = conditioning().predict(network(), ConstView<S>(one_hot), labels);
  Vector<S> log_p(x.cols());
  likelihood().log_probability(x, ConstView<S>(logits), first_numbers(log_p, x.cols()));
  return {log_p.begin(), log_p.end()};
}

template <Scalar S>
typename PixelCnn<S>::Memory& PixelCnn<S>::prepared(const Batch<S>& batch, Index part) {
  network().plan();  // a model that was moved from has none
  conditioning().require(batch, sample_shape(), "PixelCnn");
  if (!memory_ || memory_->max_part < part)
    fail<StateError>("PixelCnn: call prepare({}) before a step with that many samples", batch.size());
  return *memory_;
}

template <Scalar S>
void PixelCnn<S>::encode(ConstView<S> x, View<S> one_hot) const {
  one_hot.setZero();
  for (Index i = 0; i < x.size(); ++i) {
    const S value = x.data()[i];
    if (!(value >= 0 && value < static_cast<S>(options_.categories) && value == std::floor(value)))
      fail<ConfigError>("PixelCnn: expected categories in [0, {}), got {}", options_.categories, value);
    one_hot.data()[options_.categories * i + static_cast<Index>(value)] = 1;
  }
}

template <Scalar S>
template <class Net>
ConstView<S> PixelCnn<S>::propagate(Net& network, const Batch<S>& batch, PassInput<S> how, Memory& m) const {
  const View<S> one_hot(m.one_hot.data(), network.input_shape().size(), batch.size());
  encode(batch.samples, one_hot);
  how.x = one_hot;
  how.condition = m.condition(batch.labels);
  return network.forward(how, m.pass);
}

template <Scalar S>
Matrix<S> PixelCnn<S>::draw(Index n, std::span<const int> labels, const RandomStream& random) const {
  if (n < 1) fail<ConfigError>("sample: expected at least one sample, got {}", n);
  const Index pixels = sample_shape().size(), k = options_.categories;
  Matrix<S> x = Matrix<S>::Zero(pixels, n), one_hot = Matrix<S>::Zero(pixels * k, n), logits(pixels * k, n);
  conditioning().require(ConstView<S>(x), labels, sample_shape(), "PixelCnn");
  LabelCondition<S> condition(conditioning(), n);
  const ConstView<S> labels_code = condition(labels);
  const Predictor<S> predictor(network());
  for (Index i = 0; i < pixels; ++i) {
    predictor.predict_into(logits, one_hot, labels_code);
    const Matrix<S> of_pixel = logits.middleRows(k * i, k);
    Matrix<S> drawn(1, n);
    likelihood().sample(ConstView<S>(of_pixel), random.lane(static_cast<std::uint64_t>(i)), as_view(drawn));
    x.row(i) = drawn;
    for (Index j = 0; j < n; ++j) one_hot(k * i + static_cast<Index>(drawn(0, j)), j) = 1;
  }
  return x;
}

EIGENERATE_INSTANTIATE_CLASS(PixelCnn)

}  // namespace eigenerate
