#include "eigenerate/optim/rms_prop.hpp"

#include <cmath>

#include "support/optimizer_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("RMSprop agrees with PyTorch for ten steps") {
  check_optimizer_golden("optim/rms_prop", [](const Golden& o) {
    RmsProp rule;
    rule.learning_rate = o.number("lr");
    rule.alpha = option(o, "alpha", rule.alpha);
    rule.epsilon = option(o, "eps", rule.epsilon);
    rule.momentum = option(o, "momentum", rule.momentum);
    rule.centered = o.contains("centered") && o.boolean("centered");
    rule.weight_decay = option(o, "weight_decay", rule.weight_decay);
    return rule;
  });
}

TEST_CASE("centered RMSprop stays finite when a gradient never changes") {
  Arena<float> parameters(make_table({16})), gradients = parameters.like();
  for (Index i = 0; i < 16; ++i) gradients.data()[i] = 0.1f * static_cast<float>(i + 1);
  const Optimizer rule = RmsProp{.learning_rate = 1e-9, .alpha = 0.5, .centered = true};
  auto state = make_state(rule, parameters);
  for (int t = 0; t < 200; ++t) step(rule, parameters, gradients, state);
  CHECK(kernels::all_finite(parameters.data(), parameters.size()));
}

TEST_CASE("RMSprop refuses hyper-parameters that cannot work") {
  CHECK_NOTHROW(RmsProp{}.validate());
  CHECK_THROWS_AS(RmsProp{0}.validate(), ConfigError);
  CHECK_THROWS_AS(RmsProp{.alpha = 1}.validate(), ConfigError);
  CHECK_THROWS_AS(RmsProp{.epsilon = 0}.validate(), ConfigError);
  CHECK_THROWS_AS(RmsProp{.momentum = -0.5}.validate(), ConfigError);
  CHECK_THROWS_AS(RmsProp{.weight_decay = std::nan("")}.validate(), ConfigError);
}
