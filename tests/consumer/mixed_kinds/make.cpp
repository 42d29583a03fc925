#include "kinds.hpp"

using namespace eigenerate;

Vae<float> make() {
  return {Sequential{Linear{6, 8}, Relu{}, Linear{8, 4}},
          Sequential{Linear{2, 8}, Tanh{}, Linear{8, 6}},
          {.seed = 3}};
}
