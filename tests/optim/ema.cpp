#include "eigenerate/optim/ema.hpp"

#include <cmath>

#include "support/arenas.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("a moving average of a constant closes the gap geometrically") {
  Arena<double> average(make_table({40})), parameters = average.like();
  average["0"].setConstant(3);
  parameters["0"].setConstant(5);
  for (int t = 0; t < 7; ++t) ema_update(average, parameters, 0.9);
  const Vector<double> expected = Vector<double>::Constant(40, 5 - 2 * std::pow(0.9, 7));
  CHECK((average["0"] - expected).cwiseAbs().maxCoeff() <= tolerance::golden);
  CHECK(padding_is_zero(average));

  ema_update(average, parameters, 0);
  CHECK((average["0"].array() == 5).all());
}

TEST_CASE("a moving average refuses what cannot work") {
  Arena<float> average(make_table({4})), other(make_table({4}));
  CHECK_THROWS_AS(ema_update(average, average.like(), 1), ConfigError);
  CHECK_THROWS_AS(ema_update(average, average.like(), std::nan("")), ConfigError);
  CHECK_THROWS_AS(ema_update(average, other, 0.9), StateError);
}

TEST_CASE("a warmed-up decay rises to the decay") {
  CHECK(warmed_up_decay(0.999, 0) == 0.1);
  CHECK(warmed_up_decay(0.999, 90) == 0.91);
  CHECK(warmed_up_decay(0.999, 1000000) == 0.999);
}
