// A dataset has no weights to save: the error names what a thing needs to have them.
// expect: WeightedModel
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/weights.hpp>

using namespace eigenerate;

void save(const Dataset& points) {
  save_weights("points.safetensors", points);
}
