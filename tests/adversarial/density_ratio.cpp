#include "eigenerate/adversarial/density_ratio.hpp"

#include "adversarial/adversarial_check.hpp"
#include "eigenerate/adversarial/minimax.hpp"

using namespace eigenerate;
using testing::normal_batch;

TEST_CASE("the loss of density ratios keeps its contract", "[conformance]") {
  require_conformance(DensityRatio{});
}

TEST_CASE("its discriminator plays the original game, its maker minimizes the log-ratio itself") {
  const Matrix<double> real = normal_batch(1, 6, 1), fake = normal_batch(1, 6, 2);
  CHECK(discriminator_loss(DensityRatio{}, as_const(real), as_const(fake)) ==
        discriminator_loss(Minimax{}, as_const(real), as_const(fake)));
  Matrix<double> d(1, 6);
  CHECK(std::abs(generator_loss(DensityRatio{}, as_const(fake), as_const(real), as_view(d)) + fake.mean()) <
        1e-15);
  CHECK((d.array() == -1.0 / 6).all());
}
