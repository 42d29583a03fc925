#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/shape.hpp"

namespace eigenerate {

/// Where a layer stands while its plan is made: its path, the prefix of its parameters' names, and the shape
/// of the second input that the passes of its network bring, the condition, where there is one.
///
/// `Place("decoder").child("2")` is `decoder.2`, under the same condition.
struct Place {
  std::string path;
  std::optional<Shape> condition = {};

  Place(std::string path_, std::optional<Shape> condition_ = {})  // NOLINT: a path alone is a place
      : path(std::move(path_)), condition(std::move(condition_)) {}
  Place(const char* path_) : path(path_) {}  // NOLINT

  /// The place of an inner layer.
  Place child(std::string_view name) const;
  /// The same place under another condition.
  Place under(const Shape& other) const { return {path, other}; }

  /// As messages print it.
  operator std::string_view() const { return path; }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE Place Place::child(std::string_view name) const {
  return {path.empty() ? std::string(name) : path + "." + std::string(name), condition};
}

#endif

}  // namespace eigenerate
