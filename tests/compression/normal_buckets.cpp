// Buckets of equal mass, under the prior and under a posterior.

#include "eigenerate/compression/normal_buckets.hpp"

#include <cmath>
#include <limits>

#include "eigenerate/testing/not_a_number.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using testing::Golden;

TEST_CASE("buckets are symmetric, in order, and each holds its center") {
  const NormalBuckets buckets(10, 24);
  REQUIRE(buckets.count() == 1024);
  for (Index j = 0; j < buckets.count(); ++j) {
    CHECK(std::abs(buckets.center(j) + buckets.center(buckets.count() - 1 - j)) < 1e-12);
    if (j > 0) CHECK(buckets.center(j) > buckets.center(j - 1));
    // Under the prior itself all have the same mass.
    const auto mass = buckets.start(j + 1, 0, 1) - buckets.start(j, 0, 1);
    CHECK(std::abs(static_cast<double>(mass) - 0x1p14) <= 1);
  }
}

TEST_CASE("every posterior gives every bucket a number, in order, all together") {
  const NormalBuckets buckets(8, 20);
  for (const double mean : {0.0, 0.3, -2.0, 7.0, -400.0, 1e30})
    for (const double deviation : {4.5e-5, 0.01, 1.0, 30.0, 2.2e4}) {
      CAPTURE(mean, deviation);
      CHECK(buckets.start(0, mean, deviation) == 0);
      for (Index j = 0; j < 256; ++j)
        REQUIRE(buckets.start(j + 1, mean, deviation) > buckets.start(j, mean, deviation));
      CHECK(buckets.start(256, mean, deviation) == 1u << 20);
    }
}

TEST_CASE("drawn buckets are distributed as the posterior, and are given back") {
  const NormalBuckets buckets(12, 24);
  const RandomStream stream{5};
  AnsMessage message{stream};
  constexpr int draws = 20000;
  const double mean = 0.7, deviation = 0.2;
  std::vector<Index> drawn;
  double sum = 0, squares = 0;
  for (int i = 0; i < draws; ++i) {
    drawn.push_back(buckets.pop(message, mean, deviation));
    const double z = buckets.center(drawn.back());
    sum += z;
    squares += (z - mean) * (z - mean);
  }
  CHECK(std::abs(sum / draws - mean) < 5 * deviation / std::sqrt(draws));
  CHECK(std::abs(squares / draws / (deviation * deviation) - 1) < 5 * std::sqrt(2.0 / draws));
  for (int i = draws; i-- > 0;) buckets.push(message, drawn[static_cast<std::size_t>(i)], mean, deviation);
  CHECK(message.is_initial(stream, message.initial_words()));

  for (const Index bucket : {0, 1, 2048, 4095}) buckets.push(message, bucket);
  for (const Index bucket : {4095, 2048, 1, 0}) CHECK(buckets.pop(message) == bucket);
  CHECK(message.is_initial(stream, message.initial_words()));
}

TEST_CASE("coding z by prior and posterior costs their KL") {
  const NormalBuckets buckets(14, 24);
  AnsMessage message{RandomStream{6}};
  constexpr int draws = 5000;
  const double mean = -1.1, deviation = 0.05;
  const double kl = 0.5 * (mean * mean + deviation * deviation - 1) - std::log(deviation);
  double spread = 0;
  for (int i = 0; i < draws; ++i) {
    const Index bucket = buckets.pop(message, mean, deviation);
    buckets.push(message, bucket);
    const double z = buckets.center(bucket), e = (z - mean) / deviation;
    spread += 0.5 * (z * z - e * e) - std::log(deviation) - kl;  // what these draws happen to cost more
  }
  const double bits = static_cast<double>(message.bits() - 32 * message.initial_words());
  CHECK(std::abs(bits / ((draws * kl + spread) / std::log(2.0)) - 1) < 2e-3);
}

TEST_CASE("PyTorch has the same intervals", "[golden]") {
  for (const Golden& c : testing::load_golden("compression/normal_buckets").cases()) {
    CAPTURE(c.path());
    const NormalBuckets buckets(static_cast<int>(c.integer("bits")),
                                static_cast<int>(c.integer("precision")));
    const auto center = c.list("center"), start = c.list("start");
    REQUIRE(static_cast<Index>(center.size()) == buckets.count());
    for (Index j = 0; j < buckets.count(); ++j) {
      const auto k = static_cast<std::size_t>(j);
      CHECK(std::abs(buckets.center(j) - center[k]) < 1e-11);
      // A number next to a whole one may be rounded to either side of it.
      CHECK(std::abs(buckets.start(j, c.number("mean"), c.number("deviation")) - start[k]) <= 1);
    }
  }
}

TEST_CASE("what buckets refuse") {
  support::refuses<ConfigError>([] { NormalBuckets(0, 24); }, {"n = 0"});
  support::refuses<ConfigError>([] { NormalBuckets(21, 24); }, {"n = 21"});
  support::refuses<ConfigError>([] { NormalBuckets(12, 12); }, {"12"});
  support::refuses<ConfigError>([] { NormalBuckets(12, 32); }, {"32"});
  const NormalBuckets buckets(4, 8);
  AnsMessage message{RandomStream{1}};
  const double nan = testing::not_a_number<double>(), infinite = std::numeric_limits<double>::infinity();
  for (const auto& [mean, deviation] :
       {std::pair{nan, 1.0}, {infinite, 1.0}, {0.0, nan}, {0.0, 0.0}, {0.0, -1.0}, {0.0, infinite}})
    support::refuses<DivergenceError>([&] { buckets.pop(message, mean, deviation); }, {"finite mean"});
}
