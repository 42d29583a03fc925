#include "eigenerate/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("Philox gives the known answers of Random123", "[random]") {
  using Words = std::array<std::uint32_t, 4>;
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t f = 0xffffffff;
  CHECK(philox({f, f, f, f}, {f, f}) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("streams differ by seed, purpose, step and lane, and by nothing else", "[random]") {
  const RandomStream base{7, Purpose::latent};
  const auto first = [](const RandomStream& s) { return s.words(0); };
  CHECK(first(base) == first(RandomStream{7, Purpose::latent}));
  CHECK(first(base) == first(base.at(0)));
  std::vector<std::array<std::uint32_t, 4>> seen{first(base)};
  for (const auto& s :
       {RandomStream{8, Purpose::latent}, RandomStream{7 + (1ull << 32), Purpose::latent},
        RandomStream{7, Purpose::dropout}, base.at(1), base.lane(0), base.lane(1), base.lane(2),
        base.lane(0).lane(1), base.lane(1).lane(0), base.lane(1).lane(1), base.at(1).lane(1)}) {
    const auto words = first(s);
    for (const auto& other : seen) CHECK(words != other);
    seen.push_back(words);
  }
}

TEST_CASE("no counter of a stream wraps around", "[random]") {
  // Numbers that are equal in their lower 12, 24, 31 or 32 bits, and lanes of lanes of lanes.
  const RandomStream base{7, Purpose::latent};
  std::set<std::array<std::uint32_t, 4>> seen;
  std::size_t streams = 0;
  const auto add = [&](const RandomStream& s) {
    seen.insert(s.words(5));
    ++streams;
  };
  for (const int bit : {12, 16, 20, 24, 31, 32, 48, 62}) {
    const std::uint64_t far = std::uint64_t{1} << bit;
    for (const std::uint64_t number : {far, far + 1, far + 5}) {
      add(base.at(number));
      add(base.lane(number));
      add(base.lane(1).lane(number));
      seen.insert(base.words(number));
      ++streams;
    }
  }
  RandomStream deep = base;
  for (int level = 0; level < 100; ++level) add(deep = deep.lane(0));
  CHECK(seen.size() == streams);
}

TEST_CASE("the lanes of neighboring streams do not overlap", "[random]") {
  // 10^5 first words: two of them are equal with a probability of 10^-19.
  std::set<std::array<std::uint32_t, 4>> seen;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (std::uint64_t outer = 0; outer < 100; ++outer)
      for (std::uint64_t inner = 0; inner < 100; ++inner)
        seen.insert(RandomStream{seed}.lane(outer).lane(inner).words(0));
  CHECK(seen.size() == 100000);
}

TEST_CASE("the ends of the unit interval are never drawn", "[random]") {
  CHECK(to_unit_interval<float>(0) > 0.0f);
  CHECK(to_unit_interval<float>(0xffffffff) < 1.0f);
  CHECK(to_unit_interval<double>(0) > 0.0);
  CHECK(to_unit_interval<double>(0xffffffff) < 1.0);
}

TEST_CASE("uniform integers cover their range evenly", "[random]") {
  std::array<int, 7> counts{};
  for (std::uint64_t i = 0; i < 70000; ++i)
    ++counts.at(static_cast<std::size_t>(uniform_below(7, RandomStream{5}, i)));
  for (const int c : counts) CHECK(std::abs(c - 10000) < 500);  // 5 standard deviations of 93
}
