#include "eigenerate/metrics/active_units.hpp"

#include "eigenerate/kernels/kernels.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("dimensions whose centers vary are active") {
  Matrix<float> centers(4, 500);
  fill_normal(centers.data(), centers.size(), RandomStream{1});
  centers.row(1) *= 0.09f;  // a variance of 0.0081
  centers.row(2) *= 0.12f;  // of 0.0144
  centers.row(3).setConstant(7);
  CHECK(active_units(as_const(centers)) == 2);
  CHECK(active_units(as_const(centers), 0.001) == 3);
  CHECK(active_units(as_const(centers), 0.5) == 1);
}
