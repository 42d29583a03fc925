#include "eigenerate/kernels/transpose.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "kernels/kernel_test.hpp"
#include "support/catch.hpp"
#include "support/guarded_array.hpp"

namespace kernels = eigenerate::kernels;
using eigenerate::testing::GuardedArray;
using kernels::Index;

namespace {

/// Whether `count` matrices come out transposed, each in its place, and nothing is written around them. They
/// start `offset` scalars after an address that is no multiple of any register.
template <class S>
bool transposes(Index rows, Index cols, Index count, Index offset) {
  const Index size = rows * cols * count;
  GuardedArray<S> x(size + offset, 1), y(size + offset, 2);
  std::iota(x.data(), x.data() + x.size(), S(1));
  std::fill_n(y.data(), y.size(), S(-1));
  kernels::transpose_each(y.data() + offset, x.data() + offset, rows, cols, count);
  bool right = y.intact() && std::count(y.data(), y.data() + offset, S(-1)) == offset;
  for (Index k = 0; k < count; ++k)
    for (Index r = 0; r < rows; ++r)
      for (Index c = 0; c < cols; ++c)
        right = right &&
                y.data()[offset + c + cols * (r + rows * k)] == x.data()[offset + r + rows * (c + cols * k)];
  return right;
}

}  // namespace

TEST_CASE("matrices of every small size are transposed, each in its place", "[transpose]") {
  kernel_test::for_each_isa([] {
    for (Index rows = 1; rows <= 35; ++rows)
      for (Index cols = 1; cols <= 35; ++cols) {
        const bool narrow = transposes<float>(rows, cols, 3, 0), wide = transposes<double>(rows, cols, 3, 0);
        if (narrow && wide) continue;
        CAPTURE(rows, cols);
        CHECK(narrow);
        CHECK(wide);
      }
  });
}

TEST_CASE("matrices are transposed wherever they lie", "[transpose]") {
  kernel_test::for_each_isa([] {
    for (const auto& [rows, cols, count] :
         std::vector<std::array<Index, 3>>{{3, 200, 2}, {8, 8, 3}, {49, 128, 2}, {64, 17, 3}})
      for (Index offset = 1; offset < 16; ++offset) {
        CAPTURE(rows, cols, count, offset);
        CHECK(transposes<float>(rows, cols, count, offset));
        CHECK(transposes<double>(rows, cols, count, offset));
      }
  });
}

TEST_CASE("threads share out many matrices", "[transpose]") {
  kernel_test::for_each_isa([] {
    for (const auto& [rows, cols, count] : std::vector<std::array<Index, 3>>{
             {100, 49, 30}, {9, 1, 9000}, {7, 2, 5000}, {300, 200, 2}, {4, 4, 0}}) {
      CAPTURE(rows, cols, count);
      CHECK(transposes<float>(rows, cols, count, 0));
    }
  });
}

#ifdef KERNEL_TEST_HAS_CLIFFS
TEST_CASE("transposing reads and writes nothing outside the matrices", "[transpose]") {
  using kernel_test::Cliff;
  kernel_test::for_each_isa([] {
    for (const auto& [rows, cols] : std::vector<std::array<Index, 2>>{{8, 8}, {9, 15}, {49, 128}, {5, 30}})
      for (const auto side : {Cliff<float>::Before, Cliff<float>::Behind}) {
        const Cliff<float> x(2 * rows * cols, side), y(2 * rows * cols, side);
        std::fill_n(x.data(), 2 * rows * cols, 1.0f);
        kernels::transpose_each(y.data(), x.data(), rows, cols, 2);
        CHECK(std::count(y.data(), y.data() + 2 * rows * cols, 1.0f) == 2 * rows * cols);
      }
  });
}
#endif
