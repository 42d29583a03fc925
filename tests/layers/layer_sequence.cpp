#include "eigenerate/layers/layer_sequence.hpp"

#include "eigenerate/layers/average_pool.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/reshape.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "eigenerate/layers/upsample.hpp"
#include "layers/conformance.hpp"

using namespace eigenerate;

// Upsample and AveragePool clear their gradient before they read the one that they were given: they work only
// if neighbours' gradients lie in different places.
TEST_CASE("a sequence keeps the gradients of neighbours apart", "[layer_sequence]") {
  require_conformance(Sequential{Reshape{2, 2, 2}, Upsample{2}, AveragePool{2}, Upsample{2}, Tanh{}}, {8});
}

TEST_CASE("a sequence stops its backward at the first layer with parameters", "[layer_sequence]") {
  require_conformance(Sequential{Tanh{}, Reshape{1, 2, 3}, Upsample{2}, Reshape{24}, Linear{24, 2}, Tanh{}},
                      {6});
}
