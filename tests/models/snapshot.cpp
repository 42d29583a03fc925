#include "eigenerate/models/snapshot.hpp"

#include "eigenerate/layers/layers.hpp"
#include "models/model_step.hpp"

using namespace eigenerate;

TEST_CASE("a snapshot restores parameters, buffers and averages to the bit", "[snapshot]") {
  Vae vae{Sequential{Linear{6, 4}, BatchNorm{4}, Linear{4, 4}},
          Linear{2, 6},
          {.optimizer = Adam{0.1}, .ema_decay = 0.9}};
  const Matrix<float> x = Matrix<float>::Random(6, 4).cwiseAbs(), z = Matrix<float>::Random(2, 3);
  vae.prepare(4);
  vae.train_step({as_const(x), {}}, {});
  const Snapshot snapshot(vae);
  const Matrix<float> decoded = vae.decode(as_const(z)), encoded = vae.encode(as_const(x)).mean;
  vae.train_step({as_const(x), {}}, {.step = 1});
  CHECK(vae.decode(as_const(z)) != decoded);
  snapshot.restore(vae);
  CHECK(vae.decode(as_const(z)) == decoded);
  CHECK(vae.encode(as_const(x)).mean == encoded);
}

TEST_CASE("a snapshot of another model is refused", "[snapshot]") {
  Vae small{Linear{6, 4}, Linear{2, 6}}, large{Linear{60, 4}, Linear{2, 60}};
  CHECK_THROWS_AS(Snapshot(small).restore(large), StateError);
  CHECK_THROWS_AS(Snapshot().restore(small), StateError);
}
