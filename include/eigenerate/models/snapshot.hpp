#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/models/learner.hpp"

namespace eigenerate {

/// How much of a model a snapshot holds: what it predicts with (parameters, buffers, moving averages), or
/// also what its optimisers remember.
enum class SnapshotScope { weights, everything };

/// A copy of a model's state.
///
/// Held in double, which keeps float and double models alike to the bit.
class Snapshot {
 public:
  Snapshot() = default;
  template <class M>
  explicit Snapshot(M& model, SnapshotScope scope = SnapshotScope::weights)
      : scope_(scope), layout_(layout_of(model)) {
    visit(
        model, [this](auto& arena) { values_.emplace_back(arena.data(), arena.data() + arena.size()); },
        [this](std::uint64_t& step) { steps_.push_back(step); });
  }
  /// One of weights whose values were taken from another one.
  explicit Snapshot(std::vector<std::vector<double>> values) : values_(std::move(values)) {}

  const std::vector<std::vector<double>>& values() const { return values_; }

  /// Puts the values back; `StateError` for another model than the one they are from, which is then
  /// unchanged.
  template <class M>
  void restore(M& model) const {
    std::vector<std::size_t> sizes;
    visit(
        model, [&](auto& arena) { sizes.push_back(static_cast<std::size_t>(arena.size())); },
        [](std::uint64_t&) {});
    if (!std::equal(sizes.begin(), sizes.end(), values_.begin(), values_.end(),
                    [](std::size_t size, const auto& values) { return size == values.size(); }) ||
        (!layout_.empty() && layout_ != layout_of(model)))
      fail<StateError>("Snapshot: restored into another model than it was taken from");
    auto from = values_.begin();
    auto step_from = steps_.begin();
    visit(
        model,
        [&](auto& arena) {
          using S = std::remove_reference_t<decltype(*arena.data())>;
          std::transform(from->begin(), from->end(), arena.data(),
                         [](double v) { return static_cast<S>(v); });
          ++from;
        },
        [&](std::uint64_t& step) { step = *step_from++; });
  }

 private:
  template <class M, class F, class G>
  void visit(M& model, F&& on_arena, G&& on_step) const {
    model.for_each_learner([&](auto& learner) {
      learner.for_each_arena([&](ArenaKind kind, std::string_view, auto& arena) {
        if (kind != ArenaKind::moment || scope_ == SnapshotScope::everything) on_arena(arena);
      });
      if (scope_ == SnapshotScope::everything) on_step(learner.state.step);
    });
  }

  /// Names and sizes of all tensors: arenas of other networks may have the same sizes.
  template <class M>
  std::string layout_of(M& model) const {
    std::string layout;
    const auto append = [&](const auto& arena) {
      for (const Segment& s : arena.segments()) layout += fmt::format("{} {};", s.name, s.size);
    };
    visit(model, append, [](std::uint64_t&) {});
    return layout;
  }

  SnapshotScope scope_ = SnapshotScope::weights;
  std::string layout_;
  std::vector<std::vector<double>> values_;
  std::vector<std::uint64_t> steps_;
};

}  // namespace eigenerate
