#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/testing/detail/suite.hpp"

namespace eigenerate::testing {

/// What a likelihood is tried with.
struct LikelihoodConformanceOptions {
  Index features = 6;             ///< values of a sample
  std::uint64_t seed = 1;         ///< of samples and parameters
  double tolerance = 1e-6;        ///< relative, for derivatives in double
  double float_tolerance = 2e-5;  ///< relative, float against double
  double parameter_scale = 1;     ///< of the normal numbers that the parameters are drawn from
  /// The values with a probability, where there are so few; else it has a density.
  std::vector<double> atoms = {};
  double mass_tolerance = 1e-6;  ///< where the density has a kink, the integral is less exact
  Shape output = {};             ///< of the decoder; by default a vector
};

/// The proof that a likelihood keeps its contract: an empty list of failures.
///
/// The gradient against central differences for all pairings, poisoned outputs, value and gradient in one
/// call; parts of samples, where features are independent; that each feature's distribution sums or
/// integrates to one, and its masses are it; that samples lie in the support and have the mean that `mean`
/// gives; NaNs, refusals, allocations, threads, and float against double.
///
/// **Cost** some 10⁵ log-probabilities of one feature, and 20,000 samples.
template <class L>
class LikelihoodConformance : detail::Suite {
 public:
  LikelihoodConformance(L likelihood, LikelihoodConformanceOptions options)
      : Suite(options.seed),
        p_(likelihood),
        float_(likelihood),
        options_(std::move(options)),
        rows_(p_.parameter_rows(options_.features)) {}

  std::vector<std::string> run() {
    p_.validate();
    check_shapes();
    for (const auto& [x_columns, parameter_columns] : {std::pair<Index, Index>{3, 3}, {2, 6}, {6, 2}})
      check_gradient(x_columns, parameter_columns);
    check_parts();
    check_mass();
    check_masses();
    check_samples();
    check_nan();
    check_refusals();
    check_float_threads_and_allocations();
    return failures_;
  }

 private:
  template <class E, class F>
  void expect_refusal(const F& f, std::string_view what) {
    try {
      f();
      failures_.push_back(fmt::format("accepts {}", what));
    } catch (const E& e) {
      if (std::string_view(e.what()).find(p_.kind()) == std::string_view::npos)
        failures_.push_back(fmt::format("the refusal of {} does not name the likelihood", what));
    }
  }

  M parameters(Index columns, std::uint64_t lane) const {
    return options_.parameter_scale * normal(rows_, columns, lane);
  }
  /// Values with a probability: the atoms, or numbers of the support.
  M samples(Index columns, std::uint64_t lane) const {
    M m(options_.features, columns);
    fill_uniform(m.data(), m.size(), RandomStream{options_.seed}.lane(lane));
    const auto [low, high] = reach();
    for (double* v = m.data(); v != m.data() + m.size(); ++v) {
      if (options_.atoms.empty())
        *v = low + (high - low) * *v;
      else
        *v = options_.atoms[static_cast<std::size_t>(*v * static_cast<double>(options_.atoms.size()))];
    }
    return m;
  }
  /// The support, cut to [-2, 2].
  std::pair<double, double> reach() const {
    return {std::max(p_.support().low, -2.0), std::min(p_.support().high, 2.0)};
  }

  void check_shapes() {
    const Shape shape = p_.sample_shape(options_.output == Shape{} ? Shape{rows_} : options_.output);
    expect(shape.size() == options_.features, "sample_shape and parameter_rows contradict each other");
    expect(p_.support().low <= p_.support().high, "the support is empty");
  }

  void check_gradient(Index x_columns, Index parameter_columns) {
    const Index pairs = std::max(x_columns, parameter_columns);
    const std::string which = fmt::format("{} x, {} parameters", x_columns, parameter_columns);
    const M x = samples(x_columns, 1);
    M theta = parameters(parameter_columns, 2);
    const M weights = normal(1, pairs, 3);
    M log_p = poison(1, pairs), d = poison(rows_, parameter_columns);
    p_.log_probability(as_const(x), as_const(theta), numbers(log_p));
    const M value = log_p;
    const auto f = [&] {
      p_.log_probability(as_const(x), as_const(theta), numbers(log_p));
      return log_p.cwiseProduct(weights).sum();
    };
    p_.log_probability_backward(as_const(x), as_const(theta), numbers(weights), as_view(d));
    const auto numeric = central_differences(f, theta.data(), theta.size());
    expect_close(relative_error(d.reshaped(), numeric), fmt::format("the gradient ({})", which),
                 options_.tolerance);

    log_p = poison(1, pairs);
    M together = poison(rows_, parameter_columns);
    p_.log_probability_with_backward(as_const(x), as_const(theta), numbers(weights), numbers(log_p),
                                     as_view(together));
    // The compiler may fuse products in one and not in the other.
    expect_close(relative_error(log_p, value), fmt::format("the value of both in one call ({})", which),
                 1e-14);
    expect_close(relative_error(together, d), fmt::format("the gradient of both in one call ({})", which),
                 1e-14);

    // One column's pairs alone: a likelihood that mixes its columns gives other numbers.
    const M first_x = x.leftCols(1), first_theta = theta.leftCols(1);
    M alone(1, 1);
    p_.log_probability(as_const(first_x), as_const(first_theta), numbers(alone));
    expect_close(relative_error(alone, value.leftCols(1)), fmt::format("a pair by itself ({})", which),
                 1e-14);
  }

  /// Of independent features: log p is the sum of those of the parts of a sample, by the rows that `rows_of`
  /// names; one by one (images pixel by pixel), and of the first and the last together.
  void check_parts() {
    if (!p_.has_independent_features()) return;
    const Shape shape = p_.sample_shape(options_.output == Shape{} ? Shape{rows_} : options_.output);
    const Index n = options_.features, pixel = shape.is_vector() ? 1 : shape.channels;
    const M x = samples(3, 12), theta = parameters(3, 13);
    M whole = poison(1, 3);
    p_.log_probability(as_const(x), as_const(theta), numbers(whole));
    const auto of_part = [&](const std::vector<Index>& chosen) {
      const M part = x(chosen, Eigen::all), own = theta(p_.rows_of(chosen, n), Eigen::all);
      M log_p = poison(1, 3);
      p_.log_probability(as_const(part), as_const(own), numbers(log_p));
      return log_p;
    };
    M sum = M::Zero(1, 3), ends = sum;
    std::vector<Index> both;
    for (Index first = 0; first < n; first += pixel) {
      std::vector<Index> chosen;
      for (Index i = first; i < first + pixel; ++i) chosen.push_back(i);
      sum += of_part(chosen);
      if (first > 0 && first + pixel < n) continue;
      both.insert(both.end(), chosen.begin(), chosen.end());
      ends += of_part(chosen);
    }
    expect_close(relative_error(sum, whole), "the log-probability of all parts of a sample", 1e-12);
    expect_close(relative_error(of_part(both), ends), "the log-probability of a part of a sample", 1e-12);
  }

  /// Of one feature: the sum over the atoms, or the integral over the support by the trapezoidal rule, which
  /// converges faster than any power for smooth densities that vanish at the ends.
  void check_mass() {
    const Index columns = 5, theta_rows = p_.parameter_rows(1);
    M theta(theta_rows, 1);
    for (Index j = 0; j < columns; ++j) {
      fill_normal(theta.data(), theta_rows,
                  RandomStream{options_.seed}.lane(20 + static_cast<std::uint64_t>(j)));
      theta *= options_.parameter_scale;
      double step = 1;
      M x = Eigen::Map<const M>(options_.atoms.data(), 1, static_cast<Index>(options_.atoms.size()));
      if (options_.atoms.empty()) {
        const Index points = 40001;
        const double low = std::max(p_.support().low, -100.0), high = std::min(p_.support().high, 100.0);
        step = (high - low) / static_cast<double>(points - 1);
        x.resize(1, points);
        for (Index i = 0; i < points; ++i) x(i) = std::min(high, low + step * static_cast<double>(i));
      }
      M log_p(1, x.cols());
      p_.log_probability(as_const(x), as_const(theta), numbers(log_p));
      M mass = log_p.array().exp();
      if (options_.atoms.empty()) {
        mass(0) /= 2;
        mass(mass.size() - 1) /= 2;
      }
      expect_close(std::abs(step * mass.sum() - 1), "the mass of the distribution", options_.mass_tolerance);
    }
  }

  /// Of levels: the masses have the ratios of the log-probabilities, to roundings of the largest.
  void check_masses() {
    if (!p_.has_masses()) return expect_refusal<ConfigError>([&] { (void)p_.levels(); }, "levels");
    const Index n = options_.features, levels = p_.levels();
    const M theta = parameters(1, 14), one = samples(1, 15);
    std::vector<double> masses(static_cast<std::size_t>(levels));
    for (Index i = 0; i < n; ++i) {
      // The same sample, but for one value: what differs is that one's probability.
      M x = one.replicate(1, levels), log_p(1, levels);
      for (Index k = 0; k < levels; ++k) x(i, k) = static_cast<double>(k);
      p_.log_probability(as_const(x), as_const(theta), numbers(log_p));
      const M of_feature = (log_p.array() - log_p.maxCoeff()).exp();
      p_.masses(as_const(theta), i, masses);
      const Eigen::Map<const M> found(masses.data(), 1, levels);
      expect((found.array() >= 0).all(), "a mass is negative");
      expect_close((found / found.sum() - of_feature / of_feature.sum()).cwiseAbs().maxCoeff(),
                   "the masses of levels", 1e-12);
    }
    for (Index row = 0; row < rows_; ++row) {
      M broken = theta;
      broken(row) = not_a_number<double>();
      bool seen = false;
      for (Index i = 0; i < n; ++i) {
        p_.masses(as_const(broken), i, masses);
        for (const double mass : masses) seen = seen || is_nan(mass);
      }
      expect(seen, "a parameter that is NaN does not reach its masses");
    }
    const M two = parameters(2, 14);
    const std::span<double> room(masses);
    expect_refusal<ShapeError>([&] { p_.masses(as_const(two), 0, room); }, "masses of two columns");
    expect_refusal<ShapeError>([&] { p_.masses(as_const(theta), n, room); },
                               "masses of one feature too many");
    expect_refusal<ShapeError>([&] { p_.masses(as_const(theta), 0, room.first(1)); },
                               "room for a single mass");
    expect(!allocates([&] { p_.masses(as_const(theta), 0, room); }), "`masses` allocates on the heap");
  }

  void check_samples() {
    const Index draws = 20000;
    const M theta = parameters(1, 4).replicate(1, draws);
    M drawn = poison(options_.features, draws), mean = poison(options_.features, draws);
    const RandomStream stream{options_.seed, Purpose::sampling};
    p_.sample(as_const(theta), stream, as_view(drawn));
    p_.mean(as_const(theta), as_view(mean));
    for (const double v : drawn.reshaped()) {
      if (p_.support().contains(v)) continue;
      failures_.emplace_back("a sample lies outside the support");
      break;
    }
    for (Index i = 0; i < options_.features; ++i) {
      const double average = drawn.row(i).mean();
      const double variance =
          (drawn.row(i).array() - average).square().sum() / static_cast<double>(draws - 1);
      if (std::abs(average - mean(i, 0)) <= 5 * std::sqrt(variance / static_cast<double>(draws))) continue;
      failures_.push_back(fmt::format("the mean of {} samples is {:.4g}, and `mean` gives {:.4g}", draws,
                                      average, mean(i, 0)));
      break;
    }
    M again = poison(options_.features, draws);
    p_.sample(as_const(theta), stream, as_view(again));
    expect(again == drawn, "the same stream gives other samples");
  }

  void check_nan() {
    const M x = samples(3, 5);
    for (Index row = 0; row < rows_; ++row) {
      M theta = parameters(3, 6), d(rows_, 3), log_p(1, 3);
      const M weights = M::Ones(1, 3);
      theta(row, 1) = not_a_number<double>();
      p_.log_probability(as_const(x), as_const(theta), numbers(log_p));
      expect(is_nan(log_p(1)), "a parameter that is NaN does not reach its log-probability");
      expect(is_finite(log_p(0)) && is_finite(log_p(2)), "a NaN reaches other columns");
      p_.log_probability_backward(as_const(x), as_const(theta), numbers(weights), as_view(d));
      expect(is_nan(d(row, 1)), "a parameter that is NaN does not reach its gradient");
    }
  }

  void check_refusals() {
    const M x = samples(4, 7), theta = parameters(4, 8), three = parameters(3, 8);
    const M taller = M::Zero(rows_ + 1, 4), none = M::Zero(rows_, 0);
    M d(rows_, 4), wrong(rows_, 3), out(options_.features, 4), small(options_.features, 3);
    std::vector<double> four(4), fewer(3);
    const auto value = [&](const M& parameters, std::vector<double>& to) {
      return [&] { p_.log_probability(as_const(x), as_const(parameters), to); };
    };
    expect_refusal<ShapeError>(value(taller, four), "parameters with a row too many");
    expect_refusal<ShapeError>(value(three, four), "3 columns of parameters for 4 of x");
    expect_refusal<ShapeError>(value(none, four), "no parameters");
    expect_refusal<ShapeError>(value(theta, fewer), "room for 3 numbers of 4 pairs");
    expect_refusal<ShapeError>(
        [&] { p_.log_probability_backward(as_const(x), as_const(theta), fewer, as_view(d)); },
        "3 weights of 4 pairs");
    expect_refusal<ShapeError>(
        [&] { p_.log_probability_backward(as_const(x), as_const(theta), four, as_view(wrong)); },
        "a gradient of other extents");
    expect_refusal<ShapeError>(
        [&] { p_.log_probability_with_backward(as_const(x), as_const(theta), four, fewer, as_view(d)); },
        "room for 3 numbers of 4 pairs in both");
    expect_refusal<ShapeError>([&] { p_.mean(as_const(theta), as_view(small)); }, "a mean of other extents");
    expect_refusal<ShapeError>([&] { p_.sample(as_const(theta), RandomStream{}, as_view(small)); },
                               "samples of other extents");
    for (const double beyond : {p_.support().low - 1, p_.support().high + 1}) {
      if (p_.support().contains(beyond)) continue;
      M outside = x;
      outside(options_.features - 1, 3) = beyond;
      expect_refusal<ConfigError>([&] { p_.log_probability(as_const(outside), as_const(theta), four); },
                                  "values outside the support");
    }
    if (p_.support().integers) {
      M between = x;
      between(0, 2) += 0.5;
      expect_refusal<ConfigError>([&] { p_.log_probability(as_const(between), as_const(theta), four); },
                                  "values between the integers of the support");
    }
  }

  template <class S>  // clang 14 stops at a constraint here
  struct Results {
    Results(Index features, Index rows, Index columns)
        : log_p(1, columns), d(rows, columns), mean(features, columns), drawn(features, columns) {}
    Matrix<S> log_p, d, mean, drawn;
  };
  template <Scalar S>
  void compute(const AnyLikelihood<S>& p, const Matrix<S>& x, const Matrix<S>& theta,
               const Matrix<S>& weights, Results<S>& r) const {
    p.log_probability(as_const(x), as_const(theta), numbers(r.log_p));
    p.log_probability_backward(as_const(x), as_const(theta), numbers(weights), as_view(r.d));
    p.log_probability_with_backward(as_const(x), as_const(theta), numbers(weights), numbers(r.log_p),
                                    as_view(r.d));
    p.mean(as_const(theta), as_view(r.mean));
    p.sample(as_const(theta), RandomStream{options_.seed}, as_view(r.drawn));
  }

  void check_float_threads_and_allocations() {
    // Wide enough to be shared out among threads.
    const Index columns = 64 * 40;
    const M x = samples(columns / 4, 9), theta = parameters(columns, 10), weights = normal(1, columns, 11);
    const Matrix<float> x_f = x.cast<float>(), theta_f = theta.cast<float>(),
                        weights_f = weights.cast<float>();
    Results<double> reference(options_.features, rows_, columns);
    compute<double>(p_, x, theta, weights, reference);
    Results<float> one(options_.features, rows_, columns), three = one;
    const auto allocates_into = [&](Results<float>& r) {
      return [&] { return allocates([&] { compute<float>(float_, x_f, theta_f, weights_f, r); }); };
    };
    expect(!on_threads(1, allocates_into(one)) && !on_threads(3, allocates_into(three)),
           "a function allocates on the heap");
    expect(one.log_p == three.log_p && one.d == three.d && one.mean == three.mean && one.drawn == three.drawn,
           "three threads give other bits than one");
    expect_close(relative_error(one.log_p, reference.log_p), "float against double, log-probability",
                 options_.float_tolerance);
    expect_close(relative_error(one.d, reference.d), "float against double, gradient",
                 options_.float_tolerance);
    expect_close(relative_error(one.mean, reference.mean), "float against double, mean",
                 options_.float_tolerance);
  }

  AnyLikelihood<double> p_;
  AnyLikelihood<float> float_;
  LikelihoodConformanceOptions options_;
  Index rows_;
};

/// The list of ways in which `likelihood` breaks its contract; empty for one that is done.
template <class L>
std::vector<std::string> check_likelihood(L likelihood, LikelihoodConformanceOptions options = {}) {
  return LikelihoodConformance<L>(std::move(likelihood), std::move(options)).run();
}

}  // namespace eigenerate::testing
