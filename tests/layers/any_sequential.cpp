#include "eigenerate/layers/any_sequential.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/relu.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"

using namespace eigenerate;

namespace {

/// Chosen at run time: `depth` hidden layers.
template <Scalar S = float>
AnySequential<S> multilayer(Index depth, Index width) {
  std::vector<AnyLayer<S>> layers{Linear{3, width}};
  for (Index i = 0; i < depth; ++i) {
    layers.push_back(i % 2 == 0 ? AnyLayer<S>{Tanh{}} : AnyLayer<S>{Relu{}});
    layers.push_back(Linear{width, width});
  }
  return AnySequential<S>{std::move(layers)};
}

}  // namespace

TEST_CASE("AnySequential keeps the contract of a layer", "[any_sequential]") {
  require_conformance(AnySequential<double>{{Linear{4, 3}}}, {4});
  require_conformance(multilayer<double>(2, 5), {3});
  require_conformance(AnySequential<double>{{Tanh{}, multilayer<double>(1, 2), Tanh{}}}, {3});
}

TEST_CASE("AnySequential has the names and the bits of Sequential", "[any_sequential]") {
  const NetworkOptions options{.name = "critic", .seed = 4};
  Network net(multilayer(2, 5), options);
  Network expected(Sequential{Linear{3, 5}, Tanh{}, Linear{5, 5}, Relu{}, Linear{5, 5}}, options);
  REQUIRE(net.parameters().segments().size() == expected.parameters().segments().size());
  for (std::size_t i = 0; i < net.parameters().segments().size(); ++i)
    CHECK(net.parameters().segments()[i].name == expected.parameters().segments()[i].name);
  Matrix<float> x(3, 7);
  fill_normal(x.data(), x.size(), RandomStream{1});
  auto ws = net.make_workspace(7), other = expected.make_workspace(7);
  CHECK(net.forward({x}, ws) == expected.forward({x}, other));
}

TEST_CASE("AnySequential refuses an empty list", "[any_sequential]") {
  CHECK_THROWS_AS(AnySequential{{}}, ConfigError);
}
