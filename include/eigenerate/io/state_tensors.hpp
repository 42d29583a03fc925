#pragma once

#include <algorithm>
#include <concepts>
#include <cstring>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "eigenerate/core/finite.hpp"
#include "eigenerate/io/pytorch_layout.hpp"
#include "eigenerate/io/safetensors.hpp"
#include "eigenerate/network/arena.hpp"

namespace eigenerate {

/// One tensor of an arena under the name that a file gives it. `T` is the scalar, const where it is only
/// read.
template <class T>
struct StateTensor {
  std::string name;
  const Segment* segment = nullptr;
  T* values = nullptr;
};

/// Appends all tensors of an arena, `name_of(segment)` each.
template <class T, class A, class F>
void append_arena(std::vector<StateTensor<T>>& list, A& arena, F&& name_of) {
  for (const Segment& s : arena.segments()) list.push_back({name_of(s), &s, arena.data() + s.offset});
}

/// The dtype that holds a segment's values exactly: PyTorch keeps counts as integers.
template <Scalar S>
Dtype dtype_of(const Segment& segment) {
  if (segment.role == Role::count) return Dtype::i64;
  return std::same_as<S, float> ? Dtype::f32 : Dtype::f64;
}

/// A copy in PyTorch's order, ready to be written.
template <class T>
Tensor to_tensor(const StateTensor<T>& state) {
  using S = std::remove_const_t<T>;
  const Segment& segment = *state.segment;
  Tensor tensor{state.name, dtype_of<S>(segment), segment.shape, {}};
  tensor.bytes.resize(static_cast<std::size_t>(segment.size) * dtype_bytes(tensor.dtype));
  std::byte* out = tensor.bytes.data();
  for_each_pytorch_position(segment, [&](Index position) {
    const S value = state.values[position];
    if (segment.role == Role::count)
      store_bytes(out, static_cast<std::int64_t>(value));
    else
      store_bytes(out, value);
    out += dtype_bytes(tensor.dtype);
  });
  return tensor;
}

/// Which dtypes a reader takes for floating-point tensors: any of them, or the network's own alone.
enum class DtypeRule { any_floating, exact };

/// The tensors of a file on their way into a network: checked and read completely before the first of them
/// replaces anything.
///
/// **Errors** `IoError` that lists every missing, every unexpected and every tensor of another shape or
/// dtype at once; `IoError` for a value that is not finite and a count that is none. Nothing has changed
/// then.
template <Scalar S>
class StagedTensors {
 public:
  /// `ours(name)` tells which of the file's tensors must be among `wanted`; the others are left alone.
  StagedTensors(SafetensorsReader& reader, std::vector<StateTensor<S>> wanted, std::string_view what,
                DtypeRule rule, const std::function<bool(std::string_view)>& ours)
      : wanted_(std::move(wanted)) {
    std::vector<const TensorEntry*> entries = match(reader, what, rule, ours);
    staged_.reserve(wanted_.size());
    for (std::size_t i = 0; i < wanted_.size(); ++i) staged_.push_back(read(reader, *entries[i], wanted_[i]));
  }

  /// Puts the values in place.
  void commit() noexcept {
    for (std::size_t i = 0; i < wanted_.size(); ++i)
      std::copy(staged_[i].begin(), staged_[i].end(), wanted_[i].values);
  }

 private:
  std::vector<const TensorEntry*> match(SafetensorsReader& reader, std::string_view what, DtypeRule rule,
                                        const std::function<bool(std::string_view)>& ours) const {
    std::map<std::string_view, const TensorEntry*> file;
    for (const TensorEntry& t : reader.tensors())
      if (ours(t.name)) file.emplace(t.name, &t);
    std::vector<const TensorEntry*> entries;
    std::vector<std::string> missing, unexpected, different;
    for (const auto& w : wanted_) {
      const auto found = file.find(w.name);
      if (found == file.end()) {
        missing.push_back(detail::shown(w.name));
        continue;
      }
      const TensorEntry& entry = *found->second;
      if (entry.shape != w.segment->shape)
        different.push_back(fmt::format("{} is {}, expected {}", detail::shown(w.name),
                                        detail::shown(entry.shape), detail::shown(w.segment->shape)));
      else if (!fits(entry.dtype, *w.segment, rule))
        different.push_back(fmt::format("{} is {}, expected {}", detail::shown(w.name),
                                        dtype_name(entry.dtype), dtype_name(dtype_of<S>(*w.segment))));
      entries.push_back(&entry);
      file.erase(found);
    }
    for (const auto& rest : file) unexpected.push_back(detail::shown(rest.first));
    if (missing.empty() && unexpected.empty() && different.empty()) return entries;
    fail<IoError>("{}: does not fit {}{}{}{}", reader.path(), what, listed("missing", missing),
                  listed("unexpected", unexpected), listed("different", different));
  }

  static bool fits(Dtype dtype, const Segment& segment, DtypeRule rule) {
    const Dtype own = dtype_of<S>(segment);
    return dtype == own || (rule == DtypeRule::any_floating && is_floating(own) && is_floating(dtype));
  }

  /// All of them, but not a file's whole header of a million names.
  static std::string listed(std::string_view title, const std::vector<std::string>& names) {
    constexpr std::size_t most = 1000;
    if (names.empty()) return {};
    std::string text = fmt::format("\n  {}: ", title);
    for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
    return text;
  }

  /// Every scalar goes back to an integer from here without overflow.
  static constexpr double largest_count = 0x1p53;

  static AlignedArray<S> read(SafetensorsReader& reader, const TensorEntry& entry, const StateTensor<S>& to) {
    AlignedArray<S> values(to.segment->size);
    const std::size_t width = dtype_bytes(entry.dtype);
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
      const double element = element_as_double(entry.dtype, portion.data() + at);
      values.data()[position] = static_cast<S>(element);
      if (!is_finite(values.data()[position]))
        fail<IoError>("{}: {} holds {} at element {}; weights must be finite numbers{}", reader.path(),
                      detail::shown(entry.name),
                      is_finite(element) ? fmt::format("{}", element) : non_finite_name(element), index,
                      is_finite(element) ? ", which this is not in the network's scalar" : "");
      if (to.segment->role == Role::count && !(element >= 0 && element <= largest_count))
        fail<IoError>("{}: {} holds {}, which is no count", reader.path(), detail::shown(entry.name),
                      element);
      at += width;
      ++index;
    });
    return values;
  }

  std::vector<StateTensor<S>> wanted_;
  std::vector<AlignedArray<S>> staged_;
};

}  // namespace eigenerate
