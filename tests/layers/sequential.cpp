#include "eigenerate/layers/sequential.hpp"

#include "eigenerate/layers/linear.hpp"
#include "layers/conformance.hpp"

using namespace eigenerate;

TEST_CASE("Sequential keeps the contract of a layer", "[sequential]") {
  require_conformance(Sequential{Linear{4, 3}}, {4});
  require_conformance(Sequential{Linear{4, 7}, Linear{7, 3}}, {4});
  require_conformance(Sequential{Linear{4, 7}, Sequential{Linear{7, 2}, Linear{2, 5}}, Linear{5, 3}}, {4});
}

TEST_CASE("Sequential names its layers as PyTorch does", "[sequential]") {
  const Network net(Sequential{Linear{4, 7}, Sequential{Linear{7, 2, false}}, Linear{2, 3}},
                    {.name = "encoder"});
  std::string names;
  for (const Segment& s : net.parameters().segments()) names += s.name + " ";
  CHECK(names == "encoder.0.weight encoder.0.bias encoder.1.0.weight encoder.2.weight encoder.2.bias ");
}
