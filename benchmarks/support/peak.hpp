#pragma once
// The most floating-point operations per second that a core can do: multiply-adds on registers alone, in
// enough independent chains to hide their latency.

#include <cstdint>
#include <eigenerate/core/precision.hpp>
#include <eigenerate/kernels/isa.hpp>
#include <vector>
#if EIGENERATE_X86_BACKENDS
#include <immintrin.h>
#elif EIGENERATE_NEON_BACKEND
#include <arm_neon.h>
#endif

namespace benchmarks {

using eigenerate::MatmulPrecision;
using eigenerate::kernels::Isa;

/// Chains of every loop below: a processor that starts two operations per cycle, each of which takes up to
/// six, needs twelve; more would not fit the 16 registers of SSE and AVX2.
inline constexpr int chains = 12;

/// The sink that keeps a compiler from dropping a result.
inline volatile float peak_sink;

// One loop in many dialects: every function runs `rounds` operations in each chain and returns the flops of
// all. Functions do not inherit a target, so they share nothing but this macro.
#define BENCHMARK_PEAK_LOOP(target_, name, Register, zero, operation, flops_per_operation) \
  target_ inline double name(long rounds) {                                                \
    Register sums[chains];                                                                 \
    EIGENERATE_UNROLL                                                                      \
    for (int i = 0; i < chains; ++i) sums[i] = zero;                                       \
    for (long r = 0; r < rounds; ++r) {                                                    \
      EIGENERATE_UNROLL                                                                    \
      for (int i = 0; i < chains; ++i) operation(sums[i]);                                 \
    }                                                                                      \
    EIGENERATE_UNROLL                                                                      \
    for (int i = 1; i < chains; ++i) sums[0] += sums[i];                                   \
    peak_sink = sums[0][0];                                                                \
    return static_cast<double>(rounds) * chains * (flops_per_operation);                   \
  }

// The operations, in assembly so that no compiler moves one out of its loop.
#if EIGENERATE_X86_BACKENDS
#define BENCHMARK_SSE(s) asm volatile("mulps %0, %0\n\taddps %0, %0" : "+x"(s))
#define BENCHMARK_AVX2(s) asm volatile("vfmadd231ps %0, %0, %0" : "+x"(s))
#define BENCHMARK_AVX512(s) asm volatile("vfmadd231ps %0, %0, %0" : "+v"(s))
#define BENCHMARK_BF16(s) asm volatile("vdpbf16ps %0, %0, %0" : "+v"(s))
#define BENCHMARK_TARGET(t) __attribute__((target(t), noinline))
BENCHMARK_PEAK_LOOP(__attribute__((noinline)), peak_sse, __m128, _mm_setzero_ps(), BENCHMARK_SSE, 8)
BENCHMARK_PEAK_LOOP(BENCHMARK_TARGET("avx2,fma"), peak_avx2, __m256, _mm256_setzero_ps(), BENCHMARK_AVX2, 16)
BENCHMARK_PEAK_LOOP(BENCHMARK_TARGET("avx512f"), peak_avx512, __m512, _mm512_setzero_ps(), BENCHMARK_AVX512,
                    32)
BENCHMARK_PEAK_LOOP(BENCHMARK_TARGET("avx512f,avx512bf16"), peak_bf16, __m512, _mm512_setzero_ps(),
                    BENCHMARK_BF16, 64)

/// Six tiles of sums, one of each factor; only after the kernel has permitted tiles
/// (`isa_is_supported(Isa::Amx)`).
BENCHMARK_TARGET("amx-tile,amx-bf16") inline double peak_amx(long rounds) {
  struct alignas(64) TileConfiguration {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t bytes_per_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  };
  const TileConfiguration configuration;
  TileConfiguration callers;
  _tile_storeconfig(&callers);
  _tile_loadconfig(&configuration);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
  for (long r = 0; r < rounds; ++r) {
    _tile_dpbf16ps(0, 6, 7);
    _tile_dpbf16ps(1, 6, 7);
    _tile_dpbf16ps(2, 6, 7);
    _tile_dpbf16ps(3, 6, 7);
    _tile_dpbf16ps(4, 6, 7);
    _tile_dpbf16ps(5, 6, 7);
  }
  _tile_loadconfig(&callers);
  return static_cast<double>(rounds) * 6 * (2 * 16 * 16 * 32);
}
#elif EIGENERATE_NEON_BACKEND
#define BENCHMARK_NEON(s) asm volatile("fmla %0.4s, %0.4s, %0.4s" : "+w"(s))
BENCHMARK_PEAK_LOOP(, peak_neon, float32x4_t, vdupq_n_f32(0), BENCHMARK_NEON, 8)
#endif

/// A peak: the precision is that of the products it bounds (`medium` for bf16 factors).
struct Peak {
  Isa isa;
  MatmulPrecision precision;
  double (*run)(long rounds);
};

/// All peaks that this build knows; ask `isa_is_supported` before running one.
inline std::vector<Peak> all_peaks() {
#if EIGENERATE_X86_BACKENDS
  return {{Isa::Scalar, MatmulPrecision::highest, peak_sse},
          {Isa::Avx2, MatmulPrecision::highest, peak_avx2},
          {Isa::Avx512, MatmulPrecision::highest, peak_avx512},
          {Isa::Avx512Bf16, MatmulPrecision::medium, peak_bf16},
          {Isa::Amx, MatmulPrecision::medium, peak_amx}};
#elif EIGENERATE_NEON_BACKEND
  return {{Isa::Scalar, MatmulPrecision::highest, peak_neon},
          {Isa::Neon, MatmulPrecision::highest, peak_neon}};
#else
  return {};
#endif
}

}  // namespace benchmarks
