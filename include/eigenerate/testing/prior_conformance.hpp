#pragma once

#include "eigenerate/latent/any_prior.hpp"
#include "eigenerate/latent/diagonal_normal_posterior.hpp"
#include "eigenerate/latent/full_normal_posterior.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/detail/suite.hpp"
#include "eigenerate/testing/posterior_conformance.hpp"

namespace eigenerate::testing {

/// The proof that a prior keeps its contract: an empty list of failures.
///
/// The gradients with respect to z, to the parameters of its network and, where it borrows one, to the
/// encoder's against central differences, each with weights of its own; that the density integrates to one
/// and is that of its samples; closed-form KLs against their gradients, their sums over the dimensions and
/// the mean of log q − log p; poisoned memory and outputs, allocations, threads, and float against double.
///
/// It is tried with an encoder of `features` inputs, and the posterior q.
template <class P, class Q>
class PriorConformance : detail::Suite {
 public:
  PriorConformance(P prior, Index features, LatentConformanceOptions options, const Q& q)
      : Suite(options.seed),
        p_(prior),
        float_(prior),
        options_(options),
        q_(q),
        features_(features),
        n_(options.inputs * options.samples),
        bench_(p_, features, options, n_, q) {}

  std::vector<std::string> run() {
    p_.validate();
    check_gradients();
    check_density();
    check_kl(q_);
    check_kl(FullNormalPosterior{});
    check_float_threads_and_allocations([this] { return everything(float_); },
                                        [this] { return everything(p_); }, options_.float_tolerance);
    return failures_;
  }

 private:
  /// A prior with an encoder to borrow and everything that it asks for.
  template <class S>  // clang 14 stops at a constraint here
  struct Bench {
    Bench(const AnyPrior<S>& prior, Index features, const LatentConformanceOptions& o, Index samples,
          const Q& q)
        : posterior(q),
          encoder(AnyLayer<S>(Sequential{Linear{features, 5}, Tanh{}, Linear{5, q.parameter_rows(o.latent)}}),
                  NetworkOptions{.name = "encoder", .seed = 4}),
          gradients(encoder.parameters().like()),
          part(prior.plan(o.latent, encoder, posterior), 1, samples, "prior", 5) {
      if (part.plan.encoder_columns > 0) workspace = encoder.make_workspace(part.plan.encoder_columns);
    }
    PriorPass<S> pass() {
      PriorPass<S> p;
      static_cast<PartPass<S>&>(p) = part.pass();
      if (workspace) p.encoder = {&encoder, &*workspace, &gradients};
      p.posterior = &posterior;
      return p;
    }
    void clear() {
      gradients.set_zero();
      if (part.gradients) part.gradients->set_zero();
    }
    AnyPosterior<S> posterior;
    Network<S> encoder;
    Arena<S> gradients;
    PartHarness<S> part;
    std::optional<Workspace<S>> workspace;
  };

  double weighted(const M& z, const M& weights) {
    M log_p = poison(1, z.cols());
    p_.log_probability(bench_.pass(), z, numbers(log_p));
    return log_p.cwiseProduct(weights).sum();
  }

  void check_gradients() {
    M z = normal(options_.latent, n_, 1);
    const M parameter_weights = normal(1, n_, 2), path_weights = normal(1, n_, 3);
    weighted(z, path_weights);
    bench_.clear();
    M dz = M::Ones(z.rows(), z.cols());
    p_.backward(bench_.pass(), z, numbers(parameter_weights), numbers(path_weights), as_view(dz));
    M again = M::Ones(z.rows(), z.cols());
    p_.backward(bench_.pass(), z, numbers(parameter_weights), numbers(path_weights), as_view(again));
    expect(again == dz, "a second backward gives another dz");
    expect_close(
        relative_error((dz.array() - 1).reshaped(),
                       central_differences([&] { return weighted(z, path_weights); }, z.data(), z.size())),
        "dz", options_.tolerance);
    const auto check = [&](Arena<double>& parameters, const Arena<double>& gradients,
                           std::string_view whose) {
      const Vector<double> got = 0.5 * Eigen::Map<const Vector<double>>(gradients.data(), gradients.size());
      const auto expected = central_differences([&] { return weighted(z, parameter_weights); },
                                                parameters.data(), parameters.size());
      expect_close(relative_error(got, expected), fmt::format("the gradient of {}", whose),
                   options_.tolerance);
    };
    if (bench_.part.network) check(bench_.part.network->parameters(), *bench_.part.gradients, "its network");
    if (bench_.workspace) check(bench_.encoder.parameters(), bench_.gradients, "the encoder");
  }

  void check_density() {
    const Index draws = 4000;
    Bench<double> many(p_, features_, options_, draws, q_);
    M z = poison(options_.latent, draws), log_p = poison(1, draws);
    p_.sample(many.pass(), RandomStream{options_.seed}, as_view(z));
    p_.log_probability(many.pass(), z, numbers(log_p));
    if (const auto failure = compare_density("log p", z, log_p)) failures_.push_back(*failure);
  }

  void check_kl(const AnyPosterior<double>& q) {
    if (!p_.has_kl(q)) return;
    M h = 0.5 * normal(q.parameter_rows(options_.latent), options_.inputs, 5);
    M kl = poison(1, h.cols()), shares = poison(options_.latent, h.cols());
    p_.kl(q, h, numbers(kl));
    p_.kl_by_dimension(q, h, as_view(shares));
    expect_close(relative_error(shares.colwise().sum(), kl), "the sum of the KL of the dimensions", 1e-12);
    const M weights = normal(options_.latent, h.cols(), 6);
    const auto f = [&] {
      p_.kl_by_dimension(q, h, as_view(shares));
      return shares.cwiseProduct(weights).sum();
    };
    M dh = M::Ones(h.rows(), h.cols());
    p_.kl_backward(q, h, weights, as_view(dh));
    expect_close(relative_error((dh.array() - 1).reshaped(), central_differences(f, h.data(), h.size())),
                 "the gradient of the KL", options_.tolerance);
    const Index draws = 20000;
    Bench<double> many(p_, features_, options_, draws, q_);
    const M noise = normal(options_.latent, draws, 7);
    M z(options_.latent, draws), log_q(1, draws), log_p(1, draws);
    const M one = h.leftCols(1);
    q.sample({}, one, noise, as_view(z), numbers(log_q));
    p_.log_probability(many.pass(), z, numbers(log_p));
    const M difference = log_q - log_p;
    const double mean = difference.mean(), deviation = std::sqrt((difference.array() - mean).square().mean() /
                                                                 static_cast<double>(draws));
    if (!(std::abs(mean - kl(0)) <= 5 * deviation))
      failures_.push_back(
          fmt::format("the KL is {:.4f}, and log q - log p is {:.4f} on average", kl(0), mean));
  }

  /// All that two steps of a large pass give, and whether the second one allocated.
  template <Scalar S>
  std::pair<Matrix<S>, bool> everything(const AnyPrior<S>& p) const {
    const Index n = 400;
    Bench<S> bench(p, features_, options_, n, q_);
    const Matrix<S> z = normal(options_.latent, n, 8).template cast<S>(),
                    w = normal(1, n, 9).template cast<S>();
    Matrix<S> dz(z.rows(), n), log_p(1, n), drawn(z.rows(), n);
    const auto step = [&] {
      dz.setZero();
      bench.clear();
      p.log_probability(bench.pass(), as_const(z), numbers(log_p));
      p.backward(bench.pass(), as_const(z), numbers(w), numbers(w), as_view(dz));
      p.sample(bench.pass(), RandomStream{options_.seed}, as_view(drawn));
    };
    const bool allocated = allocates(step);
    const Index own = bench.part.network ? bench.part.network->parameters().size() : 0;
    Matrix<S> all(log_p.size() + dz.size() + bench.gradients.size() + own, 1);
    all.topRows(log_p.size() + dz.size() + bench.gradients.size()) << log_p.reshaped(), dz.reshaped(),
        Eigen::Map<const Vector<S>>(bench.gradients.data(), bench.gradients.size());
    if (own > 0) all.bottomRows(own) = Eigen::Map<const Vector<S>>(bench.part.gradients->data(), own);
    return {all, allocated};
  }

  AnyPrior<double> p_;
  AnyPrior<float> float_;
  LatentConformanceOptions options_;
  Q q_;
  Index features_, n_;
  Bench<double> bench_;
};

/// The list of ways in which `prior` breaks its contract; empty for one that is done. An encoder that it
/// borrows takes `features` numbers.
template <class P, class Q = DiagonalNormalPosterior>
std::vector<std::string> check_prior(P prior, Index features = 4, LatentConformanceOptions options = {},
                                     const Q& q = {}) {
  return PriorConformance<P, Q>(std::move(prior), features, options, q).run();
}

}  // namespace eigenerate::testing
