// Models where programs and threads end: objects with static and thread lifetime, detached threads, forked
// children.
#include <atomic>
#include <cstdint>
#include <thread>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/data/toy.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/forked.hpp"
#include "support/model_hash.hpp"
#include "support/small_models.hpp"

using namespace eigenerate;
using support::AtEnd;
using support::code_of_child;
using support::Leave;

namespace {

// Widths at which products use several threads.
Vae<> make_vae() {
  return {Sequential{Flatten{}, Linear{64, 256}, Relu{}, Linear{256, 256}, Relu{}, Linear{256, 6}},
          Sequential{Linear{3, 256}, Relu{}, Linear{256, 256}, Relu{}, Linear{256, 64}, Reshape{1, 8, 8}},
          {.seed = 2}};
}

std::uint64_t trained_hash(Vae<>& vae) {
  Trainer{{.epochs = 2, .batch_size = 16, .seed = 7}}.fit(vae, support::small_images());
  return support::model_hash(vae);
}

/// Samples, and a training run from the start, against those of the parent before it forked.
struct Expected {
  Expected() : hash(trained_hash(vae)), samples(vae.sample(64)) {}

  bool can_sample() { return vae.sample(64) == samples; }
  bool can_train() const {
    auto again = make_vae();
    return trained_hash(again) == hash;
  }

  Vae<> vae = make_vae();
  std::uint64_t hash;
  Matrix<float> samples;
};

struct Threads {
  explicit Threads(int threads) : before(num_threads()) { set_num_threads(threads); }
  ~Threads() { set_num_threads(before); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  int before;
};

}  // namespace

TEST_CASE("a forked child samples and trains with the same bits, on its own number of threads",
          "[process_end]") {
  const Threads scope(2);
  Expected expected;
  for (const int threads : {1, 2, 3}) {
    if (threads > 1 && !support::children_may_start_threads()) break;
    for (const Leave leave : {Leave::exit, Leave::at_once}) {
      CAPTURE(threads, leave == Leave::exit);
      CHECK(code_of_child([&] { return set_num_threads(threads), expected.can_sample(); }, leave) == 0);
      CHECK(code_of_child([&] { return set_num_threads(threads), expected.can_train(); }, leave) == 0);
    }
  }
  CHECK(expected.can_sample());
  CHECK(expected.can_train());
}

TEST_CASE("objects of static and of thread lifetime sample and train while the program ends",
          "[process_end]") {
  const int threads = GENERATE(1, 2);
  CAPTURE(threads);
  if (!support::children_may_start_threads()) return;
  CHECK(code_of_child(
            [threads] {
              set_num_threads(threads);
              static Expected expected;
              static const AtEnd of_program([] { return expected.can_sample() && expected.can_train(); });
              thread_local const AtEnd of_thread([] { return expected.can_sample(); });
              std::thread([] {
                thread_local const AtEnd of_other_thread(
                    [] { return expected.can_sample() && expected.can_train(); });
                if (!expected.can_sample()) _exit(3);
              }).join();
              static std::atomic<bool> samples{false};
              static Expected* const for_the_detached = new Expected;  // which is never destroyed
              std::thread([] {
                for (;; samples = true)
                  if (!for_the_detached->can_sample()) _exit(4);
              }).detach();
              while (!samples) std::this_thread::yield();
              return expected.can_sample();
            },
            Leave::exit) == 0);
}
