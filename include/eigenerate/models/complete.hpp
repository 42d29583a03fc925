#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/models/latent_space.hpp"
#include "eigenerate/models/seen_values.hpp"

namespace eigenerate {

/// How `complete` looks for what is hidden.
struct CompletionOptions {
  Index draws = 64;       ///< latent vectors for each sample, in each round
  Index rounds = 8;       ///< of draws from posteriors; 0: from the prior alone
  Index completions = 1;  ///< of each sample that are wanted
  std::uint64_t seed = 0;

  void validate() const {
    if (draws < 1 || draws > max_factor || rounds < 0 || completions < 1 || completions > max_factor)
      fail<ConfigError>("complete: expected 1 to {} draws and completions and rounds >= 0, got {}, {} and {}",
                        max_factor, draws, completions, rounds);
  }
};

/// What `complete` found.
template <Scalar S>
struct Completion {
  Matrix<S> x;  ///< features × completions·n, those of one sample side by side: seen values are as they were
  Matrix<S> z;                     ///< latent × completions·n: what they are decoded from
  Matrix<S> mean;                  ///< features × n: the expectation of what is hidden
  Vector<double> log_probability;  ///< n: an estimate of log p(seen values), in nats
  Vector<double> effective_draws;  ///< n: as many draws without weights would be worth as much
};

namespace detail {

/// Completes one sample after another.
template <Scalar S>
class Completer {
 public:
  Completer(const LatentSpace<S>& model, const CompletionOptions& options)
      : model_(model),
        parts_(model.parts()),
        options_(options),
        memory_(parts_, options.draws, options.draws),
        condition_({model.classes()}, options.draws),
        z_(parts_.latent_size(), options.draws),
        noise_(z_.rows(), z_.cols()),
        filled_(parts_.sample_shape().size(), options.draws),
        weights_(options.draws) {}

  /// Writes what belongs to sample j, x with a label where there are classes.
  void run(Completion<S>& found, ConstView<S> x, std::span<const Index> seen, std::span<const int> label,
           Index j) {
    const RandomStream random = RandomStream{options_.seed, Purpose::sampling}.lane(number(j));
    const std::vector<int> labels(label.empty() ? 0 : index(options_.draws), label.empty() ? 0 : label[0]);
    const PassInput<S> how{.condition = condition_(labels)};
    show(x, seen);
    parts_.draw_latent(random.lane(0).lane(of_latent), as_view(z_));
    std::vector<double> log_weights = log_likelihood(how);
    normalize(log_weights, j);
    for (Index round = 1; round <= options_.rounds; ++round) {
      const RandomStream now = random.lane(number(round));
      fill(seen, x, now);
      fill_normal(noise_.data(), noise_.size(), now.lane(of_latent));
      const auto latents = parts_.encode(filled_, how, noise_, memory_);
      z_ = latents.z;
      log_weights = log_prior_over_mixture(latents.h, how);
      const std::vector<double> log_px = log_likelihood(how);
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
      found.z.col(j * options_.completions + c) = z_.col(chosen[index(c)]);
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

  /// Decodes the latent vectors, and log p of what is seen given each.
  std::vector<double> log_likelihood(const PassInput<S>& how) {
    parameters_ = parts_.decode(z_, how, memory_);
    Vector<S> log_p = Vector<S>::Zero(z_.cols());
    if (seen_.rows() > 0) {
      const Matrix<S> of_seen = parameters_(rows_, Eigen::all);
      model_.likelihood().log_probability(seen_, of_seen, numbers(log_p));
    }
    return {log_p.begin(), log_p.end()};
  }

  /// log p(z) − log q(z), q the mixture of all the posteriors that there was a draw from.
  std::vector<double> log_prior_over_mixture(ConstView<S> h, const PassInput<S>& how) {
    Vector<S> log_p(z_.cols());
    std::vector<LogMeanExp> mixture(index(z_.cols()));
    for (Index l = 0; l < h.cols(); ++l) {
      parts_.posterior().log_density(ConstView<S>(h.data() + l * h.rows(), h.rows(), 1), z_, numbers(log_p));
      for (Index k = 0; k < z_.cols(); ++k) mixture[index(k)].add(log_p(k));
    }
    parts_.log_prior(z_, how, memory_, numbers(log_p));
    std::vector<double> difference(mixture.size());
    for (std::size_t k = 0; k < mixture.size(); ++k)
      difference[k] = log_p(static_cast<Index>(k)) - mixture[k].value();
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

  const LatentSpace<S>& model_;
  const Autoencoder<S>& parts_;
  const CompletionOptions& options_;
  AutoencoderMemory<S> memory_;
  LabelCondition<S> condition_;
  Matrix<S> z_, noise_, filled_;
  Vector<double> weights_;
  // Of the sample at hand: its seen values, their parameters' rows, and all parameters of each draw.
  Matrix<S> seen_, parameters_;
  std::vector<Index> rows_;
};

}  // namespace detail

/// Completes samples of which only a part is seen: draws from p(hidden values | seen values), by importance
/// sampling in the latent space.
///
/// The first latent vectors come from the prior. Each is weighted by the probability that it gives to what is
/// seen; they are resampled by these weights, and each fills the hidden values of a copy of the sample by a
/// draw from p(x|z). In the next round the latent vectors come from the posteriors of these copies, and their
/// weights are `p(seen|z) p(z) / q(z)`, q the mixture of all these posteriors. So the copies move to where
/// the sample may belong, as in the Markov chain of Rezende et al., which encodes and decodes by turns; but
/// what comes out is right for any encoder, up to the error of importance sampling: it is exact as the number
/// of draws grows. Metropolis steps within that chain (Mattei & Frellsen 2018) correct it one sample at a
/// time, where here the draws of the last round say by themselves how much they are worth.
///
/// Decoded values are means of p(x|z), as those of `sample` are. What stands in hidden places is not read.
///
/// **Shapes** x: features × n; mask: features × n, or features × 1 for all, 1 where a value is seen and 0
/// where it is hidden; a label for each sample of a conditional model.
/// **Cost** (1 + rounds) · draws passes through the decoder, rounds · draws through the encoder, and rounds ·
/// draws² densities, for each sample.
/// **Errors** `ConfigError` naming a likelihood whose features are not independent, and a posterior without a
/// density at any z, of which only `rounds = 0` can do; for numbers in the mask that are neither 0 nor 1, and
/// for seen values that are not finite or without a probability. `ShapeError` for other extents.
/// **Numerics** each sample's draws depend on the seed and its number alone; the same bits for any number of
/// threads.
/// **Source** Rezende et al. 2014, section 5, missing data imputation (the chain); Cappé et al. 2004
/// (population Monte Carlo); Owen & Zhou 2000 (weights by the mixture).
template <Scalar S>
Completion<S> complete(const LatentSpace<S>& model, std::type_identity_t<ConstView<S>> x,
                       std::type_identity_t<ConstView<S>> mask, std::span<const int> labels,
                       const CompletionOptions& options = {}) {
  options.validate();
  const Conditioning conditioning{model.classes()};
  conditioning.require(x, labels, model.sample_shape(), model.name());
  if (options.rounds > 0)
    model.parts().posterior().require_density(
        "complete, in rounds after the first (rounds = 0 draws from the prior alone)");
  const SeenValues seen("complete", x, mask);
  const Index n = x.cols(), k = options.completions;
  Completion<S> found{Matrix<S>(x.rows(), n * k), Matrix<S>(model.latent_size(), n * k),
                      Matrix<S>(x.rows(), n), Vector<double>(n), Vector<double>(n)};
  detail::Completer<S> completer(model, options);
  for (Index j = 0; j < n; ++j)
    completer.run(found, ConstView<S>(x.data() + j * x.rows(), x.rows(), 1), seen.of(j),
                  labels.empty() ? labels : labels.subspan(static_cast<std::size_t>(j), 1), j);
  seen.restore(x, as_view(found.x));
  seen.restore(x, as_view(found.mean));
  return found;
}
template <Scalar S>
Completion<S> complete(const LatentSpace<S>& model, std::type_identity_t<ConstView<S>> x,
                       std::type_identity_t<ConstView<S>> mask, const CompletionOptions& options = {}) {
  return complete(model, x, mask, std::span<const int>{}, options);
}

}  // namespace eigenerate
