#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/message.hpp"
#include "eigenerate/latent/autoencoder.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/models/conditioning.hpp"

namespace eigenerate::detail {

/// log p(x, z) − log q(z|x) of `k` draws of z from the posterior of each sample, given its label where there
/// are classes; `who` is the model, in messages.
///
/// **Cost** k decoder passes per sample, in portions of bounded memory.
template <Scalar S>
std::vector<LogMeanExp> importance_weights(const Autoencoder<S>& parts, const AnyLikelihood<S>& likelihood,
                                           const Conditioning& conditioning, ConstView<S> x, Index k,
                                           std::span<const int> labels, const RandomStream& random,
                                           std::string_view who) {
  const auto to_size = [](Index n) { return static_cast<std::size_t>(n); };
  if (k < 1) fail<ConfigError>("{}: the log-likelihood needs at least one importance sample, got {}", who, k);
  parts.posterior().require_log_q(format_message("{}: the log-likelihood", who));
  conditioning.require(x, labels, parts.sample_shape(), who);
  // About 256 decoder columns at a time keep the matrices in cache whatever k is; several times as many as
  // the prior sends through the encoder, for it does so anew for each call.
  const Index columns = std::max<Index>(256, 4 * parts.prior_plan().encoder_columns);
  const Index portion = std::min<Index>(k, 64), chunk = std::min<Index>(columns / portion, x.cols());
  AutoencoderMemory<S> m(parts, chunk, chunk * portion);
  LabelCondition<S> condition(conditioning, chunk);
  Vector<S> noise(parts.latent_size() * chunk * portion);
  Vector<S> log_px(chunk * portion), log_pz(log_px.size()), log_qz(log_px.size());
  std::vector<LogMeanExp> weights(to_size(x.cols()));
  for (Index begin = 0; begin < x.cols(); begin += chunk) {
    const Index inputs = std::min(chunk, x.cols() - begin);
    const ConstView<S> some(x.data() + begin * x.rows(), x.rows(), inputs);
    const PassInput<S> how{
        .condition =
            condition(conditioning.classes == 0 ? labels : labels.subspan(to_size(begin), to_size(inputs)))};
    for (Index done = 0; done < k; done += portion) {
      const Index samples = std::min(portion, k - done), n = inputs * samples;
      fill_normal(noise.data(), parts.latent_size() * n,
                  random.at(to_size(begin)).lane(to_size(done / portion)));
      const ConstView<S> drawn(noise.data(), parts.latent_size(), n);
      const ConstView<S> z = parts.encode(some, how, drawn, m, first_numbers(log_qz, n)).z;
      likelihood.log_probability(some, parts.decode(z, how, m), first_numbers(log_px, n));
      parts.log_prior(z, how, m, first_numbers(log_pz, n));
      for (Index j = 0; j < n; ++j)
        weights[to_size(begin + j / samples)].add(log_px(j) + log_pz(j) - log_qz(j));
    }
  }
  return weights;
}

}  // namespace eigenerate::detail
