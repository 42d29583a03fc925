#include "eigenerate/losses/losses.hpp"

#include <array>

#include "eigenerate/testing/allocation_guard.hpp"
#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("losses allocate nothing and have the same bits for any number of threads") {
  const Matrix<float> x = normal_batch<float>(784, 128, 1, 3), target = uniform_batch<float>(784, 128, 2);
  const std::vector<int> labels(128, 3);
  Matrix<float> d(784, 128);
  const auto run = [&] {
    const std::array<double, 4> values{bce_with_logits(as_const(x), as_const(target), as_view(d)),
                                       mse(as_const(x), as_const(target), as_view(d)),
                                       l1(as_const(x), as_const(target), as_view(d)),
                                       softmax_cross_entropy(as_const(x), labels, as_view(d))};
    return values;
  };
  set_num_threads(1);
  const auto one = run();
  set_num_threads(3);
  CHECK(one == run());
  if (AllocationGuard::available()) {
    const AllocationGuard guard;
    run();
    CHECK(guard.count() == 0);
  }
  set_num_threads(0);
}
