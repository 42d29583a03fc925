#pragma once
// The networks of toy_gan: those of the papers whose tables it reproduces.

#include "toy_data.hpp"

namespace examples {

using Layers = std::vector<AnyLayer<float>>;

/// Adds a layer with weights, under spectral normalization where the recipe wants it.
template <class L>
void add_weights(Layers& layers, const ToyRecipe& recipe, const L& layer) {
  if (recipe.spectral_norm)
    layers.push_back(SpectralNorm{layer});
  else
    layers.push_back(layer);
}

/// Four layers of 400 (Lin et al. 2018, appendix; Dumoulin et al. 2017). No bias where a batch norm has one.
inline AnyLayer<float> point_generator(const ToyRecipe& recipe) {
  Layers layers;
  for (int i = 0; i < 4; ++i) {
    layers.push_back(Linear{infer, 400, !recipe.batch_norm});
    if (recipe.batch_norm) layers.push_back(BatchNorm{infer, {.momentum = 0.05}});
    layers.push_back(Relu{});
  }
  layers.push_back(Linear{infer, 2});
  return AnySequential<float>(std::move(layers));
}

/// The first layers of a discriminator: noise that fades, or none.
inline Layers judged_under_noise(const ToyRecipe& recipe, double deviation) {
  if (recipe.noise == 0) return {};
  return {InstanceNoise{{.deviation = recipe.noise * deviation, .until = recipe.noise_until}}};
}

/// Three maxout layers of 200 with five pieces each.
inline AnyLayer<float> point_discriminator(const ToyRecipe& recipe, double deviation) {
  Layers layers = judged_under_noise(recipe, deviation);
  for (int i = 0; i < 3; ++i) {
    add_weights(layers, recipe, Linear{infer, 200 * 5});
    layers.push_back(Maxout{5});
  }
  add_weights(layers, recipe, Linear{infer, 1});
  return AnySequential<float>(std::move(layers));
}

/// Metz et al. 2017, appendix D, as Lin et al. 2018 have it.
inline AnyLayer<float> stack_generator(const ToyRecipe& recipe) {
  Layers layers{Linear{infer, 64 * 4 * 4}, Reshape{64, 4, 4}};
  const auto activate = [&] {
    if (recipe.batch_norm) layers.push_back(BatchNorm{infer});
    layers.push_back(Relu{});
  };
  activate();
  Index output_padding = 0;  // 4 to 7, to 14, to 28 pixels
  for (const Index channels : {32, 16, 8}) {
    layers.push_back(ConvTranspose2d{
        infer, channels, {.kernel = 3, .stride = 2, .padding = 1, .output_padding = output_padding}});
    activate();
    output_padding = 1;
  }
  layers.push_back(Conv2d{8, 3, {.kernel = 3, .padding = 1}});
  layers.push_back(Tanh{});
  return AnySequential<float>(std::move(layers));
}

/// A quarter of the generator's channels.
inline AnyLayer<float> stack_discriminator(const ToyRecipe& recipe, double deviation) {
  Layers layers = judged_under_noise(recipe, deviation);
  for (const Index channels : {2, 4, 8}) {
    add_weights(layers, recipe, Conv2d{infer, channels, {.kernel = 3, .stride = 2, .padding = 1}});
    if (recipe.batch_norm && recipe.penalty == "none") layers.push_back(BatchNorm{infer});
    layers.push_back(LeakyRelu{0.3});
  }
  layers.push_back(Flatten{});
  add_weights(layers, recipe, Linear{infer, 1});
  return AnySequential<float>(std::move(layers));
}

inline AnyAdversarialLoss<float> loss_of(const ToyRecipe& recipe) {
  static const std::map<std::string, AnyAdversarialLoss<float>> losses{
      {"non-saturating", NonSaturating{}},
      {"minimax", Minimax{}},
      {"least-squares", LeastSquares{}},
      {"hinge", Hinge{}},
      {"wasserstein", Wasserstein{}},
      {"relativistic", Relativistic{NonSaturating{}}},
      {"relativistic-average", RelativisticAverage{NonSaturating{}}}};
  return losses.at(recipe.loss);
}

inline std::vector<AnyAdversaryTerm<float>> penalties_of(const ToyRecipe& r) {
  std::vector<AnyAdversaryTerm<float>> terms;
  if (r.penalty == "wgan-gp")
    terms.push_back(GradientPenalty{.weight = r.penalty_weight, .every = r.penalty_every});
  if (r.penalty == "dragan") terms.push_back(Dragan{.weight = r.penalty_weight, .every = r.penalty_every});
  if (r.penalty.starts_with("r1")) terms.push_back(R1{.gamma = r.penalty_weight, .every = r.penalty_every});
  if (r.penalty.ends_with("r2")) terms.push_back(R2{.gamma = r.penalty_weight, .every = r.penalty_every});
  return terms;
}

inline Initializer initializer_of(const ToyRecipe& recipe) {
  static const std::map<std::string, Initializer> initializers{{"default", DefaultInit{}},
                                                               {"normal", NormalInit{0, 0.02}},
                                                               {"he", HeInit{}},
                                                               {"orthogonal", OrthogonalInit{}}};
  return initializers.at(recipe.initializer);
}

inline Gan<> make_toy_gan(const ToyProblem& problem, const ToyOptions& o) {
  const ToyRecipe& r = o.recipe;
  const auto adam = [&](double pace) { return Adam{r.learning_rate * pace, r.beta1, r.beta2}; };
  const GanOptions options{.loss = loss_of(r),
                           .terms = penalties_of(r),
                           .generator_optimizer = adam(1),
                           .discriminator_optimizer = adam(r.discriminator_pace),
                           .discriminator_steps = r.discriminator_steps,
                           .packing = r.packing,
                           .latent = problem.latent,
                           .ema_decay = r.ema,
                           .ema_warm_up = true,
                           .initializer = initializer_of(r),
                           .seed = o.seed};
  if (problem.is_images()) return {stack_generator(r), stack_discriminator(r, problem.deviation), options};
  return {point_generator(r), point_discriminator(r, problem.deviation), options};
}

}  // namespace examples
