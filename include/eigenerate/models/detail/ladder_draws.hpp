#pragma once

#include <span>
#include <type_traits>
#include <vector>

#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/models/ladder_vae.hpp"

namespace eigenerate::detail {

/// Latent vectors of all levels of a ladder, see `Completer`: p(z) is the product of p(z_L) and all
/// p(z_n|z_{n+1}), and q(z|x) likewise.
template <Scalar S>
class LadderDraws {
 public:
  LadderDraws(const LadderVae<S>& model, Index draws)
      : model_(model), z_(number_of_levels()), p_(number_of_levels()) {
    p_.back().setZero(2 * model.latent_size(), draws);
  }

  static void require_density(const LadderVae<S>&) {}

  Matrix<S> from_prior(std::span<const int> labels, const RandomStream& random) {
    return descend(labels, random, [](std::size_t, const Matrix<S>& p) { return p; });
  }

  Matrix<S> from_posteriors(const Matrix<S>& x, std::span<const int> labels, const RandomStream& random) {
    h_ = model_.predict_heads(as_const(x), labels);
    return descend(labels, random, [&](std::size_t i, const Matrix<S>& p) { return posterior(i, h_[i], p); });
  }

  std::vector<LogMeanExp> mixture() const {
    const Index draws = z().cols();
    std::vector<LogMeanExp> all(static_cast<std::size_t>(draws));
    for (Index l = 0; l < draws; ++l) {
      Vector<double> log_q = Vector<double>::Zero(draws);
      for (std::size_t i = 0; i < z_.size(); ++i)
        add_log_density(i, posterior(i, h_[i].col(l).replicate(1, draws), p_[i]), log_q);
      for (Index k = 0; k < draws; ++k) all[static_cast<std::size_t>(k)].add(log_q(k));
    }
    return all;
  }

  Vector<double> log_prior() const {
    Vector<double> log_p = Vector<double>::Zero(z().cols());
    for (std::size_t i = 0; i < z_.size(); ++i) add_log_density(i, p_[i], log_p);
    return log_p;
  }

  const Matrix<S>& z() const { return z_.back(); }

 private:
  std::size_t number_of_levels() const { return static_cast<std::size_t>(model_.levels()); }

  /// q(z_i|z_{i+1}, x) of what x says of the level and what the level above expects.
  Matrix<S> posterior(std::size_t i, const Matrix<S>& h, const Matrix<S>& p) const {
    if (i + 1 == z_.size()) return h;
    Matrix<S> q(p.rows(), p.cols());
    model_.pair_.product(as_const(h), as_const(p), as_view(q));
    return q;
  }

  void add_log_density(std::size_t i, const Matrix<S>& parameters, Vector<double>& sum) const {
    Vector<S> log_p(z().cols());
    model_.normal_.log_probability(as_const(z_[i]), as_const(parameters), numbers(log_p));
    sum += log_p.template cast<double>();
  }

  /// Draws z of each level from what `distribution` makes of p(z_i|z_{i+1}).
  template <class Distribution>
  Matrix<S> descend(std::span<const int> labels, const RandomStream& random,
                    const Distribution& distribution) {
    const auto draw = [&](std::size_t i, const Matrix<S>& p) {
      const Matrix<S> q = distribution(i, p);
      z_[i].resize(q.rows() / 2, q.cols());
      model_.normal_.sample(as_const(q), model_.stream_of(i, random), as_view(z_[i]));
      p_[i] = p;
      return z_[i];
    };
    return model_.predict_down(draw(z_.size() - 1, Matrix<S>(p_.back())), labels, draw);
  }

  const LadderVae<S>& model_;
  std::vector<Matrix<S>> z_, p_, h_;  // of each level: drawn ones, p(z_i|z_{i+1}), and what the samples say
};

template <Scalar S>
std::type_identity<LadderDraws<S>> draws_of(const LadderVae<S>&) {
  return {};
}

}  // namespace eigenerate::detail
