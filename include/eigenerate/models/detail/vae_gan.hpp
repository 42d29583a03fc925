#pragma once

#include <algorithm>

#include "eigenerate/losses/mse.hpp"
#include "eigenerate/models/vae_gan.hpp"

namespace eigenerate {

template <Scalar S>
VaeGan<S>::VaeGan(AnyLayer<S> encoder, AnyLayer<S> decoder, AnyLayer<S> discriminator, Options options)
    : Space(std::move(encoder), std::move(decoder), options.latent, Conditioning{},
            Space::parts_of(options, UnitNormal{}, "VaeGan")),
      options_(std::move(options)),
      adversary_(network_under(std::nullopt, std::move(discriminator), std::optional(sample_shape()),
                               {"discriminator", options_.initializer, options_.seed ^ std::uint64_t{1} << 60,
                                options_.precision}),
                 {options_.discriminator_optimizer}, options_.loss, options_.terms) {
  if (parts_.prior_learner())
    fail<ConfigError>("VaeGan: expected a prior without parameters, got a {}", options_.prior.kind());
  if (!options_.prior.has_kl(options_.posterior))
    fail<ConfigError>("VaeGan: there is no closed form of the KL from a {} to a {}",
                      options_.posterior.kind(), options_.prior.kind());
  const auto terms = adversary_.terms();
  if (std::none_of(terms.begin(), terms.end(), [](const auto& term) { return term.plan().compares; }))
    fail<ConfigError>(
        "VaeGan: no term says how close reconstructions come; let the discriminator put out features, as in "
        "Concat{{Linear{{64, 1}}, Identity{{}}}}, and add .terms = {{FeatureReconstruction{{.features = 64}}}}");
  for (const auto& term : terms)
    if (term.plan().classes > 0 || term.plan().code.size() > 0)
      fail<ConfigError>("VaeGan: samples have no classes or codes that a {} could tell", term.kind());
  adversary_.require_outputs("VaeGan");
}

template <Scalar S>
void VaeGan<S>::prepare(Index max_part, Index max_batch) {
  if (outgrows(memory_, max_part, max_batch)) memory_.emplace(*this, max_part, max_batch);
  adversary_.prepare(2 * max_part);
}

template <Scalar S>
StepMetrics VaeGan<S>::train_step(const Batch<S>& batch, const StepContext& context) {
  const BatchParts<S> parts(batch, context.part_size);
  Memory& m = Space::prepared(memory_, batch, parts.largest());
  const auto learners = this->learners();
  // The autoencoder may yet fail, after the discriminator has learned.
  StepTransaction<S> step(m.undo, learners, context.undoable ? UndoScope::everything : UndoScope::buffers);
  const ConstView<S> noise = Space::draw(m, batch.size(), context.stream(Purpose::reparameterization)),
                     drawn = draw_from_prior(m, batch.size(), context.stream(Purpose::latent));
  std::optional<Decoded> decoded;
  const auto decode = [&](const BatchPart<S>& part, Buffers buffers) {
    const PassInput<S> how{.mode = Mode::train,
                           .buffers = buffers,
                           .random = part.stream(context.stream(Purpose::dropout)).lane(0),
                           .progress = context.progress};
    decoded.emplace(decode_all(parts_, part.batch.samples, Space::columns_of(noise, part),
                               Space::columns_of(drawn, part), how, m));
  };
  const auto round = [&](const BatchPart<S>& part) {
    AdversaryRound<S> r = adversary_round(part, context, decoded->fake, {});
    r.real = decoded->real;
    r.labels = {};
    return r;
  };

  StepMetrics metrics;
  metrics.set("loss", 0);
  adversary_step(adversary_, parts, context, options_.clipping, metrics, [&](const BatchPart<S>& part) {
    decode(part, Buffers::update);
    return round(part);
  });
  double encoder_loss = 0, decoder_loss = 0, mean_kl = 0;
  const auto learn_part = [&](const BatchPart<S>& part, std::span<double> terms) {
    const Learned learned = learn(round(part), *decoded, terms, m);
    encoder_loss += part.share * learned.of_encoder;
    decoder_loss += part.share * learned.of_decoder;
    mean_kl += part.share * learned.kl;
  };
  fooling_step(adversary_, parts, context, of_autoencoder(learners), metrics, decode, learn_part);
  metrics.set("encoder_loss", encoder_loss);
  metrics.set("decoder_loss", decoder_loss);
  metrics.set("kl", mean_kl);
  metrics.set("loss", encoder_loss + decoder_loss);
  update<S>(context, options_.clipping, metrics["loss"], of_autoencoder(learners));
  step.commit();
  return metrics;
}

template <Scalar S>
typename VaeGan<S>::Learned VaeGan<S>::learn(const AdversaryRound<S>& round, const Decoded& decoded,
                                             std::span<double> terms, Memory& m) {
  const Index n = decoded.codes.z.cols(), features = decoded.fake.rows();
  View<S> d(m.d_parameters.data(), features, 2 * n);
  // The terms, of reconstructions: what the encoder learns.
  AdversaryRound<S> of_reconstructions = round;
  of_reconstructions.real = ConstView<S>(round.real.data(), features, n);
  of_reconstructions.fake = ConstView<S>(round.fake.data(), features, n);
  const auto close = adversary_.fool(of_reconstructions, terms, {.game = 0});
  const double similarity = close.value;
  d.leftCols(n) = close.d_fake;
  d.rightCols(n).setZero();
  const View<S> dz = parts_.decoder_backward(as_const(d), m.latent, false, true);
  View<S> dh = parts_.begin_backward(decoded.codes, m.latent);
  const double divergence = kl(decoded.codes, m);
  m.d_kl.setConstant(static_cast<S>(options_.kl_weight / static_cast<double>(n)));
  options_.prior.kl_backward(options_.posterior, decoded.codes.h,
                             ConstView<S>(m.d_kl.data(), latent_size(), n), dh);
  parts_.encoder_backward(decoded.codes, ConstView<S>(dz.data(), latent_size(), n), {}, dh, m.latent);
  // The game, of both kinds of fakes, beside them: what the decoder learns.
  d *= static_cast<S>(options_.decoder_term_weight);
  const auto fooled = adversary_.fool(round, {}, {.terms = false});
  d += fooled.d_fake;
  parts_.decoder_backward(as_const(d), m.latent, true, false);
  return {options_.kl_weight * divergence + similarity,
          fooled.value + options_.decoder_term_weight * similarity, divergence};
}

template <Scalar S>
StepMetrics VaeGan<S>::evaluate(const Batch<S>& batch, const StepContext& context) {
  Memory& m = Space::prepared(memory_, batch, batch.size());
  const Decoded decoded = decode_for_evaluation(batch, context, m);
  const auto logits = adversary_.score(decoded.real, decoded.fake, {});
  const double divergence = kl(decoded.codes, m);
  StepMetrics metrics;
  metrics.set("loss", 0);
  metrics.set("discriminator_loss", adversary_.loss().discriminator(logits.real, logits.fake));
  metrics.set("encoder_loss", options_.kl_weight * divergence);
  metrics.set("decoder_loss", adversary_.fooled(logits));
  metrics.set("kl", divergence);
  metrics.set("loss", metrics["encoder_loss"] + metrics["decoder_loss"]);
  metrics.set("reconstruction", mse(ConstView<S>(decoded.fake.leftCols(batch.size())), batch.samples));
  return metrics;
}

template <Scalar S>
std::vector<Warning> VaeGan<S>::health(const Batch<S>& batch, const StepContext& context) {
  prepare(batch.size());
  std::vector<Warning> warnings;
  if (batch.size() < 2) return warnings;
  Memory& m = Space::prepared(memory_, batch, batch.size());
  const Decoded decoded = decode_for_evaluation(batch, context, m);
  warn_of_collapse(warnings, batch.samples, ConstView<S>(decoded.fake.rightCols(batch.size())));
  warn_of_saturation(warnings, adversary_, adversary_.score(decoded.real, decoded.fake, {}));
  return warnings;
}

template <Scalar S>
std::vector<Warning> VaeGan<S>::setup_warnings(const Batch<S>& batch, const ValueRange& range) {
  prepare(batch.size());
  auto warnings = Space::warnings_of_parts(batch, range, Space::prepared(memory_, batch, batch.size()));
  warn_of_discriminator(warnings, adversary_);
  return warnings;
}

template <Scalar S>
std::vector<MetricName> VaeGan<S>::figures() const {
  auto names =
      with_figures_of_terms({"loss", "discriminator_loss", "encoder_loss", "decoder_loss", "kl"}, adversary_);
  names.push_back("reconstruction");
  return names;
}

template <Scalar S>
LearnerList<Learner<S>> VaeGan<S>::learners() {
  auto all = parts_.learners();
  all.add(adversary_.learner());
  return all;
}

template <Scalar S>
LearnerList<const Learner<S>> VaeGan<S>::learners() const {
  auto all = std::as_const(parts_).learners();
  all.add(adversary_.learner());
  return all;
}

template <Scalar S>
ConstView<S> VaeGan<S>::draw_from_prior(Memory& m, Index n, const RandomStream& random) const {
  const View<S> z(m.drawn.data(), latent_size(), n);
  parts_.draw_latent(random, z, m.prior);
  return z;
}

template <Scalar S>
template <class Parts>
typename VaeGan<S>::Decoded VaeGan<S>::decode_all(Parts& parts, ConstView<S> x, ConstView<S> noise,
                                                  ConstView<S> drawn, const PassInput<S>& how,
                                                  Memory& m) const {
  const Latents codes = parts.encode(x, how, noise, m.latent);
  View<S> z(m.z.data(), drawn.rows(), 2 * x.cols()), real(m.real.data(), x.rows(), 2 * x.cols());
  z << codes.z, drawn;
  real << x, x;
  return {codes, real, parts.decode(z, how, m.latent)};
}

template <Scalar S>
typename VaeGan<S>::Decoded VaeGan<S>::decode_for_evaluation(const Batch<S>& batch,
                                                             const StepContext& context, Memory& m) const {
  const RandomStream random = context.stream(Purpose::evaluation);
  return decode_all(parts_, batch.samples, Space::draw(m, batch.size(), random),
                    draw_from_prior(m, batch.size(), random.lane(1)), {.progress = context.progress}, m);
}

template <Scalar S>
double VaeGan<S>::kl(const Latents& codes, Memory& m) const {
  const Index n = codes.z.cols();
  options_.prior.kl(options_.posterior, codes.h, first_numbers(m.kl, n));
  return m.kl.head(n).template cast<double>().mean();
}

EIGENERATE_INSTANTIATE_CLASS(VaeGan)

}  // namespace eigenerate
