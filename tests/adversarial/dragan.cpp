#include "eigenerate/adversarial/dragan.hpp"

#include "adversarial/term_check.hpp"
#include "support/batches.hpp"

using namespace eigenerate;

TEST_CASE("DRAGAN keeps the contract", "[conformance]") {
  require_term_conformance(Dragan{});
  require_term_conformance(Dragan{.weight = 3, .spread = 0.1});
  require_term_conformance(Dragan{.one_sided = true, .every = 5}, {.steepness = 2});
}

TEST_CASE("DRAGAN's points lie above the data by less than the spread times the deviation") {
  const Matrix<double> x = testing::normal_batch(50, 40, 1, 3);
  Matrix<double> x_hat = testing::poison(50, 40);
  Dragan{}.place(as_const(x), as_const(x), RandomStream{4}, as_view(x_hat));
  const double deviation = std::sqrt((x.array() - x.mean()).square().mean());
  const auto moved = ((x_hat - x) / (0.5 * deviation)).eval();
  CHECK(moved.minCoeff() >= 0);
  CHECK(moved.maxCoeff() < 1);
  CHECK(std::abs(moved.mean() - 0.25) < 0.05);  // the mean of a product of two uniform numbers
}

TEST_CASE("a one-sided DRAGAN leaves small gradients alone, and a lazy one most steps") {
  CHECK(Dragan{.one_sided = true}.of_gradients().one_sided);
  CHECK(!Dragan{}.of_gradients().one_sided);
  const AnyAdversaryTerm<double> lazy = Dragan{.every = 3};
  for (const std::uint64_t step : {0, 1, 2, 3, 4}) CHECK(lazy.acts(step) == (step % 3 == 0));
  CHECK_THROWS_AS(Dragan{.every = 0}.validate(), ConfigError);
}
