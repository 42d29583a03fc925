#include "eigenerate/network/initializers.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/network/network.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

Network<> initialized(const Initializer& initializer, Index in = 300, Index out = 200,
                      std::uint64_t seed = 1) {
  return Network(Linear{in, out}, NetworkOptions{.name = "net", .initializer = initializer, .seed = seed});
}

struct Moments {
  double mean, stddev, largest;
};
Moments moments(const Eigen::Map<Vector<float>>& x) {
  const Vector<double> v = x.cast<double>();
  return {v.mean(), std::sqrt((v.array() - v.mean()).square().mean()), v.cwiseAbs().maxCoeff()};
}

void check(const Moments& m, double stddev, double bound) {
  const double n = 300 * 200;
  CHECK(std::abs(m.mean) < 5 * stddev / std::sqrt(n));
  CHECK(std::abs(m.stddev / stddev - 1) < 5 / std::sqrt(2 * n));
  CHECK(m.largest <= bound);
}

}  // namespace

TEST_CASE("initialisers draw from the distributions that their papers name", "[initializers]") {
  const auto weights = [](const Initializer& initializer) {
    auto net = initialized(initializer);
    return moments(net.parameters()["net.weight"]);
  };
  const double default_bound = 1 / std::sqrt(300.0), glorot = std::sqrt(6 / 500.0);
  check(weights(DefaultInit{}), default_bound / std::sqrt(3.0), default_bound);
  check(weights(GlorotInit{}), glorot / std::sqrt(3.0), glorot);
  check(weights(HeInit{}), std::sqrt(2 / 300.0), 1);
  check(weights(HeInit{0.2}), std::sqrt(2 / (1.04 * 300.0)), 1);
  check(weights(NormalInit{}), 0.02, 1);
  const Moments constant = weights(ConstantInit{0.25});
  CHECK(constant.mean == 0.25);
  CHECK(constant.stddev == 0);
}

TEST_CASE("biases keep their layer's default whatever the weights get", "[initializers]") {
  auto net = initialized(ConstantInit{7});
  const auto bias = moments(net.parameters()["net.bias"]);
  CHECK(bias.largest <= 1 / std::sqrt(300.0));
  CHECK(bias.stddev > 0.02);
}

TEST_CASE("orthogonal matrices are orthogonal, tall or wide", "[initializers]") {
  for (const auto& [in, out] : {std::pair<Index, Index>{40, 25}, {25, 40}, {30, 30}}) {
    auto net = initialized(OrthogonalInit{2}, in, out);
    const Eigen::MatrixXd w =
        Eigen::Map<Matrix<float>>(net.parameters()["net.weight"].data(), in, out).cast<double>() / 2;
    const Eigen::MatrixXd gram =
        in >= out ? Eigen::MatrixXd(w.transpose() * w) : Eigen::MatrixXd(w * w.transpose());
    // 1000 roundings of float numbers of size 1/√n.
    CHECK((gram - Eigen::MatrixXd::Identity(gram.rows(), gram.cols())).cwiseAbs().maxCoeff() < 1e-6);
  }
}

TEST_CASE("the seed determines the weights", "[initializers]") {
  auto a = initialized(GlorotInit{}, 8, 8, 1), b = initialized(GlorotInit{}, 8, 8, 1),
       c = initialized(GlorotInit{}, 8, 8, 2);
  CHECK(a.parameters()["net.weight"] == b.parameters()["net.weight"]);
  CHECK(a.parameters()["net.weight"] != c.parameters()["net.weight"]);
}
