#include "eigenerate/core/memory.hpp"

#include <cstdint>

#include "support/catch.hpp"

using namespace eigenerate;

TEMPLATE_TEST_CASE("aligned arrays are aligned, zero-filled and values", "[memory]", float, double) {
  for (const Index n : {1, 15, 16, 1000}) {
    AlignedArray<TestType> a(n);
    CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % alignment_bytes == 0);
    CHECK(std::all_of(a.begin(), a.end(), [](TestType x) { return x == 0; }));
    a.data()[0] = 3;
    AlignedArray<TestType> b = a;
    b.data()[0] = 4;
    CHECK(a.data()[0] == 3);
    a = b;
    CHECK(a.data()[0] == 4);
    const TestType* const memory = b.data();
    const AlignedArray<TestType> c = std::move(b);
    CHECK(c.data() == memory);
    CHECK(c.size() == n);
  }
  CHECK(AlignedArray<TestType>(0).size() == 0);
  CHECK(AlignedArray<TestType>().data() == nullptr);
}

TEST_CASE("segment sizes round up to a register", "[memory]") {
  CHECK(aligned(0) == 0);
  CHECK(aligned(1) == 16);
  CHECK(aligned(16) == 16);
  CHECK(aligned(17) == 32);
}
