#include "eigenerate/network/summary.hpp"

#include "eigenerate/layers/layers.hpp"
#include "support/aligned_bytes.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;

namespace {

/// Layers in layers, tensors that need padding, buffers, a condition.
Network<double> nested() {
  return {Sequential{Conv2d{infer, 3, {.kernel = 3, .padding = 1}}, BatchNorm{3},
                     Residual{Sequential{Conv2d{3, 3, {.kernel = 1}}, Tanh{}}},
                     SpectralNorm{Conv2d{3, 5, {.kernel = 1}}}, Flatten{}, Modulate{}, Linear{infer, 7}},
          Shape{2, 4, 4},
          {.name = "net", .condition = Shape{6}}};
}

}  // namespace

TEST_CASE("a summary's sums are the network's own figures", "[summary]") {
  auto net = nested();
  net.keep_average();
  const Summary s = summary(net, 5);
  Index parameters = 0, buffers = 0, multiply_adds = 0;
  for (const auto& layer : s.layers) {
    parameters += layer.parameters;
    buffers += layer.buffers;
    multiply_adds += layer.multiply_adds;
  }
  CHECK(parameters == net.parameter_count());
  CHECK(s.total.parameters == parameters);
  Index saved = 0;
  for (const Segment& b : net.buffers().segments()) saved += b.size;
  CHECK(buffers == saved);
  CHECK(s.total.buffers == saved);
  CHECK(multiply_adds == net.plan().multiply_adds);
  CHECK(s.total.multiply_adds == multiply_adds);
  CHECK(s.forward_flops() == 2.0 * 5 * static_cast<double>(multiply_adds));
  CHECK(s.step_flops() == 3 * s.forward_flops());

  CHECK(s.layers.size() == 12);
  const auto row = [&s](std::string_view path, std::string_view kind) {
    for (const auto& layer : s.layers)
      if (layer.path == path && layer.kind == kind) return layer;
    FAIL("no layer " << path << " (" << kind << ")");
    return s.total;
  };
  const auto inner = row("net.2.block.0", "Conv2d");
  CHECK(inner.depth == 3);
  CHECK(inner.output == Shape{3, 4, 4});
  CHECK(inner.parameters == 3 * 3 + 3);
  CHECK(inner.multiply_adds == 3 * 3 * 16);
  CHECK(row("net.1", "BatchNorm").buffers == 3 + 3 + 1);
  CHECK(row("net.2", "Residual").multiply_adds == 0);
}

TEST_CASE("a summary's bytes are those that are allocated", "[summary]") {
  const std::size_t before = support::aligned_bytes;
  auto net = nested();
  net.keep_average();
  const Summary::Memory memory = summary(net, 5).memory;
  CHECK(memory.parameters > 0);
  CHECK(memory.averages == memory.parameters);
  CHECK(memory.parameters + memory.buffers + memory.averages == support::aligned_bytes - before);
  CHECK(memory.gradients + memory.optimizer == 0);

  for (const Index batch : {1, 5, 16, 17, 100}) {
    const std::size_t beside = support::aligned_bytes;
    const auto workspace = net.make_workspace(batch);
    CHECK(workspace.bytes() == support::aligned_bytes - beside);
    CHECK(summary(net, batch).memory.workspaces == workspace.bytes());
  }
  const Network<float> smooth(Sequential{Linear{3, 5}, Tanh{}});
  const std::size_t beside = support::aligned_bytes;
  const auto workspace = smooth.make_workspace(33, SecondOrder::yes);
  CHECK(workspace.bytes() == support::aligned_bytes - beside);
  CHECK(Workspace<float>::scalars_for(smooth.plan(), 33, SecondOrder::yes) == workspace.scalars());
  CHECK(Workspace<float>::scalars_for(smooth.plan(), 33) < workspace.scalars());
  CHECK(Workspace<float>::scalars_for(smooth.plan(), max_scalars) > max_scalars);
}

TEST_CASE("a summary tells what is frozen", "[summary]") {
  auto net = nested();
  CHECK(summary(net).total.frozen == 0);
  net.freeze("net.2");
  net.freeze("net.6.weight");
  const Summary s = summary(net);
  for (const auto& layer : s.layers) {
    const Index frozen = layer.path.starts_with("net.2") ? layer.parameters
                         : layer.path == "net.6"         ? layer.parameters - 7
                                                         : 0;
    CHECK(layer.frozen == frozen);
  }
  CHECK(s.total.frozen == 12 + 7 * 80);
}

TEST_CASE("a summary's text", "[summary]") {
  auto net = Network(Sequential{Conv2d{1, 8, {.kernel = 3, .padding = 1}}, BatchNorm{8}, Relu{}, Flatten{},
                                Linear{infer, 250}},
                     Shape{1, 28, 28}, {.name = "net"});
  net.freeze("net.0");
  CHECK(to_string(summary(net, 32)) ==
        "layer    kind         output  parameters  frozen  buffers  multiply-adds\n"
        "net      Sequential      250           -       -        -              -\n"
        "  net.0  Conv2d      8×28×28          80      80        -         56,448\n"
        "  net.1  BatchNorm   8×28×28          16       -       17          6,272\n"
        "  net.2  Relu        8×28×28           -       -        -              -\n"
        "  net.3  Flatten        6272           -       -        -              -\n"
        "  net.4  Linear          250   1,568,250       -        -      1,568,000\n"
        "total                          1,568,346      80       17      1,630,720\n"
        "memory: parameters 6.27 MB, buffers 192 B, workspaces of 32 samples 6.00 MB\n"
        "arithmetic of 32 samples: forward 104 Mflop, training step 313 Mflop (3 × forward)\n");
  CHECK(support::error_of<ConfigError>([&] { summary(net, 0); }) ==
        "summary: expected a batch of at least one sample, got 0");
}

TEST_CASE("numbers of a summary have three digits", "[summary]") {
  CHECK(detail::rounded(0) == "0 ");
  CHECK(detail::rounded(999) == "999 ");
  CHECK(detail::rounded(999.6) == "1.00 k");
  CHECK(detail::rounded(1234567) == "1.23 M");
  CHECK(detail::rounded(9.996e9) == "10.0 G");
  CHECK(detail::rounded(99.96e12) == "100 T");
  CHECK(detail::rounded(1e20) == "100000 P");
  CHECK(detail::grouped(0) == "-");
  CHECK(detail::grouped(123) == "123");
  CHECK(detail::grouped(1234) == "1,234");
  CHECK(detail::grouped(1234567) == "1,234,567");
}
