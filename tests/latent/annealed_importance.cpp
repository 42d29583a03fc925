// Annealed importance sampling, on targets whose normalizing constants are known.

#include "eigenerate/latent/annealed_importance.hpp"

#include "eigenerate/core/threads.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

constexpr double log_constant = 1.7;

/// From N(0, 1) to e^1.7 times a normal distribution far from it, in every dimension.
struct FarNormal {
  double mean = 2.5, deviation = 0.4;

  void draw(const RandomStream& random, View<double> z) const { fill_normal(z.data(), z.size(), random); }
  void evaluate(ConstView<double> z, AnnealedEnds<double>& ends) const {
    const double latent = static_cast<double>(z.rows()),
                 half_log_two_pi = 0.5 * std::log(2 * std::acos(-1.0));
    for (Index j = 0; j < z.cols(); ++j) {
      const Vector<double> away = (z.col(j).array() - mean) / deviation;
      ends.log_first(j) = -0.5 * z.col(j).squaredNorm() - latent * half_log_two_pi;
      ends.log_last(j) =
          log_constant - 0.5 * away.squaredNorm() - latent * (half_log_two_pi + std::log(deviation));
      ends.d_first.col(j) = -z.col(j);
      ends.d_last.col(j) = -away / deviation;
    }
  }
};

LogMeanExp weights_of(Index latent, const AnnealingOptions& options, std::uint64_t seed = 1) {
  AnnealedImportance<double> annealing(latent, 1, options);
  FarNormal target;
  return annealing.run(target, 1, RandomStream{seed})[0];
}

}  // namespace

TEST_CASE(
    "annealed weights have the ratio of the constants as their mean, however few distributions there are") {
  for (const Index distributions : {4, 12, 60}) {
    const LogMeanExp w = weights_of(
        2, {.chains = 20000, .distributions = distributions, .leapfrog_steps = 3, .first_step_size = 0.4});
    CAPTURE(distributions, w.value(), w.standard_error());
    CHECK(w.standard_error() < 0.15);
    CHECK(std::abs(w.value() - log_constant) < testing::tolerance::standard_errors * w.standard_error());
  }
}

TEST_CASE("more distributions make annealed weights scatter less, and the sigmoid less than a line") {
  const auto count = [](Index distributions, AnnealingSchedule schedule) {
    return weights_of(5, {.chains = 500, .distributions = distributions, .schedule = schedule})
        .effective_count();
  };
  const double few = count(20, AnnealingSchedule::sigmoid), more = count(200, AnnealingSchedule::sigmoid);
  CHECK(more > 3 * few);
  CHECK(more > 100);
  CHECK(count(20, AnnealingSchedule::linear) < few);
}

TEST_CASE("the pilots find a step size for each x") {
  /// Two x whose densities differ in scale by ten.
  struct TwoScales {
    void draw(const RandomStream& random, View<double> z) const { fill_normal(z.data(), z.size(), random); }
    void evaluate(ConstView<double> z, AnnealedEnds<double>& ends) const {
      for (Index j = 0; j < z.cols(); ++j) {
        const double precision = j < z.cols() / 2 ? 1 : 100;
        ends.log_first(j) = -0.5 * z.col(j).squaredNorm();
        ends.log_last(j) = -0.5 * precision * z.col(j).squaredNorm();
        ends.d_first.col(j) = -z.col(j);
        ends.d_last.col(j) = -precision * z.col(j);
      }
    }
  };
  TwoScales target;
  AnnealedImportance<double> annealing(
      10, 2, {.chains = 64, .distributions = 600, .leapfrog_steps = 5, .pilots = 4, .first_step_size = 0.03});
  const auto weights = annealing.run(target, 2, RandomStream{3});
  CHECK(std::abs(annealing.acceptance() - 0.65) < 0.15);
  CHECK(std::abs(weights[0].value()) < 1e-12);
  CHECK(std::abs(weights[1].value() + 10 * std::log(10.0)) <
        testing::tolerance::standard_errors * weights[1].standard_error());
  CHECK(weights[1].standard_error() < 0.3);
}

TEST_CASE("pilots do not count") {
  /// Flat, but with another constant for the first two columns of five.
  struct Marked {
    void draw(const RandomStream& random, View<double> z) const { fill_normal(z.data(), z.size(), random); }
    void evaluate(ConstView<double> z, AnnealedEnds<double>& ends) const {
      for (Index j = 0; j < z.cols(); ++j) {
        ends.log_first(j) = 0;
        ends.log_last(j) = j % 5 < 2 ? 100 : 3;
        ends.d_first.col(j).setZero();
        ends.d_last.col(j).setZero();
      }
    }
  } target;
  AnnealedImportance<double> annealing(2, 3, {.chains = 3, .distributions = 7, .pilots = 2});
  CHECK(annealing.columns_per_input() == 5);
  for (const LogMeanExp& of_x : annealing.run(target, 3, RandomStream{1}))
    CHECK(std::abs(of_x.value() - 3) < 1e-12);
  CHECK(annealing.acceptance() == 1);
}

TEST_CASE("annealing has the same bits on any number of threads and for any seed its own") {
  const AnnealingOptions options{.chains = 300, .distributions = 10, .leapfrog_steps = 2};
  set_num_threads(1);
  const double expected = weights_of(40, options).value();
  for (const int threads : {2, 4}) {
    set_num_threads(threads);
    CHECK(weights_of(40, options).value() == expected);
  }
  set_num_threads(0);
  CHECK(weights_of(40, options, 2).value() != expected);
}

TEST_CASE("annealing allocates nothing but its result") {
  if (!testing::AllocationGuard::available()) {
    WARN("skipped: allocations are not counted here");
    return;
  }
  AnnealedImportance<double> annealing(3, 2, {.chains = 5, .distributions = 50});
  struct Free {
    void draw(const RandomStream& random, View<double> z) const { fill_normal(z.data(), z.size(), random); }
    void evaluate(ConstView<double> z, AnnealedEnds<double>& ends) const {
      for (Index j = 0; j < z.cols(); ++j) {
        ends.log_first(j) = ends.log_last(j) = -0.5 * z.col(j).squaredNorm();
        ends.d_first.col(j) = ends.d_last.col(j) = -z.col(j);
      }
    }
  } target;
  annealing.run(target, 2, RandomStream{1});
  const testing::AllocationGuard guard;
  const auto weights = annealing.run(target, 2, RandomStream{2});
  CHECK(guard.count() == 1);
  CHECK(weights[1].value() == 0);
}

TEST_CASE("what annealing refuses") {
  FarNormal target;
  AnnealedImportance<double> annealing(2, 3, {.distributions = 2});
  support::refuses<ShapeError>([&] { annealing.run(target, 4, RandomStream{}); },
                               {"up to 3 inputs", "got 4"});
  CHECK_THROWS_AS(annealing.run(target, 0, RandomStream{}), ShapeError);
  const auto make = [](const AnnealingOptions& o) { AnnealedImportance<double>(2, 1, o); };
  support::refuses<ConfigError>([&] { make({.chains = 0}); }, {"at least one chain"});
  CHECK_THROWS_AS(make({.distributions = 0}), ConfigError);
  CHECK_THROWS_AS(make({.leapfrog_steps = 0}), ConfigError);
  CHECK_THROWS_AS(make({.pilots = 0}), ConfigError);
  support::refuses<ConfigError>([&] { make({.first_step_size = 0}); }, {"first_step_size"});
  support::refuses<ConfigError>([&] { make({.acceptance = 1}); }, {"(0, 1)"});
}
