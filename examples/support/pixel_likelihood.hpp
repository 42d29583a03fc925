#pragma once
// The distributions of a pixel that VAEs of gray images choose from, in the words of the command line.

#include <eigenerate/data/levels.hpp>
#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/layers/rescale.hpp>
#include <string>
#include <vector>

#include "layer_list.hpp"

namespace examples {

/// Of the 256 levels of a file: probabilities, so that a pixel costs bits.
inline const std::vector<std::string> level_likelihoods{"logistic-mixture", "beta-binomial", "categorical"};
/// And of gray as a number of [0, 1].
inline const std::vector<std::string> pixel_likelihoods{"bernoulli",  "continuous-bernoulli", "normal",
                                                        "laplace",    "logistic-mixture",     "beta-binomial",
                                                        "categorical"};

/// A likelihood of images, and what it asks of the networks.
struct PixelLikelihood {
  AnyLikelihood<float> likelihood;
  Index numbers = 1;          ///< of the decoder, for each pixel
  bool of_levels = false;     ///< of 0 … 255 and not of [0, 1]
  bool of_locations = false;  ///< whether the numbers are locations, to which one learned scale comes

  /// What comes before an encoder's first weights, those of a `Linear` layer or of a convolution: levels
  /// become numbers of [−1, 1]. Labels stay as they are.
  void begin(LayerList& encoder, bool linear, bool labels) const {
    if (!of_levels) return;
    encoder.add(Rescale{1 / 127.5, -1});
    if (linear) encoder.add(Flatten{});
    if (labels) encoder.add(JoinCondition{});
  }
  /// Behind `numbers` channels of that extent.
  void end(LayerList& decoder, HeightWidth extent) const {
    if (numbers > 1) decoder.add(Reshape{numbers, extent.height, extent.width});
    // A width of 1 would be nearly three times that of digits, and make them look like noise at first.
    if (of_locations) decoder.add(Sigmoid{}).add(AppendParameter{1, -2});
  }
};

inline PixelLikelihood pixel_likelihood(const std::string& name, Index components = 5) {
  if (name == "logistic-mixture") return {DiscretizedLogisticMixture{components}, 3 * components, true};
  if (name == "beta-binomial") return {BetaBinomial{255, {.channels = 1}}, 2, true};
  if (name == "categorical") return {Categorical{256}, 256, true};
  if (name == "continuous-bernoulli") return {ContinuousBernoulli{}};
  if (name == "normal") return {.likelihood = Normal{{.spread = Spread::shared}}, .of_locations = true};
  if (name == "laplace") return {.likelihood = Laplace{{.spread = Spread::shared}}, .of_locations = true};
  return {Bernoulli{}};
}

/// Images of [0, 1] as a likelihood takes them.
inline data::Mnist images_for(const std::string& likelihood, data::Mnist grey) {
  if (!pixel_likelihood(likelihood).of_levels) return grey;
  return {data::to_levels(grey.train), data::to_levels(grey.test)};
}

}  // namespace examples
