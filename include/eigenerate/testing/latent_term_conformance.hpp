#pragma once

#include <fmt/format.h>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/latent/any_latent_term.hpp"
#include "eigenerate/latent/diagonal_normal_posterior.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/testing/detail/suite.hpp"

namespace eigenerate::testing {

/// What a term on latent vectors is tried with.
struct LatentTermConformanceOptions {
  Index latent = 3, inputs = 5, samples = 2;  ///< samples for each input
  DiagonalNormal normal = {};                 ///< of the posterior
  std::uint64_t seed = 1;
  double tolerance = 1e-6;        ///< relative, for derivatives in double
  double float_tolerance = 5e-5;  ///< relative, float against double
};

/// What one round of a term gives.
template <Scalar S>
struct LatentOutcome {
  double share = 0, learner_loss = 0;
  Matrix<S> dz, dh;
  Vector<S> gradients;  ///< of the learner
  bool operator==(const LatentOutcome& o) const {
    return share == o.share && learner_loss == o.learner_loss && dz == o.dz && dh == o.dh &&
           gradients == o.gradients;
  }
};

/// The proof that a term on latent vectors keeps its contract: an empty list of failures.
///
/// On latent vectors of a normal posterior: the gradients by z and h against central differences of its
/// share, and those of its learner against differences of the learner's loss; that it adds to what is there;
/// that a round moves no parameter, and that a copy plays as it does; poisoned memory; a smaller batch in a
/// larger memory, and a batch of one input; the same bits at a second call and on three threads; a NaN among
/// the latent vectors; float against double; zero allocations; its figures fit.
///
/// **Errors** what `validate` and `require` throw.
template <class T>
class LatentTermConformance : detail::Suite {
 public:
  explicit LatentTermConformance(T term, LatentTermConformanceOptions options = {})
      : Suite(options.seed),
        exact_(term),
        float_(term),
        exact_posterior_(DiagonalNormalPosterior{options.normal}),
        float_posterior_(DiagonalNormalPosterior{options.normal}),
        options_(options),
        h_(normal(2 * options.latent, options.inputs, 0)),
        z_(normal(options.latent, options.inputs * options.samples, 1)),
        drawn_(normal(options.latent, z_.cols(), 2)) {
    h_.bottomRows(options.latent) *= 0.5;
  }

  std::vector<std::string> run() {
    check_figures();
    check_gradients();
    check_contract();
    check_small_batches();
    check_float_and_threads();
    return failures_;
  }

 private:
  template <Scalar S>
  std::unique_ptr<LatentPlayer<S>> start(const AnyLatentTerm<S>& term, Index inputs) const {
    auto player = term.start({.latent = options_.latent,
                              .posterior = &this->template posterior<S>(),
                              .prior = &this->template prior<S>(),
                              .seed = options_.seed});
    player->prepare(inputs, inputs * options_.samples);
    return player;
  }
  template <Scalar S>
  const AnyPosterior<S>& posterior() const {
    if constexpr (std::same_as<S, double>)
      return exact_posterior_;
    else
      return float_posterior_;
  }
  template <Scalar S>
  static const AnyPrior<S>& prior() {
    static const AnyPrior<S> p{StandardNormal{}};
    return p;
  }

  template <Scalar S>
  LatentRound<S> round(const Matrix<S>& h, const Matrix<S>& z, const Matrix<S>& drawn) const {
    return {.h = h,
            .z = z,
            .prior = drawn,
            .posterior = &posterior<S>(),
            .random = RandomStream{options_.seed, Purpose::latent},
            .dropout = RandomStream{options_.seed, Purpose::dropout}};
  }
  template <Scalar S>
  static LatentOutcome<S> play(LatentPlayer<S>& player, const LatentRound<S>& r, double already = 0) {
    LatentOutcome<S> o;
    o.dz = Matrix<S>::Constant(r.z.rows(), r.z.cols(), static_cast<S>(already));
    o.dh = Matrix<S>::Constant(r.h.rows(), r.h.cols(), static_cast<S>(already));
    if (player.learner()) player.learner()->gradients.set_zero();
    o.share = player.add(r, as_view(o.dz), as_view(o.dh));
    o.learner_loss = player.learner_loss();
    if (player.learner()) o.gradients = vector(player.learner()->gradients);
    return o;
  }
  template <Scalar S>
  static Eigen::Map<const Vector<S>> vector(const Arena<S>& a) {
    return {a.data(), a.size()};
  }
  LatentOutcome<double> once() const { return play(*start(exact_, options_.inputs), round(h_, z_, drawn_)); }

  void check_figures() {
    constexpr std::size_t longest_figure = 31;
    expect(!exact_.figure().empty(), "it has no figure");
    expect(std::max(exact_.figure().size(), exact_.learner_figure().size()) <= longest_figure,
           "a figure's name has more than 31 characters");
    const bool learns = start(exact_, options_.inputs)->learner() != nullptr;
    expect(learns == !exact_.learner_figure().empty(), "it has a learner or a name for its loss, not both");
    expect(exact_.figure() != exact_.learner_figure(), "both figures have one name");
  }

  void check_gradients() {
    const auto player = start(exact_, options_.inputs);
    M h = h_, z = z_;
    const LatentOutcome<double> o = play(*player, round(h, z, drawn_));
    expect(o.share != 0 && !(o.dz.isZero(0) && o.dh.isZero(0)), "it takes no part in the loss");
    const auto share = [&] { return play(*player, round(h, z, drawn_)).share; };
    expect_close(relative_error(o.dz.reshaped(), central_differences(share, z.data(), z.size())),
                 "the gradient by z", options_.tolerance);
    expect_close(relative_error(o.dh.reshaped(), central_differences(share, h.data(), h.size())),
                 "the gradient by h", options_.tolerance);
    const LatentOutcome<double> added = play(*player, round(h, z, drawn_), 2);
    expect_close(relative_error(M(added.dz.array() - 2), o.dz), "gradients by z that were there", 1e-12);
    expect_close(relative_error(M(added.dh.array() - 2), o.dh), "gradients by h that were there", 1e-12);
    if (!player->learner()) return;
    Arena<double>& p = player->learner()->network.parameters();
    const Vector<double> before = vector(p);
    expect_close(
        relative_error(o.gradients,
                       central_differences([&] { return play(*player, round(h, z, drawn_)).learner_loss; },
                                           p.data(), p.size())),
        "the learner's gradient", options_.tolerance);
    play(*player, round(h, z, drawn_));
    expect(vector(p) == before, "a round moves the learner's parameters");
  }

  void check_contract() {
    const auto player = start(exact_, options_.inputs);
    const auto r = round(h_, z_, drawn_);
    const LatentOutcome<double> first = play(*player, r);
    expect(first == play(*player, r), "a second call gives other bits");
    expect(first == play(*player->copy(), r), "a copy gives other bits");
    M dz = M::Zero(z_.rows(), z_.cols()), dh = M::Zero(h_.rows(), h_.cols());
    expect(!allocates([&] { player->add(r, as_view(dz), as_view(dh)); }), "it allocates on the heap");
    M z = z_;
    z(1, 2) = not_a_number<double>();
    const LatentOutcome<double> poisoned = play(*player, round(h_, z, drawn_));
    expect(is_nan(poisoned.share) && !poisoned.dz.allFinite(),
           "a NaN among the latent vectors does not reach the loss and its gradient");
    expect(first == play(*player, r), "a NaN stays in the memory");
  }

  void check_small_batches() {
    expect(once() == play(*start(exact_, options_.inputs + 7), round(h_, z_, drawn_)),
           "a smaller batch in a larger memory gives other bits");
    const M h = h_.leftCols(1), z = z_.leftCols(options_.samples), drawn = drawn_.leftCols(options_.samples);
    const LatentOutcome<double> one = play(*start(exact_, options_.inputs), round(h, z, drawn));
    expect(is_finite(one.share) && one.dz.allFinite() && one.dh.allFinite(),
           "a batch of one input gives what is not finite");
  }

  void check_float_and_threads() {
    // Enough for several threads.
    const Index n = 64;
    const M h = 0.5 * normal(h_.rows(), n, 3), z = normal(z_.rows(), n * options_.samples, 4),
            drawn = normal(z_.rows(), z.cols(), 5);
    const Matrix<float> h_f = h.cast<float>(), z_f = z.cast<float>(), drawn_f = drawn.cast<float>();
    const auto run = [&] { return play(*start(float_, n), round(h_f, z_f, drawn_f)); };
    const LatentOutcome<float> one = on_threads(1, run), three = on_threads(3, run);
    expect(one == three, "three threads give other bits than one");
    // The learner's network of float has parameters of its own, so its figures are not those of double.
    if (one.gradients.size() > 0) return;
    const LatentOutcome<double> exact = play(*start(exact_, n), round(h, z, drawn));
    expect_close(std::abs(one.share - exact.share) / std::max(1.0, std::abs(exact.share)),
                 "float against double", options_.float_tolerance);
    expect_close(std::max(relative_error(one.dz, exact.dz), relative_error(one.dh, exact.dh)),
                 "gradients in float against double", options_.float_tolerance);
  }

  AnyLatentTerm<double> exact_;
  AnyLatentTerm<float> float_;
  AnyPosterior<double> exact_posterior_;
  AnyPosterior<float> float_posterior_;
  LatentTermConformanceOptions options_;
  M h_, z_, drawn_;
};

/// The list of ways in which a term on latent vectors breaks its contract; empty for one that is done.
template <class T>
std::vector<std::string> check_latent_term(T term, LatentTermConformanceOptions options = {}) {
  return LatentTermConformance<T>(std::move(term), options).run();
}

}  // namespace eigenerate::testing
