#pragma once
// Products against sums in long double, for whatever computes them.

#include <algorithm>
#include <cmath>

#include "kernels/kernel_test.hpp"
#include "support/tolerances.hpp"

namespace kernel_test {

using namespace eigenerate::kernels;
using eigenerate::testing::tolerance::rounding;

template <class S>
struct Case {
  Index m, n, k;
  Transpose ta = Transpose::No, tb = Transpose::No;
  S beta = 0;
  bool bias = false;
  Activation activation{};
  Index gap = 0;
  eigenerate::MatmulPrecision precision = eigenerate::MatmulPrecision::highest;
  bool chain = false;  // whether C is multiplied with the derivative of the activation elsewhere
};

/// What rounding its factors adds to the relative error of a term: u of bf16 is 2⁻⁸.
inline double factor_error(eigenerate::MatmulPrecision precision) {
  using enum eigenerate::MatmulPrecision;
  return precision == highest ? 0 : precision == medium ? 0x1p-7 + 0x1p-16 : 3 * 0x1p-16;
}

/// Runs one product with `multiply`, which takes the arguments of `gemm`, and returns its largest error in
/// units of the documented bound; infinite if it wrote where it must not, or if anything that it must not
/// read reached the result.
template <class S, class Multiply>
double error_over_bound(const Case<S>& p, const Multiply& multiply) {
  const bool a_transposed = p.ta == Transpose::Yes, b_transposed = p.tb == Transpose::Yes;
  const Island<S> a(a_transposed ? p.k : p.m, a_transposed ? p.m : p.k, p.gap, 1);
  const Island<S> b(b_transposed ? p.n : p.k, b_transposed ? p.k : p.n, 2 * p.gap, 2);
  const Island<S> bias(p.m, 1, 0, 3);
  const Island<S> activated(p.m, p.n, 3 * p.gap, 5);
  Island<S> c(p.m, p.n, 3 * p.gap, 4);
  if (p.beta == S(0)) c.fill(Island<S>::poison());
  const Island<S> before = c;

  multiply(c.data(), c.ld(), a.data(), a.ld(), p.ta, b.data(), b.ld(), p.tb, p.m, p.n, p.k, p.beta,
           Epilogue<S>{p.bias ? bias.data() : nullptr, p.activation, p.chain ? activated.data() : nullptr},
           p.precision);

  double worst = c.sea_is_untouched() ? 0 : INFINITY;
  // Of a large product the borders of C are compared and a seventh of the rest, in every row and column.
  const bool large = p.m * p.n > 20000;
  for (Index j = 0; j < p.n; ++j) {
    for (Index i = 0; i < p.m; ++i) {
      if (large && i % 7 != j % 7 && i > 0 && i + 1 < p.m && j > 0 && j + 1 < p.n) continue;
      long double sum = 0, magnitude = 0;
      const auto add = [&](long double term) {
        sum += term;
        magnitude += std::abs(term);
      };
      for (Index q = 0; q < p.k; ++q) {
        add(static_cast<long double>(a_transposed ? a.at(q, i) : a.at(i, q)) *
            static_cast<long double>(b_transposed ? b.at(j, q) : b.at(q, j)));
      }
      if (p.beta != S(0)) add(static_cast<long double>(before.at(i, j)));
      if (p.bias) add(static_cast<long double>(bias.at(i, 0)));
      const bool is_positive = p.chain ? activated.at(i, j) > S(0) : sum > 0;
      if (!p.activation.is_none() && !is_positive) sum *= p.activation.slope;
      const double error = static_cast<double>(std::abs(static_cast<long double>(c.at(i, j)) - sum));
      const double bound =
          (rounding<S>(p.k + 4) + factor_error(p.precision)) * static_cast<double>(magnitude);
      if (!(error <= bound))
        worst = std::max(worst, bound > 0 && std::isfinite(error) ? error / bound : INFINITY);
    }
  }
  return worst;
}

template <class S, class Multiply>
void check_product(const Case<S>& p, const Multiply& multiply) {
  CAPTURE(sizeof(S), p.m, p.n, p.k, p.gap, p.ta == Transpose::Yes, p.tb == Transpose::Yes, p.beta, p.bias,
          p.chain, p.activation.slope);
  CAPTURE(eigenerate::precision_name(p.precision));
  CHECK(error_over_bound(p, multiply) <= 1);
}

constexpr Transpose both[] = {Transpose::No, Transpose::Yes};

}  // namespace kernel_test
