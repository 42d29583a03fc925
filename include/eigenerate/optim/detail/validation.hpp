#pragma once

#include <limits>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"

namespace eigenerate::detail {

/// `ConfigError` naming the field, what was expected and what came, unless `ok`.
void require_field(bool ok, std::string_view owner, std::string_view field, std::string_view expected,
                   const double& got);

inline void require_positive(std::string_view owner, std::string_view field, const double& value) {
  require_field(is_finite(value) && value > 0, owner, field, "> 0 and finite", value);
}
void require_not_negative(std::string_view owner, std::string_view field, const double& value);
void require_decay_rate(std::string_view owner, std::string_view field, const double& value);
void require_fraction(std::string_view owner, std::string_view field, const double& value);
/// An epsilon that is zero in float would make 0 / 0 of every parameter that never had a gradient.
void require_epsilon(std::string_view owner, const double& value);

#if EIGENERATE_DEFINES(OPTIM)

EIGENERATE_INLINE void require_field(bool ok, std::string_view owner, std::string_view field,
                                     std::string_view expected, const double& got) {
  if (!ok) fail<ConfigError>("{}: expected {} {}, got {}", owner, field, expected, got);
}

EIGENERATE_INLINE void require_not_negative(std::string_view owner, std::string_view field,
                                            const double& value) {
  require_field(is_finite(value) && value >= 0, owner, field, ">= 0 and finite", value);
}

EIGENERATE_INLINE void require_decay_rate(std::string_view owner, std::string_view field,
                                          const double& value) {
  require_field(is_finite(value) && value >= 0 && value < 1, owner, field, "in [0, 1)", value);
}

EIGENERATE_INLINE void require_fraction(std::string_view owner, std::string_view field, const double& value) {
  require_field(is_finite(value) && value >= 0 && value <= 1, owner, field, "in [0, 1]", value);
}

EIGENERATE_INLINE void require_epsilon(std::string_view owner, const double& value) {
  constexpr double smallest = std::numeric_limits<float>::min();
  require_field(is_finite(value) && value >= smallest, owner, "epsilon", ">= 1.2e-38 and finite", value);
}

#endif

}  // namespace eigenerate::detail
