#include "eigenerate/optim/adam.hpp"

#include <string>

#include "support/optimizer_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("Adam agrees with PyTorch for ten steps") {
  check_optimizer_golden("optim/adam", [](const Golden& o) {
    Adam adam;
    adam.learning_rate = o.number("lr");
    adam.beta1 = beta(o, 0, adam.beta1);
    adam.beta2 = beta(o, 1, adam.beta2);
    adam.epsilon = option(o, "eps", adam.epsilon);
    adam.weight_decay = option(o, "weight_decay", adam.weight_decay);
    return adam;
  });
}

TEST_CASE("Adam's learning rate comes first, as float or double") {
  CHECK(Adam{1e-3f}.learning_rate == static_cast<double>(1e-3f));
  CHECK(Adam{2e-4}.learning_rate == 2e-4);
}

TEST_CASE("Adam refuses hyper-parameters that cannot work, by name") {
  CHECK_NOTHROW(Adam{}.validate());
  CHECK_THROWS_AS(Adam{-1e-3}.validate(), ConfigError);
  CHECK_THROWS_AS(Adam{.beta1 = 1}.validate(), ConfigError);
  CHECK_THROWS_AS(Adam{.beta2 = -0.1}.validate(), ConfigError);
  CHECK_THROWS_AS(Adam{.epsilon = 0}.validate(), ConfigError);
  CHECK_THROWS_AS(Adam{.epsilon = 1e-60}.validate(), ConfigError);
  CHECK_THROWS_AS(Adam{.weight_decay = -1}.validate(), ConfigError);
  try {
    Adam{.beta2 = 1.5}.validate();
    FAIL("validate did not throw");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()) == "Adam: expected beta2 in [0, 1), got 1.5");
  }
}
