#pragma once

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/memory.hpp"
#include "eigenerate/layers/plan.hpp"

namespace eigenerate {

/// The names, shapes and places of all tensors of an arena, in the network's order.
struct Table {
  std::vector<Segment> segments;
  Index size = 0;  ///< scalars, alignment padding included
};

/// Scalars `begin` to `end` − 1 of an arena.
struct ArenaRange {
  Index begin = 0;
  Index end = 0;
};

/// A flat, aligned array of scalars with a table of named segments.
///
/// Parameters, buffers, gradients, Adam moments and moving averages are all arenas; those of one network
/// share one table, so that a step, a clip or an average is one flat loop over `data()`. The padding between
/// segments is zero and stays zero under every such loop.
template <Scalar S>
class Arena {
 public:
  Arena() : table_(std::make_shared<Table>()) {}
  explicit Arena(std::shared_ptr<const Table> table) : table_(std::move(table)), values_(table_->size) {}

  S* data() { return values_.data(); }
  const S* data() const { return values_.data(); }
  Index size() const { return values_.size(); }
  const std::vector<Segment>& segments() const {
    if (!table_) fail_moved_from("arena");
    return table_->segments;
  }

  /// A zero-filled arena with the same table.
  Arena like() const {
    if (!table_) fail_moved_from("arena");
    return Arena(table_);
  }
  void set_zero() { std::fill(values_.begin(), values_.end(), S(0)); }
  /// Whether both arenas belong to the same network.
  bool same_table(const Arena& other) const { return table_ == other.table_; }

  /// The segment of that name; `ConfigError` where there is none.
  const Segment& segment(std::string_view name) const {
    for (const Segment& s : segments())
      if (s.name == name) return s;
    fail<ConfigError>("arena: no tensor named '{}'", name);
  }
  /// The values of one tensor as a column vector, in memory order.
  Eigen::Map<Vector<S>> operator[](std::string_view name) {
    const Segment& s = segment(name);
    return {data() + s.offset, s.size};
  }
  Eigen::Map<const Vector<S>> operator[](std::string_view name) const {
    const Segment& s = segment(name);
    return {data() + s.offset, s.size};
  }

 private:
  std::shared_ptr<const Table> table_;
  AlignedArray<S> values_;
};

/// Calls `f(segment, pointer…)` for every tensor of arenas that share a table.
template <class F, class First, class... Rest>
void for_each_parameter(F&& f, First& first, Rest&... rest) {
  if (!(first.same_table(rest) && ...))
    fail<StateError>("for_each_parameter: the arenas are of different networks");
  for (const Segment& s : first.segments()) f(s, first.data() + s.offset, (rest.data() + s.offset)...);
}

}  // namespace eigenerate
