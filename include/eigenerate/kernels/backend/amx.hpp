#pragma once
// Products of `high` and `medium` precision on processors with AMX: tiles of 16 × 16 sums, to which one
// instruction adds 32 steps of k.

#include <cstddef>
#include <cstdint>

#include "eigenerate/kernels/backend/bf16_packing.hpp"

#if EIGENERATE_X86_BACKENDS

namespace eigenerate::kernels::amx {

#define EIGENERATE_AMX __attribute__((target("amx-tile,amx-bf16"), always_inline)) static inline

/// The tile registers. Everything else is written over this interface, so that the tests run it on any
/// processor with AVX512-BF16, over tiles in memory.
struct HardwareTiles {
  /// All eight tiles as 16 rows of 64 bytes, for the life of the object.
  struct Session {
    Session() noexcept { configure(); }
    ~Session() { release(); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
  };

  // In assembly, because GCC's intrinsics are macros that want the number of a tile spelled out.
  template <int tile>
  EIGENERATE_AMX void zero() noexcept {
    __asm__ volatile("tilezero %%tmm%c0" ::"i"(tile));
  }
  /// Row r of the tile is the 64 bytes at from + r·ld.
  template <int tile>
  EIGENERATE_AMX void load(const float* from, Index ld) noexcept {
    __asm__ volatile("tileloadd (%0,%1,4), %%tmm%c2" ::"r"(from), "r"(ld), "i"(tile) : "memory");
  }
  template <int tile>
  EIGENERATE_AMX void store(float* to, Index ld) noexcept {
    __asm__ volatile("tilestored %%tmm%c2, (%0,%1,4)" ::"r"(to), "r"(ld), "i"(tile) : "memory");
  }
  /// sum[r][c] += Σ_q the dot product of the pairs a[r][q] and b[q][c].
  template <int sum, int a, int b>
  EIGENERATE_AMX void add_product() noexcept {
    __asm__ volatile("tdpbf16ps %%tmm%c0, %%tmm%c1, %%tmm%c2" ::"i"(b), "i"(a), "i"(sum));
  }

 private:
  __attribute__((target("amx-tile"))) static void configure() noexcept {
    struct alignas(64) {
      std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
      std::uint16_t bytes_per_row[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } const configuration;
    _tile_loadconfig(&configuration);
  }
  __attribute__((target("amx-tile"))) static void release() noexcept { _tile_release(); }
};

/// What a product needs of a backend, see simd.inc. With `split` a float is the sum of two bf16 numbers, and
/// a product of two floats three products of these: the fourth would be below the rounding of the others.
template <class Tiles, bool split>
struct Backend : avx512::Backend<float> {
  using Packing = avx512_bf16::PairPacking<split>;
  using Session = typename Tiles::Session;
  static constexpr Index max_vectors = 2, cols = 32;
  static constexpr Index depth_block = split ? 512 : 1024;
  static constexpr bool packed_as_is = false, commutative = !split;
  static constexpr Index packed_depth(Index depth) noexcept { return Packing::packed_depth(depth); }

  static void pack_left(float* panel, Index panel_width, const detail::Operand<float>& a, Index first,
                        Index width, Index first_depth, Index depth) noexcept {
    Packing::template pack_left<max_vectors * lanes>(panel, panel_width, a, first, width, first_depth, depth);
  }
  static void pack_right(float* panel, Index ld, const detail::Operand<float>& b, Index first, Index width,
                         Index first_depth, Index depth) noexcept {
    Packing::template pack_right<cols>(panel, ld, b, first, width, first_depth, depth);
  }

  static void multiply_panels(float* tile, Index ld, const Left& a, const Right& b, Index vectors,
                              Index used_cols, Index depth, bool accumulate,
                              const Epilogue<float>& epilogue) noexcept {
    Right right = b;
    for (Index first = 0; first < used_cols; first += cols, right.skip(1, cols))
      multiply_pairs(tile + first * ld, ld, a, right, vectors, std::min(cols, used_cols - first), depth,
                     accumulate);
    if (!epilogue.is_empty()) store_tile(tile, ld, tile, ld, vectors * lanes, used_cols, false, epilogue);
  }

 private:
  static constexpr Index side = 16;  // rows of a tile

  static void multiply_pairs(float* tile, Index ld, const Left& a, const Right& b, Index vectors,
                             Index used_cols, Index depth, bool accumulate) noexcept {
    if (vectors == 1) {
      if (used_cols <= 16) return multiply<1, 1>(tile, ld, a.data, a.ld, b.data, b.ld, depth, accumulate);
      return multiply<1, 2>(tile, ld, a.data, a.ld, b.data, b.ld, depth, accumulate);
    }
    if (used_cols <= 16) return multiply<2, 1>(tile, ld, a.data, a.ld, b.data, b.ld, depth, accumulate);
    multiply<2, 2>(tile, ld, a.data, a.ld, b.data, b.ld, depth, accumulate);
  }

  // A row of a tile of sums is a column of C. The right panel has the layout of the first factor then, a row
  // of 16 pairs for each column of C, and the left panel that of the second. Tiles 0 to 3 are the sums, 4 and
  // 5 belong to the right panel, 6 and 7 to the left one.
  template <Index vectors, Index tiles>
  __attribute__((target("amx-tile,amx-bf16"))) static void multiply(float* tile, Index ld, const float* a,
                                                                    Index a_ld, const float* b, Index b_ld,
                                                                    Index depth, bool accumulate) noexcept {
    Tiles::template zero<0>();
    if constexpr (vectors == 2) Tiles::template zero<1>();
    if constexpr (tiles == 2) Tiles::template zero<2>();
    if constexpr (vectors == 2 && tiles == 2) Tiles::template zero<3>();
    for (Index p = 0; p < depth; p += side * (split ? 2 : 1)) {
      load_left<vectors>(a, a_ld);
      load_right<tiles>(b, b_ld);
      add_products<vectors, tiles>();
      if constexpr (split) {
        load_right<tiles>(b + side, b_ld);
        add_products<vectors, tiles>();
        load_left<vectors>(a + side * a_ld, a_ld);
        load_right<tiles>(b, b_ld);
        add_products<vectors, tiles>();
      }
      a += side * (split ? 2 : 1) * a_ld;
      b += side * (split ? 2 : 1);
    }
    finish<0>(tile, ld, accumulate);
    if constexpr (vectors == 2) finish<1>(tile + side, ld, accumulate);
    if constexpr (tiles == 2) finish<2>(tile + side * ld, ld, accumulate);
    if constexpr (vectors == 2 && tiles == 2) finish<3>(tile + side * ld + side, ld, accumulate);
  }

  template <Index vectors>
  EIGENERATE_AMX void load_left(const float* a, Index a_ld) noexcept {
    Tiles::template load<6>(a, a_ld);
    if constexpr (vectors == 2) Tiles::template load<7>(a + side, a_ld);
  }
  template <Index tiles>
  EIGENERATE_AMX void load_right(const float* b, Index b_ld) noexcept {
    Tiles::template load<4>(b, b_ld);
    if constexpr (tiles == 2) Tiles::template load<5>(b + side * b_ld, b_ld);
  }
  template <Index vectors, Index tiles>
  EIGENERATE_AMX void add_products() noexcept {
    Tiles::template add_product<0, 4, 6>();
    if constexpr (vectors == 2) Tiles::template add_product<1, 4, 7>();
    if constexpr (tiles == 2) Tiles::template add_product<2, 5, 6>();
    if constexpr (vectors == 2 && tiles == 2) Tiles::template add_product<3, 5, 7>();
  }

  template <int sum>
  EIGENERATE_AMX void finish(float* to, Index ld, bool accumulate) noexcept {
    if (!accumulate) return Tiles::template store<sum>(to, ld);
    alignas(64) float sums[side * side];
    Tiles::template store<sum>(sums, side);
    for (Index j = 0; j < side; ++j) avx512::Backend<float>::add_to(to + j * ld, sums + j * side, side);
  }
};

#undef EIGENERATE_AMX

}  // namespace eigenerate::kernels::amx

#endif
