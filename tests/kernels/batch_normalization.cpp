#include "eigenerate/kernels/batch_normalization.hpp"

#include <array>
#include <vector>

#include "kernels/kernel_test.hpp"
#include "support/catch.hpp"
#include "support/guarded_array.hpp"

using namespace eigenerate;
using eigenerate::testing::GuardedArray;
using kernel_test::for_each_isa;

namespace {

/// rows × columns around the blocks of 16 of the loops, the 64 rows that few rows are folded to, the
/// registers of rows that are summed together, the 256 rows of a block, and the chunks of 2^15 elements.
constexpr std::array<std::array<Index, 2>, 16> sizes{{{1, 1},
                                                      {1, 50000},
                                                      {2, 31},
                                                      {3, 7},
                                                      {3, 40001},
                                                      {15, 4},
                                                      {16, 5},
                                                      {17, 1},
                                                      {31, 2111},
                                                      {33, 3000},
                                                      {64, 1100},
                                                      {65, 2},
                                                      {101, 17},
                                                      {130, 600},
                                                      {257, 9},
                                                      {300, 250}}};

template <class S>
constexpr double epsilon = static_cast<double>(std::numeric_limits<S>::epsilon());

/// |got − expected| in units of the last place of `scale`.
template <class S>
double units(S got, double expected, double scale) {
  return std::abs(static_cast<double>(got) - expected) / (epsilon<S> * scale);
}

template <class S>
struct Case {
  Index rows, columns;
  GuardedArray<S> x{rows * columns, 1, S(2)}, g{rows * columns, 2}, y{rows * columns, 3};
  GuardedArray<S> center{rows, 4}, scale{rows, 5}, slope{rows, 6}, shift{rows, 7}, first{rows, 8},
      second{rows, 9};

  bool intact() const { return y.intact() && first.intact() && second.intact(); }
};

/// Calls f with a case of each size, scalar and instruction set.
template <class F>
void for_each_case(const F& f) {
  for_each_isa([&] {
    for (const auto& [rows, columns] : sizes) {
      CAPTURE(rows, columns);
      Case<float> narrow{rows, columns};
      f(narrow);
      CHECK(narrow.intact());
      Case<double> wide{rows, columns};
      f(wide);
      CHECK(wide.intact());
    }
  });
}

}  // namespace

TEST_CASE("row_moments are the mean and the biased variance", "[kernels]") {
  for_each_case([]<class S>(Case<S>& c) {
    kernels::row_moments(c.first.data(), c.second.data(), c.x.data(), c.rows, c.columns);
    double worst_mean = 0, worst_variance = 0;
    const auto n = static_cast<long double>(c.columns);
    for (Index r = 0; r < c.rows; ++r) {
      long double sum = 0, squares = 0;
      for (Index i = r; i < c.x.size(); i += c.rows) sum += static_cast<long double>(c.x[i]);
      const long double mean = sum / n;
      for (Index i = r; i < c.x.size(); i += c.rows)
        squares += (static_cast<long double>(c.x[i]) - mean) * (static_cast<long double>(c.x[i]) - mean);
      const auto variance = static_cast<double>(squares / n);
      worst_mean = std::max(worst_mean, units(c.first.data()[r], static_cast<double>(mean),
                                              std::abs(static_cast<double>(mean))));
      worst_variance = std::max(worst_variance, units(c.second.data()[r], variance, variance + epsilon<S>));
    }
    // One rounding for float; in double the summation itself errs by up to √columns units of Σ|x|.
    const double bound = std::is_same_v<S, float> ? 1 : 2 * std::sqrt(static_cast<double>(c.columns)) + 4;
    CHECK(worst_mean <= bound);
    CHECK(worst_variance <= bound);
  });
}

TEST_CASE("row_gradient_sums are the sums of dy and of dy times the deviation", "[kernels]") {
  for_each_case([]<class S>(Case<S>& c) {
    kernels::row_gradient_sums(c.first.data(), c.second.data(), c.g.data(), c.x.data(), c.center.data(),
                               c.rows, c.columns);
    double worst = 0;
    for (Index r = 0; r < c.rows; ++r) {
      double sum = 0, product = 0, size = 0, product_size = 0;
      for (Index i = r; i < c.x.size(); i += c.rows) {
        const double term = c.g[i] * (c.x[i] - c.center[r]);
        sum += c.g[i];
        product += term;
        size += std::abs(c.g[i]);
        product_size += std::abs(term);
      }
      worst = std::max(
          {worst, units(c.first.data()[r], sum, size), units(c.second.data()[r], product, product_size)});
    }
    CHECK(worst <= (std::is_same_v<S, float> ? 1 : 4 + std::sqrt(static_cast<double>(c.columns))));
  });
}

TEST_CASE("scale_rows and combine_rows apply each row's coefficients", "[kernels]") {
  for_each_case([]<class S>(Case<S>& c) {
    double worst = 0;
    kernels::scale_rows(c.y.data(), c.x.data(), c.center.data(), c.scale.data(), c.shift.data(), c.rows,
                        c.columns);
    for (Index i = 0; i < c.y.size(); ++i) {
      const Index r = i % c.rows;
      const double product = (c.x[i] - c.center[r]) * c.scale[r];
      worst = std::max(worst,
                       units(c.y.data()[i], product + c.shift[r], std::abs(product) + std::abs(c.shift[r])));
    }
    CHECK(worst <= 2);  // three roundings of half a unit

    worst = 0;
    kernels::combine_rows(c.y.data(), c.g.data(), c.x.data(), c.center.data(), c.scale.data(), c.slope.data(),
                          c.shift.data(), c.rows, c.columns);
    for (Index i = 0; i < c.y.size(); ++i) {
      const Index r = i % c.rows;
      const double a = c.scale[r] * c.g[i], b = c.slope[r] * (c.x[i] - c.center[r]);
      worst = std::max(
          worst, units(c.y.data()[i], a + b + c.shift[r], std::abs(a) + std::abs(b) + std::abs(c.shift[r])));
    }
    CHECK(worst <= 3);  // five roundings of half a unit
  });
}

TEST_CASE("scale_rows and combine_rows may work in place", "[kernels]") {
  for_each_case([]<class S>(Case<S>& c) {
    kernels::scale_rows(c.y.data(), c.x.data(), c.center.data(), c.scale.data(), c.shift.data(), c.rows,
                        c.columns);
    GuardedArray<S> copy = c.x;
    kernels::scale_rows(copy.data(), copy.data(), c.center.data(), c.scale.data(), c.shift.data(), c.rows,
                        c.columns);
    CHECK(std::equal(copy.data(), copy.data() + copy.size(), c.y.data()));
    const auto combine = [&](S* y, const S* g) {
      kernels::combine_rows(y, g, c.x.data(), c.center.data(), c.scale.data(), c.slope.data(), c.shift.data(),
                            c.rows, c.columns);
    };
    combine(c.y.data(), c.g.data());
    combine(c.g.data(), c.g.data());
    CHECK(std::equal(c.g.data(), c.g.data() + c.g.size(), c.y.data()));
  });
}

TEST_CASE("the moments of a row with a NaN are NaN", "[kernels]") {
  for_each_isa([] {
    for (const Index bad : {0, 2, 15, 16, 32}) {
      CAPTURE(bad);
      Case<float> c{33, 40};
      c.x.data()[33 * 7 + bad] = std::numeric_limits<float>::quiet_NaN();
      kernels::row_moments(c.first.data(), c.second.data(), c.x.data(), c.rows, c.columns);
      for (Index r = 0; r < c.rows; ++r) {
        CHECK(std::isnan(c.first[r]) == (r == bad));
        CHECK(std::isnan(c.second[r]) == (r == bad));
      }
    }
  });
}

TEST_CASE("a large mean or a first value far out costs the variance nothing", "[kernels]") {
  for_each_isa([] {
    for (const double mean : {0.0, 1e3, 1e6}) {
      CAPTURE(mean);
      // Deviations ±1 around the mean, and a first value 30 away from it.
      constexpr Index rows = 5, columns = 4000;
      std::vector<double> x(rows * columns), center(rows), variance(rows);
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = mean + (i / rows % 2 == 0 ? 1 : -1);
      for (std::size_t r = 0; r < rows; ++r) x[r] = mean + 31;
      kernels::row_moments(center.data(), variance.data(), x.data(), rows, columns);
      const double d = 30.0 / columns, expected = (columns - 1 + 31.0 * 31.0) / columns - d * d;
      for (std::size_t r = 0; r < rows; ++r) {
        CHECK(std::abs(center[r] - mean - d) <= 1e-12 * (1 + mean));
        CHECK(std::abs(variance[r] - expected) <= 1e-12 * expected);
      }
    }
  });
}

TEST_CASE("a row of equal values has no variance", "[kernels]") {
  for_each_isa([] {
    const std::vector<float> x(7 * 30000, 0.1f);
    std::vector<float> mean(7), variance(7, -1.0f);
    kernels::row_moments(mean.data(), variance.data(), x.data(), 7, 30000);
    CHECK(mean == std::vector<float>(7, 0.1f));
    CHECK(variance == std::vector<float>(7, 0.0f));
  });
}

TEST_CASE("batch normalization has the same bits on any number of threads", "[kernels][threads]") {
  for_each_isa([] {
    for (const auto& [rows, columns] : {std::array<Index, 2>{3, 70000}, {128, 3000}, {300, 1000}}) {
      CAPTURE(rows, columns);
      const GuardedArray<float> x(rows * columns, 1, 2.0f), g(rows * columns, 2);
      CHECK(kernel_test::same_bits_on_any_threads([&, rows = rows, columns = columns] {
        const auto n = static_cast<std::size_t>(rows);
        std::vector<float> out(4 * n);
        float* const mean = out.data();
        kernels::row_moments(mean, mean + n, x.data(), rows, columns);
        kernels::row_gradient_sums(mean + 2 * n, mean + 3 * n, g.data(), x.data(), mean, rows, columns);
        return out;
      }));
    }
  });
}
