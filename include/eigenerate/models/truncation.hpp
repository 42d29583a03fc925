#pragma once

namespace eigenerate {

/// How far from zero the numbers of latent vectors may lie that samples are made from: `gan.sample(16,
/// Truncation{0.7})`. Smaller limits give samples that are more alike and more typical.
///
/// The numbers are those of the normal distribution cut off at ±limit, see `truncate_normal`.
///
/// **Errors** `ConfigError` for a limit that is not positive, and for models whose latent vectors are not
/// standard normal.
/// **Source** Brock et al. 2019, section 3.1 (the truncation trick).
struct Truncation {
  double limit = 1;
};

}  // namespace eigenerate
