#pragma once
// Small models of every kind that learns from the same images: each with another optimiser, and between them
// batch norm, dropout, moving averages, labels, a gradient penalty and several critic steps. Models of other
// data are resumed in tests of their own, by models/resumption.hpp.

#include "eigenerate/data/dataset.hpp"
#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/latent/chain_posterior.hpp"
#include "eigenerate/latent/chain_prior.hpp"
#include "eigenerate/latent/flow_prior.hpp"
#include "eigenerate/latent/full_normal_posterior.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/latent/latent_norm.hpp"
#include "eigenerate/latent/mixture_prior.hpp"
#include "eigenerate/latent/planar_flow.hpp"
#include "eigenerate/latent/radial_flow.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/cycle_gan.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/models/regression.hpp"
#include "eigenerate/models/vq_vae.hpp"

namespace support {

/// `n` samples of 1×8×8, labelled 0, 1, 2 in turn, with values in [0, 1]; each generated from another such.
inline eigenerate::Dataset small_images(eigenerate::Index n = 40) {
  using namespace eigenerate;
  Matrix<float> x(64, n);
  fill_uniform(x.data(), x.size(), RandomStream{5, Purpose::toy_data});
  std::vector<int> labels;
  for (Index i = 0; i < n; ++i) labels.push_back(static_cast<int>(i % 3));
  Matrix<float> sources(64, n);
  fill_uniform(sources.data(), sources.size(), RandomStream{5, Purpose::toy_data}.lane(1));
  return Dataset("small images", {1, 8, 8}, std::move(x), std::move(labels), 3)
      .with_conditions(Dataset("small sources", {1, 8, 8}, std::move(sources)));
}

/// A figure to follow for models of both kinds: of a game, whose loss says nothing, one must be named, that
/// of whoever makes the samples.
template <class M>
std::string followed_figure(const M& model) {
  if (eigenerate::best_figure(model)) return "loss";
  for (const auto& figure : model.figures())
    if (figure.view() == "generator_loss") return "generator_loss";
  return "decoder_loss";
}

/// Calls `f(name, make)` for every model; `make()` builds it afresh.
template <class F>
void for_each_small_model(F&& f) {
  using namespace eigenerate;
  const auto critic = [] {
    return Sequential{Conv2d{1, 4, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{0.2}, Flatten{},
                      Linear{64, 1}};
  };
  const auto generator = [](Index input) {
    return Sequential{Linear{input, 64},
                      Reshape{4, 4, 4},
                      BatchNorm{4},
                      Relu{},
                      ConvTranspose2d{4, 1, {.kernel = 4, .stride = 2, .padding = 1}},
                      Sigmoid{}};
  };
  f("vae", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, BatchNorm{24}, Relu{}, Dropout{0.2}, Linear{24, 6}},
               Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
               {.optimizer = Adam{1e-2}, .kl_warm_up_steps = 9, .ema_decay = 0.9, .seed = 2}};
  });
  f("conditional vae", [] {
    return Vae{
        Sequential{Conv2d{4, 4, {.kernel = 4, .stride = 2, .padding = 1}}, Relu{}, Flatten{}, Linear{64, 6}},
        Sequential{Linear{6, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
        {.optimizer = AdamW{1e-2}, .bound = Bound::importance_weighted, .samples = 3, .classes = 3}};
  });
  f("vae with a flow", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, 2 * 3 + 4}},
               Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
               {.posterior = InverseAutoregressiveFlow{.steps = 2, .hidden = 8, .context = 4},
                .objective = Iwae{},
                .optimizer = Adam{1e-2},
                .samples = 2,
                .ema_decay = 0.9}};
  });
  f("vae with a planar flow and a mixture", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, PlanarFlow{2}.parameter_rows(3)}},
               Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
               {.posterior = PlanarFlow{.steps = 2},
                .prior = MixturePrior{.components = 4},
                .objective = Iwae{},
                .optimizer = Adam{1e-2},
                .ema_decay = 0.9}};
  });
  f("vae with a radial flow and a coupling flow", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, RadialFlow{2}.parameter_rows(3)}},
               Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
               {.posterior = RadialFlow{.steps = 2},
                .prior = FlowPrior{.steps = 2, .hidden = 8},
                .objective = Iwae{},
                .optimizer = Adam{1e-2},
                .samples = 2,
                .ema_decay = 0.9}};
  });
  f("vae with a full normal", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, 3 * (3 + 3) / 2}},
               Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
               {.posterior = FullNormalPosterior{}, .optimizer = Adam{1e-2}}};
  });
  f("vae of two levels", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, 2 * 3}},
               Sequential{SelectChannels{0, 3}, Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
               {.posterior = ChainPosterior{Sequential{Linear{3, 8}, Dropout{0.2}, Linear{8, 2 * 2}}},
                .prior = ChainPrior{Sequential{Linear{2, 8}, Tanh{}, Linear{8, 2 * 3}}},
                .objective = Iwae{},
                .optimizer = Adam{1e-2},
                .samples = 2,
                .latent = 3 + 2,
                .ema_decay = 0.9}};
  });
  f("regularized autoencoder", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, 3}},
               Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
               {.posterior = DeterministicPosterior{},
                .objective = Reconstruction{},
                .terms = {LatentNorm{0.5}},
                .optimizer = Sgd{.learning_rate = 1e-2, .momentum = 0.9},
                .decoder_optimizer = AdamW{1e-2}}};
  });
  f("vae with a VampPrior", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, 6}},
               Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
               {.prior = VampPrior{Sequential{Linear{5, 64}, Sigmoid{}, Reshape{1, 8, 8}}},
                .objective = Iwae{.doubly_reparameterized = true},
                .optimizer = AdamW{1e-2},
                .samples = 3}};
  });
  f("beta-tcvae with a discrepancy", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, 6}},
               Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
               {.objective = Elbo{.schedule = KlSchedule::cycles({.steps = 3})},
                .terms = {TotalCorrelation{.beta = 3, .data_size = 40}, MaximumMeanDiscrepancy{.weight = 2}},
                .optimizer = Adam{1e-2},
                .samples = 2}};
  });
  f("factor vae", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, 6}},
               Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
               {.objective = Piwae{2},
                .terms = {FactorVae{
                    Sequential{Linear{3, 16}, BatchNorm{16}, LeakyRelu{0.2}, Dropout{0.2}, Linear{16, 1}}}},
                .optimizer = Adam{1e-2},
                .samples = 4,
                .ema_decay = 0.9}};
  });
  f("vae with a shared deviation", [] {
    return Vae{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, 6}},
               Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, AppendParameter{1, -1}},
               {.likelihood = Normal{{.spread = Spread::shared, .scale = Scale::log_deviation}},
                .posterior = DiagonalNormalPosterior{{.scale = Scale::log_deviation}},
                .optimizer = Adam{1e-2},
                .ema_decay = 0.9}};
  });
  f("vq-vae", [] {
    return VqVae{Sequential{Conv2d{1, 8, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{8}, Relu{},
                            Dropout{0.2}, Conv2d{8, 3, {.kernel = 1}}},
                 Sequential{ConvTranspose2d{3, 1, {.kernel = 4, .stride = 2, .padding = 1}}},
                 {.quantizer = VectorQuantizer{12, {.decay = 0.9, .revival = 0.3}},
                  .sample = Shape{1, 8, 8},
                  .optimizer = Adam{1e-2}}};
  });
  f("vq-vae with a codebook loss", [] {
    return VqVae{Sequential{Conv2d{1, 3, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{3}},
                 Sequential{ConvTranspose2d{3, 1, {.kernel = 4, .stride = 2, .padding = 1}}},
                 {.quantizer = VectorQuantizer{12, {.learning = CodebookLearning::gradient}},
                  .sample = Shape{1, 8, 8},
                  .optimizer = AdamW{1e-2}}};
  });
  f("adversarial autoencoder", [] {
    return AdversarialAutoencoder{
        Sequential{Flatten{}, Linear{64, 24}, BatchNorm{24}, Relu{}, Dropout{0.2}, Linear{24, 3}},
        Sequential{Linear{3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
        Sequential{Linear{3, 16}, LeakyRelu{0.2}, Dropout{0.2}, Linear{16, 1}},
        {.terms = {R1{.gamma = 1, .every = 2}}, .adversarial_weight = 5, .ema_decay = 0.9}};
  });
  f("bigan", [=] {
    return Bigan{
        Sequential{Flatten{}, Linear{64, 24}, BatchNorm{24}, Relu{}, Dropout{0.2}, Linear{24, 6}},
        generator(3),
        Sequential{Linear{64 + 3, 16}, LeakyRelu{0.2}, Dropout{0.2}, Linear{16, 1}},
        {.posterior = DiagonalNormalPosterior{}, .terms = {R1{.gamma = 1, .every = 2}}, .ema_decay = 0.9}};
  });
  f("adversarial autoencoder with categories", [] {
    return AdversarialAutoencoder{Sequential{Flatten{}, Linear{64, 24}, Relu{}, Linear{24, 2 + 3}},
                                  Sequential{Linear{2 + 3, 24}, Relu{}, Linear{24, 64}, Reshape{1, 8, 8}},
                                  Sequential{Linear{2 + 3, 16}, LeakyRelu{0.2}, Linear{16, 1}},
                                  {.posterior = CodedPosterior{{.categorical = 1, .categories = 3}}}};
  });
  f("vae-gan", [=] {
    return VaeGan{Sequential{Flatten{}, Linear{64, 24}, BatchNorm{24}, Relu{}, Dropout{0.2}, Linear{24, 6}},
                  generator(3),
                  Sequential{Conv2d{1, 4, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{4},
                             LeakyRelu{0.2}, Flatten{}, Dropout{0.2}, Concat{Linear{64, 1}, Identity{}}},
                  {.terms = {FeatureReconstruction{.features = 64}}, .ema_decay = 0.9}};
  });
  f("gan", [=] {
    return Gan{generator(5),
               Sequential{Conv2d{1, 4, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{4},
                          LeakyRelu{0.2}, Flatten{}, Dropout{0.3}, Linear{64, 1}},
               {.ema_decay = 0.95, .seed = 3}};
  });
  f("gan with heads", [=] {
    return Gan{generator(5 + 3),
               Sequential{Conv2d{1, 4, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{4},
                          LeakyRelu{0.2}, Flatten{}, Concat{Linear{64, 1 + 3}, Identity{}}},
               {.terms = {ClassHead{.classes = 3}, FeatureMatching{.weight = 0.1, .features = 64}},
                .classes = 3,
                .ema_decay = 0.9}};
  });
  f("gan with codes", [=] {
    return Gan{generator(5 + 3 + 1),
               Sequential{Conv2d{1, 4, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{4},
                          LeakyRelu{0.2}, Flatten{}, Linear{64, 1 + 3 + 2}},
               {.terms = {CodeHead{.code = {.categorical = 1, .categories = 3, .continuous = 1}}},
                .ema_decay = 0.9}};
  });
  f("wgan-gp", [=] {
    return Gan{generator(5),
               critic(),
               {.loss = Wasserstein{},
                .gradient_penalty = GradientPenalty{},
                .generator_optimizer = RmsProp{1e-3},
                .discriminator_optimizer = RmsProp{.learning_rate = 1e-3, .momentum = 0.5},
                .discriminator_steps = 3}};
  });
  f("gan by momentum with a history", [=] {
    return Gan{generator(5),
               critic(),
               {.loss = Minimax{},
                .generator_optimizer = Sgd{.learning_rate = 1e-2, .momentum = 0.9},
                .discriminator_optimizer = Sgd{1e-2},
                .history = 12,
                .clipping = {.norm = 1}}};
  });
  f("relativistic gan with lazy penalties", [=] {
    return Gan{
        generator(5),
        critic(),
        {.loss = RelativisticAverage{Hinge{}}, .terms = {R1{.gamma = 1, .every = 3}, Dragan{}}, .seed = 4}};
  });
  f("packed gan with every stabiliser", [=] {
    return Gan{generator(5),
               Sequential{InstanceNoise{{.last = 0.1}}, RandomBrightness{}, RandomTranslation{}, Cutout{0.3},
                          Conv2d{2, 4, {.kernel = 4, .stride = 2, .padding = 1}}, Maxout{2}, MinibatchStd{3},
                          Flatten{}, MinibatchDiscrimination{infer, 3, 2}, Linear{infer, 1}},
               {.loss = Relativistic{NonSaturating{.label_smoothing = 0.1, .two_sided = true}},
                .terms = {R1{.gamma = 1, .every = 2}, R2{.gamma = 1}},
                .generator_optimizer = Lookahead{.rule = Adam{1e-3}, .every = 2},
                .discriminator_optimizer = Lookahead{.rule = RmsProp{1e-3}, .every = 4},
                .discriminator_steps = 2,
                .packing = 2,
                .ema_decay = 0.95,
                .ema_warm_up = true,
                .weight_limit = 0.2,
                .seed = 8}};
  });
  f("projection gan with spectral norm", [] {
    return Gan{Sequential{Linear{5, 64}, Reshape{4, 4, 4}, BatchNorm{4, {.affine = false}}, Modulate{},
                          Relu{}, ConvTranspose2d{4, 1, {.kernel = 4, .stride = 2, .padding = 1}}, Sigmoid{}},
               Sequential{SpectralNorm{Conv2d{1, 4, {.kernel = 4, .stride = 2, .padding = 1}}},
                          LeakyRelu{0.2}, Flatten{}, SpectralNorm{ProjectCondition{}}},
               {.loss = Hinge{}, .classes = 3, .seed = 6}};
  });
  f("pix2pix", [] {
    return Pix2Pix{
        Sequential{
            Concat{Identity{},
                   Sequential{Conv2d{1, 4, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{4}, Relu{},
                              Dropout{0.3}, ConvTranspose2d{4, 3, {.kernel = 4, .stride = 2, .padding = 1}}}},
            Conv2d{4, 1, {.kernel = 1}}, Sigmoid{}},
        Sequential{Conv2d{2, 4, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{0.2},
                   Conv2d{4, 1, {.kernel = 1}}},
        {.source = Shape{1, 8, 8}, .ema_decay = 0.9, .seed = 7}};
  });
  f("regression", [] {
    return Regression{Sequential{Conv2d{1, 4, {.kernel = 3, .padding = 1}}, BatchNorm{4}, Relu{},
                                 Dropout{0.3}, Conv2d{4, 1, {.kernel = 1}}},
                      {.source = Shape{1, 8, 8}, .ema_decay = 0.9}};
  });
  f("cycle gan", [=] {
    const Sequential translator{
        Conv2d{1, 4, {.kernel = 4, .stride = 2, .padding = 1}},          BatchNorm{4}, Relu{}, Dropout{0.3},
        ConvTranspose2d{4, 1, {.kernel = 4, .stride = 2, .padding = 1}}, Sigmoid{}};
    return CycleGan{translator,
                    translator,
                    critic(),
                    critic(),
                    {.source = Shape{1, 8, 8},
                     .identity_weight = 0.5,
                     .terms = {R1{.gamma = 1, .every = 2}},
                     .history = 10,
                     .ema_decay = 0.9,
                     .seed = 9}};
  });
}

}  // namespace support
