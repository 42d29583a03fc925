#pragma once

#include <concepts>
#include <type_traits>
#include <vector>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// A value that is erased for one scalar, `AnyAdversarialLoss<S>`, in options that do not know theirs. (Two
/// types, because a template with a constraint as an argument is more than clang 14 bears.)
template <class InFloat, class InDouble>
class ForEveryScalar {
 public:
  template <class T>
  requires(!std::same_as<T, ForEveryScalar> && std::constructible_from<InFloat, T> &&
           std::constructible_from<InDouble, T>)
      ForEveryScalar(const T& value)  // implicit: `.loss = Hinge{}`
      : in_float_(value), in_double_(value) {}

  template <Scalar S>
  const auto& in() const {
    if constexpr (std::same_as<S, float>)
      return in_float_;
    else
      return in_double_;
  }

 private:
  InFloat in_float_;
  InDouble in_double_;
};

/// A list of them for that scalar.
template <Scalar S, class InFloat, class InDouble>
auto all_in(const std::vector<ForEveryScalar<InFloat, InDouble>>& values) {
  std::vector<std::conditional_t<std::same_as<S, float>, InFloat, InDouble>> list;
  for (const auto& value : values) list.push_back(value.template in<S>());
  return list;
}

}  // namespace eigenerate
