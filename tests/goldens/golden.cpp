// The reader of golden files: that PyTorch's order and ours are what support/golden.hpp takes them for.

#include "support/golden.hpp"

#include "support/catch.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

GoldenTensor counting(std::vector<Index> shape) {
  GoldenTensor tensor{std::move(shape), {}};
  const Segment layout = batch_segment(tensor.shape);
  for (Index i = 0; i < layout.size; ++i) tensor.values.push_back(static_cast<double>(i));
  return tensor;
}

}  // namespace

TEST_CASE("an image batch becomes channel-last columns") {
  const GoldenTensor tensor = counting({2, 3, 4, 5});  // B, C, H, W
  const auto batch = from_pytorch_batch<double>(tensor);
  REQUIRE(batch.rows() == 3 * 4 * 5);
  REQUIRE(batch.cols() == 2);
  for (Index b = 0; b < 2; ++b)
    for (Index c = 0; c < 3; ++c)
      for (Index h = 0; h < 4; ++h)
        for (Index w = 0; w < 5; ++w)
          CHECK(batch(c + 3 * (w + 5 * h), b) == static_cast<double>(w + 5 * (h + 4 * (c + 3 * b))));
  CHECK(to_pytorch_batch(batch, {3, 4, 5}).values == tensor.values);
  CHECK(to_pytorch_batch(batch, {3, 4, 5}).shape == tensor.shape);
}

TEST_CASE("a batch of features is transposed, and a list of numbers is one row") {
  const auto features = from_pytorch_batch<float>(counting({2, 3}));
  CHECK(features(1, 0) == 1);
  CHECK(features(0, 1) == 3);
  CHECK(to_pytorch_batch(features, {3}).values == counting({2, 3}).values);
  const auto row = from_pytorch_batch<float>(counting({4}));
  REQUIRE(row.rows() == 1);
  CHECK(row(0, 3) == 3);
}

TEST_CASE("a parameter goes to its memory order and back") {
  Segment s;
  s.name = "weight";
  s.shape = {2, 3, 4};
  s.memory_order = {2, 0, 1};  // slowest PyTorch's dimension 2, fastest dimension 1
  s.size = 24;
  std::vector<float> memory(24);
  from_pytorch_order(s, counting({2, 3, 4}), memory.data());
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 4; ++k)
        CHECK(memory[static_cast<std::size_t>(j + 3 * (i + 2 * k))] ==
              static_cast<float>(k + 4 * (j + 3 * i)));
  CHECK(to_pytorch_order(s, memory.data()).values == counting({2, 3, 4}).values);
  CHECK_THROWS_AS(from_pytorch_order(s, counting({3, 2, 4}), memory.data()), ShapeError);
}

TEST_CASE("what a golden file lacks is an error, not an empty test") {
  CHECK_THROWS_AS(load_golden("no/such/file"), IoError);
  CHECK_THROWS_AS(Golden(nlohmann::ordered_json::object(), "empty").tensor("x"), IoError);
}
