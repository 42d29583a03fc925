#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "eigenerate/models/gan.hpp"
#include "eigenerate/models/latent_walks.hpp"

namespace eigenerate {

/// A GAN with an encoder that it does not have: samples are embedded by `invert`, a search. So whatever goes
/// through the latent space of an autoencoder goes through a GAN's.
///
///     const InvertedGan inverted{gan, {.steps = 500}};
///     inverted.interpolate(one, other, 11, {.path = LatentPath::spherical});
///
/// It looks at the GAN, which must outlive it, and embeds as that is at the time.
///
/// **Cost** of each embedding that of `invert`.
template <Scalar S = float>
class InvertedGan : public LatentWalks<InvertedGan<S>, S> {
 public:
  using scalar_type = S;

  /// **Errors** `ConfigError` as `InversionOptions`.
  explicit InvertedGan(const Gan<S>& gan, const InversionOptions& options = {})
      : gan_(&gan), options_(options) {
    options_.validate();
  }

  const Gan<S>& gan() const { return *gan_; }
  const InversionOptions& options() const { return options_; }
  std::string_view name() const { return "InvertedGan"; }
  Index latent_size() const { return gan_->latent_size(); }
  Index classes() const { return gan_->classes(); }
  Shape sample_shape() const { return gan_->sample_shape(); }
  std::optional<ValueRange> sample_range() const { return gan_->sample_range(); }

  /// The latent vector that reproduces each sample as well as was found.
  Matrix<S> embed(ConstView<S> x, std::span<const int> labels = {}) const {
    return gan_->invert(x, labels, options_).z;
  }
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const { return gan_->decode(z, labels); }

  const LatentCode& code() const { return gan_->code(); }
  void draw_latent(const RandomStream& random, View<S> z) const { gan_->draw_latent(random, z); }
  bool has_standard_normal_latent() const { return gan_->has_standard_normal_latent(); }

 private:
  const Gan<S>* gan_;
  InversionOptions options_;
};

}  // namespace eigenerate
