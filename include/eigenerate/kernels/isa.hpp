#pragma once

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "eigenerate/kernels/backend/attributes.hpp"

namespace eigenerate::kernels {

/// The instruction sets that have a backend, each one including those before it.
enum class Isa { Scalar, Avx2, Avx512 };

/// `scalar`, `avx2` or `avx512`.
[[nodiscard]] constexpr const char* isa_name(Isa isa) noexcept {
  switch (isa) {
    case Isa::Avx512:
      return "avx512";
    case Isa::Avx2:
      return "avx2";
    default:
      return "scalar";
  }
}

/// The best instruction set that this machine, its operating system and this build have.
[[nodiscard]] inline Isa supported_isa() noexcept {
#if EIGENERATE_X86_BACKENDS
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  if (avx2 && avx512) return Isa::Avx512;
  if (avx2) return Isa::Avx2;
#endif
  return Isa::Scalar;
}

namespace detail {

/// The cap in the environment variable EIGENERATE_MAX_CPU_ISA: `scalar`, `avx2`, `avx512` or `amx`. Unset, or
/// any other text, is no cap.
inline Isa isa_cap() noexcept {
  const char* text = std::getenv("EIGENERATE_MAX_CPU_ISA");
  const std::string_view cap = text == nullptr ? "" : text;
  if (cap == isa_name(Isa::Scalar)) return Isa::Scalar;
  if (cap == isa_name(Isa::Avx2)) return Isa::Avx2;
  return Isa::Avx512;
}

inline std::atomic<Isa>& current_isa() noexcept {
  static std::atomic<Isa> isa{supported_isa() < isa_cap() ? supported_isa() : isa_cap()};
  return isa;
}

}  // namespace detail

/// The instruction set in use: the best supported one up to EIGENERATE_MAX_CPU_ISA, read once at first use.
[[nodiscard]] inline Isa isa() noexcept {
  return detail::current_isa().load(std::memory_order_relaxed);
}

/// Makes every later kernel use `isa`; returns false and changes nothing if the machine does not support it.
///
/// For tests and benchmarks: results differ in rounding between instruction sets.
inline bool set_isa(Isa isa) noexcept {
  if (isa > supported_isa()) return false;
  detail::current_isa().store(isa, std::memory_order_relaxed);
  return true;
}

}  // namespace eigenerate::kernels
