#include "eigenerate/layers/elementwise.hpp"

#include <limits>
#include <tuple>

#include "eigenerate/layers/elu.hpp"
#include "eigenerate/layers/gelu.hpp"
#include "eigenerate/layers/leaky_relu.hpp"
#include "eigenerate/layers/relu.hpp"
#include "eigenerate/layers/sigmoid.hpp"
#include "eigenerate/layers/silu.hpp"
#include "eigenerate/layers/softplus.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"

using namespace eigenerate;

namespace {

/// An activation as a user would write it, with errors to plant.
struct Square : Elementwise<Square> {
  static constexpr std::string_view kind = "Square";

  double derivative_factor;
  double curvature_factor;

  explicit Square(double first = 2, double second = 2) : derivative_factor(first), curvature_factor(second) {}

  template <Scalar S>
  S value(S x) const {
    return x * x;
  }
  template <Scalar S>
  S derivative(S x, S) const {
    return S(derivative_factor) * x;
  }
  template <Scalar S>
  S curvature(S, S) const {
    return S(curvature_factor);
  }
};

bool complains_of(const std::vector<std::string>& failures, std::string_view what) {
  for (const auto& failure : failures)
    if (failure.find(what) != std::string::npos) return true;
  return false;
}

template <class L>
void check_keeps_nan(const L& activation) {
  INFO(L::kind);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Network net(activation, Shape{3});
  auto ws = net.make_workspace(1);
  Matrix<float> x(3, 1);
  x << 1, nan, -1;
  const auto y = net.forward({x}, ws);
  CHECK(std::isfinite(y(0, 0)));
  CHECK(std::isnan(y(1, 0)));
  CHECK(std::isfinite(y(2, 0)));
}

}  // namespace

TEST_CASE("a user's activation keeps the contract of a layer", "[elementwise]") {
  require_conformance(Square{}, {5});
}

TEST_CASE("a wrong derivative and a wrong curvature of an activation are caught", "[elementwise]") {
  const auto derivative = testing::check_layer(Square{1}, Shape{5});
  CHECK(complains_of(derivative, "dx: relative error"));
  CHECK(complains_of(derivative, "tangent: relative error"));
  const auto curvature = testing::check_layer(Square{2, 1}, Shape{5});
  CHECK(curvature.size() == 2);  // in training and in evaluation, and nothing else
  CHECK(complains_of(curvature, "tangent_backward, dx: relative error"));
}

TEST_CASE("every activation passes a NaN on", "[elementwise]") {
  std::apply([](const auto&... activation) { (check_keeps_nan(activation), ...); },
             std::tuple{Relu{}, LeakyRelu{}, Elu{}, Silu{}, Gelu{}, Tanh{}, Sigmoid{}, Softplus{}});
}

TEST_CASE("an activation's error messages name its kind", "[elementwise]") {
  CHECK(Gelu{}.plan({2, 3, 4}, "encoder.1").kind == "Gelu");
  CHECK(Gelu{}.plan({2, 3, 4}, "encoder.1").output == Shape{2, 3, 4});
}
