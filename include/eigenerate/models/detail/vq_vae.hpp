#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "eigenerate/data/detail/in_portions.hpp"
#include "eigenerate/distributions/require_support.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/models/vq_vae.hpp"

namespace eigenerate {

template <Scalar S>
VqVae<S>::VqVae(AnyLayer<S> encoder, AnyLayer<S> decoder, Options options)
    : options_(validated(std::move(options))),
      // Another seed than the decoder's: equal shapes must not start with equal weights.
      encoder_(make_learner("encoder", std::move(encoder), options_.sample, ~options_.seed, options_)),
      quantizer_(make_learner("quantizer", options_.quantizer, encoder_.network.output_shape(),
                              options_.seed + 1, options_)),
      decoder_(make_learner("decoder", std::move(decoder), latent_shape(), options_.seed, options_)),
      sample_(options_.likelihood.sample_shape(decoder_.network.output_shape(), options_.sample, "VqVae")) {
  if (sample_.size() != this->encoder().input_shape().size())
    fail<ShapeError>("VqVae: the encoder takes samples of shape {}, but the decoder makes {}",
                     to_string(this->encoder().input_shape()), to_string(sample_));
}

template <Scalar S>
Learner<S> VqVae<S>::make_learner(std::string_view name, AnyLayer<S> layer, const std::optional<Shape>& input,
                                  std::uint64_t seed, const Options& o) {
  if (!input && !layer.input_shape())
    fail<ConfigError>(
        "VqVae: the encoder's first layer takes images of any size; say the samples' shape, as in "
        ".sample = Shape{{1, 28, 28}}");
  return {network_under(std::nullopt, std::move(layer), input,
                        {std::string(name), o.initializer, seed, o.precision}),
          {o.optimizer}};
}

template <Scalar S>
void VqVae<S>::prepare(Index max_part, Index max_batch) {
  if (outgrows(memory_, max_part, max_batch)) memory_.emplace(*this, max_part, max_batch);
}

template <Scalar S>
StepMetrics VqVae<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> parts(batch, context.part_size);
  Memory& m = prepared(batch, parts.largest());
  const auto learners = this->learners();
  StepTransaction<S> step(m.undo, learners, UndoScope::buffers);
  StepMetrics metrics;
  for (Index i = 0; i < parts.size(); ++i) {
    const BatchPart<S> part = parts[i];
    const Forward f = propagate(*this,
                                {.x = part.batch.samples,
                                 .mode = Mode::train,
                                 .buffers = Buffers::update,
                                 .random = part.stream(context.stream(Purpose::dropout)),
                                 .progress = context.progress},
                                m);
    const Index n = f.x.cols();
    m.weights.setConstant(S(-1) / static_cast<S>(n));
    options_.likelihood.log_probability_with_backward(f.x, f.parameters, first_numbers(m.weights, n),
                                                      first_numbers(m.log_px, n),
                                                      View<S>(m.d_parameters.data(), f.parameters.rows(), n));
    metrics.average_in(judge(f, m), part.share);
    backward(f, m);
    for (Learner<S>* learner : learners) part.scale(learner->gradients);
  }
  update<S>(context, options_.clipping, metrics["loss"], learners);
  step.commit();
  return metrics;
}

template <Scalar S>
StepMetrics VqVae<S>::evaluate(const Batch<S>& batch, const StepContext& context) {
  Memory& m = prepared(batch, batch.size());
  const Forward f = propagate(std::as_const(*this), {.x = batch.samples, .progress = context.progress}, m);
  options_.likelihood.log_probability(f.x, f.parameters, first_numbers(m.log_px, f.x.cols()));
  return judge(f, m);
}

template <Scalar S>
std::vector<Warning> VqVae<S>::setup_warnings(const Batch<S>&, const ValueRange& range) const {
  std::vector<Warning> warnings;
  warn_of_bounded_outputs(warnings, decoder().plan(),
                          format_message("the parameters of a {} likelihood", options_.likelihood.kind()),
                          options_.likelihood.parameter_range(range));
  return warnings;
}

template <Scalar S>
void VqVae<S>::require_values(const ValueRange& range, std::string_view name) const {
  require_support(format_message("{}: the VqVae has a {} likelihood", name, options_.likelihood.kind()),
                  options_.likelihood.support(), range);
}

template <Scalar S>
Matrix<S> VqVae<S>::encode(ConstView<S> x) const {
  const Matrix<S> h = encoder().predict(x);
  const Index portion = std::min<Index>(x.cols(), 256), positions = code_shape().size();
  Workspace<S> ws = quantizer().make_workspace(portion);
  Matrix<S> numbers(positions, x.cols());
  for (Index first = 0; first < x.cols(); first += portion) {
    const Index n = std::min(portion, x.cols() - first);
    quantizer().forward({.x = ConstView<S>(h.data() + h.rows() * first, h.rows(), n)}, ws);
    std::copy_n(ws.cache_slot(VectorQuantizer::Cache::nearest), positions * n,
                numbers.data() + positions * first);
  }
  return numbers;
}

template <Scalar S>
Dataset VqVae<S>::encode(const Dataset& data) const {
  Matrix<float> numbers(code_shape().size(), data.size());
  detail::in_portions<S>(data, 256, false, [&](ConstView<S> x, std::span<const int>, Index first) {
    numbers.middleCols(first, x.cols()) = encode(x).template cast<float>();
  });
  return {"codes of " + data.name(),
          code_shape(),
          std::move(numbers),
          data.labels(),
          data.classes(),
          ValueRange{0, static_cast<double>(codes() - 1)}};
}

template <Scalar S>
Matrix<S> VqVae<S>::decode(ConstView<S> numbers) const {
  const ConstView<S> book = codebook();
  if (numbers.rows() != code_shape().size() || numbers.cols() < 1)
    fail<ShapeError>("VqVae: expected columns of {} codes (shape {}), got {} × {}", code_shape().size(),
                     to_string(code_shape()), numbers.rows(), numbers.cols());
  Matrix<S> e(latent_shape().size(), numbers.cols());
  for (Index i = 0; i < numbers.size(); ++i) {
    const S k = numbers.data()[i];
    if (!(k >= 0 && k < static_cast<S>(codes()) && k == std::floor(k)))
      fail<ConfigError>("VqVae: expected codes in [0, {}), got {}", codes(), k);
    std::copy_n(book.col(static_cast<Index>(k)).data(), book.rows(), e.data() + book.rows() * i);
  }
  return decode_vectors(e);
}

template <Scalar S>
ConstView<S> VqVae<S>::codebook() const {
  const Network<S>& q = quantizer();
  const auto& arena = options_.quantizer.has_averages() ? q.buffers() : q.parameters();
  return {arena.data() + arena.segments()[0].offset, latent_shape().channels, codes()};
}

template <Scalar S>
Matrix<S> VqVae<S>::quantized(ConstView<S> x) const {
  return quantizer().predict(encoder().predict(x));
}

template <Scalar S>
Matrix<S> VqVae<S>::decode_vectors(ConstView<S> e) const {
  const Matrix<S> parameters = decoder().predict(e);
  Matrix<S> x(sample_.size(), e.cols());
  options_.likelihood.mean(parameters, as_view(x));
  return x;
}

template <Scalar S>
typename VqVae<S>::Memory& VqVae<S>::prepared(const Batch<S>& batch, Index part) {
  decoder().plan();  // a model that was moved from has none
  Conditioning{}.require(batch, sample_, "VqVae");
  if (!memory_ || memory_->max_part < part || memory_->max_batch < batch.size())
    fail<StateError>("VqVae: call prepare({}) before a step with that many samples", batch.size());
  return *memory_;
}

template <Scalar S>
template <class Self>
typename VqVae<S>::Forward VqVae<S>::propagate(Self& self, const PassInput<S>& how, Memory& m) {
  const auto with = [&](ConstView<S> x, std::uint64_t lane) {
    PassInput<S> in = how;
    in.x = x;
    in.random = how.random.lane(lane);
    return in;
  };
  const ConstView<S> h = self.encoder_.network.forward(with(how.x, 0), m.encoder);
  const ConstView<S> e = self.quantizer_.network.forward(with(h, 1), m.quantizer);
  return {how.x, h, e, self.decoder_.network.forward(with(e, 2), m.decoder)};
}

template <Scalar S>
StepMetrics VqVae<S>::judge(const Forward& f, Memory& m) const {
  const Index n = f.x.cols(), positions = code_shape().size() * n;
  const double reconstruction = -m.log_px.head(n).template cast<double>().mean();
  const double commitment = kernels::sum_of_map<double>(
                                f.h.size(), [](S h, S e) { return static_cast<double>((h - e) * (h - e)); },
                                f.h.data(), f.e.data()) /
                            static_cast<double>(n);
  m.uses.setZero();
  const S* const code = m.quantizer.cache_slot(VectorQuantizer::Cache::nearest);
  for (Index i = 0; i < positions; ++i) m.uses(static_cast<Index>(code[i])) += 1;
  double entropy = 0;
  for (Index k = 0; k < codes(); ++k) {
    const double share = static_cast<double>(m.uses(k)) / static_cast<double>(positions);
    if (share > 0) entropy -= share * std::log(share);
  }
  StepMetrics metrics;
  metrics.set("loss", reconstruction +
                          (options_.commitment + (options_.quantizer.has_averages() ? 0 : 1)) * commitment);
  metrics.set("reconstruction", reconstruction);
  metrics.set("commitment", commitment);
  metrics.set("perplexity", std::exp(entropy));
  metrics.set("codes_used", static_cast<double>((m.uses.array() > 0).count()) / static_cast<double>(codes()));
  return metrics;
}

template <Scalar S>
void VqVae<S>::backward(const Forward& f, Memory& m) {
  const Index n = f.x.cols();
  View<S> dh(m.dh.data(), f.h.rows(), n);
  // ∂‖h − e‖²/∂e moves the codebook where it learns so, ∂‖h − e‖²/∂h the encoder.
  const S of_difference = S(2) / static_cast<S>(n), of_commitment = static_cast<S>(options_.commitment);
  if (!options_.quantizer.has_averages()) {
    dh = of_difference * (f.e - f.h);
    quantizer().backward(as_const(dh), m.quantizer, {.parameters = &quantizer_.gradients});
  }
  const ConstView<S> d_parameters(m.d_parameters.data(), f.parameters.rows(), n);
  const ConstView<S> de =
      decoder().backward(d_parameters, m.decoder, {.parameters = &decoder_.gradients, .x = true}).x;
  dh = quantizer().backward(de, m.quantizer, {.x = true}).x + of_commitment * of_difference * (f.h - f.e);
  encoder().backward(as_const(dh), m.encoder, {.parameters = &encoder_.gradients});
}

EIGENERATE_INSTANTIATE_CLASS(VqVae)

}  // namespace eigenerate
