#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstring>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
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
  T* twin = nullptr;  ///< where the same values go besides, if anywhere
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
  const std::size_t width = dtype_bits(tensor.dtype) / 8;
  tensor.bytes.resize(static_cast<std::size_t>(segment.size) * width);
  std::byte* out = tensor.bytes.data();
  for_each_pytorch_position(segment, [&](Index position) {
    const S value = state.values[position];
    if (segment.role == Role::count)
      store_bytes(out, static_cast<std::int64_t>(value));
    else
      store_bytes(out, value);
    out += width;
  });
  return tensor;
}

/// Which tensors a reader takes: the very ones that we write; or all that can become them: any floating type
/// for a weight, any number for a count, a count that is missing (no pass reads one) for 0, and another
/// number of extents of 1 where the segment says so.
enum class DtypeRule { convertible, exact };

/// What a file and a network have not in common, by the file's names.
struct StateDifferences {
  std::vector<std::string> missing;     ///< the network has them, the file has not
  std::vector<std::string> unexpected;  ///< the reverse
  /// In the file with another shape or type: the name, and how they differ in words.
  std::vector<std::pair<std::string, std::string>> different;

  bool empty() const { return missing.empty() && unexpected.empty() && different.empty(); }

  /// A line for each list that is not empty: all names, but not a file's whole header of a million.
  std::string to_string() const;

 private:
  template <class List, class F>
  static std::string listed(std::string_view title, const List& list, F&& text_of) {
    constexpr std::size_t most = 1000;
    if (list.empty()) return {};
    std::string text = format_message("\n  {}: ", title);
    for (std::size_t i = 0; i < std::min(most, list.size()); ++i)
      text += (i == 0 ? "" : ", ") + text_of(list[i]);
    if (list.size() > most) text += format_message(" and {} more", list.size() - most);
    return text;
  }
};

/// The tensors of a file on their way into a network: checked and read completely before the first of them
/// replaces anything.
///
/// **Errors** `IoError` for a value that is not finite and a count that is none; when strict, also one that
/// lists every missing, every unexpected and every tensor of another shape or dtype at once. Nothing has
/// changed then.
template <Scalar S>
class StagedTensors {
 public:
  /// `ours(name)` tells which of the file's tensors must be among `wanted`; the others are left alone.
  StagedTensors(SafetensorsReader& reader, std::vector<StateTensor<S>> wanted, std::string_view what,
                DtypeRule rule, const std::function<bool(std::string_view)>& ours, bool strict = true);

  /// What `commit` leaves out; nothing when strict.
  const StateDifferences& differences() const { return differences_; }

  /// Puts the values in place.
  void commit() noexcept;

 private:
  /// For each wanted tensor the file's, or null.
  std::vector<const TensorEntry*> match(SafetensorsReader& reader, DtypeRule rule,
                                        const std::function<bool(std::string_view)>& ours);

  static bool is_default(const StateTensor<S>& tensor, DtypeRule rule) {
    return rule == DtypeRule::convertible && tensor.segment->role == Role::count;
  }

  static bool fits(Dtype dtype, const Segment& segment, DtypeRule rule);

  static bool same_shape(std::vector<Index> shape, const Segment& segment, DtypeRule rule);

  /// Every scalar goes back to an integer from here without overflow.
  static constexpr double largest_count = 0x1p53;

  static AlignedArray<S> read(SafetensorsReader& reader, const TensorEntry& entry, const StateTensor<S>& to);

  std::vector<StateTensor<S>> wanted_;
  StateDifferences differences_;
  std::vector<AlignedArray<S>> staged_;
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(JSON)
#include "eigenerate/io/detail/state_tensors.hpp"
#endif
