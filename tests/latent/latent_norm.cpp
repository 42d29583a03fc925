#include "eigenerate/latent/latent_norm.hpp"

#include <cmath>

#include "support/batches.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("LatentNorm is the mean of half the squared norms", "[latent]") {
  const Matrix<double> z = testing::normal_batch(3, 6, 1), h(3, 2);
  Matrix<double> dz = Matrix<double>::Ones(3, 6);
  const double value = LatentNorm{5}.add<double>({.h = h, .z = z}, nullptr, as_view(dz), unwanted<double>());
  CHECK(std::abs(value - 5 * z.colwise().squaredNorm().mean() / 2) < 1e-12);
  CHECK((dz.array() - 1 - 5 * z.array() / 6).abs().maxCoeff() < 1e-12);
}

TEST_CASE("LatentNorm refuses weights out of range", "[latent]") {
  support::refuses<ConfigError>([] { LatentNorm{-1}.validate(); }, {"LatentNorm", "got -1"});
  support::refuses<ConfigError>([] { LatentNorm{std::nan("")}.validate(); }, {"LatentNorm", "got nan"});
  CHECK_NOTHROW(LatentNorm{0}.validate());
}
