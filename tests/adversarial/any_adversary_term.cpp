#include "eigenerate/adversarial/any_adversary_term.hpp"

#include "adversarial/term_check.hpp"
#include "eigenerate/adversarial/adversarial.hpp"

using namespace eigenerate;

TEST_CASE("WGAN-GP's penalty keeps the contract of terms", "[conformance]") {
  require_term_conformance(GradientPenalty{});
  require_term_conformance(GradientPenalty{.weight = 2, .target = 0});
  require_term_conformance(GradientPenalty{.one_sided = true, .every = 2}, {.steepness = 2});
}

TEST_CASE("an erased term says what the wrapped one says") {
  const AnyAdversaryTerm<> term = R1{.gamma = -1};
  CHECK(term.kind() == "R1");
  CHECK(term.figure() == "r1_penalty");
  CHECK_THROWS_AS(term.validate(), ConfigError);
  AnyAdversaryTerm<> from = Dragan{};
  const AnyAdversaryTerm<> to = std::move(from);
  CHECK(to.kind() == "Dragan");
  CHECK_THROWS_AS(from.kind(), StateError);  // NOLINT: that is the question
}
