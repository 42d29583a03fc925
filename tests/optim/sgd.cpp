#include "eigenerate/optim/sgd.hpp"

#include <cmath>

#include "support/optimizer_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("SGD agrees with PyTorch for ten steps") {
  check_optimizer_golden("optim/sgd", [](const Golden& o) {
    Sgd sgd;
    sgd.learning_rate = o.number("lr");
    sgd.momentum = option(o, "momentum", sgd.momentum);
    sgd.nesterov = o.contains("nesterov") && o.boolean("nesterov");
    sgd.weight_decay = option(o, "weight_decay", sgd.weight_decay);
    sgd.dampening = option(o, "dampening", sgd.dampening);
    return sgd;
  });
}

TEST_CASE("SGD refuses hyper-parameters that cannot work") {
  CHECK_NOTHROW(Sgd{}.validate());
  CHECK_NOTHROW(Sgd{.momentum = 0.9, .nesterov = true}.validate());
  CHECK_THROWS_AS(Sgd{.learning_rate = 0}.validate(), ConfigError);
  CHECK_THROWS_AS(Sgd{.learning_rate = std::nan("")}.validate(), ConfigError);
  CHECK_THROWS_AS(Sgd{.learning_rate = INFINITY}.validate(), ConfigError);
  CHECK_THROWS_AS(Sgd{.momentum = 1}.validate(), ConfigError);
  CHECK_THROWS_AS(Sgd{.weight_decay = -1}.validate(), ConfigError);
  CHECK_THROWS_AS(Sgd{.nesterov = true}.validate(), ConfigError);
  CHECK_THROWS_AS((Sgd{.momentum = 0.9, .nesterov = true, .dampening = 0.1}.validate()), ConfigError);
}
