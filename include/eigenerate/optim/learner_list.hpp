#pragma once

#include <cstddef>

#include "eigenerate/core/errors.hpp"

namespace eigenerate {

/// A few learners, as `learners()` of a model returns them: a list held by value that a span views.
///
/// **Errors** `ConfigError` for more than `capacity`.
template <class L>
class LearnerList {
 public:
  static constexpr std::size_t capacity = 8;

  void add(L& learner) {
    if (size_ == capacity)
      fail<ConfigError>("{}: no room in a list of {} learners", learner.network.name(), capacity);
    items_[size_++] = &learner;
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  L* const* data() const { return items_; }
  L* const* begin() const { return items_; }
  L* const* end() const { return items_ + size_; }
  L* operator[](std::size_t i) const { return items_[i]; }

 private:
  L* items_[capacity] = {};
  std::size_t size_ = 0;
};

}  // namespace eigenerate
