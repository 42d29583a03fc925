#pragma once
// What every model promises of a run that goes on, as a check of any: `make()` builds the model.

#include "eigenerate/core/threads.hpp"
#include "eigenerate/training/callbacks/checkpoints.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/model_hash.hpp"
#include "support/stop_at.hpp"

namespace step_promises {

using namespace eigenerate;

/// A run that is stopped, and resumed on another number of threads, ends with the bits of one that was not.
template <class Make>
void a_resumed_run_is_the_whole_one(const Make& make, const Dataset& data) {
  const auto train = [&](const support::TemporaryFolder& folder, std::uint64_t stop_after) {
    auto model = make();
    Trainer{{.epochs = 3, .batch_size = 16, .seed = 6},
            support::StopAt{stop_after},
            Checkpoints{folder.path(), {.resume = true}}}
        .fit(model, data);
    return support::model_hash(model);
  };
  const support::TemporaryFolder whole, parts;
  const auto expected = train(whole, 0);
  CHECK(train(parts, 4) != expected);
  set_num_threads(num_threads() + 1);
  CHECK(train(parts, 0) == expected);
  set_num_threads(0);
}

}  // namespace step_promises
