#include "eigenerate/adversarial/adversary.hpp"

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/core/threads.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "support/arenas.hpp"
#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

/// A map of 2 × 2 pixels with a head besides the logit.
template <Scalar S = double>
Adversary<S> patches(AnyAdversarialLoss<S> loss, std::vector<AnyAdversaryTerm<S>> terms = {}) {
  Adversary<S> adversary(Network<S>(Sequential{Reshape{1, 4, 4}, Conv2d{1, 3, {.kernel = 2, .stride = 2}},
                                               Tanh{}, Conv2d{3, 2, {.kernel = 1}}},
                                    {.name = "discriminator", .seed = 3}),
                         {Sgd{1}}, std::move(loss), std::move(terms));
  adversary.prepare(5);
  return adversary;
}

/// The whole loss of the discriminator, terms included.
double learned(Adversary<double>& a, const AdversaryRound<double>& round) {
  std::vector<double> values(a.terms().size());
  double sum = a.learn(round, values);
  for (const double value : values) sum += value;
  return sum;
}

}  // namespace

TEST_CASE("learn and fool give exact gradients, and other heads none", "[adversary]") {
  const Matrix<double> real = normal_batch(16, 5, 1), made = normal_batch(16, 5, 2);
  const auto check = [&](AnyAdversarialLoss<double> loss, std::vector<AnyAdversaryTerm<double>> terms) {
    CAPTURE(loss.kind());
    auto a = patches<double>(loss, terms);
    Matrix<double> fake = made;
    const AdversaryRound<double> round{.real = real, .fake = fake};
    learned(a, round);
    const Arena<double> gradients = a.learner().gradients;
    const auto numeric = central_differences(
        [&] { return learned(a, round); }, a.network().parameters().data(), a.network().parameters().size());
    CHECK(relative_error(memory_of(gradients), numeric) <= tolerance::derivative);
    CHECK(gradients["discriminator.3.bias"](1) == 0);

    const Matrix<double> d_fake = a.fool(round).d_fake;
    const auto expected = central_differences([&] { return a.fool(round).value; }, fake.data(), fake.size());
    CHECK(relative_error(d_fake, expected) <= tolerance::derivative);
  };
  check(NonSaturating{}, {});
  check(Hinge{}, {R1{}, R2{}});
  check(RelativisticAverage{Hinge{}}, {Dragan{}});
  check(RelativisticAverage{LeastSquares{}}, {GradientPenalty{}});
}

TEST_CASE("maps of logits that were scored say what fooling costs, of as many samples as a round has",
          "[adversary]") {
  const Matrix<double> real = normal_batch(16, 5, 1), fake = normal_batch(16, 5, 2);
  for (const AnyAdversarialLoss<double>& loss : {AnyAdversarialLoss<double>(LeastSquares{}),
                                                 AnyAdversarialLoss<double>(RelativisticAverage{Hinge{}})}) {
    auto a = patches<double>(loss);
    const double expected = a.fool({.real = real, .fake = fake}).value;
    CHECK(std::abs(a.fooled(a.score(real, fake, {})) - expected) < 1e-12);
    const double of_real = a.fool({.real = real, .fake = fake}, {}, {.maker = Maker::of_real}).value;
    CHECK(std::abs(a.fooled(a.score(real, fake, {}), Maker::of_real) - of_real) < 1e-12);
    const Matrix<double> many = Matrix<double>::Zero(1, 21);
    CHECK_THROWS_AS(a.fooled({many, many}), StateError);
  }
}

TEST_CASE("fooling moves nothing of the discriminator", "[adversary]") {
  Adversary<double> a(
      Network<double>(Sequential{Linear{4, 6}, BatchNorm{6}, Linear{6, 1}}, {.name = "discriminator"}), {},
      RelativisticAverage{Hinge{}});
  a.prepare(5);
  const Matrix<double> real = normal_batch(4, 5, 1), fake = normal_batch(4, 5, 2);
  const auto parameters = a.network().parameters(), buffers = a.network().buffers();
  a.fool({.real = real, .fake = fake});
  a.score(real, fake, {});
  CHECK(memory_of(a.network().parameters()) == memory_of(parameters));
  CHECK(memory_of(a.network().buffers()) == memory_of(buffers));
  CHECK(memory_of(a.learner().gradients).isZero(0));
  a.learn({.real = real, .fake = fake}, {});
  CHECK(memory_of(a.network().buffers()) != memory_of(buffers));
}

TEST_CASE("a round allocates nothing and has the same bits on any number of threads", "[adversary]") {
  const Matrix<float> real = normal_batch<float>(16, 5, 1), fake = normal_batch<float>(16, 5, 2);
  auto a = patches<float>(RelativisticAverage{Hinge{}}, {R1{}, Dragan{}});
  const AdversaryRound<float> round{.real = real, .fake = fake};
  std::vector<double> values(2);
  const auto run = [&] {
    a.learner().gradients.set_zero();
    a.learn(round, values);
    return a.fool(round);
  };
  const auto all = [&] {
    Matrix<float> d = run().d_fake;
    Vector<float> out(d.size() + a.learner().gradients.size());
    out << d.reshaped(), memory_of(a.learner().gradients);
    return out;
  };
  set_num_threads(1);
  const Vector<float> one = all();
  for (const int threads : {2, 3, 4, 8}) {
    set_num_threads(threads);
    CHECK(all() == one);
  }
  if (AllocationGuard::available()) {
    const AllocationGuard guard;
    run();
    CHECK(guard.count() == 0);
  }
  set_num_threads(0);
}

TEST_CASE("an adversary refuses what does not fit it", "[adversary]") {
  auto a = patches<double>(Hinge{});
  const Matrix<double> six = normal_batch(16, 6, 1);
  CHECK_THROWS_AS(a.learn({.real = six, .fake = six}, {}), StateError);
  CHECK_THROWS_AS(a.fool({.real = six, .fake = six}), StateError);
  CHECK_THROWS_AS(patches<double>(Minimax{0.7}), ConfigError);
  CHECK_THROWS_AS(patches<double>(Hinge{}, {R1{.every = 0}}), ConfigError);
}

TEST_CASE("of what fools a discriminator, game and terms can be taken apart", "[adversary]") {
  const Matrix<double> real = normal_batch(16, 5, 1), fake = normal_batch(16, 5, 2);
  const AdversaryRound<double> round{.real = real, .fake = fake};
  auto a = patches<double>(NonSaturating{}, {FeatureMatching{.features = 1}});
  std::vector<double> value(1);
  const auto fool = [&](const Fooling& how) {
    value[0] = 0;
    const auto fooled = a.fool(round, value, how);
    return std::pair(fooled.value, Matrix<double>(fooled.d_fake));
  };
  const auto [all, d_all] = fool({});
  const double share = value[0];
  REQUIRE(share > 0);
  const auto [of_terms, d_terms] = fool({.game = 0});
  CHECK(value[0] == share);
  CHECK(of_terms == share);
  const auto [of_game, d_game] = fool({.terms = false});
  CHECK(value[0] == 0);
  CHECK(std::abs(of_game + of_terms - all) < 1e-15);
  CHECK(relative_error(d_game + d_terms, d_all) < 1e-14);
  CHECK(d_terms.norm() > 0);
  const auto [weighted, d_weighted] = fool({.game = 3, .terms = false});
  CHECK(weighted == 3 * of_game);
  CHECK(relative_error(d_weighted, 3 * d_game) < 1e-14);
}

TEST_CASE("who made the real side learns by the exact gradient too, from mirrored logits", "[adversary]") {
  const Matrix<double> made = normal_batch(16, 5, 1), fake = normal_batch(16, 5, 2);
  const auto check = [&](const AnyAdversarialLoss<double>& loss) {
    CAPTURE(loss.kind());
    auto a = patches<double>(loss, {FeatureMatching{.features = 1}});
    Matrix<double> real = made;
    const AdversaryRound<double> round{.real = real, .fake = fake};
    const Fooling from_real{.maker = Maker::of_real};
    const Matrix<double> d_real = a.fool(round, {}, from_real).d_fake;
    const auto expected =
        central_differences([&] { return a.fool(round, {}, from_real).value; }, real.data(), real.size());
    CHECK(relative_error(d_real, expected) <= tolerance::derivative);
    CHECK(d_real.norm() > 0);
  };
  check(NonSaturating{});
  check(LeastSquares{});
  check(RelativisticAverage{Hinge{}});
}
