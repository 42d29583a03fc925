#include "eigenerate/latent/coupling_step.hpp"

#include "latent/flow_step.hpp"
#include "layers/conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("CouplingStep keeps the contract of a layer", "[flow]") {
  for (const Index number : {0, 1, 2, 3, 4}) require_conformance(CouplingStep{5, 4, number}, {6});
  require_conformance(CouplingStep{2, 3, 0}, {3});
}

TEST_CASE("a CouplingStep's l grows by the log of a positive determinant", "[flow]") {
  for (const Index number : {0, 3}) check_determinant(CouplingStep{4, 5, number}, 4, 0, 1);
}

TEST_CASE("a CouplingStep moves the dimensions whose bit is its number's last", "[flow]") {
  const Index latent = 6;
  for (Index number = 0; number < 8; ++number) {
    CAPTURE(number);
    const Network<double> step{CouplingStep{latent, 4, number}, {.name = "step", .seed = 3}};
    const Matrix<double> x = normal_batch(latent + 1, 1, 1), y = step.predict(x);
    const Index bit = number / 2 % 3;
    for (Index i = 0; i < latent; ++i) CHECK((y(i) != x(i)) == ((i >> bit & 1) == number % 2));
  }
}

TEST_CASE("what a CouplingStep cannot be is refused", "[flow]") {
  using support::refuses;
  refuses<ConfigError>([] { CouplingStep(1, 4, 0); }, {"CouplingStep", "latent of at least 2", "got 1"});
  refuses<ShapeError>(
      [] {
        Network<float>{CouplingStep{3, 4, 0}, Shape{5}, {.name = "step"}};
      },
      {"CouplingStep", "expected input 4", "got 5"});
}
