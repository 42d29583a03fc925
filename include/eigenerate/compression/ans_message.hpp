#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"

namespace eigenerate {

/// A message that an entropy coder writes: a stack of symbols, of which the one that was pushed last is
/// popped first.
///
/// A symbol is an interval of the 2^precision numbers of a word: it begins at `start`, and its length
/// `frequency` in their whole is the probability that it is coded with. Pushing one makes the message
/// precision − log₂ frequency bits longer. Popping is the exact reverse, so that a message which carries
/// nothing yet can be popped too: what comes out is drawn from that distribution with the message's bits, and
/// pushing it gives them back. That is what bits-back coding does.
///
///     const std::uint32_t seen = message.peek(precision);   // which symbol's interval has it?
///     message.pop(start, frequency, precision);             // that one's
///
/// **Errors** `ConfigError` for no interval of the 2^precision numbers or a precision above 31; `IoError`
/// where a message ends before what is popped, and for a state that no message has.
/// **Numerics** a state of 64 bits, at least 2³² between two calls, above a stack of 32-bit words. A symbol's
/// length is exact to about 2^(precision − 32).
/// **Source** Duda 2013, "Asymmetric numeral systems", the range variant (section 3); the words as in Giesen
/// 2014, "Interleaved entropy coders".
class AnsMessage {
 public:
  static constexpr int most_precision = 31;
  static constexpr std::uint64_t least_state = std::uint64_t{1} << 32;

  /// An empty one, which ends before anything can be popped.
  AnsMessage() = default;
  /// One that goes on with random words for as long as more is popped than was pushed. The first of them is
  /// its state: what is popped first would not be drawn at random from the state of an empty message.
  explicit AnsMessage(const RandomStream& initial)
      : state_(initial_state(initial)), initial_(initial), initial_words_(1) {}
  /// One that was written before.
  AnsMessage(std::uint64_t state, std::vector<std::uint32_t> words)
      : state_(state), words_(std::move(words)) {
    if (state_ < least_state)
      fail<IoError>("AnsMessage: malformed: expected a state of at least {}, got {}", least_state, state_);
  }

  void push(std::uint32_t start, std::uint32_t frequency, int precision) {
    require(start, frequency, precision);
    const std::uint64_t f = frequency;
    if (f == std::uint64_t{1} << precision) return;  // the whole: no information
    // All states from here on would leave the 64 bits.
    if (state_ >= f << (64 - precision)) {
      words_.push_back(static_cast<std::uint32_t>(state_));
      state_ >>= 32;
    }
    state_ = ((state_ / f) << precision) + state_ % f + start;
  }

  /// Of the 2^precision numbers, the one that lies in the interval of the symbol to be popped.
  std::uint32_t peek(int precision) const {
    return static_cast<std::uint32_t>(state_ & ((std::uint64_t{1} << precision) - 1));
  }

  /// Takes off the symbol whose interval has `peek(precision)`.
  void pop(std::uint32_t start, std::uint32_t frequency, int precision) {
    require(start, frequency, precision);
    const std::uint32_t seen = peek(precision);
    if (seen < start || seen - start >= frequency)
      fail<ConfigError>(
          "AnsMessage: {} is not in the interval of {} numbers from {} on, which is to be popped", seen,
          frequency, start);
    state_ = frequency * (state_ >> precision) + (seen - start);
    if (state_ < least_state) state_ = state_ << 32 | next_word();
  }

  std::uint64_t state() const { return state_; }
  /// The bottom of the stack first.
  std::span<const std::uint32_t> words() const { return words_; }
  /// Its whole length in bits, the state included.
  std::uint64_t bits() const { return 64 + 32 * static_cast<std::uint64_t>(words_.size()); }

  /// How many random words it took.
  std::uint64_t initial_words() const { return initial_words_; }
  /// Whether it is what began with that many words of the stream, and nothing else.
  bool is_initial(const RandomStream& initial, std::uint64_t count) const {
    if (words_.size() + 1 != count || state_ != initial_state(initial)) return false;
    for (const std::uint32_t word : words_)
      if (word != word_of(initial, --count)) return false;
    return true;
  }

  void reserve(std::size_t words) { words_.reserve(words); }

 private:
  static std::uint32_t word_of(const RandomStream& stream, std::uint64_t i) {
    return stream.words(i / 4)[i % 4];
  }

  static std::uint64_t initial_state(const RandomStream& stream) { return least_state | word_of(stream, 0); }

  static void require(std::uint32_t start, std::uint32_t frequency, int precision) {
    if (precision < 0 || precision > most_precision || frequency < 1 ||
        std::uint64_t{start} + frequency > std::uint64_t{1} << precision)
      fail<ConfigError>(
          "AnsMessage: expected an interval of 2^n numbers, n in [0, {}], got {} from {} on of 2^{}",
          most_precision, frequency, start, precision);
  }

  std::uint32_t next_word() {
    if (!words_.empty()) {
      const std::uint32_t word = words_.back();
      words_.pop_back();
      return word;
    }
    if (!initial_) fail<IoError>("AnsMessage: malformed: the message ends before what it should hold");
    return word_of(*initial_, initial_words_++);
  }

  std::uint64_t state_ = least_state;
  std::vector<std::uint32_t> words_;
  std::optional<RandomStream> initial_;
  std::uint64_t initial_words_ = 0;
};

}  // namespace eigenerate
