#pragma once
// The parameters of location and of scale, where they stand in a decoder's output.

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate::detail {

/// Where the parameters of a feature stand: features come in groups (the channels of a pixel, or a whole
/// vector), and a group's parameters of one kind before those of the next.
struct ParameterLayout {
  Index group;  ///< features
  Index kinds;  ///< parameters of a feature

  /// The first parameter of feature i; the others follow at distances of `group`.
  Index first(Index i) const { return i / group * kinds * group + i % group; }
};

/// The shape of samples whose features have `kinds` parameters each: of a vector all features are a group,
/// of an image the `channels` of a pixel are.
inline Shape sample_shape_of(std::string_view kind, const Shape& parameters, Index channels, Index kinds) {
  if (channels == 0) {
    if (!parameters.is_vector() || parameters.channels % kinds != 0)
      fail<ShapeError>(
          "{}: expected a vector with {} parameters for each feature (for images set channels), got {}", kind,
          kinds, to_string(parameters));
    return {parameters.channels / kinds};
  }
  if (parameters.channels != kinds * channels)
    fail<ShapeError>("{}: expected an image of {} channels, {} parameters for each of {}, got {}", kind,
                     kinds * channels, kinds, channels, to_string(parameters));
  return {channels, parameters.height, parameters.width};
}

/// The rows of the parameters of some features alone, which as many features have in the layout `own`.
inline std::vector<Index> rows_of(std::string_view kind, const ParameterLayout& layout,
                                  const ParameterLayout& own, std::span<const Index> chosen) {
  std::vector<Index> rows;
  const auto count = static_cast<Index>(chosen.size());
  for (Index first = 0; first < count; first += own.group) {
    const auto group = chosen.subspan(static_cast<std::size_t>(first),
                                      static_cast<std::size_t>(std::min(own.group, count - first)));
    if (own.group == layout.group)  // pixels, not whatever a vector has
      for (std::size_t i = 0; i < static_cast<std::size_t>(own.group); ++i)
        if (i >= group.size() || group[i] % own.group != static_cast<Index>(i) ||
            group[i] - group[0] != static_cast<Index>(i))
          fail<ConfigError>("{}: the {} channels of a pixel are chosen together or not at all", kind,
                            own.group);
    for (Index k = 0; k < layout.kinds; ++k)
      for (const Index i : group) rows.push_back(layout.first(i) + k * layout.group);
  }
  return rows;
}

/// Calls `f(first, count, locations, scales)` for runs of features, with their parameters in two arrays: the
/// parameters' own where they stand like that, else copies.
template <Scalar S, class F>
void for_each_run(const S* parameters, Index features, const ParameterLayout& layout, const F& f) {
  if (layout.group == features) return f(Index{0}, features, parameters, parameters + features);
  constexpr Index most = 256;
  S locations[most], scales[most];
  for (Index first = 0; first < features; first += most) {
    const Index count = std::min(most, features - first);
    for (Index i = 0; i < count; ++i) {
      const S* const p = parameters + layout.first(first + i);
      locations[i] = p[0];
      scales[i] = p[layout.group];
    }
    f(first, count, static_cast<const S*>(locations), static_cast<const S*>(scales));
  }
}

}  // namespace eigenerate::detail
