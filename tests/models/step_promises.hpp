#pragma once
// What every model promises of its training step, as checks of any: `make()` builds the model.

#include "eigenerate/core/threads.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
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
