#include "eigenerate/optim/adam_w.hpp"

#include "support/optimizer_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("AdamW agrees with PyTorch for ten steps") {
  check_optimizer_golden("optim/adam_w", [](const Golden& o) {
    AdamW adam;
    adam.learning_rate = o.number("lr");
    adam.beta1 = beta(o, 0, adam.beta1);
    adam.beta2 = beta(o, 1, adam.beta2);
    adam.weight_decay = option(o, "weight_decay", adam.weight_decay);
    return adam;
  });
}

TEST_CASE("AdamW refuses hyper-parameters that cannot work") {
  CHECK_NOTHROW(AdamW{}.validate());
  CHECK_THROWS_AS(AdamW{0}.validate(), ConfigError);
  CHECK_THROWS_AS(AdamW{.beta1 = 1}.validate(), ConfigError);
  CHECK_THROWS_AS(AdamW{.beta2 = 1}.validate(), ConfigError);
  CHECK_THROWS_AS(AdamW{.epsilon = 0}.validate(), ConfigError);
  CHECK_THROWS_AS(AdamW{.weight_decay = -1}.validate(), ConfigError);
}
