#pragma once
// The most bytes per second that a core moves between its registers and each level of the memory: loops that
// read, and loops that read two arrays and write a third (triad).

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <eigenerate/kernels/isa.hpp>
#include <string>
#include <vector>

namespace benchmarks {

using eigenerate::kernels::Isa;

// GNU's vectors instead of intrinsics: one text for every width. An array's size is a multiple of 64 floats.
#define BENCHMARK_BANDWIDTH_LOOPS(target_, name, bytes)                                            \
  struct Bandwidth##name {                                                                         \
    typedef float Vector __attribute__((vector_size(bytes)));                                      \
    static constexpr long lanes = (bytes) / 4;                                                     \
    target_ static void read(float* sink, const float* a, const float*, long size) {               \
      const auto* v = reinterpret_cast<const Vector*>(a);                                          \
      Vector s0{}, s1{}, s2{}, s3{};                                                               \
      for (long i = 0; i < size / lanes; i += 4) {                                                 \
        s0 += v[i];                                                                                \
        s1 += v[i + 1];                                                                            \
        s2 += v[i + 2];                                                                            \
        s3 += v[i + 3];                                                                            \
      }                                                                                            \
      *reinterpret_cast<Vector*>(sink) = (s0 + s1) + (s2 + s3);                                    \
    }                                                                                              \
    target_ static void triad(float* out, const float* a, const float* b, long size) {             \
      auto* v = reinterpret_cast<Vector*>(out);                                                    \
      const auto *x = reinterpret_cast<const Vector*>(a), *y = reinterpret_cast<const Vector*>(b); \
      for (long i = 0; i < size / lanes; i += 4) {                                                 \
        v[i] = x[i] + 0.5f * y[i];                                                                 \
        v[i + 1] = x[i + 1] + 0.5f * y[i + 1];                                                     \
        v[i + 2] = x[i + 2] + 0.5f * y[i + 2];                                                     \
        v[i + 3] = x[i + 3] + 0.5f * y[i + 3];                                                     \
      }                                                                                            \
    }                                                                                              \
  };

BENCHMARK_BANDWIDTH_LOOPS(__attribute__((noinline)), Base, 16)
#if EIGENERATE_X86_BACKENDS
BENCHMARK_BANDWIDTH_LOOPS(__attribute__((target("avx2,fma"), noinline)), Avx2, 32)
BENCHMARK_BANDWIDTH_LOOPS(__attribute__((target("avx512f"), noinline)), Avx512, 64)
#endif
#undef BENCHMARK_BANDWIDTH_LOOPS

/// A way to move bytes; `streams` arrays of one size take part.
struct Mover {
  Isa isa;
  const char* name;
  long streams;
  void (*run)(float* out, const float* a, const float* b, long size);
};

/// All that this build knows; ask `isa_is_supported` before running one.
inline std::vector<Mover> all_movers() {
  return {
#if EIGENERATE_X86_BACKENDS
    {Isa::Scalar, "read", 1, BandwidthBase::read}, {Isa::Scalar, "triad", 3, BandwidthBase::triad},
        {Isa::Avx2, "read", 1, BandwidthAvx2::read}, {Isa::Avx2, "triad", 3, BandwidthAvx2::triad},
        {Isa::Avx512, "read", 1, BandwidthAvx512::read}, {Isa::Avx512, "triad", 3, BandwidthAvx512::triad},
#else
    {Isa::Neon, "read", 1, BandwidthBase::read}, {Isa::Neon, "triad", 3, BandwidthBase::triad},
#endif
  };
}

/// A level of the memory, and how many bytes it holds (0: unbounded).
struct Level {
  std::string name;
  long bytes;
};

/// From the smallest on; only those that the system tells of, and the memory.
inline std::vector<Level> memory_levels() {
  std::vector<Level> levels;
  for (const auto& cache : benchmark::CPUInfo::Get().caches)
    if (cache.type != "Instruction") levels.push_back({fmt::format("L{}", cache.level), cache.size});
  levels.push_back({"memory", 0});
  return levels;
}

/// Bytes that live in this level and not in a smaller one: half of it, but four times the largest cache for
/// the memory.
inline long resident_bytes(const std::vector<Level>& levels, std::size_t level) {
  if (levels[level].bytes > 0) return levels[level].bytes / 2;
  return level == 0 ? 64L << 20 : std::clamp(4 * levels[level - 1].bytes, 64L << 20, 256L << 20);
}

}  // namespace benchmarks
