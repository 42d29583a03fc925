#include "eigenerate/models/adversary_step.hpp"

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/arenas.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using testing::memory_of;

namespace {

Adversary<double> critic(std::vector<AnyAdversaryTerm<double>> terms) {
  Adversary<double> adversary(
      Network<double>(Sequential{Linear{4, 6}, Tanh{}, Linear{6, 1}}, {.name = "discriminator", .seed = 3}),
      {Sgd{1}}, Hinge{}, std::move(terms));
  adversary.prepare(5);
  return adversary;
}

/// The discriminator's step, in parts of that size, against fixed fakes.
double take_step(Adversary<double>& adversary, Index part_size, std::uint64_t step, StepMetrics& metrics) {
  const Matrix<double> real = testing::normal_batch(4, 5, 1), fake = testing::normal_batch(4, 5, 2);
  const StepContext context{.step = step, .part_size = part_size};
  const BatchParts<double> parts({real, {}}, part_size);
  return adversary_step(adversary, parts, context, {}, metrics, [&](const BatchPart<double>& part) {
    return adversary_round(part, context,
                           ConstView<double>(fake.data() + 4 * part.first, 4, part.batch.size()), {});
  });
}

}  // namespace

TEST_CASE("an adversary's step in parts is that of the whole batch, terms and figures included",
          "[adversary]") {
  auto whole = critic({R1{.gamma = 3}, R2{.every = 2}}), parts = whole;
  for (const std::uint64_t step : {0u, 1u}) {
    CAPTURE(step);
    StepMetrics expected, got;
    const double loss = take_step(whole, 0, step, expected);
    CHECK(std::abs(take_step(parts, 2, step, got) - loss) < 1e-12);
    CHECK(expected["discriminator_loss"] == loss);
    CHECK(expected.contains("r1_penalty"));
    CHECK(expected.contains("r2_penalty") == (step == 0));
    CHECK(got.size() == expected.size());
    for (const auto& figure : expected) CHECK(std::abs(got[figure.name] - figure.value) < 1e-12);
    CHECK(testing::relative_error(memory_of(parts.network().parameters()),
                                  memory_of(whole.network().parameters())) < 1e-12);
    CHECK(memory_of(whole.learner().gradients).isZero(0));
  }
}

TEST_CASE("terms of one name report their sum, under one name", "[adversary]") {
  auto both = critic({R1{.gamma = 3}, R1{.gamma = 5, .every = 2}}), one = critic({R1{.gamma = 8}}),
       first = critic({R1{.gamma = 3}});
  CHECK(with_figures_of_terms({"loss"}, both).size() == 2);
  StepMetrics of_both, of_one;
  CHECK(std::abs(take_step(both, 0, 2, of_both) - take_step(first, 0, 2, of_one)) > 1e-3);
  both = critic({R1{.gamma = 3}, R1{.gamma = 2.5, .every = 2}});  // twice the weight in every other step
  CHECK(std::abs(take_step(both, 0, 2, of_both) - take_step(one, 0, 2, of_one)) < 1e-12);
  CHECK(std::abs(of_both["r1_penalty"] - of_one["r1_penalty"]) < 1e-12);
  both = critic({R1{.gamma = 3}, R1{.gamma = 5, .every = 2}});
  first = critic({R1{.gamma = 3}});
  CHECK(take_step(both, 0, 1, of_both) == take_step(first, 0, 1, of_one));
  CHECK(of_both["r1_penalty"] == of_one["r1_penalty"]);
}

TEST_CASE("every part of a step has noise of its own", "[adversary]") {
  const Matrix<double> x = testing::normal_batch(4, 4, 1);
  const StepContext context{.step = 7, .seed = 9, .progress = 0.5};
  const BatchParts<double> parts({x, {}}, 2);
  const auto of = [&](Index i) { return adversary_round<double>(parts[i], context, x.leftCols(2), {}); };
  CHECK(of(0).random.words(0) == context.stream(Purpose::penalty).words(0));
  CHECK(of(0).dropout.words(0) == context.stream(Purpose::dropout).words(0));
  CHECK(of(1).random.words(0) != of(0).random.words(0));
  CHECK(of(1).dropout.words(0) != of(0).dropout.words(0));
  CHECK(of(1).real == x.rightCols(2));
  CHECK(of(1).progress == 0.5);
  CHECK(of(1).step == 7);
}

TEST_CASE("more terms than figures have room for are refused", "[adversary]") {
  auto adversary = critic(std::vector<AnyAdversaryTerm<double>>(StepMetrics::capacity + 1, R1{}));
  StepMetrics metrics;
  support::refuses<ConfigError>([&] { take_step(adversary, 0, 0, metrics); },
                                {"discriminator", "at most 16 terms", "got 17"});
}
