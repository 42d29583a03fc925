#include "eigenerate/kernels/extrema.hpp"

#include <limits>
#include <vector>

#include "kernels/kernel_test.hpp"

using namespace eigenerate::kernels;
using namespace kernel_test;
using eigenerate::ValueRange;

TEMPLATE_TEST_CASE("extrema are found at every place of every length", "[extrema]", float, double) {
  using S = TestType;
  for_each_isa([] {
    for (const Index size : {1, 2, 15, 16, 17, 31, 33, 100}) {
      for (Index place = 0; place < size; ++place) {
        CAPTURE(size, place);
        std::vector<S> x(static_cast<std::size_t>(size), S(0.5));
        x[static_cast<std::size_t>(place)] = S(-3);
        CHECK(extrema(x.data(), size) == ValueRange{-3, size == 1 ? -3 : 0.5});
        x[static_cast<std::size_t>(place)] = S(7);
        CHECK(extrema(x.data(), size) == ValueRange{size == 1 ? 7 : 0.5, 7});
      }
    }
  });
}

TEMPLATE_TEST_CASE("extrema of many numbers are found on any number of threads", "[extrema]", float, double) {
  using S = TestType;
  std::vector<S> x(1'000'000, S(0));
  x[777'777] = S(2);
  x[999'999] = S(-2);
  CHECK(same_bits_on_any_threads([&] {
    const auto range = extrema(x.data(), static_cast<Index>(x.size())).value();
    CHECK(range == ValueRange{-2, 2});
    return std::vector<double>{range.low, range.high};
  }));
}

TEMPLATE_TEST_CASE("numbers that are not finite have no part in extrema", "[extrema]", float, double) {
  using S = TestType;
  const S nan = std::numeric_limits<S>::quiet_NaN(), infinity = std::numeric_limits<S>::infinity();
  for (const S bad : {nan, infinity, -infinity})
    for (std::size_t place = 0; place < 40; ++place) {
      std::vector<S> x(40, S(0.25));
      x[0] = S(-1);
      x[39] = S(1);
      x[place] = bad;
      const auto expected = ValueRange{place == 0 ? 0.25 : -1, place == 39 ? 0.25 : 1};
      CHECK(extrema(x.data(), 40) == expected);
    }
  const std::vector<S> bad{nan, infinity, -infinity};
  CHECK_FALSE(extrema(bad.data(), 3));
  CHECK_FALSE(extrema(bad.data(), 0));
}
