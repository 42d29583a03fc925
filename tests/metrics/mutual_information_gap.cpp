#include "eigenerate/metrics/mutual_information_gap.hpp"

#include "metrics/factor_check.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the mutual information gap agrees with NumPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/mutual_information_gap").cases()) {
    CAPTURE(c.path());
    const Matrix<double> codes = c.batch<double>("codes");
    const auto gap =
        mutual_information_gap(as_const(codes), golden_factors(c, "factors", 3), c.integer("bins"));
    const std::vector<double> information = c.list("information"), of_factors = c.list("of_factors");
    for (Index i = 0; i < gap.information.size(); ++i)
      CHECK(std::abs(gap.information(i) - information[static_cast<std::size_t>(i)]) < tolerance::golden);
    for (std::size_t f = 0; f < 3; ++f)
      CHECK(std::abs(gap.of_factors[f] - of_factors[f]) < tolerance::golden);
    CHECK(std::abs(gap.value - c.number("value")) < tolerance::golden);
  }
}

TEST_CASE("the gap of a dimension for each factor is 1, and that of mixed ones 0") {
  const data::Factors factors = data::draw_factors(factor_counts, 20000, RandomStream{1});
  const Matrix<double> aligned = aligned_codes(factors), mixed = mixed_codes(factors);
  const auto best = mutual_information_gap(as_const(aligned), factors);
  CHECK(best.value > 0.99);
  CHECK(best.value <= 1 + 1e-12);
  CHECK(std::abs(best.information(0, 0) - std::log(4.0)) < 0.01);
  CHECK(mutual_information_gap(as_const(mixed), factors).value < 0.03);
  // A dimension that copies another leaves no gap.
  Matrix<double> twice(8, factors.cols());
  twice << aligned.topRows(4), aligned.topRows(4);
  CHECK(std::abs(mutual_information_gap(as_const(twice), factors).value) < 1e-12);
  const Matrix<float> one = aligned.topRows(1).cast<float>();
  CHECK(std::abs(mutual_information_gap(as_const(one), factors).of_factors[0] - 1) < 1e-6);
  const Matrix<float> constant = Matrix<float>::Constant(2, factors.cols(), 3);
  CHECK(mutual_information_gap(as_const(constant), factors).value == 0);
}

TEST_CASE("what the gap refuses") {
  const data::Factors factors = data::draw_factors(std::vector<Index>{4, 3}, 10, RandomStream{1});
  const Matrix<double> codes = factors.cast<double>(), short_of_one = codes.leftCols(9);
  support::refuses<ShapeError>([&] { mutual_information_gap(as_const(short_of_one), factors); },
                               {"2 × 9", "2 × 10"});
  support::refuses<ConfigError>([&] { mutual_information_gap(as_const(codes), factors, 1); }, {"two bins"});
  Matrix<double> bad = codes;
  bad(1, 1) = std::nan("");
  support::refuses<ConfigError>([&] { mutual_information_gap(as_const(bad), factors); }, {"not finite"});
  data::Factors constant = factors;
  constant.row(1).setConstant(2);
  support::refuses<ConfigError>([&] { mutual_information_gap(as_const(codes), constant); },
                                {"factor 1", "value 2"});
  constant(1, 3) = -1;
  support::refuses<ConfigError>([&] { mutual_information_gap(as_const(codes), constant); }, {"negative"});
}
