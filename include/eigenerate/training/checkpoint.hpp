#pragma once

#include <zlib.h>

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/state_tensors.hpp"
#include "eigenerate/optim/learner.hpp"
#include "eigenerate/training/run_state.hpp"

// A checkpoint is a safetensors file, so that any tool that reads those can look into it:
//
//   encoder.0.weight                    parameters and buffers, as in a weight file
//   optimizer.encoder.0.weight.exp_avg  what the optimiser remembers, by PyTorch's names
//   average.encoder.0.weight            moving averages of parameters
//   run.…, callbacks.…                  the `RunState`, U64 and F64; F32 where a callback keeps floats
//   run.data.0.…, run.data.1.…          its training sets, each with its part of the run
//   checksum                            the last four bytes: CRC-32 of everything before them
//
// The metadata holds the format's version and the optimisers' rules.

namespace eigenerate {

namespace detail {

inline constexpr const char* checkpoint_format = "eigenerate checkpoint 3";
inline constexpr const char* checksum_name = "checksum";

inline std::uint32_t crc32_of(std::uint32_t crc, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min<std::size_t>(bytes.size(), std::size_t{1} << 30));
    crc = static_cast<std::uint32_t>(
        ::crc32(crc, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size())));
    bytes = bytes.subspan(part.size());
  }
  return crc;
}

inline Tensor integer_tensor(std::string name, std::uint64_t value) {
  Tensor tensor{std::move(name), Dtype::u64, {}, std::vector<std::byte>(sizeof value)};
  store_bytes(tensor.bytes.data(), value);
  return tensor;
}
inline Tensor number_tensor(std::string name, const NumberList& numbers) {
  return numbers.visit([&]<Scalar S>(const std::vector<S>& values) {
    Tensor tensor{std::move(name),
                  std::same_as<S, float> ? Dtype::f32 : Dtype::f64,
                  {static_cast<Index>(values.size())},
                  std::vector<std::byte>(values.size() * sizeof(S))};
    for (std::size_t i = 0; i < values.size(); ++i)
      store_bytes(tensor.bytes.data() + i * sizeof(S), values[i]);
    return tensor;
  });
}

/// Everything of a model that a checkpoint holds, under the checkpoint's names.
template <class T, class L>
std::vector<StateTensor<T>> checkpoint_tensors(std::span<L* const> learners) {
  std::vector<StateTensor<T>> list;
  for (L* learner : learners)
    learner->for_each_arena([&](ArenaKind kind, std::string_view moment, auto& arena) {
      append_arena(list, arena, [&](const Segment& s) {
        if (kind == ArenaKind::moment) return "optimizer." + s.name + "." + std::string(moment);
        return kind == ArenaKind::average ? "average." + s.name : s.name;
      });
    });
  return list;
}

/// A schedule's values for a run of `total` steps at five points of one of `length`: two schedules that agree
/// there are taken for one.
inline std::vector<double> schedule_marks(const Schedule& schedule, std::int64_t length, std::int64_t total) {
  std::vector<double> marks;
  for (const std::int64_t quarter : {0, 1, 2, 3, 4})
    marks.push_back(learning_rate_factor(schedule, length / 4 * quarter + length % 4 * quarter / 4, total));
  return marks;
}

/// The fields of a `DataStretch` under their names in a checkpoint, for reading and for writing.
template <class Stretch, class F>
void for_each_field(Stretch& stretch, std::size_t i, F&& f) {
  const std::string prefix = format_message("run.data.{}.", i);
  f(prefix + "fingerprint", stretch.fingerprint);
  f(prefix + "samples", stretch.samples);
  f(prefix + "steps_per_epoch", stretch.steps_per_epoch);
  f(prefix + "first_epoch", stretch.first_epoch);
  f(prefix + "first_step", stretch.first_step);
  f(prefix + "epochs_asked", stretch.epochs_asked);
}

inline void append_metrics(std::vector<Tensor>& tensors, const std::string& prefix,
                           const StepMetrics& metrics) {
  for (const auto& entry : metrics)
    tensors.push_back(number_tensor(prefix + std::string(entry.name.view()), {entry.value, entry.weight}));
}

template <Scalar S>
std::vector<Tensor> run_tensors(const FitPlan& plan, const RunState& state, ConstLearners<S> learners) {
  std::vector<Tensor> tensors;
  const auto integer = [&](const char* name, auto value) {
    tensors.push_back(integer_tensor(std::string("run.") + name, static_cast<std::uint64_t>(value)));
  };
  const auto numbers = [&](const char* name, const std::vector<double>& values) {
    tensors.push_back(number_tensor(std::string("run.") + name, values));
  };
  integer("seed", plan.seed);
  integer("batch_size", plan.batch_size);
  integer("accumulate", plan.accumulate);
  std::vector<DataStretch> data = state.data;
  if (data.empty()) data.push_back(plan.stretch());
  for (std::size_t i = 0; i < data.size(); ++i)
    for_each_field(data[i], i, [&](const std::string& name, auto value) {
      tensors.push_back(integer_tensor(name, static_cast<std::uint64_t>(value)));
    });
  integer("judged_by", state.judged_by);
  const auto total = static_cast<std::int64_t>(plan.total_steps());
  integer("total_steps", total);
  numbers("schedule", schedule_marks(plan.schedule, total, total));
  integer("epoch", state.epoch);
  integer("batch", state.batch);
  integer("step", state.step);
  integer("rollbacks", state.rollbacks);
  integer("skipped_steps", state.skipped_steps);
  integer("skipped_in_a_row", state.skipped_in_a_row);
  numbers("learning_rate_scale", {state.learning_rate_scale});
  if (state.last_finite_loss) numbers("last_finite_loss", {*state.last_finite_loss});
  integer("epoch_samples", state.epoch_samples);
  numbers("epoch_seconds", {state.epoch_seconds});
  integer("fit_epochs", state.fit_epochs);
  numbers("fit_seconds", {state.fit_seconds});
  append_metrics(tensors, "run.epoch_mean.", state.epoch_mean);
  if (const auto& last = state.last_epoch) {
    integer("last_epoch.epoch", last->epoch);
    integer("last_epoch.step", last->step);
    numbers("last_epoch.pace", {last->train_seconds, last->images_per_second});
    append_metrics(tensors, "run.last_epoch.train.", last->train);
    if (last->held_out) append_metrics(tensors, "run.last_epoch.held_out.", *last->held_out);
    append_metrics(tensors, "run.last_epoch.measured.", last->measured);
  }
  for (const Learner<S>* learner : learners)
    tensors.push_back(integer_tensor("run.optimizer_step." + learner->network.name(), learner->state.step));
  for (const auto& [name, values] : state.callbacks)
    tensors.push_back(number_tensor("callbacks." + name, values));
  return tensors;
}

/// Takes the tensors of `run_tensors` out of a file, each once.
class RunTensorReader {
 public:
  explicit RunTensorReader(SafetensorsReader& reader);

  bool contains(const std::string& name) const { return left_.contains(name); }

  std::uint64_t word(const std::string& name);
  /// A count: a word that an `Index` holds.
  Index count(const std::string& name);
  /// Numbers of a callback, which says itself in which scalar it keeps them.
  NumberList list(const std::string& name);
  std::vector<double> numbers(const std::string& name, std::size_t count);

  /// What stands below `prefix`, in the file's order: for each tensor `f(rest of its name, its whole name)`.
  template <class F>
  void for_each_below(const std::string& prefix, F&& f) {
    for (const TensorEntry& t : reader_.tensors())
      if (t.name.starts_with(prefix)) f(t.name.substr(prefix.size()), t.name);
  }
  StepMetrics metrics(const std::string& prefix);

  void require_nothing_left() const;

 private:
  template <Scalar S>
  std::vector<S> numbers(const std::string& name) {
    const TensorEntry& entry = take(name, std::same_as<S, float> ? Dtype::f32 : Dtype::f64, 1);
    if (entry.shape[0] > max_scalars)
      fail<IoError>("{}: {} has {} numbers, more than 2^{}", reader_.path(), shown(name), entry.shape[0],
                    max_scalars_exponent);
    std::vector<S> values(static_cast<std::size_t>(entry.shape[0]));
    std::vector<std::byte> bytes(values.size() * sizeof(S));
    reader_.read(entry, 0, bytes);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = load_bytes<S>(bytes.data() + i * sizeof(S));
    return values;
  }

  const TensorEntry& take(const std::string& name, Dtype dtype, std::size_t rank);

  SafetensorsReader& reader_;
  std::set<std::string> left_;
};

inline RunState read_run_state(const std::string& path, RunTensorReader& run) {
  RunState state;
  do {
    DataStretch stretch;
    for_each_field(stretch, state.data.size(), [&](const std::string& name, auto& value) {
      if constexpr (std::same_as<decltype(value), Index&>)
        value = run.count(name);
      else
        value = run.word(name);
    });
    state.data.push_back(stretch);
  } while (run.contains(format_message("run.data.{}.samples", state.data.size())));
  state.judged_by = run.word("run.judged_by");
  state.epoch = run.count("run.epoch");
  state.batch = run.count("run.batch");
  state.step = run.word("run.step");
  state.rollbacks = run.count("run.rollbacks");
  state.skipped_steps = run.count("run.skipped_steps");
  state.skipped_in_a_row = run.count("run.skipped_in_a_row");
  state.learning_rate_scale = run.numbers("run.learning_rate_scale", 1)[0];
  if (run.contains("run.last_finite_loss"))
    state.last_finite_loss = run.numbers("run.last_finite_loss", 1)[0];
  state.epoch_samples = run.count("run.epoch_samples");
  state.epoch_seconds = run.numbers("run.epoch_seconds", 1)[0];
  state.fit_epochs = run.count("run.fit_epochs");
  state.fit_seconds = run.numbers("run.fit_seconds", 1)[0];
  if (!(is_finite(state.fit_seconds) && state.fit_seconds >= 0))
    fail<IoError>("{}: run.fit_seconds is {}, which is no time", path, state.fit_seconds);
  state.epoch_mean = run.metrics("run.epoch_mean.");
  if (run.contains("run.last_epoch.epoch")) {
    EpochRecord last;
    last.epoch = run.count("run.last_epoch.epoch");
    last.step = run.word("run.last_epoch.step");
    const auto pace = run.numbers("run.last_epoch.pace", 2);
    last.train_seconds = pace[0];
    last.images_per_second = pace[1];
    last.train = run.metrics("run.last_epoch.train.");
    if (const auto held_out = run.metrics("run.last_epoch.held_out."); held_out.size() > 0)
      last.held_out = held_out;
    last.measured = run.metrics("run.last_epoch.measured.");
    state.last_epoch = last;
  }
  run.for_each_below("callbacks.", [&](const std::string& key, const std::string& name) {
    state.callbacks[key] = run.list(name);
  });
  const double& scale = state.learning_rate_scale;
  if (!state.consistent() || !(is_finite(scale) && scale > 0 && scale <= 1))
    fail<IoError>(
        "{}: its counters contradict each other: epoch {}, batch {}, step {}, learning-rate scale {}", path,
        state.epoch, state.batch, state.step, state.learning_rate_scale);
  return state;
}

/// Refuses a run with another plan: it would not go on where this one stopped.
inline void require_same_plan(const std::string& path, RunTensorReader& run, const RunState& state,
                              const FitPlan& plan) {
  std::string differences;
  const auto compare = [&](const char* what, auto saved, auto present) {
    if (saved != present) differences += format_message("\n  {}: {} then, {} now", what, saved, present);
  };
  compare("seed", run.word("run.seed"), plan.seed);
  compare("batch size", run.count("run.batch_size"), plan.batch_size);
  compare("batches per step", run.count("run.accumulate"), plan.accumulate);
  // A program that is started again comes past its earlier fits first.
  const std::size_t place = state.stretch_of(plan.epochs);
  const bool is_last = place + 1 == state.data.size();
  const DataStretch &then = state.data[place], now = plan.stretch();
  compare("training samples", then.samples, now.samples);
  compare("fingerprint of the training data", then.fingerprint, now.fingerprint);
  if (then.samples == now.samples) compare("steps per epoch", then.steps_per_epoch, now.steps_per_epoch);
  if (!differences.empty() && state.data.size() > 1)
    differences += format_message("\n  (the run has had {} training sets, this one from epoch {} on)",
                                  state.data.size(), then.first_epoch + 1);
  const auto total = static_cast<std::int64_t>(run.word("run.total_steps"));
  const auto saved_marks = run.numbers("run.schedule", 5);
  if (saved_marks != schedule_marks(plan.schedule, total, total)) {
    differences += "\n  learning-rate schedule";
  } else if (is_last && state.epoch < plan.epochs && state.step != static_cast<std::uint64_t>(total)) {
    // It goes on in the middle of a fit.
    const auto present_total = then.step_at(plan.epochs);
    if (saved_marks != schedule_marks(plan.schedule, total, static_cast<std::int64_t>(present_total)))
      differences += format_message("\n  steps of a schedule that depends on their number: {} then, {} now",
                                    total, present_total);
  }
  if (!differences.empty())
    fail<ConfigError>("{}: this checkpoint is of another run, which cannot be resumed with{}", path,
                      differences);
}

inline void require_checksum(SafetensorsReader& reader) {
  const TensorEntry* entry = reader.header().find(checksum_name);
  const auto& metadata = reader.header().metadata;
  const auto format = metadata.find("format");
  if (format == metadata.end() || format->second != checkpoint_format || !entry ||
      entry != &reader.tensors().back() || entry->dtype != Dtype::u8 || entry->shape != std::vector<Index>{4})
    fail<IoError>("{}: expected a checkpoint of the format \"{}\", got {}", reader.path(), checkpoint_format,
                  format != metadata.end() && format->second.starts_with("eigenerate checkpoint ")
                      ? "one of the format " + shown(format->second)
                      : "another safetensors file");
  std::uint32_t crc = 0;
  reader.for_each_portion(reader.size() - 4, [&](auto bytes) { crc = crc32_of(crc, bytes); });
  std::array<std::byte, 4> saved{};
  reader.read(*entry, 0, saved);
  if (load_bytes<std::uint32_t>(saved.data()) != crc)
    fail<IoError>("{}: the checkpoint is damaged: its checksum is {:08x}, its content gives {:08x}",
                  reader.path(), load_bytes<std::uint32_t>(saved.data()), crc);
}

}  // namespace detail

/// Everything that a run needs to go on, as the bytes of a file: see the layout above.
///
/// **Errors** `DivergenceError` for a model that is not finite any more.
template <Scalar S>
std::pair<std::string, std::vector<Tensor>> checkpoint_content(const FitPlan& plan, const RunState& state,
                                                               ConstLearners<S> learners) {
  std::map<std::string, std::string> metadata{{"format", detail::checkpoint_format}};
  std::vector<Tensor> tensors = detail::run_tensors<S>(plan, state, learners);
  for (const auto& t : detail::checkpoint_tensors<const S>(learners)) tensors.push_back(to_tensor(t));
  for (const Learner<S>* learner : learners) {
    metadata["optimizer." + learner->network.name()] = optimizer_name(learner->optimizer);
    if (const auto found = learner->find_non_finite())
      fail<DivergenceError>("{}; a checkpoint of it would be worthless", *found);
  }
  sort_for_safetensors(tensors);
  tensors.push_back({detail::checksum_name, Dtype::u8, {4}, std::vector<std::byte>(4)});
  std::string header = safetensors_header(tensors, metadata);
  std::uint32_t crc = detail::crc32_of(0, std::as_bytes(std::span(header)));
  for (const Tensor& t : tensors)
    if (&t != &tensors.back()) crc = detail::crc32_of(crc, t.bytes);
  store_bytes(tensors.back().bytes.data(), crc);
  return {std::move(header), std::move(tensors)};
}

/// Writes a checkpoint; the target is replaced only by a complete file that is on the disk.
///
/// **Errors** `IoError` with path and reason; `DivergenceError` for a model that is not finite any more. The
/// target is then as it was.
template <Model M>
void save_checkpoint(const std::filesystem::path& path, const FitPlan& plan, const RunState& state,
                     const M& model) {
  const auto [header, tensors] = checkpoint_content<typename M::scalar_type>(plan, state, model.learners());
  write_safetensors(path, header, tensors);
}

/// Reads a checkpoint of `save_checkpoint`: afterwards training goes on with the same bits as if it had never
/// stopped.
///
/// **Errors** `IoError` for a file that is damaged in any bit, or whose tensors are not this model's (all of
/// them are listed); `ConfigError` for one of a run with another seed, batch size, training set, schedule or
/// optimiser. Model and state are then unchanged.
template <Scalar S>
void load_checkpoint(const std::filesystem::path& path, const FitPlan& plan, RunState& state,
                     Learners<S> learners) {
  SafetensorsReader reader(path);
  detail::require_checksum(reader);
  detail::RunTensorReader run(reader);
  RunState loaded = detail::read_run_state(reader.path(), run);
  detail::require_same_plan(reader.path(), run, loaded, plan);
  std::vector<std::uint64_t> steps;
  for (const Learner<S>* learner : learners) {
    const std::string& name = learner->network.name();
    const auto rule = reader.header().metadata.find("optimizer." + name);
    if (rule == reader.header().metadata.end() || rule->second != optimizer_name(learner->optimizer))
      fail<ConfigError>(
          "{}: {} learned with {} then, with {} now", reader.path(), name,
          rule == reader.header().metadata.end() ? "an unknown rule" : detail::shown(rule->second),
          optimizer_name(learner->optimizer));
    steps.push_back(run.word("run.optimizer_step." + name));
  }
  run.require_nothing_left();
  StagedTensors<S> tensors(reader, detail::checkpoint_tensors<S>(learners), "the model", DtypeRule::exact,
                           [](std::string_view name) {
                             return name != detail::checksum_name && !name.starts_with("run.") &&
                                    !name.starts_with("callbacks.");
                           });
  tensors.commit();
  for (std::size_t i = 0; i < learners.size(); ++i) learners[i]->state.step = steps[i];
  state = std::move(loaded);
}
template <Model M>
void load_checkpoint(const std::filesystem::path& path, const FitPlan& plan, RunState& state, M& model) {
  load_checkpoint<typename M::scalar_type>(path, plan, state, model.learners());
}

}  // namespace eigenerate

#if EIGENERATE_DEFINES(JSON)
#include "eigenerate/training/detail/checkpoint.hpp"
#endif
