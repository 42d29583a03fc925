#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/models/inversion.hpp"
#include "eigenerate/optim/adam.hpp"

namespace eigenerate {

EIGENERATE_INLINE void InversionOptions::validate() const {
  if (starts < 1 || starts > max_factor || draws < 1 || steps < 1)
    fail<ConfigError>("invert: expected 1 to {} starts, at least one draw and one step, got {}, {} and {}",
                      max_factor, starts, draws, steps);
  if (!(is_finite(learning_rate) && learning_rate > 0))
    fail<ConfigError>("invert: expected a finite learning_rate > 0, got {}", learning_rate);
  if (!(is_finite(prior_weight) && prior_weight >= 0))
    fail<ConfigError>("invert: expected a finite prior_weight >= 0, got {}", prior_weight);
}

namespace detail {

/// The mean squared difference of seen values; zero where there is none.
template <Scalar S>
class SquaredDifference {
 public:
  explicit SquaredDifference(const SeenValues& seen) : seen_(seen) {}

  /// The error of each output y, of which each sample has as many as there are columns for it, and its
  /// gradient. The first sample is number `first` of all.
  void operator()(ConstView<S> y, ConstView<S> x, Index first, View<S> dy, std::span<double> error) {
    const Index starts = y.cols() / x.cols();
    kernels::for_each_item(y.cols(), y.rows(), [&](Index k) {
      const std::span<const Index> seen = seen_.of(first + k / starts);
      const double count = std::max(static_cast<double>(seen.size()), 1.0);
      dy.col(k).setZero();
      for (const Index i : seen) dy(i, k) = y(i, k) - x(i, k / starts);
      error[static_cast<std::size_t>(k)] = kernels::sum_of_squares(dy.col(k).data(), dy.rows()) / count;
      dy.col(k) *= static_cast<S>(2 / count);
    });
  }

 private:
  const SeenValues& seen_;
};

/// −log p of seen values over their number.
template <Scalar S>
class NegativeLogLikelihood {
 public:
  NegativeLogLikelihood(const AnyLikelihood<S>& likelihood, const SeenValues& seen, Index samples)
      : likelihood_(likelihood), seen_(seen) {
    for (Index j = 0; j < (seen.is_common() ? 1 : samples); ++j)
      rows_.push_back(likelihood.rows_of(seen.of(j), seen.features()));
  }

  void operator()(ConstView<S> y, ConstView<S> x, Index first, View<S> dy, std::span<double> error) {
    const Index starts = y.cols() / x.cols();
    dy.setZero();
    for (Index j = 0; j < x.cols(); ++j) {
      const std::span<const Index> seen = seen_.of(first + j);
      const auto& rows = rows_[seen_.is_common() ? 0 : static_cast<std::size_t>(first + j)];
      if (seen.empty()) {
        std::fill_n(error.begin() + j * starts, starts, 0.0);
        continue;
      }
      const auto count = static_cast<Index>(seen.size());
      x_.resize(count, 1);
      for (Index i = 0; i < count; ++i) x_(i, 0) = x(seen[static_cast<std::size_t>(i)], j);
      parameters_ = y(rows, Eigen::seqN(j * starts, starts));
      d_.resize(parameters_.rows(), starts);
      log_p_.resize(starts);
      weights_.setConstant(starts, S(-1) / static_cast<S>(count));
      likelihood_.log_probability_with_backward(x_, parameters_, numbers(weights_), numbers(log_p_),
                                                as_view(d_));
      for (std::size_t k = 0; k < rows.size(); ++k)
        dy.row(rows[k]).segment(j * starts, starts) = d_.row(static_cast<Index>(k));
      for (Index k = 0; k < starts; ++k)
        error[static_cast<std::size_t>(j * starts + k)] =
            -static_cast<double>(log_p_(k)) / static_cast<double>(count);
    }
  }

 private:
  const AnyLikelihood<S>& likelihood_;
  const SeenValues& seen_;
  std::vector<std::vector<Index>> rows_;  // of the parameters of what each sample shows
  Matrix<S> x_, parameters_, d_;
  Vector<S> weights_, log_p_;
};

/// The searches for a few samples at a time, those of one sample side by side. `Unlikeness` is one of the
/// above.
template <Scalar S, class Unlikeness>
class Inverter {
 public:
  Inverter(const Network<S>& generator, Unlikeness& unlikeness, const InversionOptions& options,
           Index samples)
      : generator_(generator),
        unlikeness_(unlikeness),
        options_(options),
        workspace_(generator.make_workspace(samples * options.starts)),
        z_(generator.input_shape().size(), samples * options.starts),
        m_(z_.rows(), z_.cols()),
        v_(z_.rows(), z_.cols()),
        best_(z_.rows(), z_.cols()),
        dy_(generator.output_shape().size(), z_.cols()),
        objective_(index(z_.cols())),
        error_(objective_.size()),
        tried_(objective_.size()) {}

  /// Writes the columns from `first` on.
  void run(Inversion<S>& found, ConstView<S> x, ConstView<S> condition, Index first) {
    const Index n = x.cols(), starts = options_.starts;
    const View<S> dy = used(dy_, n);
    const auto look = [&](bool at_first) {
      unlikeness_(generator_.forward({.x = used(z_, n), .condition = condition}, workspace_), x, first, dy,
                  tried_);
      keep(dy.cols(), at_first);
    };
    for (Index i = 0; i < options_.draws; ++i) {
      draw(n, first, i);
      look(i == 0);
    }
    z_ = best_;
    m_.setZero();
    v_.setZero();
    for (Index step = 0; step < options_.steps; ++step) {
      look(false);
      move(generator_.backward(dy, workspace_, {.x = true}).x, step);
    }
    look(false);
    for (Index j = 0; j < n; ++j) {
      Index chosen = j * starts;
      for (Index k = chosen; k < (j + 1) * starts; ++k)
        if (objective_[index(k)] < objective_[index(chosen)]) chosen = k;
      found.z.col(first + j) = best_.col(chosen);
      found.error(first + j) = error_[index(chosen)];
    }
  }

 private:
  static std::size_t index(Index i) { return static_cast<std::size_t>(i); }
  View<S> used(Matrix<S>& m, Index samples) const { return {m.data(), m.rows(), samples * options_.starts}; }

  /// The i-th draws of the starts of all samples.
  void draw(Index n, Index first, Index i) {
    const RandomStream random{options_.seed, Purpose::sampling};
    for (Index j = 0; j < n; ++j)
      fill_normal(z_.data() + j * options_.starts * z_.rows(), options_.starts * z_.rows(),
                  random.lane(static_cast<std::uint64_t>(first + j)).lane(static_cast<std::uint64_t>(i)));
  }

  /// Keeps what is better than all before it, or the first.
  void keep(Index searches, bool first) {
    const double latent = static_cast<double>(z_.rows());
    for (Index k = 0; k < searches; ++k) {
      const double prior = kernels::sum_of_squares(z_.col(k).data(), z_.rows()) / latent,
                   objective = tried_[index(k)] + options_.prior_weight * prior;
      if (!first && !(objective < objective_[index(k)])) continue;
      objective_[index(k)] = objective;
      error_[index(k)] = tried_[index(k)];
      best_.col(k) = z_.col(k);
    }
  }

  /// One step of Adam, along dz and the prior's gradient.
  void move(ConstView<S> dz, Index step) {
    const double share = static_cast<double>(step) / static_cast<double>(options_.steps);
    RuleUpdate<S> update;
    update.arrays = {.parameters = z_.data(), .gradients = dz.data()};
    update.arrays.moments = {m_.data(), v_.data()};
    update.size = dz.size();
    update.step = static_cast<std::uint64_t>(step) + 1;
    update.learning_rate = options_.learning_rate * (0.5 + 0.5 * std::cos(std::numbers::pi * share));
    // A weight decay that is added to the gradient is that of the prior's term.
    Adam{.weight_decay = 2 * options_.prior_weight / static_cast<double>(z_.rows())}.update(update);
  }

  const Network<S>& generator_;
  Unlikeness& unlikeness_;
  const InversionOptions& options_;
  Workspace<S> workspace_;
  Matrix<S> z_, m_, v_, best_, dy_;
  std::vector<double> objective_, error_;  // of each search, where it was best
  std::vector<double> tried_;              // the errors of the last vectors
};

/// Checks what all inversions are given, and runs them in portions.
template <Scalar S, class Unlikeness>
Inversion<S> invert(const Network<S>& generator, const Shape& sample, ConstView<S> x, ConstView<S> condition,
                    Unlikeness unlikeness, const InversionOptions& options) {
  options.validate();
  require_samples(generator.name(), x, sample, x.cols(), "the samples to invert");
  if (x.cols() < 1) fail<ShapeError>("{}: invert needs at least one sample", generator.name());
  if (condition.size() > 0 && condition.cols() != x.cols())
    fail<ShapeError>("{}: invert needs a condition for each of {} samples, got {}", generator.name(),
                     x.cols(), condition.cols());
  constexpr Index most = 256;  // searches at a time
  const Index portion = std::min(std::max<Index>(most / options.starts, 1), x.cols());
  Inverter<S, Unlikeness> inverter(generator, unlikeness, options, portion);
  Inversion<S> found{Matrix<S>(generator.input_shape().size(), x.cols()), Vector<double>(x.cols())};
  for (Index first = 0; first < x.cols(); first += portion) {
    const Index n = std::min(portion, x.cols() - first);
    const auto columns = [&](const ConstView<S>& of) -> ConstView<S> {
      if (of.size() == 0) return of;
      return {of.data() + first * of.rows(), of.rows(), n};
    };
    inverter.run(found, columns(x), columns(condition), first);
  }
  return found;
}

}  // namespace detail

template <Scalar S>
Inversion<S> invert(const Network<S>& generator, ConstView<S> x, ConstView<S> condition,
                    const InversionOptions& options) {
  return invert_seen(generator, x, SeenValues(x.rows()), condition, options);
}

template <Scalar S>
Inversion<S> invert_seen(const Network<S>& generator, ConstView<S> x, const SeenValues& seen,
                         ConstView<S> condition, const InversionOptions& options) {
  return detail::invert(generator, generator.output_shape(), x, condition, detail::SquaredDifference<S>(seen),
                        options);
}

template <Scalar S>
Inversion<S> invert_likelihood(const Network<S>& decoder, const AnyLikelihood<S>& likelihood, ConstView<S> x,
                               const SeenValues& seen, ConstView<S> condition,
                               const InversionOptions& options) {
  likelihood.validate();
  return detail::invert(decoder, likelihood.sample_shape(decoder.output_shape()), x, condition,
                        detail::NegativeLogLikelihood<S>(likelihood, seen, x.cols()), options);
}

EIGENERATE_INSTANTIATE(invert)
EIGENERATE_INSTANTIATE(invert_seen)
EIGENERATE_INSTANTIATE(invert_likelihood)

}  // namespace eigenerate
