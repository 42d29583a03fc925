// Three ways to keep a discriminator smooth, on the same data and networks: WGAN-GP penalizes gradients
// between real and generated samples, R1 at real samples (lazily: every 4th step, with 4 times the weight),
// DRAGAN around the data.
//
// A penalty is a term of the game: a value in a list. Their gradients are exact, by a tangent pass and its
// reverse.

#include <fmt/core.h>

#include <cmath>
#include <eigenerate/data/toy.hpp>
#include <eigenerate/eigenerate.hpp>
#include <string>

using namespace eigenerate;

static void train(const std::string& name, const GanOptions& options, const Dataset& points) {
  Gan gan{Sequential{Linear{4, 48}, Relu{}, Linear{48, 48}, Relu{}, Linear{48, 2}},
          Sequential{Linear{2, 48}, LeakyRelu{0.2}, Linear{48, 48}, LeakyRelu{0.2}, Linear{48, 1}}, options};
  Trainer trainer{{.epochs = 80, .batch_size = 128, .seed = 7}};
  trainer.fit(gan, points);

  // How far the generated samples' mean and spread are from the data's.
  const Matrix<float> samples = gan.sample(2000, Seed{1}), real = points.samples();
  const auto spread = [](const Matrix<float>& x) {
    const Vector<float> mean = x.rowwise().mean();
    return (x.colwise() - mean).norm() / std::sqrt(static_cast<float>(x.cols()));
  };
  const Vector<float> gap = samples.rowwise().mean() - real.rowwise().mean();
  fmt::print("{:<10} distance of the means {:.2f}, spread {:.2f} (data: {:.2f})\n", name, gap.norm(),
             spread(samples), spread(real));
}

int main() {
  const Dataset moons = data::two_moons(4096, {.noise = 0.05});
  const Optimizer adam = Adam{1e-3, 0.5};

  train("WGAN-GP",
        {.loss = Wasserstein{},
         .gradient_penalty = GradientPenalty{1},
         .generator_optimizer = adam,
         .discriminator_optimizer = adam,
         .discriminator_steps = 5},
        moons);
  train("R1",
        {.terms = {R1{.gamma = 1, .every = 4}}, .generator_optimizer = adam, .discriminator_optimizer = adam},
        moons);
  train("DRAGAN", {.terms = {Dragan{}}, .generator_optimizer = adam, .discriminator_optimizer = adam}, moons);
}
