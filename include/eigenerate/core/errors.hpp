#pragma once
// What the library throws. A message says what failed, where, expected against got, and what to do.

#include "eigenerate/core/portable.hpp"  // first: it tells compilers that are too old apart

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace eigenerate {

/// Base of every exception that the library throws on purpose.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Extents that do not fit each other.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A hyper-parameter or a combination of choices that cannot work.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A call that is not allowed in the object's present state.
class StateError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be read or written, or whose content is malformed.
class IoError : public Error {
 public:
  using Error::Error;
};

/// A loss, gradient or parameter that is not finite any more.
class DivergenceError : public Error {
 public:
  using Error::Error;
};

namespace detail {
/// The formatting itself, compiled once per exception type and not at every place that may fail.
template <class E>
[[noreturn, gnu::noinline, gnu::cold]] void throw_formatted(fmt::string_view format, fmt::format_args args) {
  throw E(fmt::vformat(format, args));
}

/// The text of a checked format: `get` since fmt 10, a conversion, which fmt 12 deprecates, before.
template <class Format>
constexpr fmt::string_view text_of(const Format& format) {
  if constexpr (requires { format.get(); })
    return format.get();
  else
    return format;
}
}  // namespace detail

/// Throws `E` with a message formatted by fmt; the format is checked at compile time.
template <class E, class... Args>
[[noreturn, gnu::noinline, gnu::cold]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  detail::throw_formatted<E>(detail::text_of(format), fmt::make_format_args(args...));
}

}  // namespace eigenerate
