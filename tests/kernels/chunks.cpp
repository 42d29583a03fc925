#include "eigenerate/kernels/chunks.hpp"

#include <algorithm>
#include <atomic>

#include "kernels/kernel_test.hpp"

using namespace eigenerate::kernels::detail;
using kernel_test::Index;

TEST_CASE("a cut covers its extent once, in nearly equal chunks", "[chunks]") {
  for (const Index extent : {0, 1, 2, 5, 63, 64, 65, 1000}) {
    for (const Index chunks : {0, 1, 2, 3, 7, 64}) {
      CAPTURE(extent, chunks);
      const EvenSplit cut(extent, chunks);
      REQUIRE(cut.chunks >= 1);
      CHECK(cut.begin(0) == 0);
      CHECK(cut.begin(cut.chunks) == extent);
      Index shortest = extent, longest = 0;
      for (Index chunk = 0; chunk < cut.chunks; ++chunk) {
        shortest = std::min(shortest, cut.size(chunk));
        longest = std::max(longest, cut.size(chunk));
      }
      CHECK(longest - shortest <= 1);
    }
  }
}

TEST_CASE("the chunks of a reduction are neither too short nor too many", "[chunks]") {
  for (const Index extent : {0, 1, 9, 10, 11, 99, 1000, 100000}) {
    const ReductionChunks cut(extent, 10, 32);
    CAPTURE(extent, cut.chunks);
    CHECK(cut.chunks >= 1);
    CHECK(cut.chunks <= 32);
    if (cut.chunks > 1) CHECK(cut.size(0) >= 10);
    if (extent >= 320) CHECK(cut.chunks == 32);
  }
}

TEST_CASE("a loop over ranges visits every step once, in ranges that ignore the threads", "[chunks]") {
  const auto lengths_on = [](int threads, Index extent) {
    const int before = eigenerate::num_threads();
    eigenerate::set_num_threads(threads);
    std::vector<Index> length(static_cast<std::size_t>(extent));
    std::atomic<bool> once{true};
    for_ranges(extent, 1000, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        Index& here = length[static_cast<std::size_t>(i)];
        if (here != 0) once = false;
        here = end - begin;
      }
    });
    eigenerate::set_num_threads(before);
    CHECK(once);
    CHECK(std::count(length.begin(), length.end(), 0) == 0);
    return length;
  };
  for (const Index extent : {0, 1, 32, 33, 500}) {
    CAPTURE(extent);
    CHECK(lengths_on(1, extent) == lengths_on(4, extent));
  }
}
