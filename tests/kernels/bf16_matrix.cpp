#include "eigenerate/kernels/bf16_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernel_test.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate::kernels;
using namespace kernel_test;
using eigenerate::to_bf16;
using eigenerate::to_float;

namespace {

std::vector<float> rounded(std::vector<float> a) {
  for (float& value : a) value = to_float(to_bf16(value));
  return a;
}

/// y of a product with the numbers as floats.
std::vector<float> by_gemm(const std::vector<float>& a, const std::vector<float>& x, Index rows,
                           Index columns, const Epilogue<float>& epilogue = {}) {
  std::vector<float> y(static_cast<std::size_t>(columns));
  gemm(y.data(), columns, a.data(), rows, Transpose::Yes, x.data(), rows, Transpose::No, columns, 1, rows, 0,
       epilogue);
  return y;
}

}  // namespace

TEST_CASE("a product with a bf16 matrix has the bits of one with the same numbers as floats", "[bf16]") {
  for_each_isa([] {
    for (const Index rows : {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 100, 400, 1025}) {
      for (const Index columns : {1, 2, 7, 8, 9, 17, 511, 512, 513, 1030}) {
        CAPTURE(rows, columns);
        const auto a = random_values<float>(rows * columns, 1), x = random_values<float>(rows, 2);
        const Bf16Matrix matrix(a.data(), rows, columns);
        const Island<float> bias(columns, 1, 0, 3), other(columns, 1, 0, 4);
        const Epilogue<float> epilogues[] = {{},
                                             {bias.data(), Activation::relu()},
                                             {bias.data(), Activation::leaky_relu(0.25)},
                                             {nullptr, Activation::leaky_relu(0.25), other.data()}};
        for (const auto& epilogue : epilogues) {
          Island<float> y(columns, 1, 0);
          y.fill(Island<float>::poison());
          multiply_transposed(y.data(), matrix, x.data(), epilogue);
          CHECK(y.sea_is_untouched());
          const auto expected = by_gemm(rounded(a), x, rows, columns, epilogue);
          CHECK(std::equal(expected.begin(), expected.end(), y.data()));
        }
      }
    }
  });
}

TEST_CASE("rounding a matrix to bf16 costs no more than is documented", "[bf16]") {
  for_each_isa([] {
    const Index rows = 300, columns = 70;
    const auto a = random_values<float>(rows * columns, 1), x = random_values<float>(rows, 2);
    std::vector<float> y(static_cast<std::size_t>(columns));
    multiply_transposed(y.data(), Bf16Matrix(a.data(), rows, columns), x.data());
    double largest = 0;
    for (Index c = 0; c < columns; ++c) {
      double sum = 0, magnitude = 0;
      for (Index r = 0; r < rows; ++r) {
        const double term = static_cast<double>(a[static_cast<std::size_t>(r + c * rows)]) *
                            static_cast<double>(x[static_cast<std::size_t>(r)]);
        sum += term;
        magnitude += std::abs(term);
      }
      const double error = std::abs(static_cast<double>(y[static_cast<std::size_t>(c)]) - sum) / magnitude;
      largest = std::max(largest, error);
      CHECK(error <= 0x1p-8 + eigenerate::testing::tolerance::rounding<float>(rows + 4));
    }
    CHECK(largest > 0x1p-16);  // it did round
  });
}

TEST_CASE("numbers that are not finite pass through a bf16 matrix", "[bf16]") {
  for_each_isa([] {
    const Index rows = 37, columns = 3;
    auto a = random_values<float>(rows * columns, 1);
    const std::vector<float> x(static_cast<std::size_t>(rows), 1);
    a[36] = std::numeric_limits<float>::infinity();
    a[37] = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> y(3);
    multiply_transposed(y.data(), Bf16Matrix(a.data(), rows, columns), x.data());
    CHECK(y[0] == std::numeric_limits<float>::infinity());
    CHECK(std::isnan(y[1]));
    CHECK(std::isfinite(y[2]));
  });
}

TEST_CASE("products with a bf16 matrix have the same bits on any number of threads", "[bf16]") {
  for_each_isa([] {
    const Index rows = 120, columns = 5000;
    const auto a = random_values<float>(rows * columns, 1), x = random_values<float>(rows, 2);
    const Bf16Matrix matrix(a.data(), rows, columns);
    CHECK(same_bits_on_any_threads([&] {
      std::vector<float> y(static_cast<std::size_t>(columns));
      multiply_transposed(y.data(), matrix, x.data());
      return y;
    }));
  });
}

#if defined(KERNEL_TEST_HAS_CLIFFS)
TEST_CASE("products with a bf16 matrix read no number beside their vector", "[bf16]") {
  for_each_isa([] {
    for (const Index rows : {1, 5, 16, 33, 63}) {
      const auto a = random_values<float>(rows * 9, 1), values = random_values<float>(rows, 2);
      for (const auto side : {Cliff<float>::Behind, Cliff<float>::Before}) {
        const Cliff<float> x(rows, side);
        std::copy(values.begin(), values.end(), x.data());
        std::vector<float> y(9);
        multiply_transposed(y.data(), Bf16Matrix(a.data(), rows, 9), x.data());
        CHECK(y == by_gemm(rounded(a), values, rows, 9));
      }
    }
  });
}
#endif

TEST_CASE("an empty bf16 matrix multiplies nothing", "[bf16]") {
  CHECK(Bf16Matrix().empty());
  multiply_transposed(nullptr, Bf16Matrix(), nullptr);
  const float one = 1;
  CHECK_FALSE(Bf16Matrix(&one, 1, 1).empty());
}
