#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/io/dtype.hpp"
#include "eigenerate/io/file_error.hpp"

namespace eigenerate {

/// One tensor as a safetensors header describes it.
struct TensorEntry {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<Index> shape;  ///< slowest first; empty for a scalar
  std::uint64_t begin = 0;   ///< first byte, counted from the end of the header
  std::uint64_t end = 0;     ///< one past the last
};

/// What a safetensors header says: all tensors in the order of their bytes, and free text.
struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;
  std::vector<std::size_t> by_name;  ///< places in `tensors`, sorted by the names there
  std::map<std::string, std::string> metadata;

  const TensorEntry* find(std::string_view name) const {
    const auto at = std::lower_bound(by_name.begin(), by_name.end(), name,
                                     [&](std::size_t i, std::string_view n) { return tensors[i].name < n; });
    return at == by_name.end() || tensors[*at].name != name ? nullptr : &tensors[*at];
  }
};

namespace detail {
/// A name from a file as error messages show it: quoted, escaped to printable ASCII, at most 80 characters.
std::string shown(std::string_view name);
/// `(400, 784)`: a shape as PyTorch prints it.
std::string shown(const std::vector<Index>& shape);
}  // namespace detail

/// Parses the JSON of a safetensors header that is followed by `data_bytes` bytes, and checks everything that
/// it says: every key once, known dtypes, extents whose product fits, tensors without holes and overlaps that
/// end where the file ends.
///
/// **Errors** `IoError` that begins with `path`, names the tensor and says expected and got.
/// **Source** the format as the safetensors project documents it; this reader is stricter where that allows
/// duplicate keys to win silently.
SafetensorsHeader parse_safetensors_header(std::string_view path, std::string_view json,
                                           std::uint64_t data_bytes);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(JSON)
#include "eigenerate/io/detail/safetensors_header.hpp"
#endif
