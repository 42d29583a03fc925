#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// A function of the single elements of a sample, `y[i] = scale[i] · x[source[i]] + shift[i]`, in their order
/// in memory: what a normalization with fixed statistics or a change of shape is.
///
/// An empty list leaves that part out: every element comes from its own place, unscaled, unshifted. In
/// double, so that folding maps into weights rounds once.
struct ElementMap {
  std::vector<Index> source = {};  ///< a permutation
  std::vector<double> scale = {};
  std::vector<double> shift = {};

  /// Whether elements move and keep their values.
  bool only_moves() const { return scale.empty() && shift.empty(); }
  bool is_identity() const { return only_moves() && source.empty(); }

  Index source_of(Index i) const { return source.empty() ? i : source[static_cast<std::size_t>(i)]; }
  double scale_of(Index i) const { return scale.empty() ? 1 : scale[static_cast<std::size_t>(i)]; }
  double shift_of(Index i) const { return shift.empty() ? 0 : shift[static_cast<std::size_t>(i)]; }

  /// The map of the channels of one pixel that does the same in every pixel; none where there is no such map.
  std::optional<ElementMap> on_channels(Index channels, Index pixels) const;
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE std::optional<ElementMap> ElementMap::on_channels(Index channels, Index pixels) const {
  if (pixels == 1) return *this;
  for (Index pixel = 0; pixel < pixels; ++pixel)
    for (Index c = 0; c < channels; ++c) {
      const Index i = pixel * channels + c;
      if (source_of(i) != pixel * channels + source_of(c) || scale_of(i) != scale_of(c) ||
          shift_of(i) != shift_of(c))
        return std::nullopt;
    }
  ElementMap map = *this;
  for (auto* list : {&map.scale, &map.shift})
    list->resize(std::min(list->size(), static_cast<std::size_t>(channels)));
  map.source.resize(std::min(map.source.size(), static_cast<std::size_t>(channels)));
  return map;
}

#endif

}  // namespace eigenerate
