#pragma once
// The data sets of toy_gan, and what is known of them.

#include <eigenerate/data/stacked_digits.hpp>
#include <numeric>
#include <optional>

#include "mnist_program.hpp"
#include "toy_options.hpp"

namespace examples {

struct ToyProblem {
  Dataset train;
  Index latent, batch_size, judged;
  Matrix<float> centers = {};  // of a mixture
  double sigma = 0;            // of the mixture's Gaussians
  double extent = 0;           // points lie within ±this; 0: images
  double deviation = 0;        // of all numbers of the data from their mean

  bool is_mixture() const { return centers.size() > 0; }
  bool is_images() const { return extent == 0; }
};

/// The spiral at the size of the grid, with Gaussian noise.
inline Dataset toy_spiral(Index n, std::uint64_t seed) {
  constexpr float scale = 0.3f;
  return data::swiss_roll(n, {.noise = 0.3, .seed = seed})
      .transformed(SampleTransform([](auto x, const SampleKey&) {
        for (auto& value : x) value *= scale;
      }))
      .materialized();
}

/// The standard deviation of the numbers of the first samples.
inline double deviation_of(const Dataset& data) {
  std::vector<Index> positions(static_cast<std::size_t>(std::min<Index>(data.size(), 1000)));
  std::iota(positions.begin(), positions.end(), Index{0});
  Matrix<float> x(data.sample_shape().size(), static_cast<Index>(positions.size()));
  data.gather<float>(positions, as_view(x));
  return std::sqrt(static_cast<double>((x.array() - x.mean()).square().mean()));
}

/// What the options name, with the numbers that they leave open filled in. Points are those of Lin et al.
/// 2018, section 4.1; stacked digits those of Metz et al. 2017, section 3.3.1.
inline ToyProblem named_toy_problem(ToyOptions& o) {
  const bool digits = o.dataset == "digits";
  const auto choose = [](Index& option, Index usual) {
    if (option == 0) option = usual;
    return option;
  };
  const Index n = choose(o.samples, digits ? 20000 : 100000), latent = choose(o.latent, digits ? 256 : 2),
              batch = choose(o.batch_size, digits ? 128 : 100),
              judged = choose(o.judged, digits ? 25600 : 2500);
  if (digits) {
    MnistOptions place;
    place.data = o.data;
    const data::Mnist mnist = load_data(place, data::PixelRange::signed_unit);
    return {data::stacked_digits(mnist.train, n, o.seed), latent, batch, judged};
  }
  if (o.dataset == "swiss-roll") return {toy_spiral(n, o.seed), latent, batch, judged, {}, 0, 5.2};
  if (o.dataset == "ring") {
    const data::RingOptions ring{.modes = 8, .radius = 1, .sigma = 0.01, .seed = o.seed};
    return {data::gaussian_ring(n, ring), latent, batch, judged, data::ring_centers(ring), ring.sigma, 1.4};
  }
  const data::GridMixtureOptions grid{.side = 5, .spacing = 2, .sigma = 0.05, .seed = o.seed};
  return {data::gaussian_grid(n, grid), latent, batch, judged, data::grid_centers(grid), grid.sigma, 5.2};
}

inline ToyProblem make_toy_problem(ToyOptions& o) {
  ToyProblem problem = named_toy_problem(o);
  problem.deviation = deviation_of(problem.train);
  return problem;
}

}  // namespace examples
