#include "eigenerate/kernels/kernels.hpp"

#include "eigenerate/testing/allocation_guard.hpp"
#include "kernels/kernel_test.hpp"

using namespace eigenerate::kernels;
using namespace kernel_test;

TEST_CASE("kernels allocate nothing once they ran", "[allocation]") {
  if (!eigenerate::testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  const ConvolutionGeometry g{16, 14, 14, 24, 7, 7, 4, 4, 2, 2, 1, 1};
  const Index batch = 20;
  const auto x = random_values<float>(g.in_size() * batch),
             w = random_values<float>(g.patch_size() * g.out_channels);
  auto y = random_values<float>(g.out_size() * batch);
  std::vector<float> dx(x.size()), dw(w.size());
  std::vector<float> scratch(static_cast<std::size_t>(convolution_scratch_size<float>(g, batch)));
  const auto run_all = [&] {
    convolution_forward(y.data(), x.data(), w.data(), {w.data()}, g, batch);
    convolution_input_gradient(dx.data(), y.data(), w.data(), {w.data()}, g, batch, scratch.data());
    convolution_weight_gradient(dw.data(), x.data(), y.data(), g, batch);
    accumulate_row_sums(dw.data(), x.data(), 16, 16, static_cast<Index>(x.size()) / 16);
    column_sums(dx.data(), x.data(), 16, 16, static_cast<Index>(x.size()) / 16);
    return sum_of_squares(x.data(), static_cast<Index>(x.size()));
  };
  const int before = eigenerate::num_threads();
  eigenerate::set_num_threads(3);
  for_each_isa([&] {
    run_all();
    const eigenerate::testing::AllocationGuard guard;
    for (int round = 0; round < 3; ++round) run_all();
    CHECK(guard.count() == 0);
  });
  eigenerate::set_num_threads(before);
}
