#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/annealing_options.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"

namespace eigenerate {

/// The two ends of a path at some z: their log-densities, one number for each column of z, and the gradients.
/// There may be room for more columns.
template <Scalar S>
struct AnnealedEnds {
  AnnealedEnds(Index latent, Index columns)
      : log_first(columns), log_last(columns), d_first(latent, columns), d_last(latent, columns) {}

  Vector<S> log_first, log_last;
  Matrix<S> d_first, d_last;

  void take_column(Index j, const AnnealedEnds& other) {
    log_first(j) = other.log_first(j);
    log_last(j) = other.log_last(j);
    d_first.col(j) = other.d_first.col(j);
    d_last.col(j) = other.d_last.col(j);
  }
};

/// Annealed importance sampling of the ratio of two normalizing constants: from exact samples of a first
/// density f₀, by transitions of Hamiltonian Monte Carlo along the geometric path `f_β = f₀^(1−β) f₁^β`, to
/// the last f₁.
///
///     z ~ f₀, log w = 0; for t = 1 … T:
///       log w += (β_t − β_{t−1}) (log f₁(z) − log f₀(z))
///       z ← a transition that leaves f_{β_t} as it is
///
/// The mean of w over the chains has the expectation ∫f₁ / ∫f₀ however few distributions there are and
/// however badly the chains mix; that only makes it scatter, so that its logarithm is a lower bound in
/// expectation.
///
/// A step size that is tuned by the chain that uses it would undo this: every x has pilots, chains that tune
/// it, by the log-step rising a tenth of how far their acceptance lies above the aim, and whose weights do
/// not count.
///
/// A target is any type with
/// - `draw(random, z)`: exact samples of f₀, a column for every chain, those of one x side by side;
/// - `evaluate(z, ends)`: fills as many columns of the `AnnealedEnds` as z has.
///
/// **Cost** `distributions · leapfrog_steps` evaluations of the target. A run allocates its result alone,
/// where the target does not.
/// **Numerics** the weights in double. A proposal whose energy is not a number is refused. The same bits for
/// any number of threads.
/// **Source** Neal 2001, "Annealed importance sampling"; Neal 2011, "MCMC using Hamiltonian dynamics", figure
/// 2; for decoders Wu, Burda, Salakhutdinov & Grosse 2017, "On the quantitative analysis of decoder-based
/// generative models". They let each chain tune its own step size.
template <Scalar S>
class AnnealedImportance {
 public:
  /// For latent vectors of that size and up to `max_inputs` x at a time.
  AnnealedImportance(Index latent, Index max_inputs, const AnnealingOptions& options)
      : options_(validated(options)),
        per_input_(options.pilots + options.chains),
        max_inputs_(max_inputs),
        z_(latent, max_inputs * per_input_),
        proposal_(latent, z_.cols()),
        momentum_(latent, z_.cols()),
        uniform_(z_.cols()),
        here_(latent, z_.cols()),
        there_(latent, z_.cols()),
        log_weight_(at(z_.cols())),
        energy_(at(z_.cols())),
        probability_(at(z_.cols())),
        step_size_(at(max_inputs)) {}

  /// Chains of every x: the columns that a target of so many x is asked for.
  Index columns_per_input() const { return per_input_; }

  /// The weights of every x, one for each chain that counts.
  template <class Target>
  std::vector<LogMeanExp> run(Target& target, Index inputs, const RandomStream& random) {
    if (inputs < 1 || inputs > max_inputs_)
      fail<ShapeError>("annealing: made for up to {} inputs, got {}", max_inputs_, inputs);
    const Index n = inputs * per_input_;
    std::fill_n(log_weight_.begin(), n, 0.0);
    std::fill_n(step_size_.begin(), inputs, options_.first_step_size);
    accepted_ = 0;
    target.draw(random.lane(0), columns(z_, n));
    target.evaluate(as_const(columns(z_, n)), here_);
    for (Index t = 1; t <= options_.distributions; ++t) {
      const double beta = options_.beta(t), rise = beta - options_.beta(t - 1);
      for (Index j = 0; j < n; ++j)
        log_weight_[at(j)] +=
            rise * (static_cast<double>(here_.log_last(j)) - static_cast<double>(here_.log_first(j)));
      if (t == options_.distributions)
        break;  // where f₁ is reached no weight depends on a further transition
      move(target, beta, inputs, random.at(static_cast<std::uint64_t>(t)));
      tune(inputs);
    }
    std::vector<LogMeanExp> weights(static_cast<std::size_t>(inputs));
    for (Index j = 0; j < n; ++j)
      if (counts(j)) weights[at(j / per_input_)].add(log_weight_[at(j)]);
    return weights;
  }

  /// Of the last run, the share of the counted chains' proposals that was accepted.
  double acceptance() const {
    const Index moves = options_.distributions - 1;
    return moves < 1 ? 0 : accepted_ / static_cast<double>(moves);
  }

 private:
  static const AnnealingOptions& validated(const AnnealingOptions& options) {
    options.validate();
    return options;
  }
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  static View<S> columns(Matrix<S>& m, Index n) { return {m.data(), m.rows(), n}; }
  bool counts(Index column) const { return column % per_input_ >= options_.pilots; }

  /// −log f_β + ½|p|², of which the energy's error in a transition is made.
  double energy(const AnnealedEnds<S>& ends, double beta, Index j) const {
    return 0.5 * kernels::sum_of_squares(momentum_.col(j).data(), momentum_.rows()) -
           (1 - beta) * static_cast<double>(ends.log_first(j)) - beta * static_cast<double>(ends.log_last(j));
  }

  /// `p += share · ε · ∂ log f_β`.
  void push(const AnnealedEnds<S>& ends, double beta, double share, Index j) {
    const double step = share * step_size_[at(j / per_input_)];
    const S first = static_cast<S>(step * (1 - beta)), last = static_cast<S>(step * beta);
    momentum_.col(j) += first * ends.d_first.col(j) + last * ends.d_last.col(j);
  }

  /// One transition of every chain: leapfrog steps with a fresh momentum, and Metropolis's choice between
  /// both ends.
  template <class Target>
  void move(Target& target, double beta, Index inputs, const RandomStream& random) {
    const Index n = inputs * per_input_, latent = z_.rows();
    const auto each_chain = [&](auto&& f) { kernels::for_each_item(n, 8 * latent, f); };
    fill_normal(momentum_.data(), n * latent, random.lane(1));
    fill_uniform(uniform_.data(), n, random.lane(2));
    each_chain([&](Index j) {
      energy_[at(j)] = energy(here_, beta, j);
      push(here_, beta, 0.5, j);
      proposal_.col(j) = z_.col(j);
    });
    for (Index step = 1; step <= options_.leapfrog_steps; ++step) {
      each_chain([&](Index j) {
        proposal_.col(j) += static_cast<S>(step_size_[at(j / per_input_)]) * momentum_.col(j);
      });
      target.evaluate(as_const(columns(proposal_, n)), there_);
      each_chain([&](Index j) { push(there_, beta, step < options_.leapfrog_steps ? 1 : 0.5, j); });
    }
    each_chain([&](Index j) {
      const double rise = energy(there_, beta, j) - energy_[at(j)];
      probability_[at(j)] = is_nan(rise) ? 0 : std::min(1.0, std::exp(-rise));
      if (!(static_cast<double>(uniform_(j)) < probability_[at(j)])) return;
      z_.col(j) = proposal_.col(j);
      here_.take_column(j, there_);
    });
    double accepted = 0;
    for (Index j = 0; j < n; ++j)
      if (counts(j) && static_cast<double>(uniform_(j)) < probability_[at(j)]) ++accepted;
    accepted_ += accepted / static_cast<double>(inputs * options_.chains);
  }

  /// Moves the step size of every x by what its pilots accepted.
  void tune(Index inputs) {
    constexpr double gain = 0.1;
    for (Index i = 0; i < inputs; ++i) {
      double share = 0;
      for (Index c = 0; c < options_.pilots; ++c) share += probability_[at(i * per_input_ + c)];
      share /= static_cast<double>(options_.pilots);
      step_size_[at(i)] *= std::exp(gain * (share - options_.acceptance));
    }
  }

  AnnealingOptions options_;
  Index per_input_, max_inputs_;
  Matrix<S> z_, proposal_, momentum_;
  Vector<S> uniform_;
  AnnealedEnds<S> here_, there_;                           // at z and at the proposal
  std::vector<double> log_weight_, energy_, probability_;  // of every chain
  std::vector<double> step_size_;                          // of every x
  double accepted_ = 0;
};

}  // namespace eigenerate
