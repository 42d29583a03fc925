#include "eigenerate/kernels/backend/amx.hpp"

#include <bit>
#include <cstdint>
#include <type_traits>

#include "eigenerate/kernels/convolution.hpp"
#include "kernels/product_check.hpp"

using namespace kernel_test;
using eigenerate::MatmulPrecision;

#if EIGENERATE_X86_BACKENDS

namespace {

/// The tile registers in memory, as the manual of the processor describes them: so the products that few
/// machines can run are tested on many.
struct SoftwareTiles {
  struct Session {
    Session() noexcept { ++open_sessions; }
    ~Session() { --open_sessions; }
  };

  template <int tile>
  static void zero() noexcept {
    for (auto& row : tiles[tile])
      for (std::uint32_t& element : row) element = 0;
  }
  template <int tile>
  static void load(const float* from, Index ld) noexcept {
    for (Index r = 0; r < 16; ++r)
      for (Index c = 0; c < 16; ++c) tiles[tile][r][c] = std::bit_cast<std::uint32_t>(from[r * ld + c]);
  }
  template <int tile>
  static void store(float* to, Index ld) noexcept {
    for (Index r = 0; r < 16; ++r)
      for (Index c = 0; c < 16; ++c) to[r * ld + c] = std::bit_cast<float>(tiles[tile][r][c]);
  }
  template <int sum, int a, int b>
  static void add_product() noexcept {
    for (Index r = 0; r < 16; ++r) {
      for (Index q = 0; q < 16; ++q) {
        for (Index c = 0; c < 16; ++c) {
          const std::uint32_t x = tiles[a][r][q], y = tiles[b][q][c];
          float total = std::bit_cast<float>(tiles[sum][r][c]);
          total += std::bit_cast<float>(x << 16) * std::bit_cast<float>(y << 16);
          total += std::bit_cast<float>(x & 0xFFFF0000U) * std::bit_cast<float>(y & 0xFFFF0000U);
          tiles[sum][r][c] = std::bit_cast<std::uint32_t>(total);
        }
      }
    }
    used_outside_session |= open_sessions == 0;
  }

  static thread_local inline std::uint32_t tiles[8][16][16];
  static thread_local inline int open_sessions = 0;
  static thread_local inline bool used_outside_session = false;
};

template <bool split>
constexpr auto with_tiles = [](float* c, Index ldc, const float* a, Index lda, Transpose ta, const float* b,
                               Index ldb, Transpose tb, Index m, Index n, Index k, float beta,
                               Epilogue<float> epilogue, MatmulPrecision) {
  const detail::Operand<float> left{a, lda, ta == Transpose::No}, right{b, ldb, tb == Transpose::Yes};
  detail::multiply<amx::Backend<SoftwareTiles, split>>({{c, ldc}, left, right, m, n, k, beta != 0, epilogue});
};

bool can_round_to_bf16() {
  if (isa_is_supported(Isa::Avx512Bf16)) return true;
  WARN("this machine has no AVX512-BF16: skipped");
  return false;
}

template <bool split>
void check_tiles() {
  const MatmulPrecision precision = split ? MatmulPrecision::high : MatmulPrecision::medium;
  for (const Index m : {2, 15, 16, 17, 31, 32, 33, 64, 65}) {
    for (const Index n : {2, 15, 16, 17, 31, 32, 33, 63, 64, 65}) {
      for (const Index k : {0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65}) {
        const Index turn = m + 3 * n + 5 * k;
        check_product(
            Case<float>{m, n, k, both[turn % 2], both[turn / 2 % 2], static_cast<float>(turn / 4 % 2),
                        turn % 3 == 0, Activation{}, turn / 8 % 2 * 3, precision},
            with_tiles<split>);
      }
    }
  }
  for (const Transpose ta : both) {
    for (const Transpose tb : both) {
      for (const Index k : {511, 512, 513, 1023, 1024, 1025, 2050})
        check_product(Case<float>{40, 37, k, ta, tb, 1, true, Activation::relu(), 0, precision},
                      with_tiles<split>);
      check_product(Case<float>{300, 1100, 33, ta, tb, 1, true, Activation{}, 0, precision},
                    with_tiles<split>);
    }
  }
}

}  // namespace

TEST_CASE("products on tiles are right at every edge", "[amx]") {
  if (!can_round_to_bf16()) return;
  check_tiles<false>();
  check_tiles<true>();
  CHECK_FALSE(SoftwareTiles::used_outside_session);
  CHECK(SoftwareTiles::open_sessions == 0);
}

TEST_CASE("an element of a product on tiles does not depend on the elements around it", "[amx]") {
  if (!can_round_to_bf16()) return;
  const Index m = 53, n = 39, k = 1100;
  const auto a = random_values<float>(m * k, 1), b = random_values<float>(k * n, 2);
  auto whole = random_values<float>(m * n, 3), single = whole;
  const auto multiply = [&](float* c, Index first_row, Index rows, Index first_col, Index cols) {
    with_tiles<true>(c + first_row + first_col * m, m, a.data() + first_row, m, Transpose::No,
                     b.data() + first_col * k, k, Transpose::No, rows, cols, k, 1.0f, {},
                     MatmulPrecision::high);
  };
  multiply(whole.data(), 0, m, 0, n);
  for (Index j = 0; j < n; j += 13)
    for (Index i = 0; i + 1 < m; i += 17) multiply(single.data(), i, std::min<Index>(17, m - i), j, 13);
  multiply(single.data(), 51, 2, 0, 0);
  CHECK(std::memcmp(whole.data(), single.data(), whole.size() * sizeof(float)) == 0);
}

TEST_CASE("windows of images are gathered for products on tiles", "[amx]") {
  if (!can_round_to_bf16()) return;
  const ConvolutionGeometry g{5, 9, 8, 20, 5, 4, 4, 4, 2, 2, 1, 1};
  const Index batch = 3, pixels = g.out_height * g.out_width * batch;
  const auto x = random_values<float>(g.in_size() * batch, 1),
             w = random_values<float>(g.patch_size() * 20, 2);
  std::vector<float> expected(static_cast<std::size_t>(20 * pixels)), got(expected.size());
  convolution_forward(expected.data(), x.data(), w.data(), {}, g, batch);
  const auto windows = detail::input_windows(x.data(), g);
  detail::multiply<amx::Backend<SoftwareTiles, true>>({{got.data(), 20},
                                                       {w.data(), g.patch_size(), false},
                                                       detail::windows_along_width(windows, g),
                                                       20,
                                                       pixels,
                                                       g.patch_size()});
  // At most 80 terms of magnitude below 1, each off by 3·2⁻¹⁶.
  for (std::size_t i = 0; i < got.size(); ++i) REQUIRE(std::abs(got[i] - expected[i]) < 80 * 3 * 0x1p-16f);
}

TEST_CASE("a left operand that was packed before gives the bits of one that was not", "[amx]") {
  if (!can_round_to_bf16()) return;
  const auto check = []<bool split>(std::bool_constant<split>) {
    using Backend = amx::Backend<SoftwareTiles, split>;
    for (const Index m : {2, 31, 32, 33, 130}) {
      for (const Index k : {33, 512, 513, 2050}) {
        CAPTURE(split, m, k);
        const Index n = 100;
        const auto a = random_values<float>(m * k, 1), b = random_values<float>(k * n, 2);
        std::vector<float> packed(static_cast<std::size_t>(detail::packed_left_size<Backend>(m, k)));
        detail::Operand<float> left{a.data(), k, false};
        std::vector<float> expected(static_cast<std::size_t>(m * n)), got(expected.size());
        const auto multiply = [&](std::vector<float>& c) {
          detail::multiply<Backend>({{c.data(), m}, left, {b.data(), k, false}, m, n, k});
        };
        multiply(expected);
        detail::pack_whole_left<Backend>(packed.data(), left, m, k);
        left.packed = packed.data();
        multiply(got);
        CHECK(std::memcmp(got.data(), expected.data(), got.size() * sizeof(float)) == 0);
      }
    }
  };
  check(std::false_type());
  check(std::true_type());
}

TEST_CASE("the tiles of the processor give what tiles in memory give", "[amx]") {
  if (!isa_is_supported(Isa::Amx)) {
    WARN("this machine has no AMX: skipped");
    return;
  }
  const auto product = [](const auto& multiply) {
    const auto a = random_values<float>(70 * 100, 1), b = random_values<float>(100 * 50, 2);
    std::vector<float> c(70 * 50);
    multiply(c.data(), 70, a.data(), 70, Transpose::No, b.data(), 100, Transpose::No, 70, 50, 100, 0.0f,
             Epilogue<float>{}, MatmulPrecision::medium);
    return c;
  };
  const Isa before = isa();
  REQUIRE(set_isa(Isa::Amx));
  const auto expected = product(with_tiles<false>);
  const auto got = product([](auto... arguments) { gemm(arguments...); });
  set_isa(before);
  // The processor may add the two products of a pair in another order.
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - expected[i]) < 100 * 0x1p-22f);
}

#endif
