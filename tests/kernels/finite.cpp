#include "eigenerate/kernels/finite.hpp"

#include <bit>
#include <type_traits>

#include "kernels/kernel_test.hpp"

using namespace eigenerate::kernels;
using namespace kernel_test;

namespace {

template <class S>
using Word = std::conditional_t<sizeof(S) == 4, std::uint32_t, std::uint64_t>;

template <class S>
constexpr Word<S> sign = Word<S>{1} << (8 * sizeof(S) - 1);
template <class S>
constexpr int mantissa_bits = std::numeric_limits<S>::digits - 1;
template <class S>
constexpr Word<S> full_exponent = sign<S> - (Word<S>{1} << mantissa_bits<S>);

/// Infinity, and quiet and signalling NaNs with the least and the largest payload; then all of them negative.
template <class S>
std::vector<Word<S>> words_that_are_not_finite() {
  constexpr Word<S> quiet = Word<S>{1} << (mantissa_bits<S> - 1);
  std::vector<Word<S>> words;
  for (const Word<S> s : {Word<S>{0}, sign<S>})
    for (const Word<S> payload : {Word<S>{0}, Word<S>{1}, quiet - 1, quiet, 2 * quiet - 1})
      words.push_back(s | full_exponent<S> | payload);
  return words;
}

template <class S>
std::vector<S> extreme_values() {
  using Limits = std::numeric_limits<S>;
  return {Limits::max(),
          Limits::lowest(),
          Limits::min(),
          -Limits::min(),
          Limits::denorm_min(),
          S(0),
          -Limits::denorm_min(),
          eigenerate::bit_cast<S>(sign<S>),
          S(1),
          Limits::epsilon()};
}

/// Writes the bits, which an assignment of a signalling NaN might change.
template <class S>
void put(S* place, Word<S> word) {
  std::memcpy(place, &word, sizeof word);
}

}  // namespace

TEMPLATE_TEST_CASE("a number that is not finite is found at every place of every length", "[finite]", float,
                   double) {
  using S = TestType;
  const auto bad = words_that_are_not_finite<S>();
  const auto extremes = extreme_values<S>();
  for_each_isa([&] {
    for (Index size = 0; size <= 100; ++size) {
      // One scalar off every alignment, and NaNs all around that must not be seen.
      Island<S> x(size, 1, 0);
      for (Index i = 0; i < size; ++i) x.at(i, 0) = extremes[static_cast<std::size_t>(i) % extremes.size()];
      bool right = all_finite(x.data(), size);
      for (Index place = 0; place < size; ++place) {
        const S before = x.at(place, 0);
        for (const Word<S> word : bad) {
          put(&x.at(place, 0), word);
          right = right && !all_finite(x.data(), size) && all_finite(x.data(), place) &&
                  all_finite(x.data() + place + 1, size - place - 1);
        }
        x.at(place, 0) = before;
      }
      CAPTURE(size);
      CHECK(right);
      CHECK(x.sea_is_untouched());
    }
  });
}

TEMPLATE_TEST_CASE("threads find it in every part of a long array", "[finite]", float, double) {
  using S = TestType;
  const auto bad = words_that_are_not_finite<S>();
  const int before = eigenerate::num_threads();
  for_each_isa([&] {
    for (const int threads : {1, 3}) {
      eigenerate::set_num_threads(threads);
      for (const Index size : {127, 1000, 32767, 32768, 65535, 65537, 200001}) {
        CAPTURE(size, threads);
        std::vector<S> memory(static_cast<std::size_t>(size + 1), std::numeric_limits<S>::max());
        S* const x = memory.data() + 1;
        CHECK(all_finite(x, size));
        bool right = true;
        std::size_t next = 0;
        for (Index place = 0; place < size;
             place = place < size - 1 && place + 997 >= size ? size - 1 : place + 997) {
          put(x + place, bad[next++ % bad.size()]);
          right = right && !all_finite(x, size);
          x[place] = S(-1);
        }
        CHECK(right);
      }
    }
  });
  eigenerate::set_num_threads(before);
}

TEMPLATE_TEST_CASE("finite numbers whose bits together are those of an infinity are finite", "[finite]",
                   float, double) {
  using S = TestType;
  for_each_isa([] {
    // The loops combine the words of many numbers.
    std::vector<S> x;
    for (int bit = 0; bit < 8 * static_cast<int>(sizeof(S)); ++bit)
      x.insert(x.end(), 33, eigenerate::bit_cast<S>(Word<S>(Word<S>{1} << bit)));
    CHECK(all_finite(x.data(), static_cast<Index>(x.size())));
    std::minstd_rand random(5);
    std::vector<S> any(4096);
    for (S& value : any) {
      Word<S> word = 0;
      for (std::size_t i = 0; i < sizeof(S); ++i)
        word = word << 8 | static_cast<Word<S>>(random() >> 7 & 0xFF);
      value = eigenerate::bit_cast<S>((word & full_exponent<S>) == full_exponent<S> ? word & ~full_exponent<S>
                                                                                    : word);
    }
    CHECK(all_finite(any.data(), static_cast<Index>(any.size())));
  });
}

#if defined(KERNEL_TEST_HAS_CLIFFS)
TEST_CASE("the search touches nothing outside its array", "[finite]") {
  for_each_isa([] {
    for (const auto side : {Cliff<float>::Behind, Cliff<float>::Before})
      for (Index size = 0; size <= 100; ++size) {
        const Cliff<float> x(std::max<Index>(size, 1), side);
        CHECK(all_finite(side == Cliff<float>::Behind && size == 0 ? x.data() + 1 : x.data(), size));
      }
  });
}
#endif
