// The float versions against the standard library's functions in double, as the loops of every instruction
// set compute them: on a sample of all floats, and on all of them where [slow] is asked for.
#include "eigenerate/kernels/math.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "eigenerate/kernels/elementwise.hpp"
#include "kernels/kernel_test.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"

namespace kernels = eigenerate::kernels;
using kernels::Index;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// The distance of two neighbouring floats where `exact` is.
double ulp(double exact) {
  const double smallest = static_cast<double>(std::numeric_limits<float>::min());
  int exponent = 0;
  std::frexp(std::clamp(std::abs(exact), smallest, 0x1.fffffep127), &exponent);
  return std::ldexp(1.0, exponent - 24);
}

/// How many ULP lie between a result and the exact one. Where that is no float, only the right one will do:
/// NaN, or the infinity that it rounds to.
double error_in_ulp(float got, double exact) {
  constexpr double never = std::numeric_limits<double>::infinity(), overflow = 0x1.ffffffp127;
  if (std::isnan(exact) || std::isnan(got)) return std::isnan(exact) && std::isnan(got) ? 0 : never;
  if (std::abs(exact) >= overflow) return got == (exact > 0 ? infinity : -infinity) ? 0 : never;
  return std::abs(static_cast<double>(got) - exact) / ulp(exact);
}

/// A function as `map` computes it, what it should be, and where it should be that.
struct Function {
  const char* name;
  void (*run)(float* y, Index n, const float* x);
  double (*exact)(double x);
  double bound;  ///< in ULP
  float from = -infinity, to = infinity;
};

// Below this a Taylor polynomial; above it nothing cancels that matters in double.
double exact_exp_minus_tangent(double x) {
  if (std::abs(x) > 1e-3) return std::expm1(x) - x;
  return x * x * (1 / 2.0 + x * (1 / 6.0 + x * (1 / 24.0 + x / 120)));
}
double exact_softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

#define AS_LOOP(f)                                       \
  [](float* y, Index n, const float* x) {                \
    kernels::map(                                        \
        y, n, [](float v) { return kernels::f(v); }, x); \
  }

// The bounds of the table in math.hpp.
const std::vector<Function> functions{
    {"exp", AS_LOOP(exp), [](double x) { return std::exp(x); }, 1.1},
    {"exp_nonpositive", AS_LOOP(exp_nonpositive), [](double x) { return std::exp(x); }, 1.1, -87, 0},
    {"expm1", AS_LOOP(expm1), [](double x) { return std::expm1(x); }, 1.9},
    {"expm1_nonpositive", AS_LOOP(expm1_nonpositive), [](double x) { return std::expm1(x); }, 1.1, -infinity,
     0},
    {"exp_minus_tangent", AS_LOOP(exp_minus_tangent), exact_exp_minus_tangent, 8},
    {"log", AS_LOOP(log), [](double x) { return std::log(x); }, 1},
    {"log1p", AS_LOOP(log1p), [](double x) { return std::log1p(x); }, 1.5},
    {"log1p_unit", AS_LOOP(log1p_unit), [](double x) { return std::log1p(x); }, 2, 0, 1},
    {"tanh", AS_LOOP(tanh), [](double x) { return std::tanh(x); }, 2.5},
    {"sigmoid", AS_LOOP(sigmoid), [](double x) { return 1 / (1 + std::exp(-x)); }, 3, -87},
    {"softplus", AS_LOOP(softplus), exact_softplus, 3, -87},
};

/// The largest error of the function over every `stride`-th pattern of bits from `first` on.
double worst_error(const Function& f, std::uint64_t first, std::uint64_t last, std::uint64_t stride) {
  constexpr Index room = 4096;
  std::vector<float> x, y(room);
  x.reserve(room);
  double worst = 0;
  const auto check = [&] {
    f.run(y.data(), static_cast<Index>(x.size()), x.data());
    for (std::size_t i = 0; i < x.size(); ++i)
      worst = std::max(worst, error_in_ulp(y[i], f.exact(static_cast<double>(x[i]))));
    x.clear();
  };
  for (std::uint64_t bits = first; bits < last; bits += stride) {
    const float v = eigenerate::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (v < f.from || v > f.to) continue;
    x.push_back(v);
    if (x.size() == room) check();
  }
  check();
  return worst;
}

constexpr std::uint64_t all_floats = std::uint64_t{1} << 32;

}  // namespace

TEST_CASE("the functions of one float are within their bounds", "[math]") {
  for (const Function& f : functions) {
    CAPTURE(f.name);
    kernel_test::for_each_isa([&] { CHECK(worst_error(f, 0, all_floats, 9973) <= f.bound); });
  }
}

TEST_CASE("the functions of one float are within their bounds on every float", "[math][slow]") {
  // A section each, because all of them take 40 minutes of a processor: test_kernels '[slow]' -c tanh
  for (const Function& f : functions) {
    DYNAMIC_SECTION(f.name) {
      kernel_test::for_each_isa([&] {
        constexpr Index parts = 256;
        std::vector<double> worst(parts);
        eigenerate::parallel_for(parts, [&](Index part) {
          const std::uint64_t size = all_floats / parts, first = static_cast<std::uint64_t>(part) * size;
          worst[static_cast<std::size_t>(part)] = worst_error(f, first, first + size, 1);
        });
        CHECK(*std::max_element(worst.begin(), worst.end()) <= f.bound);
      });
    }
  }
}

TEST_CASE("the functions are right where their result is special", "[math]") {
  struct Case {
    const char* name;
    float x, y;
  };
  const float largest = std::numeric_limits<float>::max(), smallest = std::numeric_limits<float>::min(),
              tiny = std::numeric_limits<float>::denorm_min();
  const std::vector<Case> cases{
      {"exp", 0, 1},
      {"exp", -0.0f, 1},
      {"exp", 88.72283f, 3.4027985e38f},
      {"exp", 88.72284f, infinity},
      {"exp", -103.9f, tiny},
      {"exp", -104.0f, 0},
      {"exp", -largest, 0},
      {"expm1", 0.0f, 0.0f},
      {"expm1", -0.0f, -0.0f},
      {"expm1", tiny, tiny},
      {"expm1", -tiny, -tiny},
      {"expm1", 88.72284f, infinity},
      {"expm1", -18, -1},
      {"expm1", -largest, -1},
      {"exp_minus_tangent", 0, 0},
      {"exp_minus_tangent", infinity, infinity},
      {"exp_minus_tangent", -infinity, infinity},
      {"exp_minus_tangent", -largest, largest},
      {"log", 1, 0},
      {"log", 0.0f, -infinity},
      {"log", -0.0f, -infinity},
      {"log", tiny, -103.27893f},
      {"log", smallest, -87.336545f},
      {"log", largest, 88.72284f},
      {"log", infinity, infinity},
      {"log", -tiny, not_a_number},
      {"log", -infinity, not_a_number},
      {"log1p", 0.0f, 0.0f},
      {"log1p", -0.0f, -0.0f},
      {"log1p", tiny, tiny},
      {"log1p", -tiny, -tiny},
      {"log1p", -1, -infinity},
      {"log1p", -1.0000001f, not_a_number},
      {"log1p", infinity, infinity},
      {"log1p", -infinity, not_a_number},
      {"tanh", -0.0f, -0.0f},
      {"tanh", infinity, 1},
      {"tanh", -infinity, -1},
      {"sigmoid", infinity, 1},
      {"sigmoid", -infinity, 0},
      {"sigmoid", -87.1f, 0},
      {"softplus", infinity, infinity},
      {"softplus", -infinity, 0},
  };
  for (const Function& f : functions) {
    CAPTURE(f.name);
    kernel_test::for_each_isa([&] {
      const auto of = [&](float x) {
        float y = 0;
        f.run(&y, 1, &x);
        return y;
      };
      CHECK(std::isnan(of(not_a_number)));
      for (const Case& c : cases) {
        if (std::string(f.name) != c.name) continue;
        CAPTURE(c.x);
        if (std::isnan(c.y)) {
          CHECK(std::isnan(of(c.x)));
        } else {
          CHECK(of(c.x) == c.y);
          CHECK(std::signbit(of(c.x)) == std::signbit(c.y));
        }
      }
    });
  }
}

TEMPLATE_TEST_CASE("sigmoid and softplus together are what they are alone", "[math]", float, double) {
  for (TestType x = -100; x <= 100; x += TestType(0.37)) {
    const auto both = kernels::sigmoid_and_softplus(x);
    CHECK(both.sigmoid == kernels::sigmoid(x));
    CHECK(both.softplus == kernels::softplus(x));
  }
}

namespace {

/// Largest error of f, in units of `unit(x, exact)`, over every 10007th float of either sign with
/// |x| <= largest.
template <class F, class G, class U>
double worst_error_in(const U& unit, const F& f, const G& exact, float largest, bool positive_too) {
  double worst = 0;
  for (std::uint32_t b = 0; b <= eigenerate::bit_cast<std::uint32_t>(largest); b += 10007) {
    for (const float sign : {-1.0f, 1.0f}) {
      if (sign > 0 && !positive_too) continue;
      const float x = sign * eigenerate::bit_cast<float>(b);
      const double expected = exact(static_cast<double>(x));
      const double error = std::abs(static_cast<double>(f(x)) - expected) / unit(x, expected);
      if (!(error <= worst)) worst = error;
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("the normal distribution function and density are within their bounds", "[math]") {
  const auto relative = [](double at_zero) {
    return [=](float x, double expected) {
      return (at_zero + 3e-8 * static_cast<double>(x) * static_cast<double>(x)) * expected;
    };
  };
  const auto absolute = [](float, double) { return 2.5e-7; };
  const auto cdf = [](float x) { return kernels::normal_cdf(x); };
  const auto exact = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  CHECK(worst_error_in(relative(4e-7), cdf, exact, 13, false) <= 1);
  CHECK(worst_error_in(absolute, cdf, exact, std::numeric_limits<float>::max(), true) <= 1);
  const auto density = [](float x) { return kernels::normal_density(x); };
  const auto exact_density = [](double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0)); };
  CHECK(worst_error_in(relative(2e-7), density, exact_density, 13, true) <= 1);
}

TEST_CASE("the double versions are precise", "[math]") {
  for (double x = -40; x <= 40; x += 0.37) {
    const double tiny = 4 * std::numeric_limits<double>::epsilon();
    CHECK(std::abs(kernels::sigmoid(x) * (1 + std::exp(-x)) - 1) <= tiny);
    CHECK(std::abs(kernels::softplus(x) - kernels::softplus(-x) - x) <= tiny * std::abs(x));
    CHECK(std::abs(kernels::normal_cdf(x) + kernels::normal_cdf(-x) - 1) <= tiny);
    CHECK(kernels::tanh(x) == std::tanh(x));
    CHECK(kernels::exp(x) == std::exp(x));
    CHECK(kernels::expm1(x) == std::expm1(x));
    CHECK(kernels::log(x * x) == std::log(x * x));
    CHECK(kernels::log1p(x * x) == std::log1p(x * x));
    CHECK(kernels::exp_minus_tangent(x) == std::expm1(x) - x);
  }
}

TEST_CASE("far arguments give the limits, and a NaN a NaN", "[math]") {
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
  CHECK(std::isnan(kernels::exp_nonpositive(not_a_number)));
  CHECK(std::isnan(kernels::expm1_nonpositive(not_a_number)));
  CHECK(std::isnan(kernels::log1p_unit(not_a_number)));
  CHECK(std::isnan(kernels::tanh(not_a_number)));
  CHECK(std::isnan(kernels::sigmoid(not_a_number)));
  CHECK(std::isnan(kernels::softplus(not_a_number)));
  CHECK(std::isnan(kernels::normal_cdf(not_a_number)));
  CHECK(std::isnan(kernels::normal_density(not_a_number)));
}

TEST_CASE("select takes the first where the condition holds", "[math]") {
  CHECK(kernels::select(true, 1.0f, 2.0f) == 1.0f);
  CHECK(kernels::select(false, 1.0f, 2.0f) == 2.0f);
  CHECK(kernels::select(true, -1e300, std::numeric_limits<double>::quiet_NaN()) == -1e300);
}
