#include "eigenerate/models/snapshot.hpp"

#include "eigenerate/data/batches.hpp"
#include "eigenerate/layers/layers.hpp"
#include "models/model_step.hpp"
#include "support/model_hash.hpp"
#include "support/small_models.hpp"

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

TEST_CASE("a snapshot of everything takes training back to the bit", "[snapshot]") {
  const Dataset data = support::small_images();
  support::for_each_small_model([&](const char* name, const auto& make) {
    INFO(name);
    auto model = make();
    model.prepare(8);
    Batches<float> batches(data, {.batch_size = 8});
    const auto train = [&](std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t step = first; step < last; ++step)
        model.train_step(batches.batch(0, static_cast<Index>(step % 5)), {.step = step});
    };
    train(0, 4);
    const std::uint64_t middle = support::model_hash(model);
    const Snapshot everything(model, SnapshotScope::everything), weights(model);
    train(4, 8);
    const std::uint64_t end = support::model_hash(model);
    everything.restore(model);
    CHECK(support::model_hash(model) == middle);
    train(4, 8);
    CHECK(support::model_hash(model) == end);
    weights.restore(model);  // moments and step counters stay
    CHECK(support::model_hash(model) != middle);
    everything.restore(model);
    CHECK(support::model_hash(model) == middle);
    // Values that were saved elsewhere.
    train(4, 5);
    Snapshot(weights.values()).restore(model);
    const Snapshot again(model);
    CHECK(again.values() == weights.values());
  });
}

TEST_CASE("a snapshot of everything is refused by a model with another optimiser, which stays as it is",
          "[snapshot]") {
  Vae adam{Linear{6, 4}, Linear{2, 6}, {.optimizer = Adam{}}},
      sgd{Linear{6, 4}, Linear{2, 6}, {.optimizer = Sgd{}, .seed = 2}};
  const std::uint64_t before = support::model_hash(sgd);
  CHECK_THROWS_AS(Snapshot(adam, SnapshotScope::everything).restore(sgd), StateError);
  CHECK(support::model_hash(sgd) == before);
  Snapshot(adam).restore(sgd);
  CHECK(Snapshot(sgd).values() == Snapshot(adam).values());
}
