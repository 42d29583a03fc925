// The float versions against the standard library's functions in double, on a dense sample of all floats.
#include "eigenerate/kernels/math.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/tolerances.hpp"

namespace kernels = eigenerate::kernels;

namespace {

struct Range {
  float smallest;  ///< magnitudes
  float largest;
  bool negative;
  bool positive;
};

/// Largest error of f against exact, in units of `unit(x, exact)`, over every 10007th float of the range.
/// Results that are not normal floats are compared with the smallest one.
template <class F, class G, class U>
double worst_error(const F& f, const G& exact, const Range& range, const U& unit) {
  double worst = 0;
  const auto bits = [](float v) { return std::bit_cast<std::uint32_t>(v); };
  for (const float sign : {-1.0f, 1.0f}) {
    if (sign < 0 ? !range.negative : !range.positive) continue;
    for (std::uint32_t b = bits(range.smallest); b <= bits(range.largest); b += 10007) {
      const float x = sign * std::bit_cast<float>(b);
      const double expected = exact(static_cast<double>(x));
      const double error = std::abs(static_cast<double>(f(x)) - expected) / unit(x, expected);
      if (!(error <= worst)) worst = error;
    }
  }
  return worst;
}

/// The distance to the next float above |expected|.
double ulp(float, double expected) {
  const float magnitude = std::max(static_cast<float>(std::abs(expected)), std::numeric_limits<float>::min());
  return static_cast<double>(std::nextafter(magnitude, std::numeric_limits<float>::infinity()) - magnitude);
}

const Range everything{0, std::numeric_limits<float>::max(), true, true};
const Range nonpositive{0, std::numeric_limits<float>::max(), true, false};

}  // namespace

TEST_CASE("the exponential and its relatives are within their bounds", "[math]") {
  const auto exp = [](float x) { return kernels::exp_nonpositive(x); };
  const Range before_underflow{0, 87, true, false};
  CHECK(worst_error(
            exp, [](double x) { return std::exp(x); }, before_underflow, ulp) <= 1.1);
  const auto expm1 = [](float x) { return kernels::expm1_nonpositive(x); };
  CHECK(worst_error(
            expm1, [](double x) { return std::expm1(x); }, nonpositive, ulp) <= 1.1);
  const auto log1p = [](float x) { return kernels::log1p_unit(x); };
  CHECK(worst_error(
            log1p, [](double x) { return std::log1p(x); }, {0, 1, false, true}, ulp) <= 2);
}

TEST_CASE("tanh, sigmoid and softplus are within their bounds", "[math]") {
  const auto tanh = [](float x) { return kernels::tanh(x); };
  CHECK(worst_error(
            tanh, [](double x) { return std::tanh(x); }, everything, ulp) <= 2.5);
  // Down to where e^x is zero in float; below, see the next test case.
  const Range down_to_87{0, 87, true, false}, above{0, std::numeric_limits<float>::max(), false, true};
  for (const Range& range : {down_to_87, above}) {
    const auto sigmoid = [](float x) { return kernels::sigmoid(x); };
    CHECK(worst_error(
              sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, range, ulp) <= 3);
    const auto softplus = [](float x) { return kernels::softplus(x); };
    const auto exact = [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); };
    CHECK(worst_error(softplus, exact, range, ulp) <= 3);
  }
}

TEST_CASE("the normal distribution function and density are within their bounds", "[math]") {
  const auto relative = [](double at_zero) {
    return [=](float x, double expected) {
      return (at_zero + 3e-8 * static_cast<double>(x) * static_cast<double>(x)) * expected;
    };
  };
  const auto absolute = [](float, double) { return 2.5e-7; };
  const auto cdf = [](float x) { return kernels::normal_cdf(x); };
  const auto exact = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  CHECK(worst_error(cdf, exact, {0, 13, true, false}, relative(4e-7)) <= 1);
  CHECK(worst_error(cdf, exact, everything, absolute) <= 1);
  const auto density = [](float x) { return kernels::normal_density(x); };
  const auto exact_density = [](double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0)); };
  CHECK(worst_error(density, exact_density, {0, 13, true, true}, relative(2e-7)) <= 1);
}

TEST_CASE("the double versions are precise", "[math]") {
  for (double x = -40; x <= 40; x += 0.37) {
    const double tiny = 4 * std::numeric_limits<double>::epsilon();
    CHECK(std::abs(kernels::sigmoid(x) * (1 + std::exp(-x)) - 1) <= tiny);
    CHECK(std::abs(kernels::softplus(x) - kernels::softplus(-x) - x) <= tiny * std::abs(x));
    CHECK(std::abs(kernels::normal_cdf(x) + kernels::normal_cdf(-x) - 1) <= tiny);
    CHECK(kernels::tanh(x) == std::tanh(x));
  }
}

TEST_CASE("far arguments give the limits, and a NaN a NaN", "[math]") {
  const float infinity = std::numeric_limits<float>::infinity(),
              nan = std::numeric_limits<float>::quiet_NaN();
  for (const float far : {90.0f, 1e10f, std::numeric_limits<float>::max(), infinity}) {
    CAPTURE(far);
    CHECK(kernels::exp_nonpositive(-far) == 0);
    CHECK(kernels::expm1_nonpositive(-far) == -1);
    CHECK(kernels::tanh(far) == 1);
    CHECK(kernels::tanh(-far) == -1);
    CHECK(kernels::sigmoid(far) == 1);
    CHECK(kernels::sigmoid(-far) == 0);
    CHECK(kernels::softplus(far) == far);
    CHECK(kernels::softplus(-far) == 0);
    CHECK(kernels::normal_cdf(far) == 1);
    CHECK(kernels::normal_cdf(-far) == 0);
  }
  CHECK(std::isnan(kernels::exp_nonpositive(nan)));
  CHECK(std::isnan(kernels::expm1_nonpositive(nan)));
  CHECK(std::isnan(kernels::log1p_unit(nan)));
  CHECK(std::isnan(kernels::tanh(nan)));
  CHECK(std::isnan(kernels::sigmoid(nan)));
  CHECK(std::isnan(kernels::softplus(nan)));
  CHECK(std::isnan(kernels::normal_cdf(nan)));
  CHECK(std::isnan(kernels::normal_density(nan)));
}

TEST_CASE("select takes the first where the condition holds", "[math]") {
  CHECK(kernels::select(true, 1.0f, 2.0f) == 1.0f);
  CHECK(kernels::select(false, 1.0f, 2.0f) == 2.0f);
  CHECK(kernels::select(true, -1e300, std::numeric_limits<double>::quiet_NaN()) == -1e300);
}
