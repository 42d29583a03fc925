// The entropy coder: the exact inverse, its lengths, hostile messages, and an independent one in Python.

#include "eigenerate/compression/ans_message.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using testing::Golden;

namespace {

struct Interval {
  std::uint32_t start, frequency;
  int precision;
};

/// Random intervals of any precision: short ones, long ones and wholes.
std::vector<Interval> intervals(std::uint64_t count, std::uint64_t seed) {
  std::vector<Interval> list;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto words = RandomStream{seed}.words(i);
    const int precision = static_cast<int>(words[0] % 32);
    const std::uint64_t whole = std::uint64_t{1} << precision;
    const std::uint64_t frequency = 1 + words[1] % (words[3] % 2 ? whole : std::min<std::uint64_t>(whole, 3));
    list.push_back({static_cast<std::uint32_t>(words[2] % (whole - frequency + 1)),
                    static_cast<std::uint32_t>(frequency), precision});
  }
  return list;
}

bool same(const AnsMessage& a, const AnsMessage& b) {
  return a.state() == b.state() &&
         std::equal(a.words().begin(), a.words().end(), b.words().begin(), b.words().end());
}

}  // namespace

TEST_CASE("what was pushed last is popped first, and the message is what it was") {
  const auto list = intervals(5000, 1);
  std::vector<AnsMessage> before;
  AnsMessage message;
  for (const Interval& i : list) {
    before.push_back(message);
    message.push(i.start, i.frequency, i.precision);
  }
  for (std::size_t k = list.size(); k-- > 0;) {
    const auto [start, frequency, precision] = list[k];
    const std::uint32_t seen = message.peek(precision);
    REQUIRE((seen >= start && seen - start < frequency));
    message.pop(start, frequency, precision);
    REQUIRE(same(message, before[k]));
  }
}

TEST_CASE("a state next to its limits is coded too") {
  for (const std::uint64_t state :
       {std::uint64_t{1} << 32, (std::uint64_t{1} << 33) - 1, (std::uint64_t{3} << 60) - 1,
        std::uint64_t{3} << 60, (std::uint64_t{3} << 60) + 1, ~std::uint64_t{0}}) {
    CAPTURE(state);
    const AnsMessage before(state, {7});
    AnsMessage message = before;
    message.push(5, 3, 4);
    CHECK(message.state() >= std::uint64_t{1} << 32);
    CHECK((message.peek(4) >= 5 && message.peek(4) < 8));
    message.pop(5, 3, 4);
    CHECK(same(message, before));
  }
}

TEST_CASE("popping from random bits draws symbols, and pushing gives the bits back") {
  const RandomStream stream{3};
  AnsMessage message{stream};
  REQUIRE(message.initial_words() == 1);
  // A symbol of probability 1/4, 2^16 times.
  constexpr int draws = 1 << 16;
  std::vector<bool> drawn;
  for (int i = 0; i < draws; ++i) {
    drawn.push_back(message.peek(12) < 1024);
    message.pop(drawn.back() ? 0 : 1024, drawn.back() ? 1024 : 3072, 12);
  }
  const double share = static_cast<double>(std::count(drawn.begin(), drawn.end(), true)) / draws;
  CHECK(std::abs(share - 0.25) < 5 * std::sqrt(0.25 * 0.75 / draws));
  const double entropy = draws * (0.25 * 2 + 0.75 * std::log2(4.0 / 3));
  const double used = 32.0 * static_cast<double>(message.initial_words());
  CHECK(std::abs(used / entropy - 1) < 0.01);
  CHECK_FALSE(message.is_initial(stream, message.initial_words()));
  for (int i = draws; i-- > 0;)
    message.push(drawn[static_cast<std::size_t>(i)] ? 0 : 1024,
                 drawn[static_cast<std::size_t>(i)] ? 1024 : 3072, 12);
  CHECK(message.is_initial(stream, message.initial_words()));
  CHECK_FALSE(message.is_initial(RandomStream{4}, message.initial_words()));
  CHECK_FALSE(message.is_initial(stream, message.initial_words() + 1));
}

TEST_CASE("a message is as long as its symbols' information") {
  AnsMessage message;
  double bits = 32;  // the state begins at 2^32
  for (const Interval& i : intervals(20000, 2)) {
    if (i.precision > 24) continue;
    message.push(i.start, i.frequency, i.precision);
    bits += i.precision - std::log2(i.frequency);
  }
  const double length =
      std::log2(static_cast<double>(message.state())) + 32.0 * static_cast<double>(message.words().size());
  CHECK(std::abs(length / bits - 1) < 1e-4);
  CHECK(message.bits() == 64 + 32 * message.words().size());
}

TEST_CASE("an independent coder writes the same message", "[golden]") {
  for (const Golden& c : testing::load_golden("compression/ans_message").cases()) {
    CAPTURE(c.path());
    const auto start = c.list("start"), frequency = c.list("frequency"), precision = c.list("precision"),
               words = c.list("words");
    AnsMessage message;
    for (std::size_t i = 0; i < start.size(); ++i)
      message.push(static_cast<std::uint32_t>(start[i]), static_cast<std::uint32_t>(frequency[i]),
                   static_cast<int>(precision[i]));
    REQUIRE(message.words().size() == words.size());
    for (std::size_t i = 0; i < words.size(); ++i)
      CHECK(message.words()[i] == static_cast<std::uint32_t>(words[i]));
    CHECK(message.state() >> 32 == static_cast<std::uint64_t>(c.number("state_high")));
    CHECK((message.state() & 0xFFFFFFFFu) == static_cast<std::uint64_t>(c.number("state_low")));
  }
}

TEST_CASE("what messages refuse") {
  AnsMessage message;
  support::refuses<IoError>([&] { AnsMessage{}.pop(0, 1, 20); }, {"ends before"});
  support::refuses<IoError>([] { AnsMessage(1234, {}); }, {"state", "1234"});
  support::refuses<ConfigError>([&] { message.push(0, 0, 4); }, {"interval", "2^4"});
  support::refuses<ConfigError>([&] { message.push(15, 2, 4); }, {"interval"});
  support::refuses<ConfigError>([&] { message.push(0xFFFFFFFF, 2, 31); }, {"interval"});
  support::refuses<ConfigError>([&] { message.push(0, 1, 32); }, {"31"});
  support::refuses<ConfigError>([&] { message.push(0, 1, -1); }, {"31"});
  message.push(5, 3, 4);
  support::refuses<ConfigError>([&] { message.pop(0, 5, 4); }, {"not in the interval"});
  support::refuses<ConfigError>([&] { message.pop(8, 2, 4); }, {"not in the interval"});
  message.pop(5, 3, 4);
  CHECK(same(message, AnsMessage{}));
}
