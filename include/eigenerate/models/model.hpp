#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eigenerate/core/compiled.hpp"
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
  template <std::convertible_to<std::string_view> Text>
  MetricName(const Text& text) {  // NOLINT: converts as a literal would
    const std::string_view name = text;
    if (name.size() > capacity)
      fail<ConfigError>("metrics: the name '{}' is longer than {} characters", name, capacity);
    size_ = name.size();
    std::copy(name.begin(), name.end(), text_.begin());
  }
  operator std::string_view() const { return view(); }  // NOLINT
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, capacity> text_{};
  std::size_t size_ = 0;
};

/// The names of figures, separated by commas.
std::string joined_names(const std::vector<MetricName>& names);

/// The figures that one step or one epoch reports: a short list of named numbers on the stack.
///
/// The first one is `loss`, what training minimises.
class StepMetrics {
 public:
  struct Entry {
    MetricName name;
    double value = 0;
    double weight = 0;  ///< how much an average over steps rests on
  };
  static constexpr std::size_t capacity = 16;

  /// Sets a figure, adding it behind the others where it is new.
  void set(std::string_view name, double value, double weight = 1) {
    Entry& entry = slot(name);
    entry.value = value;
    entry.weight = weight;
  }

  /// Adds another step's figures, each weighted by its samples: afterwards every value is the mean.
  void average_in(const StepMetrics& step, double samples);

  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The value of that name; `ConfigError` where there is none.
  double operator[](std::string_view name) const;

  std::size_t size() const { return size_; }
  const Entry* begin() const { return entries_.data(); }
  const Entry* end() const { return entries_.data() + size_; }

 private:
  const Entry* find(std::string_view name) const;
  Entry& slot(std::string_view name);

  std::array<Entry, capacity> entries_{};
  std::size_t size_ = 0;
};

/// What the Trainer drives: an algorithm that learns from one batch at a time.
///
/// - `prepare(max_batch)`: allocates everything a step writes; afterwards steps allocate nothing.
/// - `prepare(max_part, max_batch)`, where there is one: the same for steps whose batch of up to `max_batch`
///   samples passes through the networks in parts of up to `max_part` (`StepContext::part_size`,
///   `BatchParts`). Their gradients are means over the batch, and the step's noise that the model draws
///   itself is that of the batch. A model without this member cannot accumulate gradients.
/// - `train_step(batch, context)`: one optimisation step; returns its figures, the first named `loss`. Throws
///   `DivergenceError` where a loss or a gradient is not finite, before it enters a parameter.
/// - `evaluate(batch, context)`: the same figures on held-out data, nothing learned.
/// - `sample_shape()`: the samples that the model learns from and generates.
/// - `health(batch, context)`, where there is one: what looks wrong with the model, as a list of `Warning`.
/// - `setup_warnings(batch, range)`, where there is one: what looks wrong with the model before its first
///   step, for data
///   that fill `range`.
/// - `require_values(range, name)`, where there is one: `ConfigError` where the model cannot learn from the
///   values of
///   the dataset of that name, which lie in `range`.
/// - `takes_unlabelled`, a constant, where there is one: whether a model with classes learns from samples
///   without a label too (`Dataset::unlabelled`); otherwise they are refused before the first step.
/// - `figures()`, where there is one: the names of all figures that training steps and evaluations report, as
///   a list of
///   `MetricName`; more than `StepMetrics` has room for are refused before the first step.
/// - `best_figure()`, where there is one, `std::optional<std::string_view>`: the figure, of an evaluation,
///   that says how good the model is, the smaller the better; none where no figure does. A model without this
///   member is as good as its `loss` is small.
/// - `learners()`: pointers to the `Learner`s, all that the model learns with, as an array or another range
///   that a span views; constant ones of a constant model. By the first one's `identity` a Trainer knows the
///   model again and goes on with its run; a model without any begins anew at each fit.
template <class M>
concept Model = requires(M& model, const Batch<typename M::scalar_type>& batch, const StepContext& context) {
  model.prepare(Index{});
  { model.train_step(batch, context) } -> std::same_as<StepMetrics>;
  { model.evaluate(batch, context) } -> std::same_as<StepMetrics>;
  { model.sample_shape() } -> std::convertible_to<Shape>;
  { model.learners() } -> std::convertible_to<Learners<typename M::scalar_type>>;
};

/// The figure that says how good a model is, see `Model`; none where no figure does.
template <Model M>
std::optional<MetricName> best_figure(const M& model) {
  if constexpr (requires { model.best_figure(); }) {
    const std::optional<std::string_view> figure = model.best_figure();
    return figure ? std::optional<MetricName>(*figure) : std::nullopt;
  } else {
    return MetricName("loss");
  }
}

#if EIGENERATE_DEFINES(MODELS)

EIGENERATE_INLINE void StepMetrics::average_in(const StepMetrics& step, double samples) {
  for (const Entry& e : step) {
    Entry& mean = slot(e.name);
    const double weight = e.weight * samples;
    mean.weight += weight;
    if (mean.weight > 0) mean.value += (e.value - mean.value) * (weight / mean.weight);
  }
}

EIGENERATE_INLINE double StepMetrics::operator[](std::string_view name) const {
  if (const Entry* e = find(name)) return e->value;
  fail<ConfigError>("metrics: no figure named '{}'", name);
}

EIGENERATE_INLINE const StepMetrics::Entry* StepMetrics::find(std::string_view name) const {
  for (const Entry& e : *this)
    if (e.name.view() == name) return &e;
  return nullptr;
}

EIGENERATE_INLINE StepMetrics::Entry& StepMetrics::slot(std::string_view name) {
  if (const Entry* e = find(name)) return entries_[static_cast<std::size_t>(e - begin())];
  if (size_ == capacity) fail<ConfigError>("metrics: no room for '{}', at most {} figures", name, capacity);
  entries_[size_].name = name;
  return entries_[size_++];
}

EIGENERATE_INLINE std::string joined_names(const std::vector<MetricName>& names) {
  std::string text;
  for (const MetricName& name : names) text += (text.empty() ? "" : ", ") + std::string(name.view());
  return text;
}

#endif

}  // namespace eigenerate
