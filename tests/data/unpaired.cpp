#include "eigenerate/data/unpaired.hpp"

#include <map>

#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

Dataset numbered(const std::string& name, Index n) {
  Matrix<float> x(1, n);
  for (Index i = 0; i < n; ++i) x(0, i) = static_cast<float>(i);
  return Dataset(name, {1}, std::move(x));
}

std::map<float, int> counts(const Dataset& set) {
  std::map<float, int> seen;
  for (Index i = 0; i < set.size(); ++i) ++seen[set.sample(i)(0)];
  return seen;
}

}  // namespace

TEST_CASE("unpaired sets fill up the smaller one in turns", "[unpaired]") {
  for (const auto& [targets, sources] : {std::pair<Index, Index>{7, 3}, {3, 7}, {4, 4}}) {
    const Dataset both = data::unpaired(numbered("targets", targets), numbered("sources", sources), 5);
    CHECK(both.size() == std::max(targets, sources));
    CHECK(both.name() == "targets");
    for (const auto& [set, size] : {std::pair(both, targets), std::pair(both.conditions(), sources)}) {
      const auto seen = counts(set);
      CHECK(static_cast<Index>(seen.size()) == size);
      for (const auto& [number, times] : seen) {
        CHECK(times >= both.size() / size);
        CHECK(times <= (both.size() + size - 1) / size);
      }
    }
  }
}

TEST_CASE("unpaired sets have other pairs under another seed", "[unpaired]") {
  const auto pairs = [](std::uint64_t seed) {
    const Dataset both = data::unpaired(numbered("a", 30), numbered("b", 30), seed);
    std::map<float, float> source_of;
    for (Index i = 0; i < 30; ++i) source_of[both.sample(i)(0)] = both.conditions().sample(i)(0);
    return source_of;
  };
  CHECK(pairs(1) == pairs(1));
  CHECK(pairs(1) != pairs(2));
  int same = 0;
  for (const auto& [target, source] : pairs(1)) same += target == source ? 1 : 0;
  CHECK(same < 10);
}

TEST_CASE("sets with conditions of their own cannot be sources", "[unpaired]") {
  const Dataset pairs = numbered("a", 3).with_conditions(numbered("b", 3));
  CHECK_THROWS_AS(data::unpaired(numbered("c", 3), pairs), ConfigError);
}
