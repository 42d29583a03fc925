#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "eigenerate/adversarial/adversary_term.hpp"
#include "eigenerate/core/finite.hpp"

namespace eigenerate {

/// A discriminator that tells from a generated sample the code that it was made from: a lower bound of the
/// mutual information of code and sample, which both players raise. So the code comes to mean something that
/// can be seen in the samples: InfoGAN.
///
/// `weight · (cross-entropy of the categorical codes) + continuous_weight · (−log q of the continuous ones)`,
/// where q is a normal distribution of each continuous code with a mean and a log-variance of its own. A
/// latent vector ends in the code, see `LatentCode`.
///
///     .terms = {CodeHead{.code = {.categorical = 1, .categories = 10, .continuous = 2}}}
///
/// **Shapes** the discriminator ends in `1 + categorical · categories + 2 · continuous` outputs: the logit,
/// the categories' logits, the means, the log-variances. A head with layers of its own is
/// `Concat{Linear{128, 1}, Sequential{Linear{128, 64}, LeakyRelu{0.1}, Linear{64, 14}}}`.
/// **Errors** `ConfigError` for a discriminator that ends in a map, and for a model whose samples are made
/// from no code.
/// **Numerics** log-variances are clamped to [−10, 10], with no gradient outside.
/// **Source** Chen et al. 2016, eq. 5 and 6, without the entropy of the codes, which is constant. Their
/// weight is 1 for categorical codes and smaller for continuous ones.
struct CodeHead {
  static constexpr std::string_view kind = "CodeHead";
  static constexpr std::string_view figure = "code_loss";
  static constexpr std::string_view fool_figure = "fake_code_loss";

  LatentCode code{.categorical = 1};
  double weight = 1;
  double continuous_weight = 0.1;

  void validate() const {
    code.validate(kind);
    if (code.size() < 1) fail<ConfigError>("CodeHead: expected at least one code to tell");
    if (!(is_finite(weight) && weight >= 0 && is_finite(continuous_weight) && continuous_weight >= 0))
      fail<ConfigError>("CodeHead: expected finite weights >= 0, got {} and {}", weight, continuous_weight);
  }
  OutputTermPlan plan() const {
    return {.channels = code.one_hot_rows() + 2 * code.continuous, .code = code};
  }
  template <Scalar S>
  void require(const Network<S>& discriminator) const {
    if (discriminator.output_shape().pixels() != 1)
      fail<ConfigError>("CodeHead: a sample has one code, but {} ends in a map of shape {}; pool it before",
                        discriminator.name(), to_string(discriminator.output_shape()));
  }

  template <Scalar S>
  double learn(const AdversaryRound<S>& round, const TermSide<S>&, const TermSide<S>& fake,
               const TermPass<S>&) const {
    return told(round, fake);
  }
  template <Scalar S>
  double fool(const AdversaryRound<S>& round, const TermSide<S>& fake, const TermSide<S>&) const {
    return told(round, fake);
  }

 private:
  static constexpr double largest_log_variance = 10;

  template <Scalar S>
  double told(const AdversaryRound<S>& round, const TermSide<S>& side) const {
    const Index n = side.head.cols();
    if (round.latent.cols() != n || round.latent.rows() < code.size())
      fail<ConfigError>(
          "CodeHead: expected {} samples made from latent vectors that end in {} values of a "
          "code, got latent vectors of {} × {}",
          n, code.size(), round.latent.rows(), round.latent.cols());
    const auto codes = code.of(round.latent);
    double categorical = 0, continuous = 0;
    View<S> d = side.d_head;
    for (Index j = 0; j < n; ++j) {
      const S* h = side.head.col(j).data();
      const S* c = codes.col(j).data();
      S* dh = d.col(j).data();
      for (Index i = 0; i < code.one_hot_rows(); i += code.categories)
        categorical += told_category(h + i, c + i, dh + i, weight / static_cast<double>(n));
      for (Index i = code.one_hot_rows(); i < code.size(); ++i)
        continuous += told_number(h[i], h[i + code.continuous], c[i], dh[i], dh[i + code.continuous],
                                  continuous_weight / static_cast<double>(n));
    }
    return (weight * categorical + continuous_weight * continuous) / static_cast<double>(n);
  }

  /// The cross-entropy of one category, with its gradient times `scale`.
  template <Scalar S>
  double told_category(const S* logits, const S* one_hot, S* d, double scale) const {
    const Index k = code.categories;
    const double largest = static_cast<double>(*std::max_element(logits, logits + k));
    double sum = 0, chosen = 0;
    for (Index i = 0; i < k; ++i) {
      sum += std::exp(static_cast<double>(logits[i]) - largest);
      chosen += static_cast<double>(one_hot[i]) * static_cast<double>(logits[i]);
    }
    for (Index i = 0; i < k; ++i)
      d[i] = static_cast<S>(scale * (std::exp(static_cast<double>(logits[i]) - largest) / sum -
                                     static_cast<double>(one_hot[i])));
    return std::log(sum) + largest - chosen;
  }

  /// −log q of one number, with its gradient times `scale`.
  template <Scalar S>
  static double told_number(S mean, S log_variance, S number, S& d_mean, S& d_log_variance, double scale) {
    const double given = static_cast<double>(log_variance),
                 v = std::clamp(given, -largest_log_variance, largest_log_variance),
                 off = static_cast<double>(mean) - static_cast<double>(number), precision = std::exp(-v);
    d_mean = static_cast<S>(scale * off * precision);
    d_log_variance = v == given ? static_cast<S>(scale * 0.5 * (1 - off * off * precision)) : S(0);
    return 0.5 * (std::log(2 * std::numbers::pi) + v + off * off * precision);
  }
};

}  // namespace eigenerate
