#include "eigenerate/adversarial/class_head.hpp"

#include "adversarial/term_check.hpp"
#include "eigenerate/layers/layers.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("a class head keeps the contract of terms", "[conformance]") {
  require_term_conformance(ClassHead{.classes = 3});
  require_term_conformance(ClassHead{.weight = 2.5, .classes = 2, .of_fakes = true});
}

TEST_CASE("a class head refuses what cannot work", "[adversary]") {
  using support::refuses;
  refuses<ConfigError>([] { ClassHead{.weight = -1}.validate(); }, {"ClassHead", "got -1"});
  refuses<ConfigError>([] { ClassHead{.classes = 1}.validate(); }, {"ClassHead", "classes", "got 1"});
  const Network<float> map(Conv2d{1, 3, {.kernel = 2}}, Shape{1, 3, 3}, {.name = "discriminator"});
  refuses<ConfigError>([&] { ClassHead{.classes = 2}.require(map); },
                       {"ClassHead", "discriminator ends in a map of shape 3×2×2"});
}
