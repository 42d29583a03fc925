#pragma once
// The thread pool: every loop of the library that uses more than one core goes through `parallel_for`.
//
// The work is cut into chunks by the caller, by a rule that does not look at the number of threads; the pool
// only decides who runs which chunk. A loop whose chunks write to separate places therefore gives the same
// bits on any number of threads.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace eigenerate {

namespace detail {

/// What larger wishes are cut to.
inline constexpr int most_threads = 1024;

/// EIGENERATE_NUM_THREADS where it holds a positive number, otherwise what the machine has.
inline int default_num_threads() noexcept {
  if (const char* text = std::getenv("EIGENERATE_NUM_THREADS")) {
    const long threads = std::strtol(text, nullptr, 10);
    if (threads > 0) return threads < most_threads ? static_cast<int>(threads) : most_threads;
  }
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 1 : static_cast<int>(cores);
}

inline std::atomic<int>& wanted_threads() noexcept {
  static std::atomic<int> threads{default_num_threads()};
  return threads;
}

/// What a worker does before its first loop; null for nothing. Kernels set it before main().
inline std::atomic<void (*)() noexcept> prepare_worker{nullptr};

/// True on workers, and on a caller while its loop runs: loops started there run inline.
inline thread_local bool inside_parallel_for = false;

/// False before the pool exists and after it was destroyed: static destructors may still run loops, inline.
inline std::atomic<bool> pool_destroyed{false};

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
  ~ThreadPool() {
    const std::lock_guard<std::mutex> use(use_);
    stop_workers();
    pool_destroyed.store(true);
  }

  /// Runs the loop and returns true, or returns false at once if another thread's loop has the pool.
  bool run(std::ptrdiff_t chunks, Call call, void* context) noexcept {
    const std::unique_lock<std::mutex> use(use_, std::try_to_lock);
    if (!use.owns_lock()) return false;
    resize(wanted_threads().load(std::memory_order_relaxed) - 1);
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
    crowded_.store(static_cast<unsigned>(workers) >= std::thread::hardware_concurrency());
    try {
      workers_.reserve(static_cast<std::size_t>(workers));
      for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
    } catch (const std::exception&) {
      // The system has no more threads to give. Those that started do all the work, with the same results.
    }
    // What workers allocate, they have allocated when the first loop begins, not at some later one.
    while (prepared_.load() < workers_.size()) std::this_thread::yield();
#if defined(__unix__) || defined(__APPLE__)
    owner_ = ::getpid();
#endif
  }

  void stop_workers() noexcept {
    {
      const std::lock_guard<std::mutex> lock(sleep_);
      stop_.store(true);
    }
    work_arrived_.notify_all();
    for (std::thread& worker : workers_) {
#if defined(__unix__) || defined(__APPLE__)
      if (owner_ != ::getpid()) {  // after a fork the child has the handles of threads that it does not have
        worker.detach();
        continue;
      }
#endif
      worker.join();
    }
    workers_.clear();
    prepared_.store(0);
    stop_.store(false);
  }

  std::mutex use_;  // held for the length of a loop
  std::vector<std::thread> workers_;
  std::atomic<std::size_t> prepared_{0};  // workers that are ready for loops
  int requested_ = 0;
#if defined(__unix__) || defined(__APPLE__)
  ::pid_t owner_ = 0;
#endif

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

inline ThreadPool& thread_pool() noexcept {
  static ThreadPool pool;
  return pool;
}

}  // namespace detail

/// Sets how many threads, the calling one included, work on each parallel loop; 0 restores the default, which
/// is the environment variable EIGENERATE_NUM_THREADS, else the number of cores.
///
/// Results do not depend on it. Threads start and stop at the next loop.
inline void set_num_threads(int threads) noexcept {
  const int most = threads < detail::most_threads ? threads : detail::most_threads;
  detail::wanted_threads().store(threads > 0 ? most : detail::default_num_threads());
}

/// How many threads work on each parallel loop.
[[nodiscard]] inline int num_threads() noexcept {
  return detail::wanted_threads().load(std::memory_order_relaxed);
}

/// Calls `f(chunk)` once for every chunk in [0, chunks), in any order, on any thread, and returns when all
/// are done.
///
/// `f` must not throw (an exception ends the program) and its chunks must not write to the same place. Loops
/// inside `f` run inline, and so does a loop that starts while another thread's loop has the pool.
///
/// **Cost**: no allocation after the first loop; about a microsecond when the workers are awake.
template <class F>
void parallel_for(std::ptrdiff_t chunks, F&& f) noexcept {
  using Function = std::remove_reference_t<F>;
  if (chunks > 1 && !detail::inside_parallel_for && num_threads() > 1 && !detail::pool_destroyed.load()) {
    const auto call = [](void* context, std::ptrdiff_t chunk) noexcept {
      (*static_cast<Function*>(context))(chunk);
    };
    void* context = const_cast<void*>(static_cast<const void*>(std::addressof(f)));
    if (detail::thread_pool().run(chunks, call, context)) return;
  }
  for (std::ptrdiff_t chunk = 0; chunk < chunks; ++chunk) f(chunk);
}

}  // namespace eigenerate
