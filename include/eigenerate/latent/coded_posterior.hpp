#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/latent/latent_code.hpp"
#include "eigenerate/latent/posterior.hpp"

namespace eigenerate {

/// The encoder's output, ending in a code: a categorical one is the softmax of its rows, all else is as it
/// is, and nothing is drawn. Vectors of the prior end in a drawn code then, so that a game on latent vectors
/// sorts samples into categories that no label names.
///
///     AdversarialAutoencoder{…, {.posterior = CodedPosterior{{.categorical = 1, .categories = 10}}}}
///
/// **Shapes** h: latent × n; z: latent × k·n; see `LatentCode`.
/// **Backward** of a softmax y: `dh = y ∘ (dz − ⟨y, dz⟩)`.
/// **Errors** `ConfigError` for latent vectors without room for the code.
/// **Numerics** as for `DeterministicPosterior`: no log q(z|x), and no KL. The softmax is computed in double.
/// **Source** Makhzani et al. 2016, section 4 (unsupervised clustering), with one discriminator of category
/// and style together, where they have one for each.
struct CodedPosterior {
  static constexpr std::string_view kind = "CodedPosterior";
  static constexpr bool has_log_q = false;

  LatentCode code{.categorical = 1};

  void validate() const {
    code.validate(kind);
    if (code.size() < 1) fail<ConfigError>("CodedPosterior: expected at least one code");
  }
  Index parameter_rows(Index latent) const { return latent; }
  template <Scalar S>
  PartPlan<S> plan(Index latent) const {
    if (latent < code.size())
      fail<ConfigError>("CodedPosterior: latent vectors of {} values have no room for a code of {}", latent,
                        code.size());
    return {};
  }

  template <Scalar S>
  void sample(const PartPass<S>&, ConstView<S> h, ConstView<S>, View<S> z, Numbers<S>) const {
    const Index k = z.cols() / h.cols();
    for (Index j = 0; j < z.cols(); ++j) {
      const S* from = h.col(j / k).data();
      S* to = z.col(j).data();
      std::copy_n(from, h.rows(), to);
      for_each_category(h.rows(), [&](Index begin) {
        const Softmax softmax(from + begin, code.categories);
        for (Index i = 0; i < code.categories; ++i) to[begin + i] = static_cast<S>(softmax(from[begin + i]));
      });
    }
  }

  template <Scalar S>
  void backward(const PartPass<S>&, ConstView<S> h, ConstView<S>, ConstView<S> dz, ConstNumbers<S>,
                View<S> dh) const {
    const Index k = dz.cols() / h.cols(), plain = h.rows() - code.size(), n = code.categories;
    for (Index j = 0; j < dz.cols(); ++j) {
      const S* from = h.col(j / k).data();
      const S* d = dz.col(j).data();
      S* to = dh.col(j / k).data();
      for (Index i = 0; i < h.rows(); ++i)
        if (i < plain || i >= plain + code.one_hot_rows()) to[i] += d[i];
      for_each_category(h.rows(), [&](Index begin) {
        const Softmax softmax(from + begin, n);
        double product = 0;
        for (Index i = begin; i < begin + n; ++i) product += softmax(from[i]) * static_cast<double>(d[i]);
        for (Index i = begin; i < begin + n; ++i)
          to[i] += static_cast<S>(softmax(from[i]) * (static_cast<double>(d[i]) - product));
      });
    }
  }

  template <Scalar S>
  void center(const PartPass<S>& pass, ConstView<S> h, View<S> z) const {
    sample(pass, h, h, z, {});
  }

 private:
  /// The shares of n logits.
  struct Softmax {
    template <Scalar S>
    Softmax(const S* logits, Index n) : largest(static_cast<double>(*std::max_element(logits, logits + n))) {
      for (Index i = 0; i < n; ++i) sum += std::exp(static_cast<double>(logits[i]) - largest);
    }
    template <Scalar S>
    double operator()(S logit) const {
      return std::exp(static_cast<double>(logit) - largest) / sum;
    }
    double largest, sum = 0;
  };

  /// Calls `f(begin)` with the first row of every categorical code.
  template <class F>
  void for_each_category(Index rows, const F& f) const {
    const Index begin = rows - code.size();
    for (Index i = 0; i < code.categorical; ++i) f(begin + i * code.categories);
  }
};

}  // namespace eigenerate
