#pragma once

#include <concepts>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// A value that is erased for one scalar, `AnyAdversarialLoss<S>`, in options that do not know theirs.
template <template <Scalar> class Erased>
class ForEveryScalar {
 public:
  template <class T>
  requires(!std::same_as<T, ForEveryScalar> && std::constructible_from<Erased<float>, T> &&
           std::constructible_from<Erased<double>, T>)
      ForEveryScalar(const T& value)  // implicit: `.loss = Hinge{}`
      : in_float_(value), in_double_(value) {}

  template <Scalar S>
  const Erased<S>& in() const {
    if constexpr (std::same_as<S, float>)
      return in_float_;
    else
      return in_double_;
  }

 private:
  Erased<float> in_float_;
  Erased<double> in_double_;
};

}  // namespace eigenerate
