#include "eigenerate/latent/latent_direction.hpp"

#include "eigenerate/testing/gradient_check.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("latent directions are those of NumPy", "[latent_direction][golden]") {
  for (const Golden& c : load_golden("latent/latent_direction").cases()) {
    CAPTURE(c.path());
    const Matrix<double> codes = c.batch<double>("codes");
    const auto labels = c.list<int>("labels");
    const Vector<double> found =
        latent_direction(as_const(codes), labels, int(c.integer("from")), int(c.integer("to")));
    CHECK(relative_error(found, c.batch<double>("direction")) < tolerance::golden);
  }
}

TEST_CASE("a latent direction between labels that are not there is refused", "[latent_direction]") {
  using support::refuses;
  const Matrix<float> codes = Matrix<float>::Random(2, 3);
  const std::vector<int> labels{0, 1, 1}, fewer{0, 1};
  refuses<ConfigError>([&] { latent_direction(as_const(codes), labels, 0, 7); }, {"none of 3", "label 7"});
  refuses<ShapeError>([&] { latent_direction(as_const(codes), fewer, 0, 1); }, {"3 codes", "got 2"});
}
