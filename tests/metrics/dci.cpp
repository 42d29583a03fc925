#include "eigenerate/metrics/dci.hpp"

#include "metrics/factor_check.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("disentanglement, completeness and informativeness agree with NumPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/dci").cases()) {
    const Matrix<double> codes = c.batch<double>("codes"), test_codes = c.batch<double>("test_codes");
    const Dci found = dci(as_const(codes), golden_factors(c, "factors", 3), as_const(test_codes),
                          golden_factors(c, "test_factors", 3), c.number("penalty"));
    const std::vector<double> importance = c.list("importance");
    for (Index i = 0; i < found.importance.size(); ++i)
      CHECK(std::abs(found.importance(i) - importance[static_cast<std::size_t>(i)]) < 1e-10);
    // Both add 1e-11 to shares, or nothing.
    CHECK(std::abs(found.disentanglement - c.number("disentanglement")) < 1e-8);
    CHECK(std::abs(found.completeness - c.number("completeness")) < 1e-8);
    CHECK(std::abs(found.error - c.number("error")) < 1e-10);
  }
}

TEST_CASE("codes with a dimension for each factor score best, mixed and constant ones worst") {
  const data::Factors factors = data::draw_factors(factor_counts, 20000, RandomStream{1}),
                      other = data::draw_factors(factor_counts, 5000, RandomStream{2});
  const auto scores = [&](const Matrix<double>& z, const Matrix<double>& test) {
    return dci(as_const(z), factors, as_const(test), other);
  };
  const Dci best = scores(aligned_codes(factors), aligned_codes(other));
  CHECK(best.disentanglement > 0.999);
  CHECK(best.completeness > 0.999);
  CHECK(best.error < 0.05);
  const Dci mixed = scores(mixed_codes(factors), mixed_codes(other));
  CHECK(mixed.disentanglement < 0.1);
  CHECK(mixed.completeness < 0.1);
  CHECK(mixed.error < 0.1);
  const Dci nothing = scores(Matrix<double>::Constant(2, 20000, 1), Matrix<double>::Constant(2, 5000, 1));
  CHECK(nothing.disentanglement == 0);
  CHECK(nothing.completeness == 0);
  CHECK(std::abs(nothing.error - 1) < 0.02);
}

TEST_CASE("what dci refuses") {
  const data::Factors factors = data::draw_factors(std::vector<Index>{4, 3}, 50, RandomStream{1});
  const Matrix<double> codes = factors.cast<double>(), fewer = codes.topRows(1);
  support::refuses<ShapeError>([&] { dci(as_const(codes), factors, as_const(fewer), factors); },
                               {"2 codes of 2 factors", "1 of 2"});
  CHECK_THROWS_AS(dci(as_const(codes), factors, as_const(codes), factors, -1), ConfigError);
}
