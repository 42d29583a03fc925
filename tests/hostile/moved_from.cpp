// Objects that were moved from say so, wherever they are used.

#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/weights.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;

namespace {

/// Whether the call throws a `StateError` that says what happened.
template <class F>
bool refuses(F&& call) {
  try {
    call();
  } catch (const StateError& error) {
    return support::contains(error.what(), "was moved from");
  }
  return false;
}

Matrix<float> values(Index rows, Index cols) {
  Matrix<float> x(rows, cols);
  fill_uniform(x.data(), x.size(), RandomStream{1});
  return x;
}
Dataset small_data() {
  std::vector<int> labels(8);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i % 2);
  return {"data", {6}, values(6, 8), labels, 2};
}

/// Everything that any model has; without a label, of one that is not conditional.
template <class M>
void check_model(M model, const support::TemporaryFolder& folder, std::optional<int> label = 1) {
  const auto sample = [&](const M& from) { return label ? from.sample(2, *label) : from.sample(2); };
  model.prepare(8);
  Trainer{{.epochs = 1, .batch_size = 8}}.fit(model, small_data());
  const M taken = std::move(model);
  CHECK(sample(taken).cols() == 2);
  const Matrix<float> x = values(6, 8), z = values(2, 8);
  const std::vector<int> labels{0, 1, 0, 1, 0, 1, 0, 1};
  const Batch<float> batch{as_const(x), labels};
  CHECK(refuses([&] { sample(model); }));
  CHECK(refuses([&] { model.decode(as_const(z), labels); }));
  CHECK(refuses([&] { model.prepare(99); }));
  CHECK(refuses([&] { model.train_step(batch, {}); }));
  CHECK(refuses([&] { model.evaluate(batch, {}); }));
  CHECK(refuses([&] { model.health(batch, {}); }));
  CHECK(refuses([&] { model.setup_warnings(batch, {0, 1}); }));
  CHECK(refuses([&] { Trainer{{.epochs = 1, .batch_size = 8}}.fit(model, small_data()); }));
  CHECK(refuses([&] { save_weights(folder / "weights.safetensors", model); }));
}

}  // namespace

TEST_CASE("models that were moved from say so", "[moved from]") {
  const support::TemporaryFolder folder;
  check_model(Vae{Linear{8, 4}, Linear{4, 6}, {.classes = 2, .ema_decay = 0.5}}, folder);
  check_model(Vae{Linear{6, 4}, Linear{2, 6}, {.terms = {FactorVae{Linear{2, 1}}}}}, folder, std::nullopt);
  check_model(Gan{Linear{4, 6}, Linear{8, 1}, {.classes = 2}}, folder);
  check_model(AdversarialAutoencoder{Linear{8, 2}, Linear{4, 6}, Linear{4, 1}, {.classes = 2}}, folder);
  check_model(Bigan{Linear{8, 2}, Linear{4, 6}, Linear{10, 1}, {.classes = 2}}, folder);
  check_model(
      VaeGan{Linear{6, 4}, Linear{2, 6}, Linear{6, 3}, {.terms = {FeatureReconstruction{.features = 2}}}},
      folder, {});
  Vae vae{Linear{8, 4}, Linear{4, 6}, {.classes = 2}};
  const auto taken = std::move(vae);
  const Matrix<float> x = values(6, 2), one = values(6, 1);
  const std::vector<int> labels{0, 1};
  CHECK(refuses([&] { vae.encode(as_const(x), labels); }));
  CHECK(refuses([&] { vae.log_likelihood(as_const(x), 3, labels); }));
  CHECK(refuses([&] { vae.interpolate(as_const(one), as_const(one), 3, 1); }));
  CHECK(taken.encode(as_const(x), labels).mean.cols() == 2);
  vae = taken;  // and may be used again once they are given something
  CHECK(vae.encode(as_const(x), labels).mean == taken.encode(as_const(x), labels).mean);
}

TEST_CASE("networks, arenas, layers and datasets that were moved from say so", "[moved from]") {
  Network network(Linear{3, 2});
  auto ws = network.make_workspace(4);
  const auto taken_network = std::move(network);
  const Matrix<float> x = values(3, 4);
  CHECK(refuses([&] { network.forward({x}, ws); }));
  CHECK(refuses([&] { network.make_workspace(4); }));
  CHECK(refuses([&] { static_cast<void>(network.input_shape()); }));
  CHECK(refuses([&] { network.parameters().segments(); }));
  CHECK(refuses([&] { network.require_tangent(); }));
  CHECK(refuses([&] { static_cast<void>(network.kind_of("weight")); }));

  AnyLayer layer = Linear{3, 2};
  const AnyLayer taken_layer = std::move(layer);
  CHECK(refuses([&] { Network{layer}; }));
  AnySequential sequence{{Linear{3, 2}}};
  const AnySequential taken_sequence = std::move(sequence);
  CHECK(refuses([&] { Network(sequence, Shape{3}); }));

  Dataset dataset = small_data();
  const Dataset taken_dataset = std::move(dataset);
  CHECK(refuses([&] { static_cast<void>(dataset.sample(0)); }));
  CHECK(refuses([&] { static_cast<void>(dataset.stored_sample(0)); }));
  CHECK(refuses([&] { static_cast<void>(dataset.storage()); }));
  CHECK(refuses([&] { static_cast<void>(dataset.labels()); }));
  CHECK(refuses([&] { static_cast<void>(dataset.value_range()); }));
  CHECK(refuses([&] { static_cast<void>(dataset.fingerprint()); }));
  Vae vae{Linear{6, 4}, Linear{2, 6}};
  CHECK(refuses([&] { Trainer{{.epochs = 1, .batch_size = 4}}.fit(vae, dataset); }));
}
