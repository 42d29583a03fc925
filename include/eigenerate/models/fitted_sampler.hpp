#pragma once

#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "eigenerate/distributions/fit_gaussian_mixture.hpp"
#include "eigenerate/models/embed_dataset.hpp"
#include "eigenerate/models/latent_sampler.hpp"
#include "eigenerate/models/sampler.hpp"
#include "eigenerate/models/vae.hpp"

namespace eigenerate {

/// Samples from a model with an encoder, of latent vectors that are distributed as its codes are, and not as
/// its prior: so a plain autoencoder, which has none, becomes a generative model, and a VAE whose posteriors
/// leave holes in its prior a better one.
///
///     FittedSampler sampler{autoencoder, digits.train, {.components = 10}};  // a mixture of normals
///     sampler.sample(16, Seed{42});
///
/// The codes' distribution may be a second VAE as well, which was trained on `embed_dataset(model, data)`; or
/// any function that draws latent vectors.
///
/// It is a copy, that stays as it is when the models train on.
///
/// **Shapes** as for the model: latent vectors latent × n, samples features × n, a label for each where there
/// are classes. All classes share one distribution of codes.
/// **Cost** that of `fit_gaussian_mixture`, on all codes, once.
/// **Errors** `ShapeError` for a second model of other samples than the codes, `ConfigError` for one that
/// needs labels; those of the fit.
/// **Source** the mixture: Ghosh et al. 2020, section 4; the second VAE: Dai & Wipf 2019 (Diagnosing and
/// enhancing VAE models), section 4.
template <Scalar S = float>
class FittedSampler : public LatentSampler<FittedSampler<S>, S> {
 public:
  using scalar_type = S;
  /// Fills latent vectors, one per column; equal streams give equal ones.
  using Draw = std::function<void(const RandomStream&, View<S>)>;

  FittedSampler(const LatentSpace<S>& model, const Dataset& data, const GaussianMixtureOptions& options = {})
      : FittedSampler(model, mixture_of(model, data, options)) {}

  /// `codes` generates the codes of the model. Latent vectors are drawn from p(z|u), not set to its mean.
  FittedSampler(const LatentSpace<S>& model, const Vae<S>& codes)
      : FittedSampler(model, second_stage(model, codes)) {}

  FittedSampler(const LatentSpace<S>& model, GaussianMixture mixture)
      : FittedSampler(model, [m = std::make_shared<const GaussianMixture>(std::move(mixture))](
                                 const RandomStream& random, View<S> z) { m->sample(random, z); }) {}

  FittedSampler(const LatentSpace<S>& model, Draw draw)
      : decoder_(model.make_sampler()), draw_(std::move(draw)) {}

  Index latent_size() const { return decoder_.latent_size(); }
  Index classes() const { return decoder_.classes(); }
  const Shape& sample_shape() const { return decoder_.sample_shape(); }
  LatentCode code() const { return {}; }
  bool has_standard_normal_latent() const { return false; }

  void draw_latent(const RandomStream& random, View<S> z) const { draw_(random, z); }
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const {
    return decoder_.decode(z, labels);
  }

 private:
  static GaussianMixture mixture_of(const LatentSpace<S>& model, const Dataset& data,
                                    const GaussianMixtureOptions& options) {
    const Matrix<float> codes = embed_dataset(model, data).samples();
    return fit_gaussian_mixture(Matrix<double>(codes.template cast<double>()), options).mixture;
  }

  static Draw second_stage(const LatentSpace<S>& model, const Vae<S>& codes) {
    if (codes.sample_shape().size() != model.latent_size())
      fail<ShapeError>("FittedSampler: latent vectors have {} numbers, the samples of the second model {}",
                       model.latent_size(), codes.sample_shape().size());
    if (codes.classes() > 0)
      fail<ConfigError>("FittedSampler: the second model needs labels, and latent vectors are drawn without");
    return [prior = PriorSampler<S>(codes.parts()), decoder = codes.decoder(),
            likelihood = codes.options().likelihood](const RandomStream& random, View<S> z) {
      Matrix<S> u(decoder.input_shape().size(), z.cols());
      PriorMemory<S> memory = prior.make_memory(z.cols());
      prior.draw(random.lane(0), as_view(u), memory);
      likelihood.sample(decoder.predict(u), random.lane(1), z);
    };
  }

  Sampler<S> decoder_;
  Draw draw_;
};

}  // namespace eigenerate
