#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "eigenerate/io/byte_order.hpp"

namespace eigenerate {

/// 64 bits that tell one content from another: of models, outputs and files, the same on machines of either
/// byte order. Any change of a single byte shows; it is no protection from somebody who wants two contents to
/// agree.
///
/// **Source** Fowler, Noll & Vo, FNV-1a (draft-eastlake-fnv).
class Fingerprint {
 public:
  Fingerprint& add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) value_ = (value_ ^ static_cast<std::uint64_t>(b)) * 0x100000001B3u;
    return *this;
  }
  /// A text, told apart from one that only begins with it.
  Fingerprint& add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    return add(std::as_bytes(std::span<const char>(text.data(), text.size())));
  }
  /// A number of any type.
  template <class T>
  requires std::is_arithmetic_v<T> Fingerprint& add(T number) {
    std::byte bytes[sizeof(T)];
    store_bytes(bytes, number);
    return add(std::span<const std::byte>(bytes));
  }
  template <class T>
  Fingerprint& add_all(std::span<const T> numbers) {
    for (const T number : numbers) add(number);
    return *this;
  }

  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325u;
};

}  // namespace eigenerate
