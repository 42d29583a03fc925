#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/network/arena.hpp"

// Parameters in eight bits, as text that stands in a header: base64 of the tensors in the arena's order. A
// tensor of several dimensions is for each output channel a scale and its weights as signed bytes, weight =
// scale · byte; a vector is its floats. Floats are IEEE, lowest byte first.
namespace eigenerate::detail {

inline constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as base64, without padding at the end.
class Base64Writer {
 public:
  void add(std::uint8_t byte) {
    bits_ = bits_ << 8 | byte;
    for (count_ += 8; count_ >= 6; count_ -= 6) text_ += base64_digits[bits_ >> (count_ - 6) & 63];
  }
  void add(float number) {
    const auto word = std::bit_cast<std::uint32_t>(number);
    for (int shift = 0; shift < 32; shift += 8) add(static_cast<std::uint8_t>(word >> shift & 0xFF));
  }
  std::string text() && {
    if (count_ > 0) text_ += base64_digits[bits_ << (6 - count_) & 63];
    return std::move(text_);
  }

 private:
  std::string text_;
  std::uint32_t bits_ = 0;
  int count_ = 0;
};

/// The bytes of base64 text that comes in pieces.
class Base64Reader {
 public:
  explicit Base64Reader(std::span<const char* const> pieces)
      : pieces_(pieces), at_(pieces.empty() ? "" : pieces.front()) {}

  std::uint8_t byte() {
    while (count_ < 8) {
      bits_ = bits_ << 6 | digit();
      count_ += 6;
    }
    count_ -= 8;
    return static_cast<std::uint8_t>(bits_ >> count_ & 0xFF);
  }
  float number() {
    std::uint32_t word = 0;
    for (int shift = 0; shift < 32; shift += 8) word |= std::uint32_t{byte()} << shift;
    return std::bit_cast<float>(word);
  }
  bool at_end() {
    skip_ends();
    return pieces_.empty();
  }

 private:
  /// Goes to the next piece behind an end; at the last end it stays.
  void skip_ends() {
    while (!pieces_.empty() && *at_ == '\0') {
      pieces_ = pieces_.subspan(1);
      at_ = pieces_.empty() ? "" : pieces_.front();
    }
  }
  std::uint32_t digit() {
    skip_ends();
    const std::size_t value = pieces_.empty() ? std::string_view::npos : base64_digits.find(*at_);
    if (pieces_.empty()) fail<IoError>("packed weights: the text ends too early");
    if (value == std::string_view::npos) fail<IoError>("packed weights: '{}' is no digit of base64", *at_);
    ++at_;
    return static_cast<std::uint32_t>(value);
  }

  std::span<const char* const> pieces_;
  const char* at_;
  std::uint32_t bits_ = 0;
  int count_ = 0;
};

inline bool is_packed(const Segment& s) {
  return s.shape.size() > 1;
}

inline void pack_weights(Base64Writer& out, const Arena<float>& weights) {
  for (const Segment& s : weights.segments()) {
    const float* const w = weights.data() + s.offset;
    if (!is_packed(s)) {
      for (Index i = 0; i < s.size; ++i) out.add(w[i]);
      continue;
    }
    const Index rows = s.size / s.shape[0];  // of one output channel, which is slowest in memory
    for (const float* channel = w; channel < w + s.size; channel += rows) {
      float largest = 0;
      for (Index i = 0; i < rows; ++i) largest = std::max(largest, std::abs(channel[i]));
      const float scale = largest > 0 ? largest / 127 : 1;
      out.add(scale);
      for (Index i = 0; i < rows; ++i)
        out.add(static_cast<std::uint8_t>(static_cast<std::int8_t>(std::lround(channel[i] / scale))));
    }
  }
}

inline void unpack_weights(Base64Reader& in, Arena<float>& weights) {
  for (const Segment& s : weights.segments()) {
    float* const w = weights.data() + s.offset;
    if (!is_packed(s)) {
      for (Index i = 0; i < s.size; ++i) w[i] = in.number();
      continue;
    }
    const Index rows = s.size / s.shape[0];
    for (float* channel = w; channel < w + s.size; channel += rows) {
      const float scale = in.number();
      for (Index i = 0; i < rows; ++i)
        channel[i] = scale * static_cast<float>(static_cast<std::int8_t>(in.byte()));
    }
  }
}

}  // namespace eigenerate::detail
