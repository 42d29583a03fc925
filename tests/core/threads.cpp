#include "eigenerate/core/threads.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/forked.hpp"

using namespace eigenerate;
using support::code_of_child;
using support::Leave;

namespace {

/// Leaves the number of threads as it was found.
struct ThreadCount {
  explicit ThreadCount(int threads) : before(num_threads()) { set_num_threads(threads); }
  ~ThreadCount() { set_num_threads(before); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;
  int before;
};

/// How often each chunk of a loop ran.
std::vector<int> runs_per_chunk(std::ptrdiff_t chunks) {
  std::vector<std::atomic<int>> runs(static_cast<std::size_t>(chunks));
  parallel_for(chunks, [&](std::ptrdiff_t chunk) { runs[static_cast<std::size_t>(chunk)].fetch_add(1); });
  return {runs.begin(), runs.end()};
}

bool loops_work() {
  return runs_per_chunk(17) == std::vector<int>(17, 1);
}

/// Whether two chunks that wait for each other meet, which needs two threads.
bool two_threads_take_part() {
  std::atomic<int> arrived{0};
  std::atomic<bool> met{true};
  parallel_for(2, [&](std::ptrdiff_t) {
    arrived.fetch_add(1);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (arrived.load() < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    if (arrived.load() < 2) met = false;
  });
  return met;
}

/// Loops of another thread, one after the other, for as long as the object lives.
class BusyPool {
 public:
  BusyPool() {
    while (!started_) std::this_thread::yield();
  }
  BusyPool(const BusyPool&) = delete;
  BusyPool& operator=(const BusyPool&) = delete;
  ~BusyPool() {
    stop_ = true;
    user_.join();
  }

 private:
  std::atomic<bool> started_{false}, stop_{false};
  std::thread user_{[this] {
    while (!stop_)
      parallel_for(8, [this](std::ptrdiff_t) {
        started_ = true;
        std::this_thread::yield();
      });
  }};
};

}  // namespace

TEST_CASE("every chunk runs exactly once", "[threads]") {
  for (const int threads : {1, 2, 3, 4, 8}) {
    const ThreadCount scope(threads);
    CHECK(num_threads() == threads);
    for (const std::ptrdiff_t chunks : {0, 1, 2, 3, 7, 64, 1000}) {
      CAPTURE(threads, chunks);
      CHECK(runs_per_chunk(chunks) == std::vector<int>(static_cast<std::size_t>(chunks), 1));
    }
  }
}

TEST_CASE("a loop sees what was written before it, and its writes are seen after it", "[threads]") {
  const ThreadCount scope(4);
  std::vector<std::ptrdiff_t> values(64);
  for (std::ptrdiff_t round = 0; round < 2000; ++round) {
    const std::ptrdiff_t offset =
        round;  // plain data: a missing ordering is a race that ThreadSanitizer reports
    parallel_for(64, [&](std::ptrdiff_t chunk) { values[static_cast<std::size_t>(chunk)] = chunk + offset; });
    REQUIRE(std::accumulate(values.begin(), values.end(), std::ptrdiff_t{0}) == 63 * 32 + 64 * offset);
  }
}

TEST_CASE("several threads take part, even those that slept, and a loop waits for all of them", "[threads]") {
  const ThreadCount scope(2);
  runs_per_chunk(2);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(two_threads_take_part());
  // The chunk on the other thread takes longer.
  const auto caller = std::this_thread::get_id();
  std::atomic<int> arrived{0}, finished{0};
  parallel_for(2, [&](std::ptrdiff_t) {
    arrived.fetch_add(1);
    while (arrived.load() < 2) std::this_thread::yield();
    if (std::this_thread::get_id() != caller) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    finished.fetch_add(1);
  });
  CHECK(finished == 2);
}

TEST_CASE("a pool sleeps and wakes over and over", "[threads]") {
  const ThreadCount scope(3);
  for (int round = 0; round < 20; ++round) {
    CHECK(runs_per_chunk(9) == std::vector<int>(9, 1));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST_CASE("a pool without work leaves the processor to others", "[threads]") {
  const ThreadCount scope(2);
  runs_per_chunk(100);
  std::this_thread::sleep_for(
      std::chrono::milliseconds(20));  // a worker that just started may still be on its way
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  // A worker that spins would have used all of it.
  CHECK(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC < 0.05);
}

TEST_CASE("a loop inside a loop runs inline", "[threads]") {
  const ThreadCount scope(4);
  std::array<std::atomic<int>, 8 * 8> runs{};
  std::atomic<bool> same_thread{true};
  parallel_for(8, [&](std::ptrdiff_t outer) {
    const auto here = std::this_thread::get_id();
    parallel_for(8, [&](std::ptrdiff_t inner) {
      if (std::this_thread::get_id() != here) same_thread = false;
      runs[static_cast<std::size_t>(outer * 8 + inner)].fetch_add(1);
    });
  });
  CHECK(same_thread);
  for (const auto& count : runs) CHECK(count.load() == 1);
}

TEST_CASE("loops of several user threads do not disturb each other", "[threads]") {
  const ThreadCount scope(3);
  std::array<std::atomic<bool>, 4> correct{};
  std::vector<std::thread> users;
  for (std::size_t user = 0; user < correct.size(); ++user) {
    users.emplace_back([&, user] {
      bool good = true;
      for (int round = 0; round < 300; ++round) good = good && runs_per_chunk(17) == std::vector<int>(17, 1);
      correct[user] = good;
    });
  }
  for (int i = 0; i < 200; ++i) set_num_threads(2 + i % 3);
  for (std::thread& user : users) user.join();
  for (const auto& good : correct) CHECK(good.load());
}

TEST_CASE("the environment sets the default thread count", "[threads]") {
  const char* const name = "EIGENERATE_NUM_THREADS";
  const char* const old = std::getenv(name);
  const std::string before = old == nullptr ? "" : old;
  const auto default_under = [name](const char* value) {
    ::setenv(name, value, 1);
    return detail::default_num_threads();
  };
  CHECK(default_under("3") == 3);
  CHECK(default_under("100000") == 1024);
  const int of_machine = default_under("");
  CHECK(of_machine >= 1);
  CHECK(default_under("0") == of_machine);
  CHECK(default_under("-2") == of_machine);
  CHECK(default_under("many") == of_machine);
  old == nullptr ? ::unsetenv(name) : ::setenv(name, before.c_str(), 1);
}

TEST_CASE("the thread count has a default to return to", "[threads]") {
  const ThreadCount scope(5);
  CHECK(num_threads() == 5);
  set_num_threads(0);
  CHECK(num_threads() == detail::default_num_threads());
  CHECK(num_threads() >= 1);
}

TEST_CASE("a forked child has threads of its own, however long the workers of its parent have slept",
          "[threads]") {
  if (!support::children_may_start_threads) {
    WARN("forked children may not start threads here: skipped");
    return;
  }
  const ThreadCount scope(2);
  for (const int milliseconds : {0, 20}) {
    for (const Leave leave : {Leave::exit, Leave::at_once}) {
      CAPTURE(milliseconds, leave == Leave::exit);
      runs_per_chunk(9);
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      CHECK(code_of_child([] { return true; }, leave) == 0);
      CHECK(code_of_child(loops_work, leave) == 0);
      CHECK(code_of_child(two_threads_take_part, leave) == 0);
      CHECK(code_of_child([] { return set_num_threads(3), loops_work() && two_threads_take_part(); },
                          leave) == 0);
      CHECK(loops_work());
    }
  }
}

TEST_CASE("a child of a forked child has threads of its own", "[threads]") {
  if (!support::children_may_start_threads) {
    WARN("forked children may not start threads here: skipped");
    return;
  }
  const ThreadCount scope(3);
  runs_per_chunk(9);
  for (const Leave leave : {Leave::exit, Leave::at_once}) {
    const auto grandchild = [leave] { return code_of_child(two_threads_take_part, leave) == 0; };
    CHECK(code_of_child([&] { return grandchild(); }, leave) == 0);
    CHECK(code_of_child([&] { return two_threads_take_part() && grandchild() && two_threads_take_part(); },
                        leave) == 0);
  }
}

TEST_CASE("a process may fork while another thread's loop has the pool", "[threads]") {
  if (!support::children_may_start_threads) {
    WARN("forked children may not start threads here: skipped");
    return;
  }
  const ThreadCount scope(3);
  const BusyPool busy;
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    CHECK(code_of_child([] { return two_threads_take_part(); }, i % 2 == 0 ? Leave::exit : Leave::at_once) ==
          0);
  }
}

TEST_CASE("a child that was forked inside a loop runs loops inline and exits", "[threads]") {
  const ThreadCount scope(3);
  std::array<int, 4> codes{};
  parallel_for(4, [&](std::ptrdiff_t chunk) {
    codes[static_cast<std::size_t>(chunk)] =
        code_of_child(loops_work, chunk % 2 == 0 ? Leave::exit : Leave::at_once);
  });
  CHECK(codes == std::array<int, 4>{});
}

TEST_CASE("loops run while a program ends", "[threads]") {
  if (!support::children_may_start_threads) {
    WARN("forked children may not start threads here: skipped");
    return;
  }
  const ThreadCount scope(3);
  // An object that is older than the pool's first loop, one that is younger, and one of the thread.
  CHECK(code_of_child(
            [] {
              static const support::AtEnd older(loops_work);
              const bool work = loops_work();
              static const support::AtEnd younger(loops_work);
              thread_local const support::AtEnd of_thread(loops_work);
              return work;
            },
            Leave::exit) == 0);
}

TEST_CASE("a program ends while other threads' loops run, and out of a loop", "[threads]") {
  if (!support::children_may_start_threads) {
    WARN("forked children may not start threads here: skipped");
    return;
  }
  const ThreadCount scope(3);
  CHECK(code_of_child(
            [] {
              for (int i = 0; i < 3; ++i)
                std::thread([] {
                  for (;;)
                    if (!loops_work()) _exit(3);
                }).detach();
              static const support::AtEnd last([] {
                for (int i = 0; i < 1000; ++i)
                  if (!loops_work()) return false;
                return true;
              });
              return loops_work();
            },
            Leave::exit) == 0);
  CHECK(code_of_child([] {
          parallel_for(4, [](std::ptrdiff_t) {
            static std::atomic<int> leaving{0};
            if (leaving.fetch_add(1) == 0) std::exit(0);
          });
          return false;
        }) == 0);
}

TEST_CASE("after the pool is closed loops run inline", "[threads]") {
  const ThreadCount scope(3);
  CHECK(code_of_child([] {
          detail::PoolStopper{};
          bool inline_only = true;
          const auto here = std::this_thread::get_id();
          parallel_for(
              64, [&](std::ptrdiff_t) { inline_only = inline_only && std::this_thread::get_id() == here; });
          return inline_only && loops_work();
        }) == 0);
}
