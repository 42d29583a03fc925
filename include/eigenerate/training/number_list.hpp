#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// A list of numbers that a callback remembers, in float or in double: a checkpoint holds it in the same
/// scalar. It does not change, and copies share it.
class NumberList {
 public:
  NumberList() : NumberList(std::vector<double>{}) {}
  NumberList(std::initializer_list<double> values);
  NumberList(std::vector<float> values);   // NOLINT: is the list
  NumberList(std::vector<double> values);  // NOLINT

  std::size_t size() const;
  double operator[](std::size_t i) const;
  /// Calls `f` with the vector of float or of double.
  template <class F>
  decltype(auto) visit(F&& f) const {
    return std::visit(std::forward<F>(f), *values_);
  }
  /// The numbers, every one of them exact.
  std::vector<double> in_double() const;

  bool operator==(const NumberList& other) const;

 private:
  using Values = std::variant<std::vector<float>, std::vector<double>>;
  std::shared_ptr<const Values> values_;
};

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE NumberList::NumberList(std::initializer_list<double> values)
    : NumberList(std::vector<double>(values)) {}

EIGENERATE_INLINE NumberList::NumberList(std::vector<float> values)
    : values_(std::make_shared<const Values>(std::move(values))) {}

EIGENERATE_INLINE NumberList::NumberList(std::vector<double> values)
    : values_(std::make_shared<const Values>(std::move(values))) {}

EIGENERATE_INLINE std::size_t NumberList::size() const {
  return std::visit([](const auto& list) { return list.size(); }, *values_);
}

EIGENERATE_INLINE bool NumberList::operator==(const NumberList& other) const {
  return values_ == other.values_ || *values_ == *other.values_;
}

EIGENERATE_INLINE double NumberList::operator[](std::size_t i) const {
  return std::visit([i](const auto& list) { return static_cast<double>(list[i]); }, *values_);
}

EIGENERATE_INLINE std::vector<double> NumberList::in_double() const {
  return visit([](const auto& list) { return std::vector<double>(list.begin(), list.end()); });
}

#endif

}  // namespace eigenerate
