#include "eigenerate/kernels/elementwise.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "eigenerate/kernels/isa.hpp"
#include "kernels/kernel_test.hpp"
#include "support/catch.hpp"

namespace kernels = eigenerate::kernels;
using kernels::Index;

namespace {

/// Restores threads and instruction set.
struct Settings {
  int threads = eigenerate::num_threads();
  kernels::Isa isa = kernels::isa();
  ~Settings() {
    eigenerate::set_num_threads(threads);
    kernels::set_isa(isa);
  }
};

template <class S>
std::vector<S> wave(Index n) {
  std::vector<S> x(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) x[static_cast<std::size_t>(i)] = S(9) * std::sin(S(0.7) * static_cast<S>(i));
  return x;
}

template <class S>
std::vector<S> sigmoids(const std::vector<S>& x) {
  std::vector<S> y(x.size(), S(-1));
  kernels::sigmoid(y.data(), x.data(), static_cast<Index>(x.size()));
  return y;
}

}  // namespace

TEMPLATE_TEST_CASE("map writes every element of any length and none behind it", "[elementwise]", float,
                   double) {
  using S = TestType;
  const auto weigh = [](S a, S b) { return a - S(2) * b; };
  for (const Index n : {0, 1, 2, 63, 64, 65, 127, 128, 1000, 100'003}) {
    CAPTURE(n);
    const auto a = wave<S>(n), b = wave<S>(n + 5);
    std::vector<S> y(static_cast<std::size_t>(n) + 3, S(7));
    kernels::map(y.data() + 1, n, weigh, a.data(), b.data() + 5);  // not aligned either
    Index wrong = 0;
    for (Index i = 0; i < n; ++i) {
      const auto at = static_cast<std::size_t>(i);
      wrong += std::abs(y[at + 1] - weigh(a[at], b[at + 5])) > std::numeric_limits<S>::epsilon() * S(32);
    }
    CHECK(wrong == 0);
    CHECK(y.front() == S(7));
    CHECK(y[static_cast<std::size_t>(n) + 1] == S(7));
    CHECK(y[static_cast<std::size_t>(n) + 2] == S(7));
  }
}

TEST_CASE("map may write one of its inputs", "[elementwise]") {
  auto y = wave<float>(777);
  const auto before = y, x = wave<float>(777);
  const auto plus = [](float a, float b) { return a + b; };
  kernels::map(y.data(), 777, plus, y.data(), x.data());
  for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(y[i] == before[i] + x[i]);
}

TEMPLATE_TEST_CASE("an element has the same bits wherever it stands and whoever computes it", "[elementwise]",
                   float, double) {
  const Settings settings;
  const auto x = wave<TestType>(200'001);
  for (const kernels::Isa isa : {kernels::Isa::Scalar, kernels::Isa::Avx2, kernels::Isa::Avx512}) {
    if (!kernels::set_isa(isa)) continue;
    CAPTURE(kernels::isa_name(isa));
    eigenerate::set_num_threads(1);
    const auto all = sigmoids(x);
    eigenerate::set_num_threads(3);
    CHECK(sigmoids(x) == all);
    std::vector<TestType> alone(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) kernels::sigmoid(&alone[i], &x[i], 1);
    CHECK(alone == all);
  }
}

TEMPLATE_TEST_CASE("every instruction set gives the functions of math.hpp", "[elementwise]", float, double) {
  using S = TestType;
  const Settings settings;
  const auto x = wave<S>(1001);
  for (const kernels::Isa isa : {kernels::Isa::Scalar, kernels::Isa::Avx2, kernels::Isa::Avx512}) {
    if (!kernels::set_isa(isa)) continue;
    CAPTURE(kernels::isa_name(isa));
    std::vector<S> y(x.size());
    // Two evaluations of the same formula, with and without fused products, each within 3 ULP of the truth.
    const auto differs = [&](auto f) {
      Index count = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        count += std::abs(y[i] - f(x[i])) > S(6) * std::numeric_limits<S>::epsilon() * std::abs(f(x[i]));
      return count;
    };
    kernels::sigmoid(y.data(), x.data(), 1001);
    CHECK(differs([](S v) { return kernels::sigmoid(v); }) == 0);
    kernels::tanh(y.data(), x.data(), 1001);
    CHECK(differs([](S v) { return kernels::tanh(v); }) == 0);
    kernels::softplus(y.data(), x.data(), 1001);
    CHECK(differs([](S v) { return kernels::softplus(v); }) == 0);
    kernels::copy(y.data(), x.data(), 1001);
    CHECK(y == x);
  }
}

TEMPLATE_TEST_CASE("a sum of mapped terms is accurate whatever their number, and map_and_sum is both",
                   "[elementwise]", float, double) {
  using S = TestType;
  kernel_test::for_each_isa([] {
    for (const Index n : {0, 1, 15, 63, 64, 65, 255, 257, 100'003}) {
      CAPTURE(n);
      const auto a = wave<S>(n), b = wave<S>(n + 5);
      // Not zero for zeros: what pads the last block must not enter the sum.
      const auto term = [](S x, S y) { return x * y + S(3); };
      long double exact = 0;
      double magnitudes = 0;
      std::vector<S> values(a.size());
      for (std::size_t i = 0; i < a.size(); ++i) {
        values[i] = a[i] - b[i + 5];
        const double t = static_cast<double>(a[i]) * static_cast<double>(b[i + 5]) + 3;
        exact += static_cast<long double>(t);
        magnitudes += std::abs(t) + 3;  // each term of the sum rounds, too
      }
      // Two additions in S and two roundings of the term itself, half an epsilon each.
      // Then one addition in double for every block, and of the lanes.
      const double in_double = static_cast<double>(n / 64 + 16) * std::numeric_limits<double>::epsilon();
      const double tolerance =
          (2 * static_cast<double>(std::numeric_limits<S>::epsilon()) + in_double) * magnitudes;
      const double got = kernels::sum_of_map<S>(n, term, a.data(), b.data() + 5);
      CHECK(std::abs(static_cast<double>(got - exact)) <= tolerance);

      const auto both = [term](S x, S y) { return kernels::ValueAndTerm<S>{x - y, term(x, y)}; };
      std::vector<S> y(a.size() + 2, S(7));
      const double sum = kernels::map_and_sum(y.data() + 1, n, both, a.data(), b.data() + 5);
      CHECK(sum == kernels::sum_of_map<S>(n, term, a.data(), b.data() + 5));
      CHECK(std::vector<S>(y.begin() + 1, y.end() - 1) == values);
      CHECK(y.front() == S(7));
      CHECK(y.back() == S(7));
    }
  });
}

TEST_CASE("a NaN among the terms reaches the sum, one behind the end does not", "[elementwise]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto identity = [](float v) { return v; };
  std::vector<float> x(70, 1.0f);
  x[69] = nan;
  CHECK(kernels::sum_of_map<float>(69, identity, x.data()) == 69);
  CHECK(std::isnan(kernels::sum_of_map<float>(70, identity, x.data())));
}
