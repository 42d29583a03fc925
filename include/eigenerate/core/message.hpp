#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"

namespace eigenerate {

/// What a field of a message is filled with: a number or a text, whichever its type was.
///
/// Texts are referred to: an argument lives as long as the call that it is made for.
class MessageArgument {
 public:
  MessageArgument(bool value) : MessageArgument(value ? "true" : "false") {}
  MessageArgument(int value) : MessageArgument(static_cast<long long>(value)) {}
  MessageArgument(long value) : MessageArgument(static_cast<long long>(value)) {}
  MessageArgument(long long value) : kind_(Kind::integer), integer_(value) {}
  MessageArgument(unsigned value) : MessageArgument(static_cast<unsigned long long>(value)) {}
  MessageArgument(unsigned long value) : MessageArgument(static_cast<unsigned long long>(value)) {}
  MessageArgument(unsigned long long value) : kind_(Kind::natural), natural_(value) {}
  MessageArgument(float value) : kind_(Kind::single), single_(value) {}
  MessageArgument(double value) : kind_(Kind::real), real_(value) {}
  MessageArgument(const char& letter) : MessageArgument(std::string_view(&letter, 1)) {}
  MessageArgument(const char* text) : MessageArgument(std::string_view(text)) {}
  MessageArgument(const std::string& text) : MessageArgument(std::string_view(text)) {}
  MessageArgument(std::string_view text) : kind_(Kind::text), text_(text) {}

  /// Appends it as fmt does by that specification, `` or `:.4g`, which texts do not heed. A number that is
  /// not finite is its name: printed as usual, it is some other number under a user's `-ffast-math`.
  void print(std::string_view specification, std::string& to) const;

 private:
  enum class Kind : char { integer, natural, single, real, text };

  Kind kind_;
  union {
    long long integer_;
    unsigned long long natural_;
    float single_;  // apart from double: fewer digits tell it
    double real_;
    std::string_view text_;
  };
};

namespace detail {
/// How many fields a format has; −1 where one is neither `{}` nor, say, `{:.4g}`. Compilers run this for
/// every message, so it goes by characters: by the functions of strings all messages took half a second.
constexpr int fields_of(const char* format) {
  int fields = 0;
  for (const char* c = format; *c != 0; ++c) {
    if (*c != '{' && *c != '}') continue;
    if (c[1] == *c) {  // doubled, it stands for itself
      ++c;
      continue;
    }
    if (*c++ == '}') return -1;
    ++fields;
    if (*c == '}') continue;
    if (*c++ != ':') return -1;
    while ((*c >= '0' && *c <= '9') || *c == '.') ++c;
    if (*c != 'g' && *c != 'f' && *c != 'e' && *c != 'x') return -1;
    if (*++c != '}') return -1;
  }
  return fields;
}

std::string print_message(std::string_view format, std::initializer_list<MessageArgument> arguments);
}  // namespace detail

/// A format of fmt's kind with so many fields, checked where the program is compiled: `{}`, `{:.4g}`,
/// `{:.1f}`, `{:.2e}`, and `{:04x}` of whole numbers.
///
/// fmt's own formats are checked against the types of the arguments: a set of templates for each combination
/// of types, which took a seventh of the time in which the umbrella header compiled.
template <std::size_t Fields>
struct MessageFormat {
  consteval MessageFormat(const char* format) : text(format) {
    if (detail::fields_of(format) != static_cast<int>(Fields))
      throw "the format of a message has a field that is none, or not as many as there are arguments";
  }
  std::string_view text;
};

/// The format with its fields filled in.
template <class... Arguments>
std::string format_message(MessageFormat<sizeof...(Arguments)> format, const Arguments&... arguments) {
  return detail::print_message(format.text, {MessageArgument(arguments)...});
}

}  // namespace eigenerate

#if EIGENERATE_DEFINES(CORE)

namespace eigenerate {

EIGENERATE_INLINE void MessageArgument::print(std::string_view specification, std::string& to) const {
  const auto print_number = [&](auto value) {
    to += fmt::vformat(std::string("{").append(specification).append("}"), fmt::make_format_args(value));
  };
  const bool whole = specification.empty() || specification.ends_with('x');
  const auto print_real = [&](auto value) {
    if (is_finite(value))
      print_number(value);
    else
      to += non_finite_name(value);
  };
  switch (kind_) {
    case Kind::integer:
      return whole ? print_number(integer_) : print_number(static_cast<double>(integer_));
    case Kind::natural:
      return whole ? print_number(natural_) : print_number(static_cast<double>(natural_));
    case Kind::single:
      return print_real(single_);
    case Kind::real:
      return print_real(real_);
    case Kind::text:
      to += text_;
  }
}

EIGENERATE_INLINE std::string detail::print_message(std::string_view format,
                                                    std::initializer_list<MessageArgument> arguments) {
  std::string message;
  const MessageArgument* next = arguments.begin();
  while (true) {
    const std::size_t brace = format.find_first_of("{}");
    message += format.substr(0, brace);
    if (brace == format.npos) return message;
    const char found = format[brace];
    format.remove_prefix(brace + 1);
    if (format[0] == found) {  // doubled
      message += found;
      format.remove_prefix(1);
      continue;
    }
    const std::size_t end = format.find('}');
    next++->print(format.substr(0, end), message);
    format.remove_prefix(end + 1);
  }
}

}  // namespace eigenerate

#endif
