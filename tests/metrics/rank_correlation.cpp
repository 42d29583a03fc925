#include "eigenerate/metrics/rank_correlation.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("rank correlations agree with SciPy's", "[golden]") {
  for (const Golden& c : load_golden("metrics/rank_correlation").cases()) {
    CAPTURE(c.path());
    const auto x = c.list("x"), y = c.list("y");
    const Estimate r = rank_correlation(x, y);
    CHECK(std::abs(r.value - c.number("value")) < tolerance::golden);
    CHECK(std::abs(r.standard_error - c.number("error")) < tolerance::golden);
    CHECK(rank_correlation(y, x).value == r.value);
  }
}

TEST_CASE("what rises with another number has a rank correlation of one, whatever its curve") {
  const std::vector<double> x{3, -1, 2, 10, 0.5}, up{27, -1, 8, 1000, 0.125}, down{-3, 1, -2, -10, -0.5};
  CHECK(rank_correlation(x, up).value == 1);
  CHECK(rank_correlation(x, up).standard_error == 0);
  CHECK(rank_correlation(x, down).value == -1);
}

TEST_CASE("the error of a rank correlation is how much it scatters") {
  constexpr int sets = 400, n = 100;
  std::vector<double> found;
  double told = 0;
  for (std::uint64_t set = 0; set < sets; ++set) {
    const Matrix<float> noise = normal_features(2, n, 100 + set);
    std::vector<double> x, y;
    for (Index i = 0; i < n; ++i) {
      x.push_back(static_cast<double>(noise(0, i)));
      y.push_back(static_cast<double>(noise(0, i)) + static_cast<double>(noise(1, i)));
    }
    const Estimate r = rank_correlation(x, y);
    found.push_back(r.value);
    told += r.standard_error / sets;
  }
  const double scatter = mean_of(found).standard_error * std::sqrt(double{sets});
  // The scatter of 400 values is known to 1 / √800 of itself; Bonett & Wright's variance to some percent.
  CHECK(std::abs(told / scatter - 1) < 0.2);
  CHECK(std::abs(mean_of(found).value - 0.69) < 0.02);  // 6/π asin(1/√8) = 0.690
}

TEST_CASE("what a rank correlation refuses") {
  const std::vector<double> x{1, 2, 3, 4}, shorter{1, 2, 3}, equal{2, 2, 2, 2};
  CHECK_THROWS_AS(rank_correlation(x, shorter), ShapeError);
  CHECK_THROWS_AS(rank_correlation(shorter, shorter), ShapeError);
  CHECK(contains(refusal<ConfigError>([&] { rank_correlation(x, equal); }), "of the second are equal"));
  std::vector<double> bad = x;
  bad[2] = not_a_number<double>();
  CHECK(contains(refusal<ConfigError>([&] { rank_correlation(bad, x); }), "number 2 of the first"));
}
