#pragma once

#include <array>
#include <atomic>
#include <cstdlib>
#include <string_view>

#include "eigenerate/kernels/backend/amx_permission.hpp"
#include "eigenerate/kernels/backend/attributes.hpp"

namespace eigenerate::kernels {

/// The instruction sets that have a backend. Those of one kind of processor are in order, each one including
/// those before it; `Avx512Bf16` and `Amx` differ from `Avx512` in products of less than `highest` precision.
enum class Isa { Scalar, Neon, Avx2, Avx512, Avx512Bf16, Amx };

/// All of them, for loops over what a machine may have.
inline constexpr std::array all_isas{Isa::Scalar, Isa::Neon,       Isa::Avx2,
                                     Isa::Avx512, Isa::Avx512Bf16, Isa::Amx};

/// `scalar`, `neon`, `avx2`, `avx512`, `avx512_bf16` or `amx`.
[[nodiscard]] constexpr const char* isa_name(Isa isa) noexcept {
  constexpr std::array names{"scalar", "neon", "avx2", "avx512", "avx512_bf16", "amx"};
  return names[static_cast<std::size_t>(isa)];
}

/// Whether this machine, its operating system and this build have the instruction set.
[[nodiscard]] inline bool isa_is_supported(Isa isa) noexcept {
#if EIGENERATE_X86_BACKENDS
  __builtin_cpu_init();
#endif
  switch (isa) {
    case Isa::Scalar:
      return true;
    case Isa::Neon:
      return EIGENERATE_NEON_BACKEND != 0;
#if EIGENERATE_X86_BACKENDS
    case Isa::Avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::Avx512:
      return isa_is_supported(Isa::Avx2) && __builtin_cpu_supports("avx512f") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512bw");
    case Isa::Avx512Bf16:
      return isa_is_supported(Isa::Avx512) && detail::cpu_has_avx512_bf16();
    case Isa::Amx:
      return isa_is_supported(Isa::Avx512Bf16) && detail::may_use_amx();
#endif
    default:
      return false;
  }
}

/// The best instruction set that this machine, its operating system and this build have.
[[nodiscard]] inline Isa supported_isa() noexcept {
  Isa best = Isa::Scalar;
  for (const Isa isa : all_isas)
    if (isa_is_supported(isa)) best = isa;
  return best;
}

namespace detail {

/// The best supported instruction set up to the one that the environment variable EIGENERATE_MAX_CPU_ISA
/// names. Unset, or any other text, is no cap.
inline Isa initial_isa() noexcept {
  const char* text = std::getenv("EIGENERATE_MAX_CPU_ISA");
  const std::string_view cap = text == nullptr ? "" : text;
  Isa best = Isa::Scalar;
  for (const Isa isa : all_isas) {
    if (isa_is_supported(isa)) best = isa;
    if (cap == isa_name(isa)) break;
  }
  return best;
}

// Constants until the first use, and no function-local static: a fork could leave that one's lock to a thread
// that the child lacks.
inline constexpr Isa not_yet_chosen{-1};
inline constinit std::atomic<Isa> current_isa{not_yet_chosen};

}  // namespace detail

/// The instruction set in use: the best supported one up to EIGENERATE_MAX_CPU_ISA, read once at first use.
[[nodiscard]] inline Isa isa() noexcept {
  Isa current = detail::current_isa.load(std::memory_order_relaxed);
  if (current != detail::not_yet_chosen) return current;
  const Isa initial = detail::initial_isa();
  return detail::current_isa.compare_exchange_strong(current, initial) ? initial : current;
}

/// Makes every later kernel use `isa`; returns false and changes nothing if the machine does not support it.
///
/// For tests and benchmarks: results differ in rounding between instruction sets.
inline bool set_isa(Isa isa) noexcept {
  if (!isa_is_supported(isa)) return false;
  detail::current_isa.store(isa, std::memory_order_relaxed);
  return true;
}

}  // namespace eigenerate::kernels
