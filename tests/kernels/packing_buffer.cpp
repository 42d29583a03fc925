#include "eigenerate/kernels/packing_buffer.hpp"

#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "eigenerate/testing/allocation_guard.hpp"
#include "kernels/kernel_test.hpp"
#include "support/forked.hpp"

using namespace eigenerate;
using kernel_test::for_each_isa;
using kernels::Transpose;
using support::AtEnd;
using support::code_of_child;
using support::Leave;

namespace {

/// A matrix product that packs both operands, and a matrix times a strided row, which packs the row.
std::vector<float> products() {
  constexpr Index n = 70;
  std::vector<float> a(n * n), b(n * n), c(n * n + n);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<float>(i % 13) - 6;
    b[i] = static_cast<float>(i % 7) - 3;
  }
  kernels::gemm(c.data(), n, a.data(), n, Transpose::No, b.data(), n, Transpose::No, n, n, n);
  kernels::gemm(c.data() + n * n, 1, a.data(), n, Transpose::No, b.data(), n, Transpose::No, Index{1}, n, n);
  return c;
}

/// Products of numbers this small are exact, so that every instruction set must give those of the scalar one.
const std::vector<float>& expected() {
  static const std::vector<float>* const scalar = [] {  // never destroyed: threads outlive main()
    const kernels::Isa before = kernels::isa();
    kernels::set_isa(kernels::Isa::Scalar);
    const auto* const c = new std::vector<float>(products());
    kernels::set_isa(before);
    return c;
  }();
  return *scalar;
}

bool products_are_right() {
  return products() == expected();
}

/// What a leak of the buffers of a few hundred products would exceed. Sanitizers map far more than that.
void limit_memory() {
  if (!testing::AllocationGuard::available()) return;
  const rlimit limit{std::size_t{1} << 30, std::size_t{1} << 30};
  setrlimit(RLIMIT_AS, &limit);
}

}  // namespace

TEST_CASE("products run in destructors of static objects", "[packing_buffer]") {
  if (!support::children_may_start_threads()) return;
  expected();
  for_each_isa([] {
    CHECK(code_of_child(
              [] {
                set_num_threads(1);
                static const AtEnd last(products_are_right);
                return products_are_right();
              },
              Leave::exit) == 0);
  });
}

TEST_CASE("products run in destructors of other thread_local objects", "[packing_buffer]") {
  if (!support::children_may_start_threads()) return;
  expected();
  for_each_isa([] {
    CHECK(code_of_child(
              [] {
                set_num_threads(1);
                // The older object is destroyed after the buffer, the younger before it.
                const auto work = [] {
                  thread_local const AtEnd older(products_are_right);
                  if (!products_are_right()) _exit(3);
                  thread_local const AtEnd younger(products_are_right);
                };
                std::thread(work).join();
                // A thread whose first product comes that late.
                std::thread([] { thread_local const AtEnd only(products_are_right); }).join();
                work();
                return true;
              },
              Leave::exit) == 0);
  });
}

TEST_CASE("products of a detached thread go on while the program ends", "[packing_buffer]") {
  if (!support::children_may_start_threads()) return;
  expected();
  for_each_isa([] {
    CHECK(code_of_child(
              [] {
                set_num_threads(1);
                static std::atomic<int> rounds{0};  // outlives this function, as the thread does
                std::thread([] {
                  for (;; ++rounds)
                    if (!products_are_right()) _exit(3);
                }).detach();
                static const AtEnd last([] {
                  for (int i = 0; i < 100; ++i)
                    if (!products_are_right()) return false;
                  return true;
                });
                while (rounds < 10) std::this_thread::yield();
                return true;
              },
              Leave::exit) == 0);
  });
}

TEST_CASE("no buffer is leaked, neither of threads nor of products after their end", "[packing_buffer]") {
  if (!support::children_may_start_threads()) return;
  expected();
  CHECK(code_of_child(
            [] {
              set_num_threads(1);
              limit_memory();
              static const AtEnd last([] {
                for (int i = 0; i < 500; ++i)
                  if (!products_are_right()) return false;
                return true;
              });
              for (int i = 0; i < 500; ++i) std::thread([] { products(); }).join();
              return products_are_right();
            },
            Leave::exit) == 0);
}
