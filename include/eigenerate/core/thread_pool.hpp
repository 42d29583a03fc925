#pragma once
// The workers behind `parallel_for`, and what becomes of them when a process forks or ends.
//
// A pool is reached through one pointer and its memory is never given back: whoever still runs a loop while
// the program ends, a static object's destructor or a detached thread, finds it whole. Two events end it:
//
//   fork()              the child has the pool's memory but none of its threads, and perhaps locks that one
//                       of them held. It forgets the pool, and its first loop makes another.
//   exit or dlclose()   `PoolStopper` joins the workers. Loops that start afterwards run inline.
//
// This is also where it is decided whether there are threads at all: EIGENERATE_THREADS is 0 where the
// standard library has none (emscripten without -pthread) or where the user defines EIGENERATE_NO_THREADS.
// Nothing of <thread>, <mutex> or <condition_variable> is needed then, and every loop runs inline.

#include <version>

#if defined(EIGENERATE_NO_THREADS) || (defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)) || \
    (defined(__GLIBCXX__) && !defined(_GLIBCXX_HAS_GTHREADS)) || defined(_LIBCPP_HAS_NO_THREADS)
#define EIGENERATE_THREADS 0
#elif defined(_LIBCPP_HAS_THREADS)
#define EIGENERATE_THREADS _LIBCPP_HAS_THREADS
#else
#define EIGENERATE_THREADS 1
#endif

#include <atomic>
#include <cstddef>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/detail/allowed_cores.hpp"

namespace eigenerate::detail {

/// What a worker does before its first loop; null for nothing. Kernels set it before main().
inline constinit std::atomic<void (*)() noexcept> prepare_worker{nullptr};

/// What larger wishes are cut to.
inline constexpr int most_threads = EIGENERATE_THREADS ? 1024 : 1;

/// How many threads a loop may have unless somebody says otherwise: see `set_num_threads`.
int default_num_threads() noexcept;

/// Runs a loop on this process's pool and returns true; false where it must run inline: inside another loop,
/// while another thread's loop has the pool, where there is no memory for one, or no threads at all.
bool run_on_pool(std::ptrdiff_t chunks, void (*call)(void* context, std::ptrdiff_t chunk) noexcept,
                 void* context, int threads) noexcept;

}  // namespace eigenerate::detail

#if EIGENERATE_DEFINES(CORE)

#include <cstdlib>

#if EIGENERATE_THREADS
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif
#endif

namespace eigenerate::detail {

#if EIGENERATE_THREADS

/// How many threads can run at once: the machine's cores, or what the process may use of them.
inline int available_cores() noexcept {
  const double cores = std::min<double>(std::thread::hardware_concurrency(), allowed_cores());
  return cores >= 1 ? static_cast<int>(cores) : 1;
}

#endif

/// EIGENERATE_NUM_THREADS where it holds a positive number, else `available_cores`; 1 without threads.
EIGENERATE_INLINE int default_num_threads() noexcept {
#if EIGENERATE_THREADS
  const char* const text = std::getenv("EIGENERATE_NUM_THREADS");
  const long wanted = text == nullptr ? 0 : std::strtol(text, nullptr, 10);
  if (wanted > 0) return wanted < most_threads ? static_cast<int>(wanted) : most_threads;
  return available_cores();
#else
  return 1;
#endif
}

#if EIGENERATE_THREADS

/// True on workers, and on a caller while its loop runs: loops started there run inline.
inline constinit thread_local bool inside_parallel_for = false;

/// True once the program ends, or once the library that holds the pool is unloaded.
inline constinit std::atomic<bool> pool_closed{false};

inline void pause_core() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

/// The workers behind `parallel_for`. One loop runs at a time; the thread that started it works on it too.
///
/// A loop is published through the gate, one atomic word of a loop number, an open bit and the count of
/// workers inside. Workers enter while it is open, draw chunks from a shared counter until none is left, and
/// leave. The caller closes the gate once it finds no more chunks and waits only for the workers inside: one
/// that the operating system has not woken yet is locked out rather than waited for.
class ThreadPool {
 public:
  using Call = void (*)(void* context, std::ptrdiff_t chunk) noexcept;

  ThreadPool() = default;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Runs the loop on `threads` threads and returns true, or returns false at once if another thread's loop
  /// has the pool, or if it is closed.
  bool run(std::ptrdiff_t chunks, Call call, void* context, int threads) noexcept {
    const std::unique_lock<std::mutex> use(use_, std::try_to_lock);
    if (!use.owns_lock() || pool_closed.load()) return false;
    resize(threads - 1);
    inside_parallel_for = true;

    call_ = call;
    context_ = context;
    chunks_ = chunks;
    next_.store(0, std::memory_order_relaxed);
    const std::uint64_t loop = gate_.load(std::memory_order_relaxed) / loop_unit + 1;
    gate_.store(loop * loop_unit + open_bit);
    wake(chunks - 1);
    draw_chunks();
    gate_.fetch_and(~open_bit);
    wait_until_empty();

    inside_parallel_for = false;
    return true;
  }

  /// Waits for the loop that runs, and joins the workers.
  void stop() noexcept {
    const std::lock_guard<std::mutex> use(use_);
    stop_workers();
  }

  /// How many loops it has run.
  [[nodiscard]] std::uint64_t loops() const noexcept { return gate_.load() / loop_unit; }

  /// In a forked child: the pool of the process that this one was forked from.
  ThreadPool* of_parent = nullptr;

 private:
  // The gate's word: loop number | open | workers inside.
  static constexpr std::uint64_t open_bit = std::uint64_t{1} << 31;
  static constexpr std::uint64_t loop_unit = std::uint64_t{1} << 32;
  static constexpr std::uint64_t count_mask = open_bit - 1;

  // Between the loops of a training step lie tens of microseconds of serial work, about what it takes to wake
  // a sleeping thread; so a worker stays awake that long. It gives its core away meanwhile if anyone else
  // wants it.
  static constexpr int pauses_before_yield = 100;
  static constexpr std::chrono::microseconds longest_spin{50};

  void draw_chunks() noexcept {
    for (;;) {
      const std::ptrdiff_t chunk = next_.fetch_add(1, std::memory_order_relaxed);
      if (chunk >= chunks_) return;
      call_(context_, chunk);
    }
  }

  void work() noexcept {
    inside_parallel_for = true;
    if (const auto prepare = prepare_worker.load()) prepare();
    prepared_.fetch_add(1);
    std::uint64_t last_loop = 0;
    for (;;) {
      const auto invited = [&](std::uint64_t gate) {
        return (gate & open_bit) && gate / loop_unit != last_loop;
      };
      if (!spin_until([&] { return invited(gate_.load(std::memory_order_relaxed)) || stop_.load(); })) {
        std::unique_lock<std::mutex> lock(sleep_);
        sleepers_.fetch_add(1);  // before the test of the gate: see wake()
        work_arrived_.wait(lock, [&] { return invited(gate_.load()) || stop_.load(); });
        sleepers_.fetch_sub(1);
      }
      if (stop_.load()) return;
      std::uint64_t gate = gate_.load(std::memory_order_relaxed);
      if (!invited(gate) || !gate_.compare_exchange_strong(gate, gate + 1)) continue;
      last_loop = gate / loop_unit;
      draw_chunks();
      gate_.fetch_sub(1);
      if (caller_sleeps_.load()) {
        { const std::lock_guard<std::mutex> lock(sleep_); }
        workers_left_.notify_one();
      }
    }
  }

  // The caller writes the gate, then reads the count of sleepers; a worker raises the count, then reads the
  // gate. In the single order of these accesses one of the two sees the other, and the lock closes the gap
  // between a worker's test and its sleep.
  void wake(std::ptrdiff_t helpers) noexcept {
    const std::ptrdiff_t sleepers = sleepers_.load();
    if (sleepers == 0) return;
    { const std::lock_guard<std::mutex> lock(sleep_); }
    if (helpers >= sleepers) {
      work_arrived_.notify_all();
    } else {
      for (std::ptrdiff_t i = 0; i < helpers; ++i) work_arrived_.notify_one();
    }
  }

  void wait_until_empty() noexcept {
    const auto empty = [&] { return (gate_.load() & count_mask) == 0; };
    if (spin_until(empty)) return;
    std::unique_lock<std::mutex> lock(sleep_);
    caller_sleeps_.store(true);
    workers_left_.wait(lock, empty);
    caller_sleeps_.store(false);
  }

  /// Waits a short while for `ready`; returns its last answer.
  template <class Ready>
  bool spin_until(const Ready& ready) const noexcept {
    for (int i = 0; i < pauses_before_yield; ++i) {
      if (ready()) return true;
      pause_core();
    }
    if (crowded_.load(std::memory_order_relaxed)) return ready();
    const auto end = std::chrono::steady_clock::now() + longest_spin;
    do {
      if (ready()) return true;
      std::this_thread::yield();
    } while (std::chrono::steady_clock::now() < end);
    return ready();
  }

  void resize(int workers) noexcept {
    if (workers == requested_) return;
    stop_workers();
    requested_ = workers;
    crowded_.store(workers >= available_cores());
    try {
      workers_.reserve(static_cast<std::size_t>(workers));
      for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
    } catch (const std::exception&) {
      // The system has no more threads to give. Those that started do all the work, with the same results.
    }
    // What workers allocate, they have allocated when the first loop begins, not at some later one.
    while (prepared_.load() < workers_.size()) std::this_thread::yield();
  }

  void stop_workers() noexcept {
    {
      const std::lock_guard<std::mutex> lock(sleep_);
      stop_.store(true);
    }
    work_arrived_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    prepared_.store(0);
    stop_.store(false);
  }

  std::mutex use_;  // held for the length of a loop
  std::vector<std::thread> workers_;
  std::atomic<std::size_t> prepared_{0};  // workers that are ready for loops
  int requested_ = 0;

  // The loop being run: written while the gate is closed and nobody is inside.
  Call call_ = nullptr;
  void* context_ = nullptr;
  std::ptrdiff_t chunks_ = 0;
  alignas(64) std::atomic<std::ptrdiff_t> next_{0};

  alignas(64) std::atomic<std::uint64_t> gate_{0};
  std::atomic<bool> stop_{false};
  std::atomic<bool> crowded_{false};

  alignas(64) std::mutex sleep_;
  std::condition_variable work_arrived_, workers_left_;
  std::atomic<int> sleepers_{0};
  std::atomic<bool> caller_sleeps_{false};
};

/// This process's pool, null before its first loop.
inline constinit std::atomic<ThreadPool*> current_pool{nullptr};

/// In a forked child, the pool that it inherited, and through it those of all its forebears: never used
/// again, and remembered so that leak checkers find it.
inline constinit ThreadPool* inherited_pool = nullptr;

/// This process's pool; null where there is no memory for one.
inline ThreadPool* thread_pool() noexcept {
  ThreadPool* pool = current_pool.load();
  if (pool != nullptr) return pool;
  // No lock and no function-local static, which a fork could leave locked by a thread that the child lacks.
  ThreadPool* const fresh = new (std::nothrow) ThreadPool;
  if (current_pool.compare_exchange_strong(pool, fresh)) return fresh;
  delete fresh;
  return pool;
}

/// Lives as long as the program, or as the library that was loaded with it.
class PoolStopper {
 public:
  PoolStopper() noexcept {
#if defined(__unix__) || defined(__APPLE__)
    // Without memory for the handler nothing can fork either.
    static_cast<void>(::pthread_atfork(nullptr, nullptr, forget_pool_of_parent));
#endif
  }
  PoolStopper(const PoolStopper&) = delete;
  PoolStopper& operator=(const PoolStopper&) = delete;
  ~PoolStopper() {
    // A loop tests `pool_closed` after it has got the pool: either it sees the flag or this sees the pool.
    pool_closed.store(true);
    ThreadPool* const pool = current_pool.load();
    // A chunk that calls exit() cannot wait for its own loop to end.
    if (pool != nullptr && !inside_parallel_for) pool->stop();
  }

 private:
  static void forget_pool_of_parent() noexcept {
    ThreadPool* const pool = current_pool.exchange(nullptr);
    if (pool == nullptr) return;
    pool->of_parent = inherited_pool;
    inherited_pool = pool;
  }
};

inline const PoolStopper pool_stopper;

EIGENERATE_INLINE bool run_on_pool(std::ptrdiff_t chunks, ThreadPool::Call call, void* context,
                                   int threads) noexcept {
  if (inside_parallel_for) return false;
  ThreadPool* const pool = thread_pool();
  return pool != nullptr && pool->run(chunks, call, context, threads);
}

#else

EIGENERATE_INLINE bool run_on_pool(std::ptrdiff_t, void (*)(void*, std::ptrdiff_t) noexcept, void*,
                                   int) noexcept {
  return false;
}

#endif

}  // namespace eigenerate::detail

#endif
