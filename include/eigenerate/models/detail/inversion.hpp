#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
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

/// The searches for a few samples at a time, those of one sample side by side.
template <Scalar S>
class Inverter {
 public:
  Inverter(const Network<S>& generator, const InversionOptions& options, Index samples)
      : generator_(generator),
        options_(options),
        workspace_(generator.make_workspace(samples * options.starts)),
        z_(generator.input_shape().size(), samples * options.starts),
        m_(z_.rows(), z_.cols()),
        v_(z_.rows(), z_.cols()),
        best_(z_.rows(), z_.cols()),
        dy_(generator.output_shape().size(), z_.cols()),
        objective_(index(z_.cols())),
        error_(objective_.size()) {}

  /// Writes the columns from `first` on.
  void run(Inversion<S>& found, ConstView<S> x, ConstView<S> condition, Index first) {
    const Index n = x.cols(), starts = options_.starts;
    const View<S> dy = used(dy_, n);
    const auto look = [&](bool at_first) {
      judge(generator_.forward({.x = used(z_, n), .condition = condition}, workspace_), x, dy, at_first);
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

  /// Keeps what is better than all before it, or the first, and writes the gradient of the errors.
  void judge(ConstView<S> y, ConstView<S> x, View<S> dy, bool first) {
    const double features = static_cast<double>(y.rows()), latent = static_cast<double>(z_.rows());
    const S scale = static_cast<S>(2 / features);
    kernels::for_each_item(y.cols(), y.rows(), [&](Index k) {
      dy.col(k) = y.col(k) - x.col(k / options_.starts);
      const double error = kernels::sum_of_squares(dy.col(k).data(), dy.rows()) / features,
                   prior = kernels::sum_of_squares(z_.col(k).data(), z_.rows()) / latent;
      dy.col(k) *= scale;
      const double objective = error + options_.prior_weight * prior;
      if (!first && !(objective < objective_[index(k)])) return;
      objective_[index(k)] = objective;
      error_[index(k)] = error;
      best_.col(k) = z_.col(k);
    });
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
  const InversionOptions& options_;
  Workspace<S> workspace_;
  Matrix<S> z_, m_, v_, best_, dy_;
  std::vector<double> objective_, error_;  // of each search, where it was best
};

}  // namespace detail

template <Scalar S>
Inversion<S> invert(const Network<S>& generator, ConstView<S> x, ConstView<S> condition,
                    const InversionOptions& options) {
  options.validate();
  detail::require_samples(generator.name(), x, generator.output_shape(), x.cols(), "the samples to invert");
  if (x.cols() < 1) fail<ShapeError>("{}: invert needs at least one sample", generator.name());
  if (condition.size() > 0 && condition.cols() != x.cols())
    fail<ShapeError>("{}: invert needs a condition for each of {} samples, got {}", generator.name(),
                     x.cols(), condition.cols());
  constexpr Index most = 256;  // searches at a time
  const Index portion = std::min(std::max<Index>(most / options.starts, 1), x.cols());
  detail::Inverter<S> inverter(generator, options, portion);
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

EIGENERATE_INSTANTIATE(invert)

}  // namespace eigenerate
