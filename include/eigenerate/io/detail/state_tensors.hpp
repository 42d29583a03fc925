#pragma once

#include "eigenerate/io/state_tensors.hpp"

namespace eigenerate {

EIGENERATE_INLINE std::string StateDifferences::to_string() const {
  const auto itself = [](const std::string& name) { return detail::shown(name); };
  return listed("missing", missing, itself) + listed("unexpected", unexpected, itself) +
         listed("different", different, [](const auto& d) { return detail::shown(d.first) + d.second; });
}

template <Scalar S>
StagedTensors<S>::StagedTensors(SafetensorsReader& reader, std::vector<StateTensor<S>> wanted,
                                std::string_view what, DtypeRule rule,
                                const std::function<bool(std::string_view)>& ours, bool strict)
    : wanted_(std::move(wanted)) {
  const std::vector<const TensorEntry*> entries = match(reader, rule, ours);
  if (strict && !differences_.empty())
    fail<IoError>("{}: does not fit {}{}", reader.path(), what, differences_.to_string());
  staged_.resize(wanted_.size());
  for (std::size_t i = 0; i < wanted_.size(); ++i)
    if (entries[i])
      staged_[i] = read(reader, *entries[i], wanted_[i]);
    else if (is_default(wanted_[i], rule))
      staged_[i] = AlignedArray<S>(wanted_[i].segment->size);
}

template <Scalar S>
void StagedTensors<S>::commit() noexcept {
  for (std::size_t i = 0; i < wanted_.size(); ++i)
    for (S* const to : {wanted_[i].values, wanted_[i].twin})
      if (to != nullptr) std::copy(staged_[i].begin(), staged_[i].end(), to);
}

template <Scalar S>
std::vector<const TensorEntry*> StagedTensors<S>::match(SafetensorsReader& reader, DtypeRule rule,
                                                        const std::function<bool(std::string_view)>& ours) {
  std::set<std::string_view> rest;
  for (const TensorEntry& t : reader.tensors())
    if (ours(t.name)) rest.insert(t.name);
  std::vector<const TensorEntry*> entries(wanted_.size(), nullptr);
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const std::string& name = wanted_[i].name;
    const Segment* const segment = wanted_[i].segment;
    const TensorEntry* const entry = reader.header().find(name);
    if (entry == nullptr) {
      if (!is_default(wanted_[i], rule)) differences_.missing.push_back(name);
      continue;
    }
    rest.erase(entry->name);
    if (!same_shape(entry->shape, *segment, rule))
      differences_.different.emplace_back(
          name,
          format_message(" is {}, expected {}", detail::shown(entry->shape), detail::shown(segment->shape)));
    else if (!fits(entry->dtype, *segment, rule))
      differences_.different.emplace_back(
          name,
          format_message(" is {}, expected {}", dtype_name(entry->dtype), dtype_name(dtype_of<S>(*segment))));
    else
      entries[i] = entry;
  }
  differences_.unexpected.assign(rest.begin(), rest.end());
  return entries;
}

template <Scalar S>
bool StagedTensors<S>::fits(Dtype dtype, const Segment& segment, DtypeRule rule) {
  if (rule == DtypeRule::exact) return dtype == dtype_of<S>(segment);
  return dtype_kind(dtype) == DtypeKind::floating ||
         (segment.role == Role::count && dtype_kind(dtype) == DtypeKind::integer);
}

template <Scalar S>
bool StagedTensors<S>::same_shape(std::vector<Index> shape, const Segment& segment, DtypeRule rule) {
  if (shape == segment.shape) return true;
  if (rule == DtypeRule::exact || !segment.any_unit_extents) return false;
  std::vector<Index> expected = segment.shape;
  for (auto* extents : {&shape, &expected})
    extents->erase(std::remove(extents->begin(), extents->end(), Index{1}), extents->end());
  return shape == expected;
}

template <Scalar S>
AlignedArray<S> StagedTensors<S>::read(SafetensorsReader& reader, const TensorEntry& entry,
                                       const StateTensor<S>& to) {
  AlignedArray<S> values(to.segment->size);
  const std::size_t width = dtype_bits(entry.dtype) / 8;
  const bool is_count = to.segment->role == Role::count;
  std::vector<std::byte> portion(
      static_cast<std::size_t>(std::min<std::uint64_t>(entry.end - entry.begin, std::uint64_t{1} << 16)));
  std::size_t at = portion.size();
  std::uint64_t offset = 0;
  Index index = 0;
  for_each_pytorch_position(*to.segment, [&](Index position) {
    if (at == portion.size()) {
      const std::uint64_t rest = entry.end - entry.begin - offset;
      portion.resize(static_cast<std::size_t>(std::min<std::uint64_t>(portion.size(), rest)));
      reader.read(entry, offset, portion);
      offset += portion.size();
      at = 0;
    }
    double element = element_as_double(entry.dtype, portion.data() + at);
    // A count that was converted to 16 bits or less overflows after a few thousand batches.
    if (is_count && !is_finite(element) && !is_nan(element) && element > 0) element = largest_count;
    values.data()[position] = static_cast<S>(element);
    if (!is_finite(values.data()[position]))
      fail<IoError>("{}: {} holds {} at element {}; weights must be finite numbers{}", reader.path(),
                    detail::shown(entry.name),
                    is_finite(element) ? format_message("{}", element) : non_finite_name(element), index,
                    is_finite(element) ? ", which this is not in the network's scalar" : "");
    if (is_count && !(element >= 0 && element <= largest_count && element == std::floor(element)))
      fail<IoError>("{}: {} holds {}, which is no count", reader.path(), detail::shown(entry.name), element);
    at += width;
    ++index;
  });
  return values;
}

EIGENERATE_INSTANTIATE_CLASS(StagedTensors)

}  // namespace eigenerate
