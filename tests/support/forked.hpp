#pragma once
// Runs code in a forked copy of the test program, and tells how that copy ended.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "support/catch.hpp"

#if defined(__SANITIZE_THREAD__)
#define EIGENERATE_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define EIGENERATE_THREAD_SANITIZER
#endif
#endif

namespace support {

/// True in a child of `code_of_child`.
inline bool is_forked = false;

/// What the leak checker of the address sanitizer asks. A child has the memory of its parent's other threads,
/// but not the threads that it would be found through.
extern "C" [[gnu::used]] inline int __lsan_is_turned_off() {
  return is_forked ? 1 : 0;
}

/// How a child leaves: `exit` runs destructors of thread_local and static objects, `_exit` none.
enum class Leave { exit, at_once };

/// Calls `f()` in a child process, which then leaves with 0 if it was true and 1 if it was false; returns
/// that, or 128 + signal where a signal ended the child. One that runs after two minutes hangs: it gets
/// SIGALRM.
template <class F>
int code_of_child(F&& f, Leave leave = Leave::at_once) {
  std::fflush(nullptr);  // else both print what stands in the buffers
  const pid_t child = fork();
  if (child == 0) {
    is_forked = true;
    alarm(120);
    const int code = f() ? 0 : 1;
    if (leave == Leave::exit) std::exit(code);
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Destroyed when the program ends, or with the thread: calls `f()`, and ends the process with 2 if that is
/// false.
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
inline bool children_may_start_threads() {
#if defined(EIGENERATE_THREAD_SANITIZER)
  WARN("under the thread sanitizer forked children may not start threads: skipped");
  return false;
#else
  return true;
#endif
}

}  // namespace support
