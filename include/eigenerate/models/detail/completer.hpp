#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/numbers.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/models/completion.hpp"

namespace eigenerate::detail {

/// Completes one sample after another. `Draws` are latent vectors of a model, as many at a time as the
/// options say:
/// - `from_prior(labels, random)` and `from_posteriors(x, labels, random)`, one of each column of x: draws
///   them, and returns the parameters of p(x|z) of each;
/// - `log_prior()` of each, and `mixture()`, its densities under the posteriors of all draws;
/// - `z()`: what a completion shows of them.
template <class Model, class Draws>
class Completer {
  using S = typename Model::scalar_type;

 public:
  Completer(const Model& model, const CompletionOptions& options)
      : model_(model),
        options_(options),
        draws_(model, options.draws),
        filled_(model.sample_shape().size(), options.draws),
        weights_(options.draws) {}

  /// Writes what belongs to sample j, x with a label where there are classes.
  void run(Completion<S>& found, ConstView<S> x, std::span<const Index> seen, std::span<const int> label,
           Index j) {
    const RandomStream random = RandomStream{options_.seed, Purpose::sampling}.lane(number(j));
    const std::vector<int> labels(label.empty() ? 0 : index(options_.draws), label.empty() ? 0 : label[0]);
    show(x, seen);
    parameters_ = draws_.from_prior(labels, random.lane(0).lane(of_latent));
    std::vector<double> log_weights = log_likelihood();
    normalize(log_weights, j);
    for (Index round = 1; round <= options_.rounds; ++round) {
      const RandomStream now = random.lane(number(round));
      fill(seen, x, now);
      parameters_ = draws_.from_posteriors(filled_, labels, now.lane(of_latent));
      log_weights = log_prior_over_mixture();
      const std::vector<double> log_px = log_likelihood();
      for (std::size_t k = 0; k < log_px.size(); ++k) log_weights[k] += log_px[k];
      normalize(log_weights, j);
    }
    model_.likelihood().mean(parameters_, as_view(filled_));
    Vector<double> mean = Vector<double>::Zero(filled_.rows());
    for (Index k = 0; k < options_.draws; ++k) mean += weights_(k) * filled_.col(k).template cast<double>();
    found.mean.col(j) = mean.template cast<S>();
    const std::vector<Index> chosen =
        resample(options_.completions, random.lane(number(options_.rounds) + 1));
    for (Index c = 0; c < options_.completions; ++c) {
      found.x.col(j * options_.completions + c) = filled_.col(chosen[index(c)]);
      found.z.col(j * options_.completions + c) = draws_.z().col(chosen[index(c)]);
    }
    LogMeanExp evidence;
    for (const double w : log_weights) evidence.add(w);
    found.log_probability(j) = evidence.value();
    found.effective_draws(j) = 1 / weights_.squaredNorm();
  }

 private:
  static constexpr std::uint64_t of_latent = 0, of_choice = 1, of_samples = 2;  // lanes of a round

  static std::size_t index(Index i) { return static_cast<std::size_t>(i); }
  static std::uint64_t number(Index i) { return static_cast<std::uint64_t>(i); }

  void show(ConstView<S> x, std::span<const Index> seen) {
    rows_ = model_.likelihood().rows_of(seen, x.rows());
    seen_.resize(static_cast<Index>(seen.size()), 1);
    for (Index i = 0; i < seen_.rows(); ++i) seen_(i, 0) = x(seen[index(i)], 0);
  }

  /// log p of what is seen given each latent vector.
  std::vector<double> log_likelihood() const {
    Vector<S> log_p = Vector<S>::Zero(options_.draws);
    if (seen_.rows() > 0) {
      const Matrix<S> of_seen = parameters_(rows_, Eigen::all);
      model_.likelihood().log_probability(seen_, of_seen, numbers(log_p));
    }
    return {log_p.begin(), log_p.end()};
  }

  /// log p(z) − log q(z), q the mixture of all the posteriors that there was a draw from.
  std::vector<double> log_prior_over_mixture() {
    const std::vector<LogMeanExp> mixture = draws_.mixture();
    const Vector<double> log_p = draws_.log_prior();
    std::vector<double> difference;
    for (Index k = 0; k < options_.draws; ++k) difference.push_back(log_p(k) - mixture[index(k)].value());
    return difference;
  }

  void normalize(const std::vector<double>& log_weights, Index j) {
    const double highest = *std::max_element(log_weights.begin(), log_weights.end());
    double sum = 0;
    for (Index k = 0; k < weights_.size(); ++k)
      sum += weights_(k) = std::exp(log_weights[index(k)] - highest);
    if (!is_finite(sum))
      fail<ConfigError>(
          "complete: the {} gives what is seen of sample {} no probability, or one that is not "
          "finite",
          model_.name(), j);
    weights_ /= sum;
  }

  /// So many of the draws, each as often as its weight says, up to one.
  /// **Source** Kitagawa 1996, appendix (systematic resampling).
  std::vector<Index> resample(Index n, const RandomStream& random) const {
    const double offset = to_unit_interval<double>(random.lane(of_choice).words(0)[0]);
    std::vector<Index> chosen;
    Index k = 0;
    double below = weights_(0);
    for (Index i = 0; i < n; ++i) {
      const double at = (static_cast<double>(i) + offset) / static_cast<double>(n);
      while (below < at && k + 1 < weights_.size()) below += weights_(++k);
      chosen.push_back(k);
    }
    return chosen;
  }

  /// The sample as many times as there are draws, with values for what is hidden from p(x|z) of a draw each.
  void fill(std::span<const Index> seen, ConstView<S> x, const RandomStream& random) {
    const Matrix<S> chosen = parameters_(Eigen::all, resample(options_.draws, random));
    model_.likelihood().sample(chosen, random.lane(of_samples), as_view(filled_));
    for (const Index i : seen) filled_.row(i).setConstant(x(i, 0));
  }

  const Model& model_;
  const CompletionOptions& options_;
  Draws draws_;
  Matrix<S> filled_;
  Vector<double> weights_;
  // Of the sample at hand: its seen values, their parameters' rows, and all parameters of each draw.
  Matrix<S> seen_, parameters_;
  std::vector<Index> rows_;
};

}  // namespace eigenerate::detail
