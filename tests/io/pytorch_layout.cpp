#include "eigenerate/io/pytorch_layout.hpp"

#include "eigenerate/layers/conv2d.hpp"
#include "eigenerate/layers/conv_transpose2d.hpp"
#include "eigenerate/layers/linear.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

std::vector<Index> positions(const Segment& segment) {
  std::vector<Index> list;
  for_each_pytorch_position(segment, [&](Index position) { list.push_back(position); });
  return list;
}

Segment segment(std::vector<Index> shape, std::vector<Index> memory_order) {
  Segment s;
  s.size = 1;
  for (const Index extent : shape) s.size *= extent;
  s.shape = std::move(shape);
  s.memory_order = std::move(memory_order);
  return s;
}

}  // namespace

TEST_CASE(
    "PyTorch's layout: a convolution's weight stands as kernel row, kernel column, channel within each "
    "output") {
  // (out, in, kh, kw), in memory (kh·kw·in) × out by columns.
  const LayerPlan plan = Conv2d{3, 4, {.kernel = {2, 5}}}.plan({3, 6, 6}, "0");
  const Segment& weight = plan.parameters.at(0);
  REQUIRE(weight.shape == std::vector<Index>{4, 3, 2, 5});
  CHECK_FALSE(has_pytorch_layout(weight));
  std::vector<Index> expected;
  for (Index o = 0; o < 4; ++o)
    for (Index c = 0; c < 3; ++c)
      for (Index i = 0; i < 2; ++i)
        for (Index j = 0; j < 5; ++j) expected.push_back(c + 3 * (j + 5 * (i + 2 * o)));
  CHECK(positions(weight) == expected);
  CHECK(has_pytorch_layout(plan.parameters.at(1)));
}

TEST_CASE(
    "PyTorch's layout: a transposed convolution's weight stands as kernel row, kernel column, output within "
    "each input") {
  // (in, out, kh, kw), in memory (kh·kw·out) × in by columns.
  const LayerPlan plan = ConvTranspose2d{3, 4, {.kernel = {2, 5}}}.plan({3, 6, 6}, "0");
  const Segment& weight = plan.parameters.at(0);
  REQUIRE(weight.shape == std::vector<Index>{3, 4, 2, 5});
  std::vector<Index> expected;
  for (Index c = 0; c < 3; ++c)
    for (Index o = 0; o < 4; ++o)
      for (Index i = 0; i < 2; ++i)
        for (Index j = 0; j < 5; ++j) expected.push_back(o + 4 * (j + 5 * (i + 2 * c)));
  CHECK(positions(weight) == expected);
}

TEST_CASE("PyTorch's layout: a linear weight's bytes are PyTorch's") {
  const LayerPlan plan = Linear{3, 2}.plan({3}, "0");
  CHECK(has_pytorch_layout(plan.parameters.at(0)));
  CHECK(positions(plan.parameters.at(0)) == std::vector<Index>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("PyTorch's layout: three dimensions in every order, each position once") {
  for (const std::vector<Index>& order :
       {std::vector<Index>{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
    const Segment s = segment({2, 3, 4}, order);
    std::vector<Index> expected;
    const Index extents[] = {2, 3, 4};
    for (Index i = 0; i < 2; ++i)
      for (Index j = 0; j < 3; ++j)
        for (Index k = 0; k < 4; ++k) {
          const Index at[] = {i, j, k};
          Index position = 0;
          for (const Index dimension : order) position = position * extents[dimension] + at[dimension];
          expected.push_back(position);
        }
    CHECK(positions(s) == expected);
  }
}

TEST_CASE("PyTorch's layout: a scalar has one position, an empty tensor none") {
  CHECK(positions(segment({}, {})) == std::vector<Index>{0});
  CHECK(positions(segment({3, 0}, {1, 0})).empty());
}
