#pragma once
// What the library throws. A message says what failed, where, expected against got, and what to do.

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

/// Throws `E` with a message formatted by fmt.
template <class E, class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw E(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace eigenerate
