#include "eigenerate/kernels/items.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/batches.hpp"
#include "support/catch.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("chunks cover every item once, for any sizes") {
  for (const Index items : {0, 1, 5, 63, 64, 65, 1000})
    for (const Index elements : {0, 1, 784, 100000}) {
      CAPTURE(items, elements);
      std::vector<int> visits(static_cast<std::size_t>(items), 0);
      kernels::for_each_item(items, elements, [&](Index i) { ++visits[static_cast<std::size_t>(i)]; });
      CHECK(std::all_of(visits.begin(), visits.end(), [](int n) { return n == 1; }));
      CHECK(kernels::detail::for_each_chunk(items, elements, [](Index, Index, Index) {}) <=
            kernels::detail::max_chunks);
    }
}

TEST_CASE("a sum over items has the same bits for any number of threads") {
  const Matrix<double> x = normal_batch(1, 1000, 1);
  const auto sum = [&] { return kernels::sum_over_items(1000, 10000, [&](Index i) { return x(i); }); };
  set_num_threads(1);
  const double one = sum();
  set_num_threads(3);
  const double three = sum();
  set_num_threads(0);
  CHECK(one == three);
  CHECK(std::abs(one - x.sum()) <= 1e-12);
}
