#pragma once

#include <atomic>
#include <string_view>

#include "eigenerate/core/errors.hpp"

namespace eigenerate {

/// How exactly products of float matrices are computed; weights, activations and optimiser state stay float.
enum class MatmulPrecision {
  highest,  ///< float products, float sums
  high,     ///< each factor as a sum of two bf16 numbers: three products, about 16 significant bits
  medium,   ///< each factor rounded to bf16 (8 significant bits), float sums
};

/// `highest`, `high` or `medium`, as PyTorch names them.
[[nodiscard]] constexpr const char* precision_name(MatmulPrecision precision) noexcept {
  return precision == MatmulPrecision::highest ? "highest"
         : precision == MatmulPrecision::high  ? "high"
                                               : "medium";
}

/// The precision of that name; `ConfigError` for any other text.
[[nodiscard]] inline MatmulPrecision matmul_precision_of(std::string_view name) {
  for (const auto precision : {MatmulPrecision::highest, MatmulPrecision::high, MatmulPrecision::medium})
    if (name == precision_name(precision)) return precision;
  fail<ConfigError>("no matmul precision '{}'; expected highest, high or medium", name);
}

namespace detail {

inline std::atomic<MatmulPrecision>& global_matmul_precision() noexcept {
  static std::atomic<MatmulPrecision> precision{MatmulPrecision::highest};
  return precision;
}

}  // namespace detail

/// The precision of every network that does not name its own; `highest` until it is set.
[[nodiscard]] inline MatmulPrecision matmul_precision() noexcept {
  return detail::global_matmul_precision().load(std::memory_order_relaxed);
}

/// Sets the precision of every later pass of a network that does not name its own.
inline void set_matmul_precision(MatmulPrecision precision) noexcept {
  detail::global_matmul_precision().store(precision, std::memory_order_relaxed);
}

}  // namespace eigenerate
