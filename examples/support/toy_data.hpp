#pragma once
// The data sets of toy_gan, and what is known of them.

#include <eigenerate/data/stacked_digits.hpp>
#include <eigenerate/data/toy.hpp>
#include <optional>

#include "mnist_program.hpp"
#include "toy_options.hpp"

namespace examples {

/// What is known of a data set, and what is usual with it.
struct ToyProblem {
  Dataset train;
  Matrix<float> centers = {};  // of a mixture
  double sigma = 0;            // of the mixture's Gaussians
  double extent = 0;           // points lie within ±this; 0: images
  Index latent = 2, batch_size = 100, judged = 2500;
  double deviation = 0;  // of all numbers of the data from their mean

  bool is_mixture() const { return centers.size() > 0; }
  bool is_images() const { return extent == 0; }
};

/// The standard deviation of the numbers of some samples.
inline double deviation_of(const Dataset& data) {
  const Matrix<float> x = data.take(std::min<Index>(data.size(), 1000)).samples();
  return std::sqrt(static_cast<double>((x.array() - x.mean()).square().mean()));
}

/// The number that the command line gives, or the usual one.
inline Index given_or(Index option, Index usual) {
  return option > 0 ? option : usual;
}

/// Lin et al. 2018, section 4.1.
inline ToyProblem ring_problem(const ToyOptions& o) {
  const data::RingOptions ring{.modes = 8, .radius = 1, .sigma = 0.01, .seed = o.seed};
  return {.train = data::gaussian_ring(given_or(o.samples, 100000), ring),
          .centers = data::ring_centers(ring),
          .sigma = ring.sigma,
          .extent = 1.4};
}
inline ToyProblem grid_problem(const ToyOptions& o) {
  const data::GridMixtureOptions grid{.side = 5, .spacing = 2, .sigma = 0.05, .seed = o.seed};
  return {.train = data::gaussian_grid(given_or(o.samples, 100000), grid),
          .centers = data::grid_centers(grid),
          .sigma = grid.sigma,
          .extent = 5.2};
}

/// A spiral with Gaussian noise, at the size of the grid.
inline ToyProblem spiral_problem(const ToyOptions& o) {
  const Dataset roll = data::swiss_roll(given_or(o.samples, 100000), {.noise = 0.3, .seed = o.seed});
  const SampleTransform shrink([](auto x, const SampleKey&) {
    for (auto& value : x) value *= 0.3f;
  });
  return {.train = roll.transformed(shrink).materialized(), .extent = 5.2};
}

/// Metz et al. 2017, section 3.3.1, judged as in Lin et al. 2018, section 4.2.
inline ToyProblem stacked_problem(const ToyOptions& o) {
  MnistOptions place;
  place.data = o.data;
  const data::Mnist mnist = load_data(place, data::PixelRange::signed_unit);
  return {.train = data::stacked_digits(mnist.train, given_or(o.samples, 20000), o.seed),
          .latent = 256,
          .batch_size = 128,
          .judged = 25600};
}

inline ToyProblem make_toy_problem(const ToyOptions& o) {
  ToyProblem problem = o.dataset == "ring"     ? ring_problem(o)
                       : o.dataset == "grid"   ? grid_problem(o)
                       : o.dataset == "digits" ? stacked_problem(o)
                                               : spiral_problem(o);
  problem.latent = given_or(o.latent, problem.latent);
  problem.batch_size = given_or(o.batch_size, problem.batch_size);
  problem.judged = given_or(o.judged, problem.judged);
  problem.deviation = deviation_of(problem.train);
  return problem;
}

}  // namespace examples
