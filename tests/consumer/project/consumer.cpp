// The README's first example, cut to toy data so that it ends within a second.
#include <cstdio>
#include <eigenerate/data/toy.hpp>
#include <eigenerate/eigenerate.hpp>
using namespace eigenerate;

int main() {
  const auto points = data::gaussian_ring(1000);

  Vae vae{Sequential{Linear{2, 32}, Relu{}, Linear{32, 2 * 2}},
          Sequential{Linear{2, 32}, Relu{}, Linear{32, 2}},
          {.likelihood = UnitNormal{}, .optimizer = Adam{1e-2}}};

  Trainer trainer{{.epochs = 1, .batch_size = 100, .seed = 7}};
  const double before = trainer.fit(vae, points).last_epoch->train["loss"];
  const double after = trainer.fit(vae, points).last_epoch->train["loss"];
  std::puts(fmt::format("eigenerate {}: loss {:.3f}, then {:.3f}", version, before, after).c_str());
  return after < before ? 0 : 1;
}
