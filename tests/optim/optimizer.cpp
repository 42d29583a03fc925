#include "eigenerate/optim/optimizer.hpp"

#include <cstring>
#include <vector>

#include "eigenerate/optim/clipping.hpp"
#include "eigenerate/optim/ema.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "support/arenas.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

const std::vector<Optimizer> rules{Sgd{.momentum = 0.9},
                                   Adam{},
                                   AdamW{},
                                   RmsProp{.momentum = 0.5, .centered = true},
                                   Lookahead{.rule = Adam{}, .every = 3},
                                   Lookahead{.rule = RmsProp{}, .every = 2}};

Arena<float> random_arena(const std::shared_ptr<const Table>& table, std::uint64_t lane) {
  Arena<float> arena(table);
  for_each_parameter(
      [&](const Segment& s, float* p) { fill_normal(p, s.size, RandomStream{5}.lane(lane++)); }, arena);
  return arena;
}

bool same_bytes(const Arena<float>& a, const Arena<float>& b) {
  return std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("the state has an arena for every name, and a step changes the parameters against the gradient") {
  const auto table = make_table({5, 20});
  for (const Optimizer& rule : rules) {
    CAPTURE(rule.index());
    Arena<float> parameters(table), gradients = random_arena(table, 1);
    auto state = make_state(rule, parameters);
    CHECK(state.moments.size() == std::visit([](const auto& r) { return r.moment_names().size(); }, rule));
    CHECK(state.step == 0);
    step(rule, parameters, gradients, state);
    CHECK(state.step == 1);
    for (Index i = 0; i < parameters.size(); ++i)
      CHECK((gradients.data()[i] == 0 ? parameters.data()[i] == 0
                                      : parameters.data()[i] * gradients.data()[i] < 0));
  }
}

TEST_CASE(
    "steps have the same bits for any number of threads, allocate nothing, and go on from a copy of the "
    "state") {
  const auto table = make_table({100000, 7, 33333});
  for (const Optimizer& rule : rules) {
    CAPTURE(rule.index());
    const Arena<float> gradients = random_arena(table, 1);
    const auto run = [&](Arena<float>& parameters, OptimizerState<float>& state, int steps) {
      for (int t = 0; t < steps; ++t) step(rule, parameters, gradients, state);
    };
    set_num_threads(1);
    Arena<float> one = random_arena(table, 9), three = one;
    auto state_one = make_state(rule, one), state_three = state_one;
    run(one, state_one, 4);

    set_num_threads(3);
    run(three, state_three, 2);
    Arena<float> resumed = three;  // as a checkpoint would hold them
    auto resumed_state = state_three;
    {
      const AllocationGuard guard;
      run(three, state_three, 2);
      if (AllocationGuard::available()) CHECK(guard.count() == 0);
    }
    run(resumed, resumed_state, 2);
    set_num_threads(0);
    CHECK(same_bytes(one, three));
    CHECK(same_bytes(resumed, three));
    CHECK(padding_is_zero(three));
  }
}

TEST_CASE("the factor scales the learning rate") {
  const auto table = make_table({5});
  Arena<float> whole(table), half(table), gradients = random_arena(table, 1);
  const Optimizer full_rate = Adam{2e-3}, twice_too_much = Adam{4e-3};
  auto state_whole = make_state(full_rate, whole), state_half = make_state(twice_too_much, half);
  step(full_rate, whole, gradients, state_whole);
  step(twice_too_much, half, gradients, state_half, 0.5);
  CHECK(same_bytes(whole, half));
}

TEST_CASE("a step that clears the gradients is the same step, and refuses the same") {
  const auto table = make_table({3000, 7});
  for (const Optimizer& rule : rules) {
    CAPTURE(rule.index());
    Arena<float> kept = random_arena(table, 9), cleared = kept, gradients = random_arena(table, 1);
    const Arena<float> gradients_before = gradients;
    auto state_kept = make_state(rule, kept), state_cleared = state_kept;
    step(rule, kept, gradients, state_kept, 0.5);
    CHECK(same_bytes(gradients, gradients_before));
    step_and_clear(rule, cleared, gradients, state_cleared, 0.5);
    CHECK(same_bytes(gradients, Arena<float>(table)));
    CHECK(same_bytes(kept, cleared));
    CHECK(state_cleared.step == 1);
    for (std::size_t i = 0; i < state_kept.moments.size(); ++i)
      CHECK(same_bytes(state_kept.moments[i], state_cleared.moments[i]));
  }
  Arena<float> parameters(table), foreign(make_table({5}));
  auto state = make_state(Optimizer{Adam{}}, parameters);
  CHECK_THROWS_AS(step_and_clear(Optimizer{Adam{}}, parameters, foreign, state), StateError);
}

TEST_CASE("a step refuses what does not belong together, and changes nothing then") {
  const auto table = make_table({5}), other = make_table({5});
  Arena<float> parameters(table), gradients = random_arena(table, 1);
  auto state = make_state(Optimizer{Adam{}}, parameters);
  CHECK_THROWS_AS(step(Optimizer{Adam{}}, parameters, Arena<float>(other), state), StateError);
  CHECK_THROWS_AS(step(Optimizer{Sgd{}}, parameters, gradients, state), StateError);
  auto foreign = make_state(Optimizer{Adam{}}, Arena<float>(other));
  CHECK_THROWS_AS(step(Optimizer{Adam{}}, parameters, gradients, foreign), StateError);
  CHECK(state.step == 0);
  CHECK(same_bytes(parameters, Arena<float>(table)));
  CHECK_THROWS_AS(make_state(Optimizer{Adam{-1}}, parameters), ConfigError);
}

TEST_CASE("clipping and averaging allocate nothing") {
  if (!AllocationGuard::available()) return;
  const auto table = make_table({100000});
  Arena<float> gradients = random_arena(table, 1), average = gradients;
  const auto run = [&] {
    clip_by_value(gradients, 1);
    clip_by_global_norm({&gradients, &average}, 1);
    ema_update(average, gradients, 0.9);
  };
  run();
  const AllocationGuard guard;
  run();
  CHECK(guard.count() == 0);
}
