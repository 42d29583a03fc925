#include "eigenerate/models/ladder_vae_options.hpp"

#include <cmath>

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/ladder_vae.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::refuses;

namespace {

template <Scalar S>
LadderVae<S> in_braces() {
  return {{LadderLevel<S>{Linear{6, 5}, Linear{5, 4}, Linear{2, 6}}}, {.beta = 2, .seed = 3}};
}

}  // namespace

TEST_CASE("LadderVaeOptions: the weight of the KL terms", "[ladder_vae]") {
  const LadderVaeOptions options{.beta = 2, .schedule = KlSchedule::warm_up(4)};
  CHECK(options.kl_weight(0) == 0.5);
  CHECK(options.kl_weight(3) == 2);
  CHECK(options.kl_weight(std::nullopt) == 1);
  CHECK(LadderVaeOptions{}.kl_weight(0) == 1);
}

TEST_CASE("LadderVaeOptions: values out of range are refused by name", "[ladder_vae]") {
  CHECK_NOTHROW(LadderVaeOptions{}.validate());
  for (const double wrong : {-1.0, std::nan(""), HUGE_VAL}) {
    refuses<ConfigError>([&] { LadderVaeOptions{.beta = wrong}.validate(); }, {"LadderVae", "beta"});
    refuses<ConfigError>([&] { LadderVaeOptions{.free_bits = wrong}.validate(); },
                         {"LadderVae", "free_bits"});
  }
  refuses<ConfigError>([] { LadderVaeOptions{.schedule = KlSchedule::cycles({.steps = 0})}.validate(); },
                       {"KlSchedule"});
  refuses<ConfigError>([] { LadderVaeOptions{.likelihood = Normal{-1.0}}.validate(); }, {"Normal"});
  refuses<ConfigError>([] { LadderVaeOptions{.clipping = {.norm = -1}}.validate(); }, {"GradientClipping"});
}

TEST_CASE("LadderVae is built from a list of levels, with its options as a list", "[ladder_vae]") {
  const LadderLevel level{Linear{6, 5}, Linear{5, 4}, Linear{2, 6}};
  STATIC_REQUIRE(std::same_as<decltype(level), const LadderLevel<float>>);
  LadderVae one{{level}};
  LadderVae two{{level, LadderLevel{Linear{infer, 5}, Linear{infer, 6}, Linear{infer, 4}}},
                {.likelihood = Bernoulli{}, .seed = 3}};
  STATIC_REQUIRE(std::same_as<decltype(two), LadderVae<float>>);
  CHECK(one.levels() == 1);
  CHECK(two.levels() == 2);
  CHECK(two.options().seed == 3);
  LadderVae from_vector{std::vector<LadderLevel<float>>{level}, {.beta = 2}};
  CHECK(from_vector.options().beta == 2);
  CHECK(in_braces<float>().options().beta == 2);
  CHECK(in_braces<double>().levels() == 1);
}
