#include "eigenerate/kernels/gemm.hpp"

#include "kernels/product_check.hpp"

using namespace eigenerate::kernels;
using namespace kernel_test;
using eigenerate::MatmulPrecision;

namespace {

constexpr auto with_gemm = [](auto... arguments) { gemm(arguments...); };

template <class S>
void check(Case<S> p) {
  check_product(p, with_gemm);
  if constexpr (std::is_same_v<S, float>) {
    if (isa() < Isa::Avx512Bf16) return;  // the same functions, as a test below checks
    p.precision = MatmulPrecision::medium;
    check_product(p, with_gemm);
    p.precision = MatmulPrecision::high;
    check_product(p, with_gemm);
  }
}

// One less, equal and one more than every number of rows at which some backend changes its kernel or its
// mask: lanes of 4, 8 and 16, panels of 8, 12, 24 and 48 rows, and two panels.
const std::vector<Index> row_edges{0,  1,  2,  3,  4,  5,  7,  8,  9,  11, 12, 13, 15,
                                   16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 95, 97};
// The same for columns: kernels of 1, 2, 4 and 8.
const std::vector<Index> col_edges{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17};
// And for k: blocks of 4 and 8 while packing.
const std::vector<Index> depth_edges{0, 1, 2, 3, 4, 5, 7, 8, 9, 17};

template <class S>
void check_tile_edges() {
  for (const Index m : row_edges) {
    for (const Index n : col_edges) {
      for (const Index k : depth_edges) {
        // Every combination of the other choices comes by, in turn.
        const Index turn = m + 3 * n + 5 * k;
        Case<S> p{m, n, k, both[turn % 2], both[turn / 2 % 2]};
        p.beta = static_cast<S>(turn / 4 % 2);
        p.gap = turn / 8 % 2 * 3;
        check(p);
        p.ta = both[(turn + 1) % 2];
        p.bias = true;
        check(p);
        p.tb = both[(turn / 2 + 1) % 2];
        p.beta = S(1) - p.beta;
        p.activation = Activation::relu();
        check(p);
        p.chain = true;
        check(p);
        p.activation = Activation::leaky_relu(0.25);
        check(p);
        p.chain = p.bias = false;
        check(p);
      }
    }
  }
}

template <class S>
void check_block_edges() {
  // Around the 512 or 256 steps of k, the 1024 rows and the 1024 columns of a block, and the 64 of a packing
  // step.
  for (const Transpose ta : both) {
    for (const Transpose tb : both) {
      for (const S beta : {S(0), S(1)}) {
        for (const Index k : {63, 64, 65, 255, 256, 257, 511, 512, 513, 1025}) {
          check(Case<S>{17, 5, k, ta, tb, beta, true, Activation{}, 1});
        }
        for (const Index m : {143, 144, 145, 1023, 1024, 1025, 2049}) {
          check(Case<S>{m, 9, 3, ta, tb, beta, true, Activation::relu(), 1});
        }
        for (const Index m : {383, 384, 385, 770}) check(Case<S>{m, 70, 5, ta, tb, beta, true});
        for (const Index n : {63, 64, 65, 1023, 1024, 1025, 2049}) {
          check(Case<S>{9, n, 3, ta, tb, beta, true, Activation{}, 1});
        }
      }
      // Around the rows that are few, with more than one block of columns.
      for (const Index m : {49, 56, 57, 168, 169, 193, 337}) check(Case<S>{m, 1100, 3, ta, tb, S(1), true});
      // Panels that are read in place, a power of two apart, and several shallow ones in one packing.
      for (const Index m : {8, 16, 24, 70}) check(Case<S>{m, 68, 512, ta, tb, S(0), true});
      for (const Index k : {16, 100}) check(Case<S>{70, 333, k, ta, tb, S(0), true});
      check(Case<S>{1030, 1030, 5, ta, tb, S(1), true});
      check(Case<S>{70, 70, 1100, ta, tb, S(1), true});
    }
  }
}

template <class S>
std::vector<S> product(Index m, Index n, Index k, Transpose ta, Transpose tb, std::uint32_t seed = 1,
                       MatmulPrecision precision = MatmulPrecision::highest) {
  const auto a = random_values<S>(m * k, seed), b = random_values<S>(k * n, 2), bias = random_values<S>(m, 3);
  auto c = random_values<S>(m * n, 4);
  gemm(c.data(), m, a.data(), ta == Transpose::No ? m : k, ta, b.data(), tb == Transpose::No ? k : n, tb, m,
       n, k, S(1), {.bias = bias.data()}, precision);
  return c;
}

}  // namespace

TEST_CASE("a product is right at every edge of a tile", "[gemm]") {
  for_each_isa([] {
    check_tile_edges<float>();
    check_tile_edges<double>();
  });
}

TEST_CASE("a product is right at every edge of a block", "[gemm]") {
  for_each_isa([] {
    check_block_edges<float>();
    check_block_edges<double>();
  });
}

TEST_CASE("a product has the same bits on any number of threads", "[gemm]") {
  for_each_isa([] {
    for (const Transpose ta : both) {
      for (const Transpose tb : both) {
        CHECK(same_bits_on_any_threads([&] { return product<float>(200, 128, 520, ta, tb); }));
        CHECK(same_bits_on_any_threads([&] { return product<float>(17, 1100, 60, ta, tb); }));
        CHECK(same_bits_on_any_threads([&] { return product<float>(1, 5000, 300, ta, tb); }));
        CHECK(same_bits_on_any_threads([&] { return product<float>(5000, 1, 300, ta, tb); }));
        CHECK(same_bits_on_any_threads(
            [&] { return product<float>(200, 128, 520, ta, tb, 1, MatmulPrecision::medium); }));
        CHECK(same_bits_on_any_threads([&] { return product<double>(1100, 33, 60, ta, tb); }));
      }
    }
  });
}

TEST_CASE("a product that is worth two threads has them, and a small one does not", "[gemm]") {
  struct Extents {
    Index m, n, k;
  };
  const auto loops = []<class S>(S, const Extents& e, Transpose ta, Transpose tb, MatmulPrecision precision) {
    const Island<S> a(ta == Transpose::Yes ? e.k : e.m, ta == Transpose::Yes ? e.m : e.k, 0, 1);
    const Island<S> b(tb == Transpose::Yes ? e.n : e.k, tb == Transpose::Yes ? e.k : e.n, 0, 2);
    Island<S> c(e.m, e.n, 0, 3);
    return loops_on_two_threads([&] {
      gemm(c.data(), c.ld(), a.data(), a.ld(), ta, b.data(), b.ld(), tb, e.m, e.n, e.k, S(0), {}, precision);
    });
  };
  for_each_isa([&] {
    for (const Transpose ta : both) {
      for (const Transpose tb : both) {
        // Square, outer products, one and few rows or columns, long sums of few numbers.
        for (const Extents& e : {Extents{128, 128, 128}, Extents{2048, 512, 1}, Extents{1024, 512, 3},
                                 Extents{2048, 1, 1024}, Extents{1, 2048, 1024}, Extents{1024, 5, 256},
                                 Extents{6, 1024, 256}, Extents{16, 64, 25088}, Extents{400, 200, 20}}) {
          CAPTURE(e.m, e.n, e.k, ta == Transpose::Yes, tb == Transpose::Yes);
          CHECK(loops(0.0f, e, ta, tb, MatmulPrecision::highest) > 0);
          CHECK(loops(0.0f, e, ta, tb, MatmulPrecision::medium) > 0);
          // In double a block of k is half as deep: there the tiles of the deepest are too small.
          if (e.k < 10000) CHECK(loops(0.0, e, ta, tb, MatmulPrecision::highest) > 0);
        }
        // About a microsecond of work and less: waking a thread takes longer.
        for (const Extents& e : {Extents{16, 16, 16}, Extents{64, 64, 1}, Extents{128, 1, 128}}) {
          CAPTURE(e.m, e.n, e.k, ta == Transpose::Yes, tb == Transpose::Yes);
          CHECK(loops(0.0f, e, ta, tb, MatmulPrecision::highest) == 0);
        }
      }
    }
  });
}

TEST_CASE("an element of a product does not depend on the elements around it", "[gemm]") {
  for_each_isa([] {
    // The 53 × 19 product, computed whole and 2 × 2 elements at a time, where each falls on another place in
    // a tile. (Products with one row or column sum in an order of their own.)
    const Index m = 53, n = 19, k = 600;
    const auto a = random_values<float>(m * k, 1), b = random_values<float>(k * n, 2);
    std::vector<float> whole(static_cast<std::size_t>(m * n)), single(whole.size());
    gemm(whole.data(), m, a.data(), m, Transpose::No, b.data(), k, Transpose::No, m, n, k);
    for (Index j = 0; j + 1 < n; ++j) {
      for (Index i = 0; i + 1 < m; ++i) {
        gemm(single.data() + i + j * m, m, a.data() + i, m, Transpose::No, b.data() + j * k, k, Transpose::No,
             2, 2, k);
      }
    }
    CHECK(std::memcmp(whole.data(), single.data(), whole.size() * sizeof(float)) == 0);
  });
}

TEST_CASE("small matrices that are multiplied where they lie have the bits of a part of larger ones",
          "[gemm]") {
  // Columns of op(A) and rows or columns of op(B) that lie in the same memory, once alone and once as a part.
  const auto product_of = [](Index m, Index n, Index k, Transpose tb, Index lda, Index ldb) {
    const auto a = random_values<float>(lda * k, 1);
    const auto b = random_values<float>(tb == Transpose::No ? ldb * n : ldb * k, 2),
               bias = random_values<float>(m, 3);
    std::vector<float> c(static_cast<std::size_t>(m * n), 0.5f);
    gemm(c.data(), m, a.data(), lda, Transpose::No, b.data(), ldb, tb, m, n, k, 1.0f,
         {.bias = bias.data(), .activation = Activation::relu()});
    return c;
  };
  for_each_isa([&] {
    for (const Transpose tb : both) {
      for (const Index m : {16, 48, 80}) {
        for (const Index n : {2, 16, 20}) {
          for (const Index k : {1, 4, 50}) {
            // The larger one has a column more than its kernels take at a time, so that it is packed.
            const Index ldb = tb == Transpose::No ? k : n + 3;
            const auto small = product_of(m, n, k, tb, m, ldb), large = product_of(m, n + 3, k, tb, m, ldb);
            CHECK(std::equal(small.begin(), small.end(), large.begin()));
          }
        }
      }
    }
  });
}

TEST_CASE("products of less precision are other ones only where the processor has bf16", "[gemm]") {
  for_each_isa([] {
    const auto with = [](MatmulPrecision precision, Index k = 70) {
      const auto a = random_values<float>(60 * k, 1), b = random_values<float>(k * 50, 2);
      std::vector<float> c(60 * 50);
      gemm(c.data(), 60, a.data(), 60, Transpose::No, b.data(), k, Transpose::No, 60, 50, k, 0.0f, {},
           precision);
      return c;
    };
    CHECK((with(MatmulPrecision::medium) == with(MatmulPrecision::highest)) == (isa() < Isa::Avx512Bf16));
    CHECK((with(MatmulPrecision::high) == with(MatmulPrecision::highest)) == (isa() < Isa::Amx));
    // A few steps of k are computed in float.
    CHECK(with(MatmulPrecision::medium, 31) == with(MatmulPrecision::highest, 31));
    CHECK(with(MatmulPrecision::high, 31) == with(MatmulPrecision::highest, 31));
  });
}

TEST_CASE("NaN and infinity pass through a product and its activation", "[gemm]") {
  for_each_isa([] {
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    const Index m = 37, n = 11, k = 3;
    std::vector<float> a(m * k, 1.0f), b(k * n, 1.0f), c(m * n);
    a[20] = nan;         // row 20
    a[36 + m] = inf;     // row 36
    b[0 + 4 * k] = nan;  // column 4
    gemm(c.data(), m, a.data(), m, Transpose::No, b.data(), k, Transpose::No, m, n, k, 0.0f,
         {.activation = Activation::relu()});
    bool right = true;
    for (Index j = 0; j < n; ++j) {
      for (Index i = 0; i < m; ++i) {
        const float value = c[static_cast<std::size_t>(i + j * m)];
        right = right && (i == 20 || j == 4 ? std::isnan(value) : value == (i == 36 ? inf : 3.0f));
      }
    }
    CHECK(right);
  });
}

TEST_CASE("concurrent products of several user threads are right", "[gemm]") {
  const auto of_user = [](std::uint32_t user) {
    return product<float>(200, 130, 90, Transpose::No, Transpose::Yes, 10 + user);
  };
  const int before = eigenerate::num_threads();
  eigenerate::set_num_threads(3);
  std::vector<std::vector<float>> expected;
  for (std::uint32_t user = 0; user < 4; ++user) expected.push_back(of_user(user));
  std::vector<int> wrong(4);
  std::vector<std::thread> users;
  for (std::uint32_t user = 0; user < 4; ++user) {
    users.emplace_back([&, user] {
      for (int round = 0; round < 30; ++round) wrong[user] += of_user(user) != expected[user];
    });
  }
  for (std::thread& user : users) user.join();
  CHECK(wrong == std::vector<int>(4));
  eigenerate::set_num_threads(before);
}

#if defined(KERNEL_TEST_HAS_CLIFFS)
namespace {

/// A product whose three matrices and bias end, or begin, at pages without access.
template <class S>
void multiply_at_the_cliff(Index m, Index n, Index k, Transpose ta, Transpose tb,
                           typename Cliff<S>::Side side) {
  const Cliff<S> a(m * k, side), b(k * n, side), c(m * n, side), bias(m, side);
  gemm(c.data(), m, a.data(), ta == Transpose::No ? m : k, ta, b.data(), tb == Transpose::No ? k : n, tb, m,
       n, k, S(1), {.bias = bias.data()});
}

}  // namespace

TEST_CASE("a product touches nothing outside its matrices", "[gemm]") {
  for_each_isa([] {
    for (const Transpose ta : both) {
      for (const Transpose tb : both) {
        for (const Index m : {1, 5, 15, 17, 48, 50}) {
          for (const Index n : {1, 3, 8, 13}) {
            for (const Index k : {1, 3, 8, 17}) {
              multiply_at_the_cliff<float>(m, n, k, ta, tb, Cliff<float>::Behind);
              multiply_at_the_cliff<float>(m, n, k, ta, tb, Cliff<float>::Before);
              multiply_at_the_cliff<double>(m, n, k, ta, tb, Cliff<double>::Behind);
            }
          }
        }
      }
    }
  });
  SUCCEED("no access outside a matrix");
}
#endif
