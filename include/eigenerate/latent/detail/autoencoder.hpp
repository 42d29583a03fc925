#pragma once

#include "eigenerate/latent/autoencoder.hpp"

namespace eigenerate {

namespace detail {
template <Scalar S>
LearnerOptions of_decoder(const AutoencoderOptions<S>& o) {
  LearnerOptions options = o.learner;
  options.optimizer = o.decoder_optimizer.value_or(options.optimizer);
  return options;
}
}  // namespace detail

template <Scalar S>
Autoencoder<S>::Autoencoder(Network<S> encoder, Network<S> decoder, const AutoencoderOptions<S>& o)
    : posterior_(o.posterior),
      prior_(o.prior),
      decoder_(std::move(decoder), detail::of_decoder(o)),
      sample_shape_(o.likelihood.sample_shape(decoder_.network.output_shape(), o.sample, o.who)),
      encoder_(std::move(encoder), o.learner),
      latent_(decoder_.network.input_shape().size()) {
  posterior_.validate();
  prior_.validate();
  if (!decoder_.network.input_shape().is_vector())
    fail<ShapeError>("{}: the decoder must take a latent vector, got an input of shape {}", o.who,
                     to_string(decoder_.network.input_shape()));
  if (encoder_.network.input_shape().size() != sample_shape_.size())
    fail<ShapeError>(
        "{}: the decoder generates samples of {} values (shape {}), the encoder takes {} (shape {})", o.who,
        sample_shape_.size(), to_string(sample_shape_), encoder_.network.input_shape().size(),
        to_string(encoder_.network.input_shape()));
  const Index rows = posterior_.parameter_rows(latent_);
  if (encoder_.network.output_shape() != Shape{rows})
    fail<ShapeError>(
        "{}: the decoder takes a latent vector of {}, so the encoder must end in {} (the parameters of a {}), "
        "got {}",
        o.who, latent_, rows, posterior_.kind(), to_string(encoder_.network.output_shape()));
  posterior_plan_ = posterior_.plan(latent_);
  prior_plan_ = prior_.plan(latent_, encoder_.network, posterior_);
  // Seeds of their own: equal shapes must not start with equal weights.
  posterior_learner_ = make_part(posterior_plan_, "posterior", o.seed ^ std::uint64_t{1} << 62, o);
  prior_learner_ = make_part(prior_plan_, "prior", o.seed ^ std::uint64_t{1} << 61, o);
}

template <Scalar S>
typename Autoencoder<S>::Latents Autoencoder<S>::encode(ConstView<S> x, const PassInput<S>& how,
                                                        ConstView<S> noise, Memory& m, std::span<S> log_q) {
  return encode(*this, x, how, noise, m, log_q);
}

template <Scalar S>
typename Autoencoder<S>::Latents Autoencoder<S>::encode(ConstView<S> x, const PassInput<S>& how,
                                                        ConstView<S> noise, Memory& m,
                                                        std::span<S> log_q) const {
  return encode(*this, x, how, noise, m, log_q);
}

template <Scalar S>
void Autoencoder<S>::log_prior(ConstView<S> z, const PassInput<S>& how, Memory& m, std::span<S> out) const {
  m.prior_how = how;
  prior_.log_probability(prior_pass(how, m.prior, nullptr, nullptr), z, out);
}

template <Scalar S>
View<S> Autoencoder<S>::begin_backward(const Latents& l, Memory& m) const {
  View<S> dh(m.dh.data(), l.h.rows(), l.h.cols());
  dh.setZero();
  return dh;
}

template <Scalar S>
View<S> Autoencoder<S>::decoder_backward(ConstView<S> d_parameters, Memory& m, bool parameters, bool z) {
  Arena<S>* const gradients = parameters ? &decoder_.gradients : nullptr;
  const auto d = decoder_.network.backward(d_parameters, m.decoder, {.parameters = gradients, .x = z});
  View<S> dz(m.dz.data(), latent_, d_parameters.cols());
  if (z) dz = d.x;
  return dz;
}

template <Scalar S>
void Autoencoder<S>::prior_backward(ConstView<S> z, std::span<const S> parameter_weights,
                                    std::span<const S> path_weights, View<S> dz, Memory& m) {
  Arena<S>* const own = prior_learner_ ? &prior_learner_->gradients : nullptr;
  prior_.backward(prior_pass(m.prior_how, m.prior, own, &encoder_.gradients), z, parameter_weights,
                  path_weights, dz);
}

template <Scalar S>
void Autoencoder<S>::encoder_backward(const Latents& l, ConstView<S> dz, std::span<const S> d_log_q,
                                      View<S> dh, Memory& m) {
  PartPass<S> pass = posterior_pass(m.posterior_how, m);
  if (posterior_learner_) pass.own.gradients = &posterior_learner_->gradients;
  posterior_.backward(pass, l.h, l.noise, dz, d_log_q, dh);
  encoder_.network.backward(dh, m.encoder, {.parameters = &encoder_.gradients});
}

template <Scalar S>
Matrix<S> Autoencoder<S>::center(ConstView<S> h) const {
  Memory m(*this, h.cols(), h.cols());
  Matrix<S> z(latent_, h.cols());
  posterior_.center(posterior_pass({}, m), h, as_view(z));
  return z;
}

template <Scalar S>
void Autoencoder<S>::draw_latent(const RandomStream& random, View<S> z) const {
  PriorMemory<S> m(*this, 1, z.cols());
  draw_latent(random, z, m);
}

template <Scalar S>
PassInput<S> Autoencoder<S>::with(PassInput<S> how, ConstView<S> x, std::uint64_t lane) {
  how.x = x;
  how.random = how.random.lane(lane);
  return how;
}

template <Scalar S>
PassInput<S> Autoencoder<S>::part_input(PassInput<S> how, std::uint64_t lane) {
  how.random = how.random.lane(lane);
  how.buffers = Buffers::keep;
  how.condition = {};
  return how;
}

template <Scalar S>
PartPass<S> Autoencoder<S>::posterior_pass(const PassInput<S>& how, Memory& m) const {
  PartPass<S> pass;
  pass.how = part_input(how, lane_posterior);
  if (posterior_learner_) pass.own = {&posterior_learner_->network, &*m.posterior, nullptr};
  pass.memory = m.posterior_memory.data();
  pass.inputs = m.max_inputs;
  pass.samples = m.max_samples;
  return pass;
}

template <Scalar S>
PriorPass<S> Autoencoder<S>::prior_pass(const PassInput<S>& how, PriorMemory<S>& m, Arena<S>* own,
                                        Arena<S>* encoder) const {
  PriorPass<S> pass = m.pass(part_input(how, lane_prior), prior_learner_ ? &prior_learner_->network : nullptr,
                             &encoder_.network, &posterior_);
  pass.own.gradients = own;
  pass.encoder.gradients = encoder;
  return pass;
}

template <Scalar S>
std::optional<Learner<S>> Autoencoder<S>::make_part(const PartPlan<S>& plan, std::string name,
                                                    std::uint64_t seed, const AutoencoderOptions<S>& o) {
  if (!plan.layer) return std::nullopt;
  const NetworkOptions options{std::move(name), o.initializer, seed, o.precision, plan.condition};
  Network<S> network(*plan.layer, plan.input, options);
  if (!network.buffers().segments().empty()) {
    const std::string& tensor = network.buffers().segments().front().name;
    fail<ConfigError>(
        "{}: {} ({}) is a buffer, and those of a prior's or posterior's own network do not move; leave such "
        "layers out of it",
        o.who, tensor, network.kind_of(tensor));
  }
  return Learner<S>(std::move(network), o.learner);
}

EIGENERATE_INSTANTIATE_CLASS(Autoencoder)

}  // namespace eigenerate
