// The weight of a KL term by the step.

#include "eigenerate/latent/kl_schedule.hpp"

#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("a schedule that says nothing is full from the first step on", "[objective]") {
  CHECK(KlSchedule{}.weight(0) == 1);
  CHECK(KlSchedule::warm_up(0).weight(0) == 1);
  CHECK(KlSchedule::warm_up(1).weight(0) == 1);
}

TEST_CASE("a warm-up rises linearly and stays", "[objective]") {
  const KlSchedule s = KlSchedule::warm_up(8);
  CHECK(s.weight(0) == 0.125);
  CHECK(s.weight(3) == 0.5);
  CHECK(s.weight(7) == 1);
  CHECK(s.weight(8) == 1);
  CHECK(s.weight(std::uint64_t{1} << 60) == 1);
}

TEST_CASE("cycles rise in a share of each, and begin anew", "[objective]") {
  const KlSchedule s = KlSchedule::cycles({.steps = 8, .count = 2, .rise = 0.5});
  CHECK(s.weight(0) == 0.25);
  CHECK(s.weight(3) == 1);
  CHECK(s.weight(7) == 1);
  CHECK(s.weight(8) == 0.25);
  CHECK(s.weight(15) == 1);
  CHECK(s.weight(16) == 1);
  CHECK(s.weight(17) == 1);
  // A rise shorter than a step is none.
  CHECK(KlSchedule::cycles({.steps = 2, .rise = 0.1}).weight(2) == 1);
}

TEST_CASE("cycles that cannot be are refused", "[objective]") {
  using support::refuses;
  refuses<ConfigError>([] { KlSchedule::cycles({.steps = 0}).validate(); }, {"KlSchedule", "got 0 and 4"});
  refuses<ConfigError>([] { KlSchedule::cycles({.steps = 3, .count = 0}).validate(); }, {"got 3 and 0"});
  refuses<ConfigError>([] { KlSchedule::cycles({.steps = 3, .rise = 0}).validate(); }, {"rise", "got 0"});
  refuses<ConfigError>([] { KlSchedule::cycles({.steps = 3, .rise = 1.5}).validate(); }, {"rise", "got 1.5"});
}
