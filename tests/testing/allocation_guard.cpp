#include "eigenerate/testing/allocation_guard.hpp"

#include <cstdlib>
#include <memory>
#include <thread>

#include "eigenerate/core/memory.hpp"
#include "support/catch.hpp"

using namespace eigenerate;
using testing::AllocationGuard;

TEST_CASE("the allocation guard sees every road to the heap", "[allocation]") {
  if (!AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  const auto counted = [](auto&& f) {
    const AllocationGuard guard;
    f();
    return guard.count();
  };
  CHECK(counted([] {}) == 0);
  CHECK(counted([] {
          auto keep = std::make_unique<int>(1);
          volatile int* p = keep.get();
          *p = 2;
        }) == 1);
  CHECK(counted([] {
          volatile float sum = Matrix<float>::Random(40, 40).eval().sum();
          (void)sum;
        }) >= 1);
  CHECK(counted([] {
          AlignedArray<double> a(100);
          volatile double x = a.data()[0];
          (void)x;
        }) == 1);
  CHECK(counted([] {
          std::thread([] {
            auto keep = std::make_unique<int>(1);
            volatile int* p = keep.get();
            *p = 2;
          }).join();
        }) >= 2);
}
