#include "eigenerate/optim/schedule.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

void check_factors(const std::string& name, const Schedule& schedule, Index total_steps) {
  const auto factors = load_golden("optim/schedule")[name].list("factors");
  REQUIRE(!factors.empty());
  for (std::size_t step = 0; step < factors.size(); ++step) {
    CAPTURE(name, step);
    CHECK(std::abs(learning_rate_factor(schedule, static_cast<Index>(step), total_steps) - factors[step]) <=
          tolerance::golden);
  }
}

}  // namespace

TEST_CASE("schedules agree with PyTorch") {
  check_factors("step", StepSchedule{.every = 3, .gamma = 0.5}, 12);
  check_factors("milestones", MilestoneSchedule{{{2, 0.5}, {5, 0.25}, {9, 0.125}}}, 12);
  check_factors("factors of one's own", MilestoneSchedule{{{0, 0.72}, {4, 1.3}, {8, 0.37}}}, 12);
  check_factors("cosine", CosineSchedule{}, 20);
  check_factors("cosine with a minimum", CosineSchedule{.minimum = 0.1}, 20);
  check_factors("warm-up and cosine", WarmUp{.steps = 4, .then = CosineSchedule{}}, 20);
}

TEST_CASE("schedules at their ends") {
  CHECK(learning_rate_factor(ConstantSchedule{}, 1000000, 10) == 1);
  CHECK(learning_rate_factor(MilestoneSchedule{}, 7, 10) == 1);
  CHECK(learning_rate_factor(MilestoneSchedule{{{2, 0.5}}}, 100, 10) == 0.5);
  CHECK(learning_rate_factor(CosineSchedule{.minimum = 0.1}, 30, 20) ==
        0.1);  // trained on after the plan's end
  CHECK(learning_rate_factor(CosineSchedule{.minimum = 0.1}, 0, 0) == 0.1);
  CHECK(learning_rate_factor(WarmUp{}, 0, 10) == 1);
  CHECK(learning_rate_factor(WarmUp{.steps = 20}, 9, 10) == 0.5);  // a warm-up longer than the training
  CHECK(learning_rate_factor(WarmUp{.steps = 20, .then = CosineSchedule{}}, 25, 10) == 0);
}

TEST_CASE("schedules refuse what cannot work") {
  CHECK_THROWS_AS(StepSchedule{.every = 0}.validate(), ConfigError);
  CHECK_THROWS_AS(StepSchedule{.gamma = 0}.validate(), ConfigError);
  CHECK_THROWS_AS((MilestoneSchedule{{{4, 1}, {4, 0.5}}}.validate()), ConfigError);
  CHECK_THROWS_AS((MilestoneSchedule{{{-1, 1}}}.validate()), ConfigError);
  CHECK_THROWS_AS((MilestoneSchedule{{{4, 0}}}.validate()), ConfigError);
  CHECK_NOTHROW(MilestoneSchedule{}.validate());
  CHECK_THROWS_AS(CosineSchedule{.minimum = 1.5}.validate(), ConfigError);
  CHECK_THROWS_AS(CosineSchedule{.minimum = std::nan("")}.validate(), ConfigError);
  CHECK_THROWS_AS(WarmUp{.steps = -1}.validate(), ConfigError);
  CHECK_THROWS_AS((WarmUp{.steps = 1, .then = StepSchedule{.every = 0}}.validate()), ConfigError);
  CHECK_NOTHROW((WarmUp{.steps = 1, .then = CosineSchedule{}}.validate()));
}
