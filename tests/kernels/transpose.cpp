#include "eigenerate/kernels/transpose.hpp"

#include <array>
#include <numeric>
#include <vector>

#include "support/catch.hpp"

namespace kernels = eigenerate::kernels;
using kernels::Index;

TEST_CASE("each matrix is transposed in its place", "[transpose]") {
  for (const auto& [rows, cols, count] : std::vector<std::array<Index, 3>>{
           {1, 1, 1}, {1, 9, 4}, {9, 1, 4}, {2, 3, 5}, {16, 16, 2}, {17, 33, 3}, {100, 49, 30}}) {
    CAPTURE(rows, cols, count);
    std::vector<float> x(static_cast<std::size_t>(rows * cols * count)), y(x.size(), -1);
    std::iota(x.begin(), x.end(), 0.0f);
    kernels::transpose_each(y.data(), x.data(), rows, cols, count);
    Index wrong = 0;
    for (Index k = 0; k < count; ++k)
      for (Index r = 0; r < rows; ++r)
        for (Index c = 0; c < cols; ++c)
          wrong += y[static_cast<std::size_t>(c + cols * (r + rows * k))] !=
                   x[static_cast<std::size_t>(r + rows * (c + cols * k))];
    CHECK(wrong == 0);
  }
}
