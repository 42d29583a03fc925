#pragma once
// What the library throws. A message says what failed, where, expected against got, and what to do.

#include "eigenerate/core/portable.hpp"  // first: it tells compilers that are too old apart

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "eigenerate/core/finite.hpp"

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
/// A number in a message. Where it is not finite, the usual ways to print it give some other number under a
/// user's `-ffast-math`.
template <std::floating_point S>
struct MessageNumber {
  const S& value;
};

/// What a message prints of an argument.
template <class T>
const T& printable(const T& value) {
  return value;
}
inline MessageNumber<double> printable(const double& value) {
  return {value};
}
inline MessageNumber<float> printable(const float& value) {
  return {value};
}
template <class T>
using Printable = std::remove_cvref_t<decltype(printable(std::declval<const T&>()))>;
}  // namespace detail

}  // namespace eigenerate

/// As the number does, with the same specifications; by its name where it is not finite.
template <class S>
class fmt::formatter<eigenerate::detail::MessageNumber<S>> {
 public:
  constexpr auto parse(fmt::format_parse_context& context) {
    begin_ = end_ = context.begin();
    while (end_ != context.end() && *end_ != '}') ++end_;
    if (std::is_constant_evaluated()) {  // refuses a wrong specification where the program is compiled
      fmt::formatter<S> number;
      number.parse(context);
    }
    return end_;
  }
  template <class Context>
  auto format(const eigenerate::detail::MessageNumber<S>& number, Context& context) const {
    // By a function of fmt's library: its templates would be compiled anew in every program.
    const std::string field = "{:" + std::string(begin_, end_) + "}";
    const std::string text = eigenerate::is_finite(number.value)
                                 ? fmt::vformat(field, fmt::make_format_args(number.value))
                                 : std::string(eigenerate::non_finite_name(number.value));
    return std::copy(text.begin(), text.end(), context.out());
  }

 private:
  const char *begin_ = nullptr, *end_ = nullptr;  // the specification
};

namespace eigenerate {

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

template <class E, class... Printed>
[[noreturn]] void throw_printed(fmt::string_view format, const Printed&... printed) {
  throw_formatted<E>(format, fmt::make_format_args(printed...));
}
}  // namespace detail

/// Throws `E` with a message formatted by fmt; the format is checked at compile time.
template <class E, class... Args>
[[noreturn, gnu::noinline, gnu::cold]] void fail(fmt::format_string<detail::Printable<Args>...> format,
                                                 Args&&... args) {
  detail::throw_printed<E>(detail::text_of(format), detail::printable(args)...);
}

/// Throws the `StateError` of an object that was moved from.
[[noreturn, gnu::noinline, gnu::cold]] inline void fail_moved_from(std::string_view what) {
  fail<StateError>("this {} was moved from and holds nothing any more; use the one that it was moved into",
                   what);
}

}  // namespace eigenerate
