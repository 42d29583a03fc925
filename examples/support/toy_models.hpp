#pragma once
// The networks of toy_gan: those of the papers whose tables it reproduces.

#include "toy_data.hpp"

namespace examples {

/// Four layers of 400 (Lin et al. 2018, appendix; Dumoulin et al. 2017). No bias where a batch norm has one.
inline AnyLayer<float> point_generator(const GanRecipe& recipe) {
  LayerList layers;
  for (int i = 0; i < 4; ++i) {
    layers.add(Linear{infer, 400, !recipe.batch_norm});
    if (recipe.batch_norm) layers.add(BatchNorm{infer, {.momentum = 0.05}});
    layers.add(Relu{});
  }
  return layers.add(Linear{infer, 2}).sequential();
}

/// The first layers of a discriminator: noise that fades, or none.
inline LayerList judged_under_noise(const GanRecipe& recipe, double deviation) {
  LayerList layers;
  if (recipe.noise > 0)
    layers.add(InstanceNoise{{.deviation = recipe.noise * deviation, .until = recipe.noise_until}});
  return layers;
}

/// Three maxout layers of 200 with five pieces each.
inline AnyLayer<float> point_discriminator(const GanRecipe& recipe, double deviation) {
  LayerList layers = judged_under_noise(recipe, deviation);
  for (int i = 0; i < 3; ++i) layers.add_weights(Linear{infer, 200 * 5}, recipe.spectral_norm).add(Maxout{5});
  return layers.add_weights(Linear{infer, 1}, recipe.spectral_norm).sequential();
}

/// Metz et al. 2017, appendix D, as Lin et al. 2018 have it.
inline AnyLayer<float> stack_generator(const GanRecipe& recipe) {
  LayerList layers;
  const auto activate = [&] {
    if (recipe.batch_norm) layers.add(BatchNorm{infer});
    layers.add(Relu{});
  };
  layers.add(Linear{infer, 64 * 4 * 4}).add(Reshape{64, 4, 4});
  activate();
  Index output_padding = 0;  // 4 to 7, to 14, to 28 pixels
  for (const Index channels : {32, 16, 8}) {
    layers.add(ConvTranspose2d{
        infer, channels, {.kernel = 3, .stride = 2, .padding = 1, .output_padding = output_padding}});
    activate();
    output_padding = 1;
  }
  return layers.add(Conv2d{8, 3, {.kernel = 3, .padding = 1}}).add(Tanh{}).sequential();
}

/// A quarter of the generator's channels.
inline AnyLayer<float> stack_discriminator(const GanRecipe& recipe, double deviation) {
  LayerList layers = judged_under_noise(recipe, deviation);
  for (const Index channels : {2, 4, 8}) {
    layers.add_weights(Conv2d{infer, channels, {.kernel = 3, .stride = 2, .padding = 1}},
                       recipe.spectral_norm);
    if (recipe.batch_norm && recipe.penalty == "none") layers.add(BatchNorm{infer});
    layers.add(LeakyRelu{0.3});
  }
  return layers.add(Flatten{}).add_weights(Linear{infer, 1}, recipe.spectral_norm).sequential();
}

inline Gan<> make_toy_gan(const ToyProblem& problem, const ToyOptions& o) {
  const GanRecipe& r = o.recipe;
  const GanOptions options = options_of(r, problem.latent, o.seed);
  if (problem.is_images()) return {stack_generator(r), stack_discriminator(r, problem.deviation), options};
  return {point_generator(r), point_discriminator(r, problem.deviation), options};
}

}  // namespace examples
