#include "eigenerate/layers/bilinear_upsample.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

TEST_CASE("BilinearUpsample keeps the contract of a layer", "[bilinear_upsample]") {
  require_conformance(BilinearUpsample{2}, {3, 2, 3});
  require_conformance(BilinearUpsample{3}, {1, 3, 1}, {.batch = 1});
  require_conformance(BilinearUpsample{1}, {2, 2, 2});
}

TEST_CASE("BilinearUpsample gives PyTorch's numbers", "[bilinear_upsample]") {
  for (const auto& c : testing::load_golden("layers/bilinear_upsample").cases()) {
    CAPTURE(c.path());
    const auto shape = c.tensor("x").shape;
    const BilinearUpsample layer{c.integer("factor")};
    check_golden_passes<double>(layer, {shape[1], shape[2], shape[3]}, c);
    check_golden_passes<float>(layer, {shape[1], shape[2], shape[3]}, c);
  }
}

TEST_CASE("BilinearUpsample keeps what is constant", "[bilinear_upsample]") {
  const auto net = Network<float>(BilinearUpsample{4}, {2, 2, 3}, {.name = "a"});
  const Matrix<float> ones = Matrix<float>::Ones(12, 1);
  CHECK(net.predict(ones) == Matrix<float>::Ones(12 * 16, 1));
}

TEST_CASE("BilinearUpsample refuses a factor below one", "[bilinear_upsample]") {
  CHECK_THROWS_AS(BilinearUpsample{0}.plan({1, 2, 2}, "a"), ConfigError);
}
