#pragma once

#include "eigenerate/training/checkpoint.hpp"

namespace eigenerate::detail {

EIGENERATE_INLINE RunTensorReader::RunTensorReader(SafetensorsReader& reader) : reader_(reader) {
  for (const TensorEntry& t : reader.tensors())
    if (t.name.starts_with("run.") || t.name.starts_with("callbacks.")) left_.insert(t.name);
}

EIGENERATE_INLINE std::uint64_t RunTensorReader::word(const std::string& name) {
  const TensorEntry& entry = take(name, Dtype::u64, 0);
  std::array<std::byte, 8> bytes{};
  reader_.read(entry, 0, bytes);
  return load_bytes<std::uint64_t>(bytes.data());
}

EIGENERATE_INLINE Index RunTensorReader::count(const std::string& name) {
  const std::uint64_t value = word(name);
  if (value > static_cast<std::uint64_t>(std::numeric_limits<Index>::max() / 2))
    fail<IoError>("{}: {} is {}, which is no count", reader_.path(), shown(name), value);
  return static_cast<Index>(value);
}

EIGENERATE_INLINE NumberList RunTensorReader::list(const std::string& name) {
  const TensorEntry* entry = reader_.header().find(name);
  return entry && entry->dtype == Dtype::f32 ? NumberList(numbers<float>(name))
                                             : NumberList(numbers<double>(name));
}

EIGENERATE_INLINE std::vector<double> RunTensorReader::numbers(const std::string& name, std::size_t count) {
  auto values = numbers<double>(name);
  if (values.size() != count)
    fail<IoError>("{}: {} has {} numbers, expected {}", reader_.path(), shown(name), values.size(), count);
  return values;
}

EIGENERATE_INLINE StepMetrics RunTensorReader::metrics(const std::string& prefix) {
  StepMetrics metrics;
  for_each_below(prefix, [&](const std::string& figure, const std::string& name) {
    const auto values = numbers(name, 2);
    if (figure.empty() || figure.size() > MetricName::capacity || metrics.size() == StepMetrics::capacity)
      fail<IoError>("{}: {} is no figure of a model", reader_.path(), shown(name));
    metrics.set(figure, values[0], values[1]);
  });
  return metrics;
}

EIGENERATE_INLINE void RunTensorReader::require_nothing_left() const {
  if (!left_.empty())
    fail<IoError>("{}: unexpected {} and {} more", reader_.path(), shown(*left_.begin()), left_.size() - 1);
}

EIGENERATE_INLINE const TensorEntry& RunTensorReader::take(const std::string& name, Dtype dtype,
                                                           std::size_t rank) {
  const TensorEntry* entry = reader_.header().find(name);
  if (!entry) fail<IoError>("{}: this checkpoint lacks {}", reader_.path(), shown(name));
  if (entry->dtype != dtype || entry->shape.size() != rank)
    fail<IoError>("{}: {} is {} {}, expected {} with {} dimensions", reader_.path(), shown(name),
                  dtype_name(entry->dtype), shown(entry->shape), dtype_name(dtype), rank);
  left_.erase(name);
  return *entry;
}

}  // namespace eigenerate::detail
