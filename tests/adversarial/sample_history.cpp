#include "eigenerate/adversarial/sample_history.hpp"

#include <map>
#include <set>

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/layers/layers.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

/// Samples of two values, both their number.
Matrix<double> numbered(Index first, Index n) {
  Matrix<double> x(2, n);
  for (Index j = 0; j < n; ++j) x.col(j).setConstant(static_cast<double>(first + j));
  return x;
}

}  // namespace

TEST_CASE("a history keeps the first samples, and then exchanges half of the new ones", "[sample_history]") {
  const Index capacity = 5, batch = 4;
  auto kept = make_sample_history<double>("judge", 2, capacity);
  CHECK(kept.segments()[0].name == "judge.history.samples");
  CHECK(kept.segments()[0].shape == std::vector<Index>{capacity, 2});
  Matrix<double> shown(2, batch);
  std::map<double, int> seen;
  int earlier = 0, all = 0;
  for (Index step = 0; step < 500; ++step) {
    const Matrix<double> fresh = numbered(step * batch, batch);
    exchange_samples<double>(kept, fresh, as_view(shown),
                             RandomStream{3}.at(static_cast<std::uint64_t>(step)));
    for (Index j = 0; j < batch; ++j) {
      CHECK(shown(0, j) == shown(1, j));
      ++seen[shown(0, j)];
      if (step * batch + j < capacity) {
        CHECK(shown(0, j) == fresh(0, j));
        continue;
      }
      ++all;
      earlier += shown(0, j) != fresh(0, j) ? 1 : 0;
    }
  }
  // Binomial with p = 1/2: five standard deviations.
  CHECK(std::abs(earlier - all / 2.0) < 5 * std::sqrt(all / 4.0));
  CHECK(kept["judge.history.filled"](0) == capacity);
  // A sample is shown when it is new or when it leaves; the first ones are shown when they are new too.
  for (const auto& [number, times] : seen) CHECK(times <= (number < static_cast<double>(capacity) ? 2 : 1));
  std::set<double> held;
  for (Index i = 0; i < capacity; ++i) held.insert(kept["judge.history.samples"](2 * i));
  CHECK(held.size() == static_cast<std::size_t>(capacity));
  for (const double number : held) CHECK(seen[number] == (number < static_cast<double>(capacity) ? 1 : 0));
}

TEST_CASE("a discriminator with a history learns from earlier fakes, and fools with new ones alone",
          "[sample_history]") {
  const auto make = [](Index history) {
    Adversary<double> adversary(Network<double>(Linear{2, 1}, NetworkOptions{"judge"}),
                                {.optimizer = Sgd{0.1}}, NonSaturating{}, {}, {.history = history});
    adversary.prepare(4);
    return adversary;
  };
  const Matrix<double> real = testing::normal_batch(2, 4, 1), first = testing::normal_batch(2, 4, 2),
                       second = testing::normal_batch(2, 4, 3);
  auto with = make(4), without = make(0);
  const auto round = [&](const Matrix<double>& fake) {
    return AdversaryRound<double>{.real = real, .fake = fake, .random = RandomStream{1}};
  };
  CHECK(with.learn(round(first), {}) == without.learn(round(first), {}));
  CHECK(with.learn(round(second), {}) != without.learn(round(second), {}));
  CHECK(with.fool(round(second)).value == without.fool(round(second)).value);
  CHECK(with.learner().memory);
  CHECK_FALSE(without.learner().memory);
}

TEST_CASE("packs are made of what a history shows", "[sample_history]") {
  Adversary<double> adversary(Network<double>(Linear{4, 1}, NetworkOptions{"judge"}), {}, NonSaturating{}, {},
                              {.packing = 2, .history = 3});
  CHECK(adversary.learner().memory->segments()[0].shape == std::vector<Index>{3, 2});
  adversary.prepare(4);
  const Matrix<double> real = testing::normal_batch(2, 4, 1), fake = testing::normal_batch(2, 4, 2);
  for (std::uint64_t step = 0; step < 3; ++step)
    CHECK(is_finite(adversary.learn({.real = real, .fake = fake, .random = RandomStream{1}.at(step)}, {})));
}

TEST_CASE("a history is refused where a fake does not stand for itself", "[sample_history]") {
  const auto build = [](std::vector<AnyAdversaryTerm<double>> terms, Index outputs) {
    Adversary<double>(Network<double>(Linear{2, outputs}, NetworkOptions{"judge"}), {}, NonSaturating{},
                      terms, {.history = 3});
  };
  CHECK_NOTHROW(build({R1{}}, 1));
  support::refuses<ConfigError>([&] { build({ClassHead{.classes = 3}}, 4); },
                                {"judge", "labels", "ClassHead"});
  support::refuses<ConfigError>(
      [] {
        Adversary<double>(Network<double>(Sequential{JoinCondition{}, Linear{5, 1}}, Shape{2},
                                          {.name = "judge", .condition = Shape{3}}),
                          {}, NonSaturating{}, {}, {.history = 3});
      },
      {"judge", "conditions"});
}
