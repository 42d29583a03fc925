// What is a prior for? A standard normal p(z) has no holes, so a VAE of eight separate clusters decodes some
// of it into points between them. A VampPrior is a mixture of the posteriors of pseudo-inputs that are
// learned with the rest, so it can leave the holes out. Both VAEs maximise the importance-weighted bound with
// the doubly-reparameterized gradient, which grows no noisier with more samples.
//
//     eigenerate/latent/vamp_prior.hpp   the prior: a network of its own, and the encoder borrowed
//     eigenerate/latent/iwae.hpp         the objective

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <eigenerate/data/toy.hpp>
#include "eigenerate/eigenerate.hpp"

using namespace eigenerate;

namespace {

constexpr Index clusters = 8;
constexpr double radius = 2, sigma = 0.1;

Vae<float> make_vae(const AnyPrior<float>& prior) {
  return {Sequential{Linear{2, 64}, Silu{}, Linear{64, 64}, Silu{}, Linear{64, 2 * 2}},
          Sequential{Linear{2, 64}, Silu{}, Linear{64, 64}, Silu{}, Linear{64, 2 * 2}},
          // Variances near those of the data: a decoder that may be as vague as it likes ignores z at first.
          {.likelihood = DiagonalNormal{.min_log_variance = -5, .max_log_variance = -3},
           .prior = prior,
           .objective = Iwae{.doubly_reparameterized = true},
           .optimizer = Adam{2e-3},
           .samples = 8,
           .seed = 1}};
}

/// The share of the points that are farther than five standard deviations from every cluster.
double astray(const Matrix<float>& points) {
  Index count = 0;
  for (Index j = 0; j < points.cols(); ++j) {
    double nearest = std::numeric_limits<double>::max();
    for (Index c = 0; c < clusters; ++c) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(c) / clusters;
      nearest = std::min(nearest, std::hypot(static_cast<double>(points(0, j)) - radius * std::cos(angle),
                                             static_cast<double>(points(1, j)) - radius * std::sin(angle)));
    }
    count += nearest > 5 * sigma ? 1 : 0;
  }
  return static_cast<double>(count) / static_cast<double>(points.cols());
}

void train_and_report(const char* name, Vae<float> vae, const Dataset& train, const Dataset& test) {
  Trainer trainer{{.epochs = 60, .batch_size = 128, .seed = 2, .schedule = CosineSchedule{0.01}}};
  trainer.fit(vae, train);
  double log_px = 0;
  for (const double v : vae.log_likelihood(test.samples(), 500))
    log_px += v / static_cast<double>(test.size());
  fmt::print("{:<18} log p(x) {:7.3f}   samples astray {:5.1f} %\n", name, log_px,
             100 * astray(vae.sample(5000)));
}

}  // namespace

int main() {
  const auto ring = [](std::uint64_t seed, Index n) {
    return data::gaussian_ring(n, {.modes = clusters, .radius = radius, .sigma = sigma, .seed = seed});
  };
  train_and_report("standard normal", make_vae(StandardNormal{}), ring(1, 4000), ring(2, 500));
  train_and_report("VampPrior", make_vae(VampPrior{Linear{16, 2}}), ring(1, 4000), ring(2, 500));
}
