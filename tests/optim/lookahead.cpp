#include "eigenerate/optim/lookahead.hpp"

#include <cmath>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/optim/learner.hpp"
#include "support/optimizer_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("Lookahead agrees with PyTorch's rules that are taken back, for ten steps") {
  check_optimizer_golden("optim/lookahead", [](const Golden& o) {
    Lookahead rule{.every = o.integer("every"), .share = o.number("share")};
    if (o.contains("alpha"))
      rule.rule = RmsProp{.learning_rate = o.number("lr"),
                          .alpha = o.number("alpha"),
                          .momentum = option(o, "momentum", 0),
                          .centered = o.contains("centered") && o.boolean("centered")};
    else if (o.contains("betas"))
      rule.rule = Adam{.learning_rate = o.number("lr"), .beta1 = beta(o, 0, 0), .beta2 = beta(o, 1, 0)};
    else
      rule.rule = Sgd{.learning_rate = o.number("lr"), .momentum = option(o, "momentum", 0)};
    return rule;
  });
}

TEST_CASE("Lookahead of every step goes a share of the way, and of its whole way is the rule itself") {
  Arena<double> once(make_table({7})), other = once.like(), gradients = once.like();
  for (Index i = 0; i < 7; ++i) gradients.data()[i] = 0.1 * static_cast<double>(i + 1);
  const Optimizer half = Lookahead{.rule = Sgd{1}, .every = 1, .share = 0.5}, plain = Sgd{0.5};
  const Optimizer whole = Lookahead{.rule = Adam{}, .every = 3, .share = 1}, adam = Adam{};
  for (const auto& [a, b] : {std::pair{half, plain}, std::pair{whole, adam}}) {
    auto state = make_state(a, once), state_other = make_state(b, other);
    for (int t = 0; t < 7; ++t) {
      step(a, once, gradients, state);
      step(b, other, gradients, state_other);
      CHECK(relative_error(memory_of(once), memory_of(other)) <= tolerance::golden);
    }
  }
}

TEST_CASE("what learns again within a cycle is not thrown back further than to its beginning") {
  Learner<double> learner(Network<double>(Sequential{Linear{2, 2}, Linear{2, 1}}, {.name = "net"}),
                          {.optimizer = Lookahead{.rule = Sgd{1}, .every = 4}});
  learner.network.freeze("net.0");
  const Vector<double> before = learner.network.parameters()["net.0.weight"];
  for (int t = 0; t < 4; ++t) {
    if (t == 2) learner.network.train("net.0");
    learner.gradients["net.0.weight"].setOnes();
    learner.step(1);
  }
  // Two of the four steps of one were taken, and half of the way stays.
  CHECK(relative_error(Vector<double>(learner.network.parameters()["net.0.weight"]),
                       (before.array() - 1).matrix().eval()) <= tolerance::golden);
}

TEST_CASE("Lookahead says of what it is, and refuses what cannot work") {
  CHECK(optimizer_name(Lookahead{}) == "Lookahead of Adam");
  CHECK(optimizer_name(Lookahead{.rule = RmsProp{}}) == "Lookahead of RmsProp");
  CHECK(make_state(Optimizer{Lookahead{.rule = RmsProp{.momentum = 0.5, .centered = true}}},
                   Arena<float>(make_table({3})))
            .moments.size() == 4);
  CHECK_NOTHROW(Lookahead{}.validate());
  CHECK_THROWS_AS(Lookahead{.every = 0}.validate(), ConfigError);
  CHECK_THROWS_AS(Lookahead{.share = 0}.validate(), ConfigError);
  CHECK_THROWS_AS(Lookahead{.share = std::nan("")}.validate(), ConfigError);
  CHECK_THROWS_AS(Lookahead{.rule = Adam{-1}}.validate(), ConfigError);
}
