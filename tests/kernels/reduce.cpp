#include "eigenerate/kernels/reduce.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernel_test.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate::kernels;
using namespace kernel_test;
using eigenerate::testing::tolerance::rounding;

namespace {

const std::vector<Index> extents{0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130};

/// |got − sum| within one rounding to S of the result and `terms` roundings to double of the sum of
/// magnitudes.
template <class S>
bool close(S got, long double sum, long double magnitude, Index terms) {
  const long double bound = rounding<S>(1) * std::abs(sum) + rounding<double>(terms + 1) * magnitude;
  return std::abs(static_cast<long double>(got) - sum) <= bound;
}

template <class S>
void check_sums(Index rows, Index cols, Index gap) {
  CAPTURE(sizeof(S), rows, cols, gap);
  const Island<S> x(rows, cols, gap);
  Island<S> row(rows, 1, 0, 2), column(cols, 1, 0, 3);
  const Island<S> before = row;
  column.fill(Island<S>::poison());
  accumulate_row_sums(row.data(), x.data(), x.ld(), rows, cols);
  column_sums(column.data(), x.data(), x.ld(), rows, cols);
  bool right = row.sea_is_untouched() && column.sea_is_untouched();
  for (Index r = 0; r < rows; ++r) {
    long double sum = static_cast<long double>(before.at(r, 0)), magnitude = std::abs(sum);
    for (Index c = 0; c < cols; ++c) {
      sum += static_cast<long double>(x.at(r, c));
      magnitude += std::abs(static_cast<long double>(x.at(r, c)));
    }
    right = right && close(row.at(r, 0), sum, magnitude, cols);
  }
  CHECK(right);
  right = true;
  for (Index c = 0; c < cols; ++c) {
    long double sum = 0, magnitude = 0;
    for (Index r = 0; r < rows; ++r) {
      sum += static_cast<long double>(x.at(r, c));
      magnitude += std::abs(static_cast<long double>(x.at(r, c)));
    }
    right = right && close(column.at(c, 0), sum, magnitude, rows);
  }
  CHECK(right);
}

template <class S>
void check_squares(Index size) {
  CAPTURE(sizeof(S), size);
  const Island<S> x(size, 1, 0);
  long double sum = 0;
  for (Index i = 0; i < size; ++i)
    sum += static_cast<long double>(x.at(i, 0)) * static_cast<long double>(x.at(i, 0));
  CHECK(std::abs(static_cast<long double>(sum_of_squares(x.data(), size)) - sum) <=
        rounding<double>(size) * sum);
}

}  // namespace

TEST_CASE("row and column sums are right at every edge", "[reduce]") {
  for_each_isa([] {
    for (const Index rows : extents) {
      for (const Index cols : extents) {
        for (const Index gap : {0, 3}) {
          check_sums<float>(rows, cols, gap);
          check_sums<double>(rows, cols, gap);
        }
      }
    }
  });
}

TEST_CASE("row and column sums are right when threads share them", "[reduce]") {
  for_each_isa([] {
    check_sums<float>(64, 3001, 0);
    check_sums<float>(3, 70001, 0);
    check_sums<float>(3, 70001, 1);
    check_sums<double>(1, 300001, 0);
    check_sums<double>(1000, 130, 5);
  });
}

TEST_CASE("a sum of many floats keeps the precision of a double", "[reduce]") {
  for_each_isa([] {
    // 2²⁵ ones and a half: float alone would stick at 2²⁴.
    const Index cols = (Index{1} << 25) + 1;
    std::vector<float> x(static_cast<std::size_t>(cols), 1.0f);
    float sum = 0.5f;
    accumulate_row_sums(&sum, x.data(), 1, 1, cols);
    CHECK(static_cast<double>(sum) == static_cast<double>(static_cast<float>(cols)));
    CHECK(sum_of_squares(x.data(), cols) == static_cast<double>(cols));
  });
}

TEST_CASE("sums of squares are right at every edge", "[reduce]") {
  for_each_isa([] {
    for (Index size = 0; size <= 70; ++size) {
      check_squares<float>(size);
      check_squares<double>(size);
    }
    for (const Index size : {32767, 32768, 65535, 65537, 200001}) {
      check_squares<float>(size);
      check_squares<double>(size);
    }
  });
}

TEST_CASE("a NaN or an infinity reaches the sum of squares from anywhere", "[reduce]") {
  for_each_isa([] {
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      bool seen = true;
      for (std::size_t place = 0; place < 70; ++place) {
        std::vector<float> x(70, 1.0f);
        x[place] = bad;
        seen = seen && !std::isfinite(sum_of_squares(x.data(), 70));
      }
      CHECK(seen);
    }
  });
}

TEST_CASE("reductions have the same bits on any number of threads", "[reduce]") {
  for_each_isa([] {
    const auto x = random_values<double>(64 * 5000);  // in double, where no last rounding hides a difference
    for (const Index rows : {1, 3, 64, 100, 1000}) {
      CAPTURE(rows);
      const Index cols = 64 * 5000 / rows;
      CHECK(same_bits_on_any_threads([&] {
        std::vector<double> sums(static_cast<std::size_t>(rows), 0.5);
        accumulate_row_sums(sums.data(), x.data(), rows, rows, cols);
        return sums;
      }));
      CHECK(same_bits_on_any_threads([&] {
        std::vector<double> sums(static_cast<std::size_t>(cols));
        column_sums(sums.data(), x.data(), rows, rows, cols);
        return sums;
      }));
    }
    CHECK(same_bits_on_any_threads(
        [&] { return std::vector<double>{sum_of_squares(x.data(), static_cast<Index>(x.size()))}; }));
  });
}

#if defined(KERNEL_TEST_HAS_CLIFFS)
TEST_CASE("a reduction touches nothing outside its arrays", "[reduce]") {
  for_each_isa([] {
    for (const auto side : {Cliff<float>::Behind, Cliff<float>::Before}) {
      for (const Index rows : {1, 3, 7, 16, 33, 65}) {
        for (const Index cols : {1, 5, 64}) {
          const Cliff<float> x(rows * cols, side), row(rows, side), column(cols, side);
          accumulate_row_sums(row.data(), x.data(), rows, rows, cols);
          column_sums(column.data(), x.data(), rows, rows, cols);
          CHECK(sum_of_squares(x.data(), rows * cols) == 0);
        }
      }
    }
  });
}
#endif
