#pragma once
// Runs code in a forked copy of the test program, and tells how that copy ended.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace support {

/// How a child leaves: `exit` runs destructors of thread_local and static objects, `_exit` none.
enum class Leave { exit, at_once };

/// Calls `f()` in a child process, which then leaves with 0 if it was true and 1 if it was false; returns that,
/// or 128 + signal where a signal ended the child. One that still runs after two minutes hangs: it gets SIGALRM.
template <class F>
int code_of_child(F&& f, Leave leave = Leave::at_once) {
  std::fflush(nullptr);  // else both print what stands in the buffers
  const pid_t child = fork();
  if (child == 0) {
    alarm(120);
    const int code = f() ? 0 : 1;
    if (leave == Leave::exit) std::exit(code);
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Destroyed when the program ends, or with the thread: calls `f()`, and ends the process with 2 if it is false.
template <class F>
struct AtEnd {
  explicit AtEnd(F function) : f(function) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() {
    if (!f()) _exit(2);
  }
  F f;
};

/// Whether a forked child may start threads: under the thread sanitizer it may not.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool children_may_start_threads = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool children_may_start_threads = false;
#else
inline constexpr bool children_may_start_threads = true;
#endif
#else
inline constexpr bool children_may_start_threads = true;
#endif

}  // namespace support
