#include "eigenerate/layers/masked_conv2d.hpp"

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("MaskedConv2d keeps the contract of a layer", "[masked_conv2d]") {
  require_conformance(MaskedConv2d{2, 3}, {2, 4, 3});
  require_conformance(MaskedConv2d{infer, 2, {.kernel = {3, 5}, .sees_center = false}}, {3, 2, 4});
  require_conformance(MaskedConv2d{3, 4, {.kernel = 1, .bias = false}}, {3, 2, 2});
}

TEST_CASE("MaskedConv2d gives PyTorch's numbers", "[masked_conv2d]") {
  for (const auto& c : testing::load_golden("layers/masked_conv2d").cases()) {
    CAPTURE(c.path());
    const auto kernel = c.list<Index>("kernel");
    const Index in = c.tensor("x").shape.at(1), out = c.tensor("y").shape.at(1);
    const MaskedConv2d layer{
        in, out, {{kernel.at(0), kernel.at(1)}, c.boolean("sees_center"), c.boolean("bias")}};
    check_golden_passes<double>(layer, {in, 4, 5}, c);
    check_golden_passes<float>(layer, {in, 4, 5}, c);
  }
}

TEST_CASE("a pixel of a MaskedConv2d sees the pixels before it, itself where it may, and no others",
          "[masked_conv2d]") {
  const Index height = 3, width = 4, pixels = height * width;
  const auto reaches = [&](Index from, Index to, Index kernel) {
    const Index rows = to / width - from / width, columns = to % width - from % width;
    return std::abs(rows) <= kernel / 2 && std::abs(columns) <= kernel / 2;
  };
  for (const bool sees_center : {false, true}) {
    const Network<double> net(MaskedConv2d{2, 3, {.sees_center = sees_center}}, {2, height, width},
                              {.name = "net", .seed = 3});
    const Matrix<double> x = testing::normal_batch(2 * pixels, 1, 1), y = net.predict(x);
    for (Index from = 0; from < pixels; ++from) {
      Matrix<double> other = x;
      other.middleRows(2 * from, 2).array() += 1;
      const Matrix<double> changed = net.predict(other);
      for (Index to = 0; to < pixels; ++to) {
        const bool sees = reaches(from, to, 3) && (sees_center ? from <= to : from < to);
        CHECK((changed.middleRows(3 * to, 3) != y.middleRows(3 * to, 3)) == sees);
      }
    }
  }
}

TEST_CASE("what a MaskedConv2d cannot be is refused", "[masked_conv2d]") {
  const auto plan = [](const MaskedConv2d& layer, const Shape& input) {
    return [=] { (void)layer.plan(input, "prior.0"); };
  };
  support::refuses<ConfigError>(plan(MaskedConv2d{2, 3, {.kernel = {3, 2}}}, {2, 4, 4}),
                                {"prior.0 (MaskedConv2d)", "center", "even kernel 3×2"});
  support::refuses<ConfigError>(plan(MaskedConv2d{2, 0}, {2, 4, 4}),
                                {"prior.0 (MaskedConv2d)", "got 2 and 0"});
  support::refuses<ShapeError>(plan(MaskedConv2d{2, 3}, {1, 4, 4}), {"prior.0 (MaskedConv2d)", "got 1×4×4"});
}
