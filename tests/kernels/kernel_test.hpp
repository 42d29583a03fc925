#pragma once
// What the tests of kernels share: every instruction set in turn, every thread count in turn, and matrices
// that stand in poisoned memory.

#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "eigenerate/core/threads.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "support/catch.hpp"

namespace kernel_test {

using eigenerate::kernels::Index;
using eigenerate::kernels::Isa;

/// Calls f() under each instruction set of this machine, and says which it left out.
template <class F>
void for_each_isa(const F& f) {
  const Isa before = eigenerate::kernels::isa();
  for (const Isa isa : eigenerate::kernels::all_isas) {
    if (!eigenerate::kernels::set_isa(isa)) {
      WARN("this machine has no " << eigenerate::kernels::isa_name(isa) << ": skipped");
      continue;
    }
    INFO("instruction set: " << eigenerate::kernels::isa_name(isa));
    f();
  }
  eigenerate::kernels::set_isa(before);
}

#if EIGENERATE_DEFINES(CORE)  // the compiled library keeps its pool to itself
/// How many loops compute() runs on the pool when it has two threads. Results cannot show it: their bits are
/// those of one.
template <class F>
std::uint64_t loops_on_two_threads(const F& compute) {
  const int before = eigenerate::num_threads();
  eigenerate::set_num_threads(2);
  const std::uint64_t loops_before = eigenerate::detail::thread_pool()->loops();
  compute();
  const std::uint64_t loops = eigenerate::detail::thread_pool()->loops() - loops_before;
  eigenerate::set_num_threads(before);
  return loops;
}
#endif

/// Whether compute(), which returns a vector, gives the same bits on 1, 2, 3, 4 and 8 threads; and does use
/// them, where the pool can be looked into.
template <class F>
bool same_bits_on_any_threads(const F& compute) {
  const int before = eigenerate::num_threads();
  eigenerate::set_num_threads(1);
  const auto expected = compute();
  bool same = true;
#if EIGENERATE_DEFINES(CORE)
  same = loops_on_two_threads(compute) > 0;
#endif
  for (const int threads : {2, 3, 4, 8}) {
    eigenerate::set_num_threads(threads);
    const auto got = compute();
    same = same && got.size() == expected.size() &&
           std::memcmp(got.data(), expected.data(), expected.size() * sizeof(expected[0])) == 0;
  }
  eigenerate::set_num_threads(before);
  return same;
}

/// A number in [−1, 1) with every bit of its mantissa in use, so that sums of these do round.
template <class S>
S random_value(std::minstd_rand& random) {
  return static_cast<S>(static_cast<double>(random()) / 1073741823.7 - 1);
}

template <class S>
std::vector<S> random_values(Index size, std::uint32_t seed = 1) {
  std::minstd_rand random(seed);
  std::vector<S> values(static_cast<std::size_t>(size));
  for (S& value : values) value = random_value<S>(random);
  return values;
}

/// A column-major matrix of random numbers in [−1, 1), one scalar off every alignment, whose columns are
/// `gap` apart. All around it lie NaNs.
template <class S>
class Island {
 public:
  Island(Index rows, Index cols, Index gap, std::uint32_t seed = 1)
      : rows_(rows),
        cols_(cols),
        ld_(rows + gap),
        sea_(static_cast<std::size_t>(shore + ld_ * cols + shore), poison()) {
    std::minstd_rand random(seed);
    for (Index c = 0; c < cols; ++c) {
      for (Index r = 0; r < rows; ++r) at(r, c) = random_value<S>(random);
    }
  }

  S* data() { return sea_.data() + shore; }
  const S* data() const { return sea_.data() + shore; }
  Index rows() const { return rows_; }
  Index ld() const { return ld_; }
  S& at(Index r, Index c) { return data()[r + c * ld_]; }
  const S& at(Index r, Index c) const { return data()[r + c * ld_]; }

  void fill(S value) {
    for (Index c = 0; c < cols_; ++c) {
      for (Index r = 0; r < rows_; ++r) at(r, c) = value;
    }
  }

  /// Whether nothing was written outside the matrix.
  bool sea_is_untouched() const {
    const S untouched = poison();
    for (Index i = 0; i < static_cast<Index>(sea_.size()); ++i) {
      const Index place = i - shore;
      const bool inside = place >= 0 && place < ld_ * cols_ && place % ld_ < rows_;
      if (!inside && std::memcmp(&sea_[static_cast<std::size_t>(i)], &untouched, sizeof(S)) != 0)
        return false;
    }
    return true;
  }

  static S poison() { return std::numeric_limits<S>::quiet_NaN(); }

 private:
  static constexpr Index shore = 65;  // odd, so that a vector's 64-byte alignment is missed by one scalar
  Index rows_, cols_, ld_;
  std::vector<S> sea_;
};

#if defined(__unix__) || defined(__APPLE__)
#define KERNEL_TEST_HAS_CLIFFS

/// An array that ends where a page without access begins, so that reading one scalar beyond it ends the
/// program; or, turned round, one that begins where such a page ends.
template <class S>
class Cliff {
 public:
  enum Side { Behind, Before };

  Cliff(Index size, Side side) : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    const std::size_t bytes = static_cast<std::size_t>(size) * sizeof(S),
                      inside = (bytes + page_ - 1) / page_ * page_;
    length_ = inside + 2 * page_;
    map_ = static_cast<char*>(
        ::mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    REQUIRE(map_ != MAP_FAILED);
    REQUIRE(::mprotect(map_, page_, PROT_NONE) == 0);
    REQUIRE(::mprotect(map_ + page_ + inside, page_, PROT_NONE) == 0);
    data_ = reinterpret_cast<S*>(side == Before ? map_ + page_ : map_ + page_ + inside - bytes);
  }
  Cliff(const Cliff&) = delete;
  Cliff& operator=(const Cliff&) = delete;
  ~Cliff() { ::munmap(map_, length_); }

  S* data() const { return data_; }

 private:
  std::size_t page_, length_ = 0;
  char* map_ = nullptr;
  S* data_ = nullptr;
};
#endif

}  // namespace kernel_test
