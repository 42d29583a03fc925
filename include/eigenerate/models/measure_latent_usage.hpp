#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "eigenerate/metrics/active_units.hpp"
#include "eigenerate/metrics/mutual_information.hpp"
#include "eigenerate/models/detail/all_densities.hpp"
#include "eigenerate/models/latent_space.hpp"

namespace eigenerate {

/// How a model uses its latent dimensions, on some samples.
struct LatentUsageFigures {
  std::vector<double> center_variances;  ///< of every dimension, over the samples
  Index active_units = 0;                ///< dimensions whose centers vary by more than 0.01
  /// KL(q(z_d|x) ‖ p(z_d)) of every dimension, a mean over the samples; empty where posterior and prior have
  /// no closed form together.
  std::vector<double> kl_by_dimension;
  /// I(x; z), see there for its bias; none where the posterior has no density.
  std::optional<Estimate> mutual_information;
};

/// Measures any model with an encoder: `Vae`, `VaeGan`, `AdversarialAutoencoder`, `Bigan`.
///
/// **Cost** two passes through the encoder, and n² densities for the mutual information, which is left out
/// where it is not wanted.
template <Scalar S>
LatentUsageFigures measure_latent_usage(const LatentSpace<S>& model, ConstView<S> x,
                                        std::span<const int> labels = {}, std::uint64_t seed = 0,
                                        bool information = true) {
  const Autoencoder<S>& a = model.parts();
  const AnyPosterior<S>& q = a.posterior();
  const Conditioning conditioning{model.classes()};
  const Index n = x.cols(), latent = model.latent_size();
  const Matrix<S> h = conditioning.predict(model.encoder(), x, labels);
  const Matrix<S> centers = a.center(h);
  LatentUsageFigures figures;
  figures.center_variances = row_variances(as_const(centers));
  figures.active_units = active_units(as_const(centers));
  if (q.has_log_q() && a.prior().has_kl(q)) {
    Matrix<S> kl(latent, n);
    a.prior().kl_by_dimension(q, h, as_view(kl));
    for (Index d = 0; d < latent; ++d)
      figures.kl_by_dimension.push_back(kl.row(d).template cast<double>().mean());
  }
  if (!information || !q.has_density()) return figures;

  // A pass writes everything that its networks need, so it is taken in parts.
  const Index part = std::min<Index>(n, 100);
  AutoencoderMemory<S> memory(a, part, part);
  LabelCondition<S> condition(conditioning, part);
  Matrix<S> noise(latent, n), z(latent, n), log_q(n, n);
  fill_normal(noise.data(), noise.size(), RandomStream{seed, Purpose::evaluation});
  for (Index first = 0; first < n; first += part) {
    const Index size = std::min(part, n - first);
    const auto of_part = conditioning.classes == 0 ? std::span<const int>{}
                                                   : labels.subspan(static_cast<std::size_t>(first),
                                                                    static_cast<std::size_t>(size));
    const ConstView<S> some(x.data() + first * x.rows(), x.rows(), size),
        own(noise.data() + first * latent, latent, size);
    z.middleCols(first, size) = a.encode(some, {.condition = condition(of_part)}, own, memory).z;
  }
  detail::for_all_densities<S>(q, h, z, [&](Index first, const auto& some) {
    log_q.middleRows(first, some.cols()) = some.transpose();
  });
  figures.mutual_information = mutual_information(as_const(log_q));
  return figures;
}

}  // namespace eigenerate
