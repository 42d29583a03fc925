#pragma once
// The setting of a codec, from the networks that it codes with.

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "eigenerate/compression/compression_setting.hpp"
#include "eigenerate/compression/fingerprint.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/numbers.hpp"
#include "eigenerate/core/precision.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/network/network.hpp"

namespace eigenerate::detail {

/// Names, extents and values of all parameters and buffers, under the name of what uses them.
template <Scalar S>
std::uint64_t fingerprint_of(std::string_view user, std::initializer_list<const Network<S>*> networks) {
  Fingerprint print;
  print.add(user);
  for (const Network<S>* network : networks)
    for (const Arena<S>* arena : {&network->parameters(Mode::evaluate), &network->buffers()})
      for (const Segment& s : arena->segments()) {
        print.add(s.name);
        for (const Index extent : s.shape) print.add(static_cast<std::int64_t>(extent));
        print.add_all(std::span<const S>(numbers(arena->data() + s.offset, s.size)));
      }
  return print.value();
}

/// What stays as it is while a codec lives. The networks are evaluated for one sample at a time, whose values
/// stand channel-last.
template <Scalar S>
CompressionSetting model_setting(std::string_view user, std::initializer_list<const Network<S>*> networks,
                                 const Shape& sample, Index levels, int mass_bits) {
  CompressionSetting setting;
  setting.scalar_bits = static_cast<int>(8 * sizeof(S));
  setting.model = fingerprint_of<S>(user, networks);
  setting.layout = "column, C-last";
  setting.shape = sample;
  setting.levels = levels;
  setting.mass_bits = mass_bits;
  return setting;
}

/// And what may have been set since the last call.
inline void set_present(CompressionSetting& setting, const std::optional<MatmulPrecision>& precision) {
  setting.isa = kernels::isa_name(kernels::isa());
  setting.precision = precision_name(precision.value_or(matmul_precision()));
}

/// `ShapeError` unless x is one sample, `ConfigError` unless its values are levels; `who` codes them.
template <class X>
void require_levels(std::string_view who, const X& x, const CompressionSetting& setting) {
  if (x.rows() != setting.shape.size() || x.cols() != 1)
    fail<ShapeError>("{}: expected one sample of {} values, got {} × {}", who, setting.shape.size(), x.rows(),
                     x.cols());
  for (Index f = 0; f < x.rows(); ++f) {
    const double value = static_cast<double>(x(f, 0));
    if (!(is_finite(value) && value >= 0 && value < static_cast<double>(setting.levels) &&
          value == std::floor(value)))
      fail<ConfigError>("{}: expected values that are one of the levels 0 to {}, got {} as value {}", who,
                        setting.levels - 1, value, f);
  }
}
/// `ShapeError` unless there is room for one sample.
template <class X>
void require_room(std::string_view who, const X& x, const CompressionSetting& setting) {
  if (x.rows() != setting.shape.size() || x.cols() != 1)
    fail<ShapeError>("{}: expected room for one sample of {} values, got {} × {}", who, setting.shape.size(),
                     x.rows(), x.cols());
}

}  // namespace eigenerate::detail
