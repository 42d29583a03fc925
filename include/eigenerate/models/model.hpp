#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/data/batch.hpp"
#include "eigenerate/optim/learner.hpp"
#include "eigenerate/optim/step_context.hpp"

namespace eigenerate {

/// The name of a figure: at most 31 characters, held by value, so that figures may come from a file.
class MetricName {
 public:
  static constexpr std::size_t capacity = 31;

  MetricName() = default;
  MetricName(std::string_view name) : size_(name.size()) {  // NOLINT: converts as a literal would
    if (name.size() > capacity)
      fail<ConfigError>("metrics: the name '{}' is longer than {} characters", name, capacity);
    std::copy(name.begin(), name.end(), text_.begin());
  }
  operator std::string_view() const { return view(); }  // NOLINT
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, capacity> text_{};
  std::size_t size_ = 0;
};

/// The figures that one step or one epoch reports: a short list of named numbers on the stack.
///
/// The first one is `loss`, what training minimises; early stopping and schedules look at it by default.
class StepMetrics {
 public:
  struct Entry {
    MetricName name;
    double value = 0;
    double weight = 0;  ///< how much an average over steps rests on
  };
  static constexpr std::size_t capacity = 8;

  /// Sets a figure, adding it behind the others where it is new.
  void set(std::string_view name, double value, double weight = 1) {
    Entry& entry = slot(name);
    entry.value = value;
    entry.weight = weight;
  }

  /// Adds another step's figures, each weighted by its samples: afterwards every value is the mean.
  void average_in(const StepMetrics& step, double samples) {
    for (const Entry& e : step) {
      Entry& mean = slot(e.name);
      const double weight = e.weight * samples;
      mean.weight += weight;
      if (mean.weight > 0) mean.value += (e.value - mean.value) * (weight / mean.weight);
    }
  }

  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The value of that name; `ConfigError` where there is none.
  double operator[](std::string_view name) const {
    if (const Entry* e = find(name)) return e->value;
    fail<ConfigError>("metrics: no figure named '{}'", name);
  }

  std::size_t size() const { return size_; }
  const Entry* begin() const { return entries_.data(); }
  const Entry* end() const { return entries_.data() + size_; }

 private:
  const Entry* find(std::string_view name) const {
    for (const Entry& e : *this)
      if (e.name.view() == name) return &e;
    return nullptr;
  }
  Entry& slot(std::string_view name) {
    if (const Entry* e = find(name)) return entries_[static_cast<std::size_t>(e - begin())];
    if (size_ == capacity) fail<ConfigError>("metrics: no room for '{}', at most {} figures", name, capacity);
    entries_[size_].name = name;
    return entries_[size_++];
  }

  std::array<Entry, capacity> entries_{};
  std::size_t size_ = 0;
};

/// What the Trainer drives: an algorithm that learns from one batch at a time.
///
/// - `prepare(max_batch)`: allocates everything a step writes; afterwards steps allocate nothing.
/// - `train_step(batch, context)`: one optimisation step; returns its figures, the first named `loss`. Throws
///   `DivergenceError` where a loss or a gradient is not finite, before it enters a parameter.
/// - `evaluate(batch, context)`: the same figures on held-out data, nothing learned.
/// - `sample_shape()`: the samples that the model learns from and generates.
/// - `health(batch, context)`, where there is one: what looks wrong with the model, as a list of `Warning`.
/// - `setup_warnings(batch, range)`, where there is one: what looks wrong with the model before its first step, for data
///   that fill `range`.
/// - `require_values(range, name)`, where there is one: `ConfigError` where the model cannot learn from the values of
///   the dataset of that name, which lie in `range`.
/// - `learners()`: pointers to the `Learner`s, all that the model learns with, as an array or another range that a span
///   views; constant ones of a constant model. By the first one's `identity` a Trainer knows the model again and goes on
///   with its run; a model without any begins anew at each fit.
template <class M>
concept Model = requires(M& model, const Batch<typename M::scalar_type>& batch, const StepContext& context) {
  model.prepare(Index{});
  { model.train_step(batch, context) } -> std::same_as<StepMetrics>;
  { model.evaluate(batch, context) } -> std::same_as<StepMetrics>;
  { model.sample_shape() } -> std::convertible_to<Shape>;
  { model.learners() } -> std::convertible_to<Learners<typename M::scalar_type>>;
};

}  // namespace eigenerate
