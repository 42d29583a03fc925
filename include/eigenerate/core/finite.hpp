#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

namespace eigenerate {

namespace detail {

/// The bits of a number, as memory holds them.
///
/// A user's `-ffast-math` lets the compiler assume that no number is infinite or NaN, and fold every question
/// about one: not `std::isfinite` alone, but also tests of the bits of a number that it sees computed, passed
/// or returned (clang 17 and later mark those with the assumption). Hence by reference, and through a pointer
/// that the compiler cannot follow: for all it knows, other bits are there.
template <class Word, class S>
Word bits_in_memory(const S& x) noexcept {
  static_assert(sizeof(Word) == sizeof(S));
  const S* const volatile where = std::addressof(x);
  Word bits;
  std::memcpy(&bits, where, sizeof bits);
  return bits;
}

/// The double of these bits, which the compiler does not see: as a constant an infinity or a NaN would be no
/// number that a function may return under `-ffast-math`.
inline double number_of_bits(std::uint64_t bits) noexcept {
  const volatile std::uint64_t unseen = bits;
  const std::uint64_t word = unseen;
  double number;
  std::memcpy(&number, &word, sizeof number);
  return number;
}

}  // namespace detail

/// Whether a number is neither infinite nor NaN, under any compiler flags. For arrays, see
/// `kernels::all_finite`.
inline bool is_finite(const double& x) noexcept {
  return (detail::bits_in_memory<std::uint64_t>(x) >> 52 & 0x7FF) != 0x7FF;
}
inline bool is_finite(const float& x) noexcept {
  return (detail::bits_in_memory<std::uint32_t>(x) >> 23 & 0xFF) != 0xFF;
}

/// Whether a number is NaN, under any compiler flags.
inline bool is_nan(const double& x) noexcept {
  return (detail::bits_in_memory<std::uint64_t>(x) & 0x7FFFFFFFFFFFFFFFu) > 0x7FF0000000000000u;
}
inline bool is_nan(const float& x) noexcept {
  return (detail::bits_in_memory<std::uint32_t>(x) & 0x7FFFFFFFu) > 0x7F800000u;
}

/// `nan`, `inf` or `-inf`, for a message about a number that is not finite.
inline const char* non_finite_name(const double& x) noexcept {
  return is_nan(x) ? "nan" : detail::bits_in_memory<std::uint64_t>(x) >> 63 ? "-inf" : "inf";
}
inline const char* non_finite_name(const float& x) noexcept {
  return is_nan(x) ? "nan" : detail::bits_in_memory<std::uint32_t>(x) >> 31 ? "-inf" : "inf";
}

}  // namespace eigenerate
