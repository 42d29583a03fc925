#pragma once

#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate {

/// `ConfigError` unless values that reach over `seen` lie in `support`; `who` takes them.
void require_support(std::string_view who, const ValueRange& support, const ValueRange& seen);

/// The same for every finite number of `x`; what is not finite is left to those who look for divergence.
/// **Cost** one pass over x, two for integers; none where every number is allowed.
template <Scalar S>
void require_support(std::string_view who, const ValueRange& support, ConstView<S> x) {
  if (support == ValueRange::everything()) return;
  auto seen = kernels::extrema(x.data(), x.size());
  if (!seen) return;
  seen->integers = support.integers && !kernels::has_fractions(x.data(), x.size());
  require_support(who, support, *seen);
}

#if EIGENERATE_DEFINES(DISTRIBUTIONS)

EIGENERATE_INLINE void require_support(std::string_view who, const ValueRange& support,
                                       const ValueRange& seen) {
  if (support.contains(seen)) return;
  fail<ConfigError>("{}: expected {} in {}, got values in {}{}", who,
                    support.integers ? "integers" : "values", to_string(support), to_string(seen),
                    support.integers && !seen.integers ? ", not all of them integers" : "");
}

#endif

}  // namespace eigenerate
