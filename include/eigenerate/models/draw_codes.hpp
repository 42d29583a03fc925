#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "eigenerate/core/random.hpp"
#include "eigenerate/data/detail/in_portions.hpp"
#include "eigenerate/models/vae.hpp"

namespace eigenerate {

/// The codes of a data set as the posterior q(z|x) of a VAE draws them, anew in every epoch, with the labels
/// of their samples: what a model that is stacked on another one learns, as M2 on M1 (`SemiSupervisedVae`).
/// `embed_dataset` gives the centers, of any model.
///
/// The draw depends on (seed, epoch, sample, element) alone.
///
/// **Cost** a pass through the encoder; memory for two numbers of each latent dimension of each sample.
/// **Errors** `ConfigError` for a posterior that is not of independent normal dimensions. `StateError` where
/// the codes are read under the keys of other samples, as the conditions of a subset would be.
/// **Source** Kingma, Rezende, Mohamed & Welling 2014, section 2 (M1) and the authors' code, which draws.
template <Scalar S>
Dataset draw_codes(const Vae<S>& vae, const Dataset& data, std::uint64_t seed) {
  struct Codes {
    Matrix<float> mean, deviation;
  };
  auto codes = std::make_shared<Codes>();
  codes->mean.resize(vae.latent_size(), data.size());
  codes->deviation.resize(vae.latent_size(), data.size());
  detail::in_portions<S>(data, 100, vae.classes() > 0,
                         [&](ConstView<S> x, std::span<const int> labels, Index first) {
                           const auto q = vae.encode(x, labels);
                           codes->mean.middleCols(first, x.cols()) = q.mean.template cast<float>();
                           codes->deviation.middleCols(first, x.cols()) =
                               (q.log_variance.array() / 2).exp().template cast<float>();
                         });
  const Dataset means("codes of " + data.name(), Shape{vae.latent_size()}, codes->mean, data.labels(),
                      data.classes());
  const std::shared_ptr<const Codes> drawn_from = std::move(codes);
  return means.transformed(SampleTransform([seed, drawn_from](auto z, const SampleKey& key) {
    const auto q_mean = [&](std::size_t d) { return drawn_from->mean(static_cast<Index>(d), key.sample); };
    bool is_own = key.sample < drawn_from->mean.cols();
    for (std::size_t d = 0; is_own && d < z.size(); ++d) is_own = static_cast<float>(z[d]) == q_mean(d);
    if (!is_own)
      fail<StateError>(
          "draw_codes: these codes are read under the key of another sample ({}); use embed_dataset for conditions",
          key.sample);
    const auto stream = RandomStream{seed, Purpose::reparameterization}
                            .at(static_cast<std::uint64_t>(key.epoch))
                            .lane(static_cast<std::uint64_t>(key.sample));
    constexpr std::size_t portion = 64;
    std::array<typename decltype(z)::value_type, portion> noise;
    for (std::size_t first = 0; first < z.size(); first += portion) {
      const std::size_t n = std::min(portion, z.size() - first);
      fill_normal(noise.data(), static_cast<Index>(n), stream.lane(first / portion));
      for (std::size_t i = 0; i < n; ++i)
        z[first + i] += noise[i] * drawn_from->deviation(static_cast<Index>(first + i), key.sample);
    }
  }));
}

}  // namespace eigenerate
