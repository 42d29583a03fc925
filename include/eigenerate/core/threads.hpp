#pragma once
// The thread pool: every loop of the library that uses more than one core goes through `parallel_for`.
//
// The work is cut into chunks by the caller, by a rule that does not look at the number of threads; the pool
// only decides who runs which chunk. A loop whose chunks write to separate places therefore gives the same
// bits on any number of threads.

#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "eigenerate/core/thread_pool.hpp"

namespace eigenerate {

namespace detail {

/// What `set_num_threads` last set, 0 for the default that nobody has asked for yet.
inline constinit std::atomic<int> wanted_threads{0};

}  // namespace detail

/// Sets how many threads, the calling one included, work on each parallel loop; 0 restores the default, which
/// is the environment variable EIGENERATE_NUM_THREADS, else the number of cores that the process may use: on
/// Linux its affinity mask and the CPU quota of its container count, a part of a core as a whole one.
///
/// Results do not depend on it. Threads start and stop at the next loop. A build without threads
/// (EIGENERATE_NO_THREADS, emscripten without -pthread) has one, whatever is set.
inline void set_num_threads(int threads) noexcept {
  const int most = threads < detail::most_threads ? threads : detail::most_threads;
  detail::wanted_threads.store(threads > 0 ? most : detail::default_num_threads());
}

/// How many threads work on each parallel loop.
[[nodiscard]] inline int num_threads() noexcept {
  int threads = detail::wanted_threads.load(std::memory_order_relaxed);
  if (threads != 0) return threads;
  const int by_default = detail::default_num_threads();
  return detail::wanted_threads.compare_exchange_strong(threads, by_default) ? by_default : threads;
}

/// Calls `f(chunk)` once for every chunk in [0, chunks), in any order, on any thread, and returns when all
/// are done.
///
/// `f` must not throw (an exception ends the program) and its chunks must not write to the same place. Loops
/// inside `f` run inline, and so does a loop that starts while another thread's loop has the pool.
///
/// A process may fork() at any time: the child's first loop starts workers of its own. A child that was
/// forked by `f` itself must not return from it, since the threads that have the other chunks are not there;
/// it may run loops, which are inline, and exit. Loops also run while the program ends, in destructors of
/// static and thread_local objects and in detached threads.
///
/// **Cost**: no allocation after the first loop; about a microsecond when the workers are awake.
template <class F>
void parallel_for(std::ptrdiff_t chunks, F&& f) noexcept {
#if EIGENERATE_THREADS
  using Function = std::remove_reference_t<F>;
  if (const int threads = num_threads(); chunks > 1 && threads > 1) {
    const auto call = [](void* context, std::ptrdiff_t chunk) noexcept {
      (*static_cast<Function*>(context))(chunk);
    };
    void* context = const_cast<void*>(static_cast<const void*>(std::addressof(f)));
    if (detail::run_on_pool(chunks, call, context, threads)) return;
  }
#endif
  for (std::ptrdiff_t chunk = 0; chunk < chunks; ++chunk) f(chunk);
}

}  // namespace eigenerate
