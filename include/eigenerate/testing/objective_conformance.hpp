#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "eigenerate/core/random.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/any_objective.hpp"
#include "eigenerate/testing/detail/suite.hpp"

namespace eigenerate::testing {

/// What an objective is tried with.
struct ObjectiveConformanceOptions {
  Index inputs = 3, samples = 4, latent = 2;
  std::uint64_t seed = 1;
  double tolerance = 1e-6;        ///< relative, for derivatives in double
  double float_tolerance = 1e-5;  ///< relative, float against double
  /// For objectives whose weights of the path are not those of the parameters, and so no gradient of any
  /// value: what they must be, written down a second time.
  std::function<std::vector<double>(const ObjectiveTerms<double>&)> path_weights = {};
  /// The weights that are the gradient of the value that the encoder learns, where it is not this objective's
  /// own.
  std::function<std::vector<double>(const ObjectiveTerms<double>&)> encoder_weights = {};
};

/// The proof that an objective keeps its contract: an empty list of failures.
///
/// The weights of the parameters, of the densities and of the KL terms against central differences of the
/// value; those of the path against the surrogate; that the estimator of the encoder's gradient has the mean
/// of the true one, on a posterior and a model of one dimension; that an input's samples may stand in the
/// reverse order; poisoned and absent outputs, extreme terms, wrong sizes, allocations, and float against
/// double.
///
/// **Cost** an evaluation of 80,000 samples.
template <class O>
class ObjectiveConformance : detail::Suite {
 public:
  ObjectiveConformance(O objective, ObjectiveConformanceOptions options)
      : Suite(options.seed),
        o_(objective),
        float_(objective),
        needs_(o_.needs()),
        options_(std::move(options)) {}

  std::vector<std::string> run() {
    o_.validate();
    for (const auto step : {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{2}}) {
      step_ = step;
      check_gradient();
      check_path();
      check_laws();
    }
    check_mean_of_the_estimator();
    check_sizes();
    check_float_and_allocations();
    return failures_;
  }

 private:
  /// The terms of a pass and the weights that an objective gives for them.
  template <class S>  // clang 14 stops at a constraint here
  struct Case {
    Case(Index inputs_, Index samples_, Index latent)
        : inputs(inputs_),
          samples(samples_),
          log_px(1, inputs * samples),
          log_pz(log_px),
          log_qz(log_px),
          kl(latent, inputs),
          parameters(1, inputs * samples),
          path(parameters),
          d_kl(latent, inputs) {
      poison();
    }
    void poison() {
      for (Matrix<S>* m : {&parameters, &path, &d_kl}) m->setConstant(not_a_number<S>());
    }
    ObjectiveTerms<S> terms(std::optional<std::uint64_t> step) {
      kl_sum = kl.colwise().sum();
      return {inputs,          samples,         numbers(log_px), numbers(log_pz),
              numbers(log_qz), numbers(kl_sum), as_const(kl),    step};
    }
    ObjectiveWeights<S> weights() { return {numbers(parameters), numbers(path), as_view(d_kl)}; }

    Index inputs, samples;
    Matrix<S> log_px, log_pz, log_qz, kl, parameters, path, d_kl, kl_sum;
  };

  Case<double> random_case() const {
    Case<double> c(options_.inputs, options_.samples, options_.latent);
    std::uint64_t lane = 0;
    for (M* m : {&c.log_px, &c.log_pz, &c.log_qz, &c.kl})
      fill_normal(m->data(), m->size(), RandomStream{options_.seed}.lane(lane++));
    c.kl = c.kl.cwiseAbs();
    return c;
  }
  double loss(Case<double>& c) const { return o_.evaluate(c.terms(step_)).loss; }

  std::string where() const override { return step_ ? "" : "judging: "; }

  void check_gradient() {
    auto c = random_case();
    const ObjectiveValue value = o_.evaluate(c.terms(step_), c.weights());
    expect(is_finite(value.loss), "the loss is not finite");
    expect(value.loss == loss(c), "the loss without weights differs");
    const auto numeric = [&](M& terms) {
      return central_differences([&] { return loss(c); }, terms.data(), terms.size());
    };
    expect_close(relative_error(c.parameters.reshaped(), numeric(c.log_px)), "the weights of log p(x|z)",
                 options_.tolerance);
    const M density = value.density_weight * c.parameters;
    expect_close(relative_error(density.reshaped(), numeric(c.log_pz)), "the weights of log p(z)",
                 options_.tolerance);
    expect_close(relative_error((-density).reshaped(), numeric(c.log_qz)), "the weights of log q(z|x)",
                 options_.tolerance);
    const auto kl = numeric(c.kl);
    if (needs_.closed_form_kl)
      expect_close(relative_error(c.d_kl.reshaped(), kl), "the weights of the KL", options_.tolerance);
    else
      expect(kl.isZero(0), "reads a KL that it does not need");
    if (needs_.uniform)
      expect((c.parameters.array() == -1.0 / static_cast<double>(c.parameters.size())).all(),
             "says that its weights are uniform, and they are not");
    const auto before = std::make_pair(M(c.parameters), M(c.d_kl));
    c.poison();
    o_.evaluate(c.terms(step_), c.weights());
    expect(c.parameters == before.first && (!needs_.closed_form_kl || c.d_kl == before.second),
           "two evaluations give other weights");
  }

  void check_path() {
    auto c = random_case();
    const auto terms = c.terms(step_);
    o_.evaluate(terms, c.weights());
    if (!needs_.path_weights) {
      expect(!options_.path_weights, "has no weights of its path for the surrogate to be compared with");
      return;
    }
    if (!options_.path_weights) return expect(false, "needs a surrogate: options.path_weights");
    const auto expected = options_.path_weights(terms);
    expect_close(relative_error(c.path.reshaped(), Eigen::Map<const Vector<double>>(
                                                       expected.data(), static_cast<Index>(expected.size()))),
                 "the weights of the path", 1e-12);
  }

  void check_laws() {
    auto c = random_case(), turned = c;
    const ObjectiveValue value = o_.evaluate(c.terms(step_), c.weights());
    for (M* m : {&turned.log_px, &turned.log_pz, &turned.log_qz})
      for (Index i = 0; i < c.inputs; ++i) {
        const M own = m->middleCols(i * c.samples, c.samples);
        m->middleCols(i * c.samples, c.samples) = own.rowwise().reverse();
      }
    expect_close(std::abs(loss(turned) - value.loss), "another order of an input's samples", 1e-12);

    // All probabilities e^c times as large: the loss falls by c, no weight changes. Far below the smallest
    // double too.
    for (const double shift : {-2000.0, 2000.0}) {
      auto far = c;
      far.log_px.array() += shift;
      const ObjectiveValue moved = o_.evaluate(far.terms(step_), far.weights());
      expect_close(std::abs(moved.loss - value.loss + shift) / 2000, "likelihoods e^2000 times as large",
                   1e-12);
      expect_close(relative_error(far.parameters, c.parameters), "weights of such likelihoods", 1e-9);
    }
  }

  /// x = 1, z ~ N(0, 1), x|z ~ N(z, 1), q = N(m, e^v): the gradient with respect to m and v as the objective
  /// estimates it, less the total derivative of the same samples' value, is zero on average.
  void check_mean_of_the_estimator() {
    const Index inputs = 20000, k = options_.samples;
    const double m = 0.3, v = -0.5, s = std::exp(v / 2);
    Case<double> c(inputs, k, 1);
    M noise(1, inputs * k);
    fill_normal(noise.data(), noise.size(), RandomStream{options_.seed}.lane(9));
    const M z = (m + s * noise.array()).matrix();
    const double log_two_pi = std::log(2 * std::acos(-1.0));
    c.log_px = (-0.5 * ((1 - z.array()).square() + log_two_pi)).matrix();
    c.log_pz = (-0.5 * (z.array().square() + log_two_pi)).matrix();
    c.log_qz = (-0.5 * (noise.array().square() + v + log_two_pi)).matrix();
    c.kl.setConstant(0.5 * (m * m + std::exp(v) - 1 - v));
    step_ = 1000000;
    const ObjectiveValue value = o_.evaluate(c.terms(step_), c.weights());
    const M& path = needs_.path_weights ? c.path : c.parameters;
    std::vector<double> truth(c.parameters.data(), c.parameters.data() + c.parameters.size());
    if (options_.encoder_weights) truth = options_.encoder_weights(c.terms(step_));
    Vector<double> sum = Vector<double>::Zero(2), squares = sum;
    for (Index i = 0; i < inputs; ++i) {
      Vector<double> difference = Vector<double>::Zero(2);
      for (Index j = i * k; j < (i + 1) * k; ++j) {
        const auto gradient = [&](double weight, bool score) {
          // d log w / dz, without and with what moves q itself; z = m + s·noise.
          const double dz = (1 - z(j)) + value.density_weight * (-z(j) + noise(j) / s);
          const double dm = score ? value.density_weight * -(noise(j) / s) : 0;
          const double dv = score ? value.density_weight * -0.5 * (noise(j) * noise(j) - 1) : 0;
          return Vector<double>{{weight * (dz + dm), weight * (dz * 0.5 * s * noise(j) + dv)}};
        };
        difference += static_cast<double>(inputs) *
                      (gradient(path(j), needs_.score) - gradient(truth[static_cast<std::size_t>(j)], true));
      }
      sum += difference;
      squares += difference.cwiseProduct(difference);
    }
    for (Index i = 0; i < 2; ++i) {
      const double n = static_cast<double>(inputs), mean = sum(i) / n,
                   deviation = std::sqrt(squares(i) / n / n);
      if (!(std::abs(mean) <= 4 * deviation))
        failures_.push_back(fmt::format("the estimated gradient is biased by {:.3g}, {:.1f} standard errors",
                                        mean, std::abs(mean) / deviation));
    }
  }

  void check_sizes() {
    const auto refuses = [&](std::string_view what, const auto& change) {
      auto c = random_case();
      auto terms = c.terms(step_);
      auto weights = c.weights();
      change(terms, weights);
      try {
        o_.evaluate(terms, weights);
        expect(false, fmt::format("accepts {}", what));
      } catch (const ShapeError&) {
      }
    };
    using T = ObjectiveTerms<double>;
    using W = ObjectiveWeights<double>;
    refuses("a log p(x|z) too few", [](T& t, W&) { t.log_px = t.log_px.first(t.log_px.size() - 1); });
    refuses("no inputs", [](T& t, W&) { t.inputs = 0; });
    refuses("a weight too few", [](T&, W& w) { w.parameters = w.parameters.first(w.parameters.size() - 1); });
    if (needs_.densities) refuses("no log q(z|x)", [](T& t, W&) { t.log_qz = {}; });
    if (needs_.closed_form_kl) refuses("no KL", [](T& t, W&) { t.kl = {}; });
    if (needs_.path_weights) refuses("no weights of the path", [](T&, W& w) { w.path = {}; });
    if (needs_.groups > 1)
      refuses("groups of different sizes", [this](T& t, W&) {
        t.inputs = t.inputs * t.samples / (needs_.groups + 1);
        t.samples = needs_.groups + 1;
      });
  }

  void check_float_and_allocations() {
    step_ = 5;
    auto c = random_case();
    Case<float> small(c.inputs, c.samples, options_.latent);
    small.log_px = c.log_px.template cast<float>();
    small.log_pz = c.log_pz.template cast<float>();
    small.log_qz = c.log_qz.template cast<float>();
    small.kl = c.kl.template cast<float>();
    const auto terms = small.terms(step_);
    const auto weights = small.weights();
    ObjectiveValue value;
    expect(!allocates([&] { value = float_.evaluate(terms, weights); }),
           "an evaluation allocates on the heap");
    const ObjectiveValue exact = o_.evaluate(c.terms(step_), c.weights());
    expect_close(std::abs(value.loss - exact.loss), "float against double, loss", options_.float_tolerance);
    expect_close(relative_error(small.parameters, c.parameters), "float against double, weights",
                 options_.float_tolerance);
  }

  AnyObjective<double> o_;
  AnyObjective<float> float_;
  ObjectiveNeeds needs_;
  ObjectiveConformanceOptions options_;
  std::optional<std::uint64_t> step_;
};

/// The list of ways in which `objective` breaks its contract; empty for one that is done.
template <class O>
std::vector<std::string> check_objective(O objective, ObjectiveConformanceOptions options = {}) {
  return ObjectiveConformance<O>(std::move(objective), std::move(options)).run();
}

}  // namespace eigenerate::testing
