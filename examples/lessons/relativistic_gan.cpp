// A GAN whose discriminator says how much more real a sample is than the average of the other side: the
// relativistic average hinge loss (Jolicoeur-Martineau 2018), on eight Gaussians in a ring.
//
// The generator learns from real samples too, so the Adversary scores them once more in its step. Any loss of
// one logit can be played like this: RelativisticAverage{NonSaturating{}},
// RelativisticAverage{LeastSquares{}}, your own.

#include <fmt/core.h>

#include <cmath>
#include <eigenerate/data/toy.hpp>
#include <eigenerate/eigenerate.hpp>
#include <vector>

using namespace eigenerate;

/// How many of the ring's eight Gaussians have samples within three standard deviations.
static int modes_reached(const Matrix<float>& samples, const data::RingOptions& ring) {
  std::vector<bool> reached(static_cast<std::size_t>(ring.modes));
  const Matrix<float> centers = data::ring_centers(ring);
  for (Index i = 0; i < samples.cols(); ++i)
    for (Index mode = 0; mode < ring.modes; ++mode)
      if ((samples.col(i) - centers.col(mode)).norm() < 3 * static_cast<float>(ring.sigma))
        reached[static_cast<std::size_t>(mode)] = true;
  int count = 0;
  for (const bool here : reached) count += here;
  return count;
}

int main() {
  const data::RingOptions ring{.sigma = 0.1};
  const Dataset points = data::gaussian_ring(4096, ring);

  Gan gan{Sequential{Linear{8, 64}, Relu{}, Linear{64, 64}, Relu{}, Linear{64, 2}},
          Sequential{Linear{2, 64}, LeakyRelu{0.2}, Linear{64, 64}, LeakyRelu{0.2}, Linear{64, 1}},
          {.loss = RelativisticAverage{Hinge{}},
           .generator_optimizer = Adam{1e-3, 0.5},
           .discriminator_optimizer = Adam{1e-3, 0.5}}};

  Trainer trainer{{.epochs = 40, .batch_size = 128, .seed = 7}};
  trainer.fit(gan, points);

  const Matrix<float> samples = gan.sample(2000, Seed{1});
  fmt::print("the samples reach {} of {} modes\n", modes_reached(samples, ring), ring.modes);
}
