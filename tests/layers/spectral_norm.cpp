#include "eigenerate/layers/spectral_norm.hpp"

#include <Eigen/SVD>

#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/conv2d.hpp"
#include "eigenerate/layers/conv_transpose2d.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/modulate.hpp"
#include "eigenerate/layers/project_condition.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("SpectralNorm keeps the contract of a layer", "[spectral_norm]") {
  require_conformance(SpectralNorm{Linear{4, 3}}, {4});
  require_conformance(SpectralNorm{Linear{3, 5, false}, {.iterations = 3}}, {3}, {.batch = 1});
  require_conformance(SpectralNorm{Conv2d{2, 3, {.kernel = {2, 3}}}}, {2, 3, 4}, {.batch = 2});
  require_conformance(SpectralNorm{ConvTranspose2d{3, 2, {.kernel = {3, 2}, .stride = 2}}}, {3, 2, 2},
                      {.batch = 2});
  require_conformance(SpectralNorm{Conv2d{4, 2, {.kernel = 2, .dilation = {1, 2}, .groups = 2}}}, {4, 2, 3});
  require_conformance(SpectralNorm{ProjectCondition{}}, {4},
                      {.batch = 4, .condition = Shape{3}, .samples_per_condition = 2});
  require_conformance(Sequential{SpectralNorm{Linear{3, 4}}, Tanh{}, SpectralNorm{Linear{4, 2}}}, {3});
}

TEST_CASE("SpectralNorm gives PyTorch's numbers, at second order too, and moves its vectors as PyTorch does",
          "[spectral_norm]") {
  const auto golden = testing::load_golden("layers/spectral_norm");
  const auto check = [&](const auto& layer, const Shape& input, const char* name) {
    check_golden_passes<double>(layer, input, golden[name]);
    check_golden_passes<float>(layer, input, golden[name]);
  };
  check(SpectralNorm{Linear{5, 3}}, {5}, "linear");
  check(SpectralNorm{Conv2d{2, 3, {.kernel = {2, 3}}}}, {2, 4, 5}, "convolution");
  check(SpectralNorm{ConvTranspose2d{3, 2, {.kernel = {3, 2}, .stride = 2}}}, {3, 2, 3}, "transposed");
}

TEST_CASE("SpectralNorm makes a layer with the largest singular value 1", "[spectral_norm]") {
  Network<double> net(SpectralNorm{Linear{6, 4, false}}, {.name = "d", .seed = 3});
  const Matrix<double> columns = Matrix<double>::Identity(6, 6);
  const auto largest = [&] {
    return Eigen::JacobiSVD<Matrix<double>>(net.predict(columns)).singularValues()(0);
  };
  CHECK(std::abs(largest() - 1) < 1e-2);  // before any update, by 15 iterations
  auto ws = net.make_workspace(6);
  for (int step = 0; step < 400; ++step)
    net.forward({.x = columns, .mode = Mode::train, .buffers = Buffers::update}, ws);
  CHECK(std::abs(largest() - 1) < 1e-9);
}

TEST_CASE("SpectralNorm moves its vectors only where a pass updates buffers", "[spectral_norm]") {
  Network<float> net(SpectralNorm{Linear{6, 4}}, {.name = "d"});
  auto ws = net.make_workspace(2);
  const Matrix<float> x = Matrix<float>::Random(6, 2);
  CHECK(net.buffers()["d.weight_u"].isZero());
  net.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, ws);
  const Vector<float> u = net.buffers()["d.weight_u"];
  CHECK(std::abs(u.norm() - 1) < 1e-5f);
  net.forward({.x = x, .mode = Mode::train}, ws);
  CHECK(Vector<float>(net.buffers()["d.weight_u"]) == u);
  net.forward({.x = x, .buffers = Buffers::update}, ws);
  CHECK(Vector<float>(net.buffers()["d.weight_u"]) != u);
}

TEST_CASE("SpectralNorm has PyTorch's names", "[spectral_norm]") {
  const Network<float> net(Sequential{SpectralNorm{Conv2d{2, 3, {.kernel = 2}}}}, {2, 4, 4}, {.name = "d"});
  const auto& p = net.parameters().segments();
  REQUIRE(p.size() == 2);
  CHECK(p[0].name == "d.0.weight_orig");
  CHECK(p[1].name == "d.0.bias");
  const auto& b = net.buffers().segments();
  REQUIRE(b.size() == 2);
  CHECK(b[0].name == "d.0.weight_u");
  CHECK(b[0].shape == std::vector<Index>{3});
  CHECK(b[1].name == "d.0.weight_v");
  CHECK(b[1].shape == std::vector<Index>{8});
}

TEST_CASE("SpectralNorm refuses what it cannot take", "[spectral_norm]") {
  CHECK_THROWS_AS((SpectralNorm{Tanh{}}.plan({4}, "a")), ConfigError);
  CHECK_THROWS_AS((SpectralNorm{BatchNorm{4}}.plan({4}, "a")), ConfigError);
  CHECK_THROWS_AS((SpectralNorm{Sequential{Linear{4, 3}}}.plan({4}, "a")), ConfigError);
  CHECK_THROWS_AS((SpectralNorm{Linear{4, 3}, {.iterations = 0}}.plan({4}, "a")), ConfigError);
  CHECK_THROWS_AS((SpectralNorm{Linear{4, 3}, {.epsilon = 0}}.plan({4}, "a")), ConfigError);
}
