#pragma once

#include <span>

#include "eigenerate/models/pixel_cnn.hpp"
#include "eigenerate/models/vq_vae.hpp"

namespace eigenerate {

/// Samples of a `VqVae`: codes from the prior that learned them, decoded.
///
///     VqVaeSampler{vae, prior}.sample(16, Seed{42})
///
/// It looks at both models, which must outlive it.
///
/// **Shapes** features × n, one sample per column; with labels where the prior has classes.
/// **Errors** `ShapeError` or `ConfigError` while building, for a prior of other codes than the model's.
template <Scalar S>
class VqVaeSampler {
 public:
  using scalar_type = S;

  VqVaeSampler(const VqVae<S>& vae, const PixelCnn<S>& prior) : vae_(&vae), prior_(&prior) {
    if (prior.sample_shape() != vae.code_shape())
      fail<ShapeError>("VqVaeSampler: the model has codes of shape {}, the prior makes {}",
                       to_string(vae.code_shape()), to_string(prior.sample_shape()));
    if (prior.options().categories != vae.codes())
      fail<ConfigError>("VqVaeSampler: the model has {} codes, the prior {} categories", vae.codes(),
                        prior.options().categories);
  }

  const Shape& sample_shape() const { return vae_->sample_shape(); }
  Index classes() const { return prior_->classes(); }

  /// `n` samples; the same stream gives the same samples.
  Matrix<S> sample(Index n, const RandomStream& random = {0, Purpose::sampling}) const {
    return vae_->decode(prior_->sample(n, random));
  }
  Matrix<S> sample(Index n, Seed seed) const { return vae_->decode(prior_->sample(n, seed)); }
  /// One sample for every label.
  Matrix<S> sample(std::span<const int> labels, const RandomStream& random = {0, Purpose::sampling}) const {
    return vae_->decode(prior_->sample(labels, random));
  }
  Matrix<S> sample(std::span<const int> labels, Seed seed) const {
    return vae_->decode(prior_->sample(labels, seed));
  }

 private:
  const VqVae<S>* vae_;
  const PixelCnn<S>* prior_;
};

}  // namespace eigenerate
