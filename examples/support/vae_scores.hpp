#pragma once
// How badly samples fit a VAE.

#include <array>
#include <cstdint>
#include <eigenerate/models/vae.hpp>
#include <vector>

namespace examples {

using namespace eigenerate;

/// Of every sample −log p(x|z) at the center of its posterior, the negative ELBO of so many latent vectors,
/// and −log p(x) by importance samples, all in nats.
inline std::array<std::vector<double>, 3> vae_scores(const Vae<>& vae, const Matrix<float>& x, Index draws,
                                                     Index importance_samples, std::uint64_t seed) {
  std::array<std::vector<double>, 3> scores;
  const Index n = x.cols();
  const RandomStream random{seed, Purpose::evaluation};

  const Matrix<float> parameters = vae.decoder().predict(vae.embed(x));
  Vector<float> log_px(n);
  vae.likelihood().log_probability(x, parameters, first_numbers(log_px, n));
  scores[0].assign(log_px.begin(), log_px.end());

  scores[1].assign(static_cast<std::size_t>(n), 0);
  for (Index draw = 0; draw < draws; ++draw) {
    const auto one = vae.importance_weights(x, 1, {}, random.lane(static_cast<std::uint64_t>(draw)));
    for (std::size_t i = 0; i < one.size(); ++i) scores[1][i] += one[i].value() / static_cast<double>(draws);
  }

  for (const LogMeanExp& weights :
       vae.importance_weights(x, importance_samples, {}, random.lane(static_cast<std::uint64_t>(draws))))
    scores[2].push_back(weights.value());
  for (std::vector<double>& of_measure : scores)
    for (double& score : of_measure) score = -score;
  return scores;
}

}  // namespace examples
