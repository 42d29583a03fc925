#include <eigenerate/eigenerate.hpp>
using namespace eigenerate;
int main() {
  Vae vae{Sequential{Linear{2, 400}, Relu{}, Linear{400, 2 * 20}},
          Sequential{Linear{20, 400}, Relu{}, Linear{400, 2}},
          {.likelihood = UnitNormal{}, .optimizer = Adam{1e-3}}};
  Trainer trainer{{.epochs = 20, .batch_size = 128, .seed = 7}, ProgressBar{}};
  trainer.fit(vae, data::gaussian_ring(1000));
}
