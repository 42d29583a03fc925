#pragma once

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/any_posterior.hpp"
#include "eigenerate/testing/detail/suite.hpp"

namespace eigenerate::testing {

/// What a posterior, or a prior, is tried with.
struct LatentConformanceOptions {
  Index latent = 3, inputs = 2, samples = 3;  ///< samples for each input
  std::uint64_t seed = 1;
  double tolerance = 1e-6;        ///< relative, for derivatives in double
  double float_tolerance = 2e-5;  ///< relative, float against double
};

/// The network and the memory that a part asks for, with poisoned contents.
template <Scalar S>
struct PartHarness {
  PartHarness(const PartPlan<S>& plan_, Index inputs_, Index samples_, std::string name, std::uint64_t seed)
      : plan(plan_), inputs(inputs_), samples(samples_), memory(part_memory(plan, inputs, samples)) {
    memory.setConstant(not_a_number<S>());
    if (!plan.layer) return;
    network.emplace(*plan.layer, plan.input,
                    NetworkOptions{.name = std::move(name), .seed = seed, .condition = plan.condition});
    workspace = network->make_workspace(plan.columns.scalars(samples));
    gradients = network->parameters().like();
  }
  PartPass<S> pass() {
    PartPass<S> p;
    p.how = {.mode = Mode::train, .random = RandomStream{3, Purpose::dropout}};
    if (network) p.own = {&*network, &*workspace, &*gradients};
    p.memory = memory.data();
    p.inputs = inputs;
    p.samples = samples;
    return p;
  }

  PartPlan<S> plan;
  Index inputs, samples;
  Vector<S> memory;
  std::optional<Network<S>> network;
  std::optional<Workspace<S>> workspace;
  std::optional<Arena<S>> gradients;
};

/// Whether `log_density` is that of the samples z, one per column: E[r(z) / density(z)] = 1 for every density
/// r that it covers, here a normal with the samples' mean and half their covariance. A sentence where it is
/// not.
inline std::optional<std::string> compare_density(std::string_view name, const Matrix<double>& z,
                                                  const Matrix<double>& log_density) {
  const double n = static_cast<double>(z.cols());
  const Vector<double> mean = z.rowwise().mean();
  const Matrix<double> centered = z.colwise() - mean;
  const Eigen::LLT<Matrix<double>> factor(0.5 * centered * centered.transpose() / n);
  const Matrix<double> lower = factor.matrixL();
  const double log_volume = lower.diagonal().array().log().sum() +
                            0.5 * static_cast<double>(z.rows()) * std::log(2 * std::acos(-1.0));
  Vector<double> ratios(z.cols());
  for (Index j = 0; j < z.cols(); ++j)
    ratios(j) =
        std::exp(-0.5 * factor.matrixL().solve(centered.col(j)).squaredNorm() - log_volume - log_density(j));
  const double ratio = ratios.mean(), deviation = std::sqrt((ratios.array() - ratio).square().mean() / n);
  if (std::abs(ratio - 1) <= 5 * deviation + 1e-3) return std::nullopt;
  return fmt::format("{} is not the density of the samples: the mean ratio to it is {:.3f}, not 1", name,
                     ratio);
}

/// The proof that a posterior keeps its contract: an empty list of failures.
///
/// With the noise held fixed, the gradients of z and of log q with respect to h and to the parameters of its
/// network against central differences; that log q is the density of z, by the change of variables from the
/// noise and, where it has one, by its density elsewhere; the gradients of that density; poisoned memory and
/// outputs, absent ones, gradients that are added; one column of h for several of z; the center; that one
/// without log q refuses it by name; allocations, threads, and float against double.
template <class Q>
class PosteriorConformance : detail::Suite {
 public:
  PosteriorConformance(Q posterior, LatentConformanceOptions options)
      : Suite(options.seed),
        q_(posterior),
        float_(posterior),
        options_(options),
        n_(options.inputs * options.samples),
        rows_(q_.parameter_rows(options.latent)),
        harness_(q_.plan(options.latent), options.inputs, n_, "posterior", 7),
        h_(normal(rows_, options.inputs, 1)),
        dz_(normal(options.latent, n_, 2)),
        weights_(normal(1, q_.has_log_q() ? n_ : 0, 3)) {}

  std::vector<std::string> run() {
    q_.validate();
    check_gradients();
    check_density();
    check_components();
    check_contract();
    check_float_threads_and_allocations([this] { return everything(float_); },
                                        [this] { return everything(q_); }, options_.float_tolerance);
    return failures_;
  }

 private:
  struct Drawn {
    M noise, z, log_q;
  };
  Drawn draw(const M& h, PartHarness<double>& harness, bool log_q = true) const {
    const Index n = h.cols() * options_.samples;
    log_q = log_q && q_.has_log_q();
    Drawn d{normal(options_.latent, n, 4), poison(options_.latent, n), poison(1, log_q ? n : 0)};
    q_.sample(harness.pass(), h, d.noise, as_view(d.z), numbers(d.log_q));
    return d;
  }
  /// ⟨dz, z⟩ + ⟨weights, log q⟩.
  double objective() {
    const Drawn d = draw(h_, harness_);
    return d.z.cwiseProduct(dz_).sum() + d.log_q.cwiseProduct(weights_).sum();
  }

  void check_gradients() {
    const Drawn d = draw(h_, harness_);
    M dh = M::Ones(rows_, h_.cols());
    if (harness_.gradients) harness_.gradients->set_zero();
    q_.backward(harness_.pass(), h_, d.noise, dz_, numbers(weights_), as_view(dh));
    const M got = dh.array() - 1;
    const M again = [&] {
      M second = M::Zero(rows_, h_.cols());
      q_.backward(harness_.pass(), h_, d.noise, dz_, numbers(weights_), as_view(second));
      return second;
    }();
    expect_close(relative_error(again, got), "dh is not added, or a second backward gives another", 1e-12);
    const auto numeric = central_differences([&] { return objective(); }, h_.data(), h_.size());
    expect_close(relative_error(got.reshaped(), numeric), "dh", options_.tolerance);
    if (harness_.network) {
      Arena<double>& p = harness_.network->parameters();
      const Vector<double> twice = Eigen::Map<const Vector<double>>(harness_.gradients->data(), p.size());
      const auto expected = central_differences([&] { return objective(); }, p.data(), p.size());
      expect_close(relative_error(0.5 * twice, expected), "the gradient of its network", options_.tolerance);
    }
    if (!q_.has_log_q()) return;
    // Without weights of log q.
    draw(h_, harness_, false);
    M without = M::Zero(rows_, h_.cols()), zeros = without;
    const M none = M::Zero(1, n_);
    q_.backward(harness_.pass(), h_, d.noise, dz_, {}, as_view(without));
    q_.backward(harness_.pass(), h_, d.noise, dz_, numbers(none), as_view(zeros));
    expect_close(relative_error(without, zeros), "weights of log q that are absent differ from zeros", 1e-12);
  }

  void check_density() {
    const Drawn d = draw(h_, harness_);
    if (!q_.has_density() || !q_.has_log_q()) return;
    M elsewhere = poison(1, n_);
    q_.log_density(h_, d.z, numbers(elsewhere));
    expect_close(relative_error(d.log_q, elsewhere), "log q of a sample and its density there", 1e-9);
    for (const auto& [h_columns, z_columns] : {std::pair<Index, Index>{2, 6}, {6, 2}, {1, 4}}) {
      M h = normal(rows_, h_columns, 11), z = normal(options_.latent, z_columns, 12);
      const M w = normal(1, std::max(h_columns, z_columns), 13);
      const auto f = [&] {
        M v(1, w.cols());
        q_.log_density(h, z, numbers(v));
        return v.cwiseProduct(w).sum();
      };
      M dz = M::Ones(z.rows(), z.cols()), dh = poison(rows_, h_columns);
      q_.log_density_backward(h, z, numbers(w), as_view(dz), as_view(dh));
      expect_close(relative_error((dz.array() - 1).reshaped(), central_differences(f, z.data(), z.size())),
                   "dz of the density", options_.tolerance);
      expect_close(relative_error(dh.reshaped(), central_differences(f, h.data(), h.size())),
                   "dh of the density", options_.tolerance);
    }
  }

  /// The densities of all pairs against those of each.
  void check_components() {
    if (!q_.has_density() || !q_.has_log_q()) return;
    const Index k = 5, n = 3, rows = q_.component_rows(k);
    const M h = normal(rows_, k, 14), z = normal(options_.latent, n, 15), b = normal(1, n, 16);
    M weights = M::Zero(rows, n), memory = poison(q_.component_memory(options_.latent, k), 1);
    weights.topRows(k) = normal(k, n, 17);
    M of_pairs(k, n), dz = M::Ones(z.rows(), n), dh(rows_, k);
    for (Index c = 0; c < k; ++c) {
      const M one = h.col(c), w = weights.row(c).cwiseProduct(b);
      M values(1, n), d(rows_, 1);
      q_.log_density(one, z, numbers(values));
      q_.log_density_backward(one, z, numbers(w), as_view(dz), as_view(d));
      of_pairs.row(c) = values;
      dh.col(c) = d;
    }
    M all = poison(rows, n);
    q_.log_components(h, z, memory.data(), as_view(all));
    expect_close(relative_error(all.topRows(k), of_pairs), "the densities of all pairs", 1e-12);
    for (int time = 0; time < 2; ++time) {
      M dz_of_all = M::Ones(z.rows(), n), dh_of_all = poison(rows_, k);
      const auto backward = [&](View<double> to_z, View<double> to_h) {
        q_.log_components_backward(h, z, weights, numbers(b), memory.data(), to_z, to_h);
      };
      backward(as_view(dz_of_all), unwanted<double>());
      backward(unwanted<double>(), as_view(dh_of_all));
      expect_close(relative_error(dz_of_all, dz), "dz of the densities of all pairs", 1e-12);
      expect_close(relative_error(dh_of_all, dh), "dh of the densities of all pairs", 1e-12);
    }
  }

  void check_contract() {
    const Drawn all = draw(h_, harness_);
    const M one = h_.leftCols(1);
    expect(all.z.allFinite(), "z is not finite");
    expect(all.log_q.allFinite(), "log q is not finite");
    M center = poison(options_.latent, h_.cols()), again = center;
    q_.center(harness_.pass(), h_, as_view(center));
    q_.center(harness_.pass(), h_, as_view(again));
    expect(center.allFinite() && center == again, "the center is not finite, or differs when asked again");
    if (!q_.has_log_q()) return check_refusals();
    const Index draws = 4000;
    PartHarness<double> many(q_.plan(options_.latent), 1, draws, "posterior", 7);
    const M noise = normal(options_.latent, draws, 5);
    M z(options_.latent, draws), log_q(1, draws);
    q_.sample(many.pass(), one, noise, as_view(z), numbers(log_q));
    if (const auto failure = compare_density("log q", z, log_q)) failures_.push_back(*failure);
  }

  void check_refusals() {
    expect(!q_.has_density(), "it has a density elsewhere, but none of what it draws");
    M z(options_.latent, n_), log_q(1, n_);
    try {
      q_.sample(harness_.pass(), h_, dz_, as_view(z), numbers(log_q));
      expect(false, "log q, which it does not have, is not refused");
    } catch (const ConfigError& e) {
      expect(std::string_view(e.what()).find(q_.kind()) != std::string_view::npos,
             "the refusal of log q does not name it");
    }
  }

  /// All that two steps of a large pass give, and whether the second one allocated.
  template <Scalar S>
  std::pair<Matrix<S>, bool> everything(const AnyPosterior<S>& q) const {
    const Index inputs = 40, n = inputs * options_.samples;
    PartHarness<S> harness(q.plan(options_.latent), inputs, n, "posterior", 7);
    const Matrix<S> h = normal(rows_, inputs, 21).template cast<S>(),
                    dz = normal(options_.latent, n, 22).template cast<S>(),
                    w = normal(1, q.has_log_q() ? n : 0, 23).template cast<S>();
    const Index parameters = harness.network ? harness.network->parameters().size() : 0;
    Matrix<S> noise(options_.latent, n), z(options_.latent, n), log_q(1, w.cols()), dh(rows_, inputs);
    fill_normal(noise.data(), noise.size(), RandomStream{1});
    const auto step = [&] {
      dh.setZero();
      if (harness.gradients) harness.gradients->set_zero();
      q.sample(harness.pass(), as_const(h), as_const(noise), as_view(z), numbers(log_q));
      q.backward(harness.pass(), as_const(h), as_const(noise), as_const(dz), numbers(std::as_const(w)),
                 as_view(dh));
    };
    const bool allocated = allocates(step);
    Matrix<S> all(z.size() + log_q.size() + dh.size() + parameters, 1);
    all.topRows(z.size() + log_q.size() + dh.size()) << z.reshaped(), log_q.reshaped(), dh.reshaped();
    if (parameters > 0)
      all.bottomRows(parameters) = Eigen::Map<const Vector<S>>(harness.gradients->data(), parameters);
    return {all, allocated};
  }

  AnyPosterior<double> q_;
  AnyPosterior<float> float_;
  LatentConformanceOptions options_;
  Index n_, rows_;
  PartHarness<double> harness_;
  M h_, dz_, weights_;
};

/// The list of ways in which `posterior` breaks its contract; empty for one that is done.
template <class Q>
std::vector<std::string> check_posterior(Q posterior, LatentConformanceOptions options = {}) {
  return PosteriorConformance<Q>(std::move(posterior), options).run();
}

}  // namespace eigenerate::testing
