#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "eigenerate/testing/not_a_number.hpp"

namespace eigenerate::testing::detail {

/// What the conformance suites have in common: a list of failures, and the ways to find some.
class Suite {
 protected:
  using M = Matrix<double>;

  explicit Suite(std::uint64_t seed) : seed_(seed) {}
  virtual ~Suite() = default;

  /// What is being tried, as the beginning of each failure: `train mode: `.
  virtual std::string where() const { return {}; }

  void expect(bool condition, std::string_view what) {
    if (!condition) failures_.push_back(fmt::format("{}{}", where(), what));
  }
  void expect_close(double error, std::string_view what, double tolerance) {
    if (!(error <= tolerance))
      failures_.push_back(
          fmt::format("{}{}: relative error {:.2e} above {:.0e}", where(), what, error, tolerance));
  }
  /// Float against double, whose words need no tolerance.
  void expect_float(double error, double tolerance) {
    expect(error <= tolerance, fmt::format("float differs from double by {:.2e}", error));
  }

  /// Standard normal numbers; another lane gives others.
  M normal(Index rows, Index cols, std::uint64_t lane) const {
    M m(rows, cols);
    fill_normal(m.data(), m.size(), RandomStream{seed_}.lane(lane));
    return m;
  }
  /// NaNs: outputs that must be written, whole.
  static M poison(Index rows, Index cols) { return M::Constant(rows, cols, not_a_number<double>()); }

  /// What `f()` returns, computed on that many threads.
  template <class F>
  static auto on_threads(int threads, const F& f) {
    const int before = num_threads();
    set_num_threads(threads);
    const auto result = f();
    set_num_threads(before);
    return result;
  }
  /// Whether the second of two calls of `f()` allocates on the heap.
  template <class F>
  static bool allocates(const F& f) {
    f();
    const AllocationGuard guard;
    f();
    const long count = guard.count();
    return AllocationGuard::available() && count > 0;
  }

  /// The same promises of everything that a part computes: `in_float()` and `in_double()` return all numbers
  /// of a large pass, and whether it allocated.
  template <class InFloat, class InDouble>
  void check_float_threads_and_allocations(const InFloat& in_float, const InDouble& in_double,
                                           double tolerance) {
    const auto [one, allocated_alone] = on_threads(1, in_float);
    const auto [three, allocated] = on_threads(3, in_float);
    expect(!allocated_alone && !allocated, "a pass allocates on the heap");
    expect(one == three, "three threads give other bits than one");
    expect_close(relative_error(one, on_threads(1, in_double).first), "float against double", tolerance);
  }

  std::vector<std::string> failures_;

 private:
  std::uint64_t seed_;
};

}  // namespace eigenerate::testing::detail
