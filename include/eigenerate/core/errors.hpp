#pragma once
// What the library throws. A message says what failed, where, expected against got, and what to do.

#include "eigenerate/core/portable.hpp"  // first: it tells compilers that are too old apart

#include <initializer_list>
#include <stdexcept>
#include <string_view>

#include "eigenerate/core/message.hpp"

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
[[noreturn, gnu::noinline, gnu::cold]] void throw_printed(std::string_view format,
                                                          std::initializer_list<MessageArgument> arguments) {
  throw E(print_message(format, arguments));
}
}  // namespace detail

/// Throws `E` with a message, see `format_message`.
template <class E, class... Arguments>
[[noreturn, gnu::noinline, gnu::cold]] void fail(MessageFormat<sizeof...(Arguments)> format,
                                                 const Arguments&... arguments) {
  detail::throw_printed<E>(format.text, {MessageArgument(arguments)...});
}

/// Throws the `StateError` of an object that was moved from.
[[noreturn, gnu::noinline, gnu::cold]] inline void fail_moved_from(std::string_view what) {
  fail<StateError>("this {} was moved from and holds nothing any more; use the one that it was moved into",
                   what);
}

}  // namespace eigenerate
