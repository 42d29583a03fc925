// A conditional GAN as Miyato & Koyama (2018) build it, on eight Gaussians in a ring with a label each. The
// discriminator takes the label as an inner product with its features, y = ⟨φ(x), V c⟩ + ψ(φ(x)), and every
// layer is divided by its largest singular value; the generator's labels scale and shift what a batch norm
// without scale and shift of its own has made.
//
// Divided so, the discriminator cannot rise faster than its input. It is calm to learn with; it also sees
// little within a Gaussian, whose samples are narrower than the data.
//
// Layers that read the condition are all that a network needs: a Gan with `.classes` hands them the labels'
// one-hot code, and joins it to the input of networks that have no such layer.
//
//     eigenerate/layers/project_condition.hpp   the discriminator's end
//     eigenerate/layers/spectral_norm.hpp       its power iteration moves in the discriminator's step alone
//     eigenerate/layers/modulate.hpp            conditional normalization

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <eigenerate/data/toy.hpp>
#include <eigenerate/eigenerate.hpp>

using namespace eigenerate;

namespace {

/// How the samples of each label lie at its Gaussian: the share within three standard deviations, of all
/// labels and of the worst, and their distance from their own mean, where the Gaussian has σ √2.
struct Report {
  double all = 0, worst = 1, spread = 0;
};
Report look_at(const Gan<>& gan, const data::RingOptions& ring) {
  constexpr Index samples = 500;
  const Matrix<float> centers = data::ring_centers(ring);
  const double labels = static_cast<double>(ring.modes);
  Report r;
  for (int label = 0; label < ring.modes; ++label) {
    const Matrix<float> x = gan.sample(samples, label, Seed{1});
    const Vector<float> mean = x.rowwise().mean();
    const Vector<float> distances = (x.colwise() - centers.col(label)).colwise().norm();
    const auto near = (distances.array() < 3 * static_cast<float>(ring.sigma)).count();
    const double share = static_cast<double>(near) / samples;
    r.worst = std::min(r.worst, share);
    r.all += share / labels;
    r.spread += static_cast<double>((x.colwise() - mean).norm()) / std::sqrt(samples) / labels;
  }
  return r;
}

}  // namespace

int main() {
  const data::RingOptions ring{.sigma = 0.2};
  const Dataset points = data::gaussian_ring(4096, ring);

  const auto normalized = [] { return Sequential{BatchNorm{infer, {.affine = false}}, Modulate{}, Relu{}}; };
  Gan gan{Sequential{Linear{8, 64}, normalized(), Linear{64, 64}, normalized(), Linear{64, 2}},
          Sequential{SpectralNorm{Linear{2, 64}}, LeakyRelu{0.1}, SpectralNorm{Linear{64, 64}},
                     LeakyRelu{0.1}, SpectralNorm{ProjectCondition{}}},
          {.loss = Hinge{},
           .generator_optimizer = Adam{1e-3, 0},
           .discriminator_optimizer = Adam{2e-3, 0},
           .classes = ring.modes,
           .ema_decay = 0.99}};

  const Report before = look_at(gan, ring);
  Trainer trainer{{.epochs = 60, .batch_size = 128, .seed = 7}};
  trainer.fit(gan, points);
  const Report after = look_at(gan, ring);
  fmt::print("samples at the Gaussian of their label: {:.0f} % before training, {:.0f} % after\n",
             100 * before.all, 100 * after.all);
  fmt::print("of the worst label {:.0f} %; their spread {:.2f} (data: {:.2f})\n", 100 * after.worst,
             after.spread, ring.sigma * std::sqrt(2.0));
}
