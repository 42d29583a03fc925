#pragma once

#include <atomic>
#include <cstddef>

namespace eigenerate::testing {

namespace detail {
inline constinit std::atomic<long> allocations{0};
inline constinit std::atomic<bool> counting{false};
}  // namespace detail

/// Counts the heap allocations of the whole process, all threads included, since it was made.
///
/// One translation unit of the program must include `testing/count_allocations.hpp`, which interposes malloc
/// and its kin: operator new and Eigen both end there. Where that is not possible (another C library, a
/// sanitizer, valgrind) `available()` is false, and a test has to say that it was skipped.
class AllocationGuard {
 public:
  static bool available() { return detail::counting; }
  long count() const { return detail::allocations - start_; }

 private:
  long start_ = detail::allocations;
};

}  // namespace eigenerate::testing
