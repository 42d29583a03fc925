// Which directions of a latent space mean something? Nothing in an ELBO tells a VAE to give each factor of
// its data, here the place of a spot, across and down, and its size, a latent dimension of its own: whether
// it does is luck. A β-TCVAE weighs one part of the KL more: the total correlation, by which the dimensions
// depend on each other. The gap tells how much more the best dimension knows of a factor than the second
// best, as a mean of R².
//
//     eigenerate/latent/total_correlation.hpp              the term
//     eigenerate/models/measure_latent_usage.hpp           what each dimension is used for

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "eigenerate/eigenerate.hpp"
#include "eigenerate/models/measure_latent_usage.hpp"

using namespace eigenerate;

namespace {

constexpr Index side = 16, latent = 6, samples = 4000;
constexpr int runs = 5;

struct Spots {
  Matrix<float> x, factors;
};
/// Spots whose place and size are independent and uniform.
Spots make_spots(std::uint64_t seed, Index n) {
  Spots spots{Matrix<float>(side * side, n), Matrix<float>(3, n)};
  fill_uniform(spots.factors.data(), spots.factors.size(), RandomStream{seed, Purpose::toy_data});
  for (Index j = 0; j < n; ++j) {
    const float across = 4 + 7 * spots.factors(0, j), down = 4 + 7 * spots.factors(1, j),
                size = 1.5f + 2 * spots.factors(2, j);
    for (Index i = 0; i < side * side; ++i) {
      const float away =
          std::hypot(static_cast<float>(i % side) - across, static_cast<float>(i / side) - down);
      spots.x(i, j) = 1 / (1 + std::exp(4 * (away - size)));
    }
  }
  return spots;
}

/// R² of a linear fit of one row by another.
double r_squared(const Matrix<float>& a, const Matrix<float>& b) {
  const Vector<double> u = a.row(0).transpose().cast<double>().array() - double{a.mean()},
                       v = b.row(0).transpose().cast<double>().array() - double{b.mean()};
  return u.dot(v) * u.dot(v) / (u.squaredNorm() * v.squaredNorm() + 1e-12);
}

/// The gap between the best and the second best dimension, a mean over the factors.
double gap(const Matrix<float>& z, const Matrix<float>& factors) {
  double sum = 0;
  for (Index f = 0; f < factors.rows(); ++f) {
    std::vector<double> known;
    for (Index d = 0; d < z.rows(); ++d) known.push_back(r_squared(z.row(d), factors.row(f)));
    std::sort(known.rbegin(), known.rend());
    sum += known[0] - known[1];
  }
  return sum / static_cast<double>(factors.rows());
}

void train_and_report(const char* name, const std::vector<AnyLatentTerm<float>>& terms) {
  const Spots train = make_spots(1, samples), test = make_spots(2, 500);
  double sum = 0, worst = 1, active = 0, information = 0;
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    Vae<float> vae{
        Sequential{Linear{side * side, 128}, Relu{}, Linear{128, 64}, Relu{}, Linear{64, 2 * latent}},
        Sequential{Linear{latent, 64}, Relu{}, Linear{64, 128}, Relu{}, Linear{128, side * side}},
        {.terms = terms, .optimizer = Adam{1e-3}, .seed = seed}};
    Trainer trainer{{.epochs = 40, .batch_size = 64, .seed = seed}};
    trainer.fit(vae, Dataset("spots", {side * side}, train.x));
    const LatentUsageFigures usage = measure_latent_usage<float>(vae, as_const(test.x));
    const double found = gap(vae.embed(test.x), test.factors);
    sum += found / runs;
    worst = std::min(worst, found);
    active += static_cast<double>(usage.active_units) / runs;
    information += usage.mutual_information->value / runs;
  }
  fmt::print("{:<8} gap {:5.2f}, at worst {:5.2f}   active dimensions {:.1f}   I(x; z) {:.2f} nats\n", name,
             sum, worst, active, information);
}

}  // namespace

int main() {
  train_and_report("VAE", {});
  train_and_report("β-TCVAE", {TotalCorrelation{.beta = 10, .data_size = samples}});
}
