#pragma once
// What every model promises of its training step, as checks of any: `make()` builds the model.

#include "eigenerate/core/threads.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/arenas.hpp"
#include "support/catch.hpp"
#include "support/model_hash.hpp"

namespace step_promises {

using namespace eigenerate;

template <class Make>
void same_bits_on_any_number_of_threads(const Make& make, const Batch<float>& batch) {
  const auto trained = [&](int threads) {
    set_num_threads(threads);
    auto model = make();
    model.prepare(batch.size());
    for (std::uint64_t step = 0; step < 10; ++step) model.train_step(batch, {.step = step, .seed = 9});
    set_num_threads(0);
    return support::model_hash(model);
  };
  const auto expected = trained(1);
  CHECK(expected != support::model_hash(make()));
  for (const int threads : {2, 3, 4, 8}) {
    CAPTURE(threads);
    CHECK(trained(threads) == expected);
  }
}

/// A step in parts of two samples gives the figures of the step of all, which it returns, and learns the
/// same; what differs is the order of sums.
template <class M>
StepMetrics a_step_in_parts_is_the_whole(const M& model, const Batch<double>& batch) {
  M whole = model, parts = model;
  whole.prepare(batch.size());
  parts.prepare(2, batch.size());
  parts.prepare(3);  // as an evaluation between two steps does
  const StepMetrics expected = whole.train_step(batch, {.step = 2, .seed = 9}),
                    got = parts.train_step(batch, {.step = 2, .seed = 9, .part_size = 2});
  CHECK(got.size() == expected.size());
  for (const auto& figure : expected) {
    CAPTURE(figure.name.view());
    CHECK(std::abs(got[figure.name] - figure.value) < 1e-11);
  }
  const auto of_parts = parts.learners(), of_whole = whole.learners();
  auto learner = of_parts.begin();
  for (auto* expected_of : of_whole) {
    CAPTURE(expected_of->network.name());
    CHECK(testing::relative_error(testing::memory_of((*learner++)->network.parameters()),
                                  testing::memory_of(expected_of->network.parameters())) < 1e-11);
  }
  return expected;
}

/// Steps that can be undone, steps in parts and evaluations, after one of each.
template <class Make>
void no_step_after_the_first_allocates(const Make& make, const Batch<float>& batch) {
  if (!testing::AllocationGuard::available()) return;
  auto model = make();
  model.prepare(batch.size());
  const auto work = [&](std::uint64_t step) {
    model.train_step(batch, {.step = step, .undoable = true});
    model.train_step(batch, {.step = step + 1, .part_size = batch.size() / 2});
    model.evaluate(batch, {});
  };
  work(0);
  const testing::AllocationGuard guard;
  work(2);
  work(4);
  CHECK(guard.count() == 0);
}

}  // namespace step_promises
