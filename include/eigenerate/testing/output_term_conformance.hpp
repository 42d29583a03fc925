#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/adversarial/adversary.hpp"
#include "eigenerate/adversarial/least_squares.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "eigenerate/testing/adversary_term_options.hpp"
#include "eigenerate/testing/detail/suite.hpp"

namespace eigenerate::testing {

/// What one round gives: values of loss and term, and all gradients.
template <Scalar S>
struct RoundOutcome {
  double learned = 0, share = 0, fooled = 0, fool_share = 0;
  Vector<S> gradients;
  Matrix<S> d_fake;
  bool operator==(const RoundOutcome& o) const {
    return learned == o.learned && share == o.share && fooled == o.fooled && fool_share == o.fool_share &&
           gradients == o.gradients && d_fake == o.d_fake;
  }
};

/// The proof that a term on the outputs of a discriminator keeps its contract: an empty list of failures.
///
/// In the game of a smooth discriminator with the term's head: the gradients of both sides against central
/// differences of loss and term together; that the term takes part where it has a figure, and leaves the loss
/// alone where it has none; that fooling moves nothing; a smaller batch in a larger memory; the same bits at
/// a second call and on three threads; a NaN among the samples; float against double; zero allocations;
/// missing labels or codes, and a discriminator without its head, are refused by name; its figures fit.
///
/// **Errors** what `validate` throws.
template <class T>
class OutputTermConformance : detail::Suite {
 public:
  explicit OutputTermConformance(T term, AdversaryTermOptions options = {})
      : Suite(options.seed),
        term_(std::move(term)),
        options_(options),
        plan_(term_.plan()),
        real_(normal(4, options.batch, 0)),
        fake_(normal(4, options.batch, 1)),
        latent_(2 + plan_.code.size(), options.batch) {
    const int classes = static_cast<int>(std::max<Index>(plan_.classes, 1));
    for (Index j = 0; j < options_.batch; ++j) labels_.push_back(static_cast<int>(j) % classes);
    latent_.topRows(2) = normal(2, options_.batch, 2);
    plan_.code.draw(RandomStream{options_.seed}, as_view(latent_));
    float_latent_ = latent_.template cast<float>();
  }

  std::vector<std::string> run() {
    const AnyAdversaryTerm<double> any(term_);
    any.validate();
    learns_ = !any.figure().empty();
    fools_ = !any.fool_figure().empty();
    check_figures(any);
    check_learning();
    check_fooling();
    check_contract();
    check_refusals();
    check_float_and_threads();
    return failures_;
  }

 private:
  template <Scalar S>
  Network<S> network(Index channels) const {
    Network<S> net(Sequential{Linear{4, 6}, Tanh{}, Linear{6, channels}},
                   NetworkOptions{.name = "discriminator"});
    const Network<double> exact(Sequential{Linear{4, 6}, Tanh{}, Linear{6, channels}},
                                NetworkOptions{.name = "discriminator", .seed = options_.seed});
    for (Index i = 0; i < net.parameters().size(); ++i)
      net.parameters().data()[i] = static_cast<S>(exact.parameters().data()[i]);
    return net;
  }
  /// The game with the term, or without it.
  template <Scalar S>
  Adversary<S> game(bool with_term, Index room) const {
    std::vector<AnyAdversaryTerm<S>> terms;
    if (with_term) terms.push_back(term_);
    Adversary<S> adversary(network<S>(1 + plan_.channels), {}, LeastSquares{}, std::move(terms));
    adversary.prepare(room);
    return adversary;
  }
  /// Two values of noise, and the code.
  template <Scalar S>
  const Matrix<S>& latent() const {
    if constexpr (std::same_as<S, float>)
      return float_latent_;
    else
      return latent_;
  }
  template <Scalar S>
  AdversaryRound<S> round(const Matrix<S>& real, const Matrix<S>& fake) const {
    return {.real = real,
            .fake = fake,
            .random = RandomStream{options_.seed, Purpose::penalty},
            .dropout = RandomStream{options_.seed, Purpose::dropout},
            .labels = labels_,
            .latent = latent<S>()};
  }
  template <Scalar S>
  static RoundOutcome<S> play(Adversary<S>& adversary, const AdversaryRound<S>& round) {
    RoundOutcome<S> o;
    double value[1] = {};
    const std::span<double> values(value, adversary.terms().size());
    o.learned = adversary.learn(round, values);
    o.share = value[0];
    value[0] = 0;
    const Arena<S>& gradients = adversary.learner().gradients;
    o.gradients = Eigen::Map<const Vector<S>>(gradients.data(), gradients.size());
    const auto fooled = adversary.fool(round, values);
    o.fooled = fooled.value;
    o.fool_share = value[0];
    o.d_fake = fooled.d_fake;
    return o;
  }
  template <Scalar S>
  RoundOutcome<S> play(const Matrix<S>& real, const Matrix<S>& fake, Index room,
                       bool with_term = true) const {
    Adversary<S> adversary = game<S>(with_term, room);
    return play(adversary, round(real, fake));
  }
  RoundOutcome<double> play(bool with_term = true) const {
    return play(real_, fake_, options_.batch, with_term);
  }

  void check_figures(const AnyAdversaryTerm<double>& term) {
    constexpr std::size_t longest_figure = 31;
    expect(learns_ || fools_, "it has no figure, so it takes no part in the game");
    expect(std::max(term.figure().size(), term.fool_figure().size()) <= longest_figure,
           "a figure's name has more than 31 characters");
    expect(!learns_ || term.figure() != term.fool_figure(), "both figures have one name");
  }

  void check_learning() {
    const RoundOutcome<double> with = play(), without = play(false);
    expect(with.learned == without.learned, "it changes the value of the loss");
    if (!learns_) {
      expect(with.gradients == without.gradients,
             "it has no figure, but the discriminator's gradient changes");
      return;
    }
    expect(with.share != 0 && with.gradients != without.gradients, "it takes no part in what is learned");
    Adversary<double> adversary = game<double>(true, options_.batch);
    Arena<double>& p = adversary.network().parameters();
    const auto numeric = central_differences(
        [&] {
          const RoundOutcome<double> o = play(adversary, round(real_, fake_));
          return o.learned + o.share;
        },
        p.data(), p.size());
    expect_close(relative_error(with.gradients, numeric), "the discriminator's gradient", options_.tolerance);
  }

  void check_fooling() {
    const RoundOutcome<double> with = play(), without = play(false);
    if (!fools_) {
      expect(with.d_fake == without.d_fake && with.fooled == without.fooled,
             "it has no figure of fooling, but the fakes' gradient changes");
      return;
    }
    expect(with.fool_share != 0 && with.d_fake != without.d_fake, "it takes no part in fooling");
    expect_close(std::abs(with.fooled - without.fooled - with.fool_share) / std::abs(with.fooled),
                 "the value of fooling is not that of loss and term", 1e-12);
    Adversary<double> adversary = game<double>(true, options_.batch);
    Matrix<double> fake = fake_;
    const auto numeric = central_differences([&] { return adversary.fool(round(real_, fake)).value; },
                                             fake.data(), fake.size());
    expect_close(relative_error(with.d_fake.reshaped(), numeric), "the fakes' gradient", options_.tolerance);
    expect(Eigen::Map<const Vector<double>>(adversary.learner().gradients.data(),
                                            adversary.learner().gradients.size())
               .isZero(0),
           "fooling adds to the discriminator's gradient");
  }

  void check_contract() {
    const RoundOutcome<double> once = play();
    expect(once == play(), "a second call gives other bits");
    expect(once == play(real_, fake_, options_.batch + 30),
           "a smaller batch in a larger memory gives other bits");
    Adversary<double> adversary = game<double>(true, options_.batch);
    double value[1] = {};
    const AdversaryRound<double> r = round(real_, fake_);
    const auto both = [&] {
      adversary.learn(r, value);
      adversary.fool(r, value);
    };
    expect(!allocates(both), "it allocates on the heap");
    Matrix<double> real = real_, fake = fake_;
    real(1, 2) = fake(1, 2) = not_a_number<double>();
    const RoundOutcome<double> poisoned = play(real, fake, options_.batch);
    expect(!learns_ || is_nan(poisoned.share), "a NaN among the samples does not reach what is learned");
    expect(!fools_ || is_nan(poisoned.fool_share), "a NaN among the samples does not reach the fooling");
  }

  template <class F>
  void expect_refusal(F&& call, std::string_view what) {
    try {
      call();
      expect(false, fmt::format("{} is not refused", what));
    } catch (const ConfigError& e) {
      expect(std::string_view(e.what()).find(T::kind) != std::string_view::npos,
             fmt::format("the refusal of {} does not name it", what));
    }
  }
  void check_refusals() {
    if (plan_.channels > 0)
      expect_refusal(
          [&] {
            const std::vector<AnyAdversaryTerm<double>> terms{term_};
            Adversary<double>(network<double>(plan_.channels), {}, LeastSquares{}, terms);
          },
          "a discriminator without its head");
    if (plan_.classes > 0) {
      labels_.pop_back();
      expect_refusal([&] { play(); }, "a sample without a label");
      labels_.push_back(0);
    }
    if (plan_.code.size() > 0) {
      const Matrix<double> all = std::exchange(latent_, Matrix<double>(latent_.leftCols(2)));
      expect_refusal([&] { play(); }, "a sample without a code");
      latent_ = all;
    }
  }

  void check_float_and_threads() {
    const Matrix<float> real = real_.cast<float>(), fake = fake_.cast<float>();
    const auto run = [&] { return play(real, fake, options_.batch); };
    const RoundOutcome<float> one = on_threads(1, run), three = on_threads(3, run);
    expect(one == three, "three threads give other bits than one");
    const RoundOutcome<double> exact = play();
    const auto apart = [](double a, double b) { return std::abs(a - b) / std::max(1.0, std::abs(b)); };
    expect_close(
        std::max({apart(one.share, exact.share), apart(one.fool_share, exact.fool_share),
                  relative_error(one.gradients, exact.gradients), relative_error(one.d_fake, exact.d_fake)}),
        "float against double", options_.float_tolerance);
  }

  T term_;
  AdversaryTermOptions options_;
  OutputTermPlan plan_;
  Matrix<double> real_, fake_, latent_;
  Matrix<float> float_latent_;
  std::vector<int> labels_;
  bool learns_ = false, fools_ = false;
};

/// The list of ways in which a term on a discriminator's outputs breaks its contract; empty for one that is
/// done.
template <AdversaryOutputTerm T>
std::vector<std::string> check_adversary_term(T term, AdversaryTermOptions options = {}) {
  return OutputTermConformance<T>(std::move(term), options).run();
}

}  // namespace eigenerate::testing
