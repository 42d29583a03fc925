#include "eigenerate/adversarial/r1.hpp"

#include "adversarial/term_check.hpp"

using namespace eigenerate;

TEST_CASE("R1 keeps the contract", "[conformance]") {
  require_term_conformance(R1{});
  require_term_conformance(R1{.gamma = 2, .every = 4});
}

TEST_CASE("a lazy R1 is taken every k-th step with k times the weight") {
  const AnyAdversaryTerm<double> lazy = R1{.gamma = 2, .every = 4}, eager = R1{.gamma = 2};
  for (const std::uint64_t step : {0, 1, 2, 3, 4, 5}) {
    CHECK(lazy.acts(step) == (step % 4 == 0));
    CHECK(eager.acts(step));
  }
  const Network<double> net(Sequential{Linear{3, 5}, Tanh{}, Linear{5, 1}}, {.name = "discriminator"});
  PenaltyMemory<double> memory(net, 4);
  const Matrix<double> x = Matrix<double>::Random(3, 4);
  Arena<double> g = net.parameters().like();
  const AdversaryRound<double> round{.real = x, .fake = x};
  CHECK(lazy.learn(round, net, memory, g) == 4 * eager.learn(round, net, memory, g));
}

TEST_CASE("R1 refuses what cannot work") {
  CHECK_THROWS_AS(R1{.gamma = -1}.validate(), ConfigError);
  CHECK_THROWS_AS(R1{.gamma = std::nan("")}.validate(), ConfigError);
  CHECK_THROWS_AS(R1{.every = 0}.validate(), ConfigError);
}
