#include "eigenerate/testing/gradient_check.hpp"

#include "support/catch.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("central differences find a known gradient and restore their point", "[gradient check]") {
  Vector<double> x(3);
  x << 0.5, -2, 30;
  const Vector<double> before = x;
  const auto f = [&] { return std::sin(x(0)) + x(1) * x(1) * x(2); };
  const Vector<double> g = central_differences(f, x.data(), 3);
  Vector<double> expected(3);
  expected << std::cos(0.5), 2 * -2.0 * 30, 4;
  CHECK(relative_error(g, expected) < 1e-9);
  CHECK(x == before);
  expected(0) *= 1.001;
  CHECK(relative_error(Vector<double>(g.head(1)), Vector<double>(expected.head(1))) > 1e-4);
}

TEST_CASE("the relative error is symmetric, has a floor, and a NaN is an infinite error",
          "[gradient check]") {
  Vector<double> a(2), b(2);
  a << 3, 4;
  b << 3, 4.5;
  CHECK(relative_error(a, b) == relative_error(b, a));
  CHECK(std::abs(relative_error(a, b) - 0.5 / std::sqrt(9 + 20.25)) < 1e-15);
  CHECK(relative_error(1e-20 * a, -1e-20 * a) < 1e-15);
  a(0) = std::numeric_limits<double>::quiet_NaN();
  constexpr double worst = std::numeric_limits<double>::max();
  CHECK(relative_error(a, b) == worst);
  CHECK(relative_error(a, Vector<double>::Zero(3)) == worst);
}
