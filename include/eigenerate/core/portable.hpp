#pragma once
// What compilers and standard libraries have by different names, or not at all: asked once, here. Everywhere
// else C++20 is written as libc++ 13 has it too: no algorithms of std::ranges, no spans made of iterators.

#if defined(_MSVC_LANG) && !defined(__clang__)
#error "eigenerate cannot be compiled by MSVC's compiler; use clang++ 14 or newer, or g++ 11 or newer"
#elif defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 14
#error "eigenerate needs clang++ 14 or newer (or g++ 11 or newer)"
#elif defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 11
#error "eigenerate needs g++ 11 or newer (or clang++ 14 or newer)"
#elif __cplusplus < 202002L
#error \
    "eigenerate needs C++20: compile with -std=c++20, in CMake with target_compile_features(... cxx_std_20)"
#endif

#include <bit>
#include <type_traits>
#include <version>

namespace eigenerate {

#if defined(__cpp_lib_bit_cast)
using std::bit_cast;
#else
/// std::bit_cast, which libc++ has from version 14 on.
template <class To, class From>
constexpr To bit_cast(const From& from) noexcept {
  static_assert(sizeof(To) == sizeof(From) && std::is_trivially_copyable_v<To> &&
                std::is_trivially_copyable_v<From>);
  return __builtin_bit_cast(To, from);
}
#endif

}  // namespace eigenerate
