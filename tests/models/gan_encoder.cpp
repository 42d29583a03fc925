#include "eigenerate/models/gan_encoder.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/training/training.hpp"
#include "models/model_step.hpp"
#include "models/resumption.hpp"
#include "models/step_promises.hpp"
#include "support/arenas.hpp"
#include "support/batches.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using namespace step_promises;
using support::refuses;
using testing::memory_of;

namespace {

constexpr Index features = 4;

/// With norms of both kinds of statistics, and a map of logits and features where images are judged.
Gan<double> small(bool of_maps) {
  AnyLayer<double> judge =
      Sequential{Flatten{}, Linear{16, features}, Silu{}, Concat{Linear{features, 1}, Identity{}}};
  if (of_maps)
    judge = Sequential{Conv2d{1, features, {.kernel = 2, .stride = 2}}, BatchNorm{features}, Silu{},
                       Concat{Conv2d{features, 1, {.kernel = 1}}, Identity{}}};
  return {Sequential{Linear{2, 16}, BatchNorm{16}, Silu{}, Linear{16, 16}, Reshape{1, 4, 4}},
          judge,
          {.terms = {FeatureMatching{.weight = 0, .features = features}}, .ema_decay = 0.5, .seed = 5}};
}

/// A GAN whose averages and running statistics are others than at the beginning.
Gan<double> trained(bool of_maps) {
  Gan<double> gan = small(of_maps);
  const Matrix<double> x = testing::normal_batch(16, 8, 1);
  gan.prepare(8);
  for (std::uint64_t step = 0; step < 5; ++step) gan.train_step({x, {}}, {.step = step, .seed = 2});
  return gan;
}

AnyLayer<double> to_latent() {
  return Sequential{Flatten{}, Linear{16, 5}, BatchNorm{5}, Silu{}, Linear{5, 2}};
}

}  // namespace

TEST_CASE("gan_encoder: the gradient of the whole step is exact", "[gan_encoder]") {
  const Matrix<double> x = testing::normal_batch(16, 4, 3);
  for (const bool of_maps : {false, true}) {
    const Gan<double> gan = trained(of_maps);
    for (const double weight : {0.0, 1.0, 30.0}) {
      CAPTURE(of_maps, weight);
      GanEncoder<double> model{gan, to_latent(), {.feature_weight = weight, .optimizer = descent, .seed = 3}};
      model.prepare(4);
      CHECK(gradient_error(model, {x, {}}, {}, "loss", 0) < testing::tolerance::derivative);
    }
  }
}

TEST_CASE("a step of an encoder of a GAN is PyTorch's", "[gan_encoder][golden]") {
  const testing::Golden goldens = testing::load_golden("models/gan_encoder");
  for (const std::string name : {"values", "and features"}) {
    CAPTURE(name);
    const testing::Golden c = goldens[name];
    Gan<double> gan{Sequential{Linear{2, 6}, BatchNorm{6}, Silu{}, Linear{6, 5}},
                    Sequential{Linear{5, 4}, Silu{}, Concat{Linear{4, 1}, Identity{}}},
                    {.terms = {FeatureMatching{.weight = 0, .features = 4}}}};
    c["generator_before"].fill(gan.generator().parameters(), "generator");
    c["generator_before_buffers"].fill(gan.generator().buffers(), "generator");
    c["discriminator_before"].fill(gan.discriminator().parameters(), "discriminator");
    GanEncoder model{gan, Sequential{Linear{5, 4}, Silu{}, Linear{4, 2}},
                     BasicGanEncoderOptions<double>{.feature_weight = c.number("feature_weight"),
                                                    .optimizer = Sgd{c.number("rate")}}};
    c["encoder_before"].fill(model.encoder().parameters(), "encoder");
    model.prepare(4);
    const StepMetrics metrics = model.train_step({c.batch<double>("x"), {}}, {});
    CHECK(std::abs(metrics["loss"] - c.number("loss")) < testing::tolerance::golden);
    CHECK(std::abs(metrics["residual"] - c.number("residual")) < testing::tolerance::golden);
    if (c.number("feature_weight") > 0)
      CHECK(std::abs(metrics["feature_residual"] - c.number("feature_residual")) <
            testing::tolerance::golden);
    const auto& got = model.encoder().parameters();
    CHECK(testing::relative_error(memory_of(got), memory_of(c["encoder"].arena(got, "encoder"))) <
          testing::tolerance::golden);
  }
}

TEST_CASE("gan_encoder: its loss is the residual of its reconstructions", "[gan_encoder]") {
  const Gan<double> gan = trained(true);
  GanEncoder<double> model{gan, to_latent(), {.feature_weight = 0.3, .seed = 3}};
  const Matrix<double> x = testing::normal_batch(16, 6, 3);
  model.prepare(6);
  for (std::uint64_t step = 0; step < 3; ++step) model.train_step({x, {}}, {.step = step});
  const auto before = bytes_of_learners(model);
  const StepMetrics metrics = model.evaluate({x, {}}, {});
  CHECK(bytes_of_learners(model) == before);
  const GanResidual residual = gan_residual(gan, x, model.reconstruct(x));
  CHECK(std::abs(metrics["residual"] - residual.of_values.mean()) < 1e-13);
  CHECK(std::abs(metrics["feature_residual"] - residual.of_features.mean()) < 1e-13);
  CHECK(std::abs(metrics["loss"] - metrics["residual"] - 0.3 * metrics["feature_residual"]) < 1e-13);
  CHECK(model.figures().size() == 3);
}

TEST_CASE("gan_encoder: it learns to give latent vectors back, and the GAN stays as it is", "[gan_encoder]") {
  Gan<double> gan = trained(false);
  const auto before = bytes_of_learners(gan);
  GanEncoder<double> model{gan,
                           Sequential{Flatten{}, Linear{16, 32}, Silu{}, Linear{32, 2}},
                           {.optimizer = Adam{1e-2}, .seed = 3}};
  const Matrix<double> z = testing::normal_batch(2, 64, 4), x = gan.decode(z);
  model.prepare(64);
  const double at_first = model.evaluate({x, {}}, {})["loss"];
  for (std::uint64_t step = 0; step < 600; ++step) model.train_step({x, {}}, {.step = step});
  CHECK(model.evaluate({x, {}}, {})["loss"] < 0.02 * at_first);
  CHECK((model.embed(x) - z).norm() < 0.2 * z.norm());
  CHECK(bytes_of_learners(gan) == before);
}

TEST_CASE("gan_encoder: a step in parts is the step of the whole batch", "[gan_encoder]") {
  const Gan<double> gan = trained(true);
  const Matrix<double> x = testing::normal_batch(16, 5, 3);
  a_step_in_parts_is_the_whole(
      GanEncoder<double>{gan, Sequential{Flatten{}, Linear{16, 2}}, {.optimizer = descent}}, {x, {}});
}

TEST_CASE("gan_encoder: what it cannot learn from is refused with what to do", "[gan_encoder]") {
  const Gan<double> gan = small(false);
  const AnyLayer<double> encoder = to_latent();
  const auto make = [&](const Gan<double>& of, double weight = 1) {
    return GanEncoder<double>{of, encoder, {.feature_weight = weight}};
  };
  refuses<ConfigError>([&] { make(gan, -1); }, {"feature_weight", "-1"});
  const Gan<double> no_features{Linear{2, 16}, Linear{16, 1}};
  refuses<ConfigError>([&] { make(no_features); }, {"no features", "Concat"});
  CHECK_NOTHROW(make(no_features, 0));
  refuses<ConfigError>(
      [&] {
        make({Linear{infer, 16}, Linear{infer, 1}, {.classes = 3, .latent = 2}}, 0);
      },
      {"GanEncoder", "3 classes"});
  refuses<ShapeError>(
      [&] {
        GanEncoder<double>(gan, Sequential{Flatten{}, Linear{16, 3}});
      },
      {"2 values of a latent vector"});
  auto model = make(gan);
  const Matrix<double> x = testing::normal_batch(16, 3, 1);
  refuses<StateError>([&] { model.train_step({x, {}}, {}); }, {"GanEncoder", "prepare(3)"});
  refuses<ShapeError>([&] { model.embed(x.topRows(4).eval()); }, {"GanEncoder", "16 values"});
  const GanEncoder<double> bounded{gan, Sequential{Flatten{}, Linear{16, 2}, Tanh{}}};
  CHECK(bounded.setup_warnings({x, {}}, {-1, 1}).size() == 1);
  CHECK(model.setup_warnings({x, {}}, {-1, 1}).empty());
}

namespace {

const Gan<float>& wide_gan() {
  static const Gan<float> gan{Sequential{Linear{8, 64}, Relu{}, Linear{64, 256}, Reshape{1, 16, 16}},
                              Sequential{Conv2d{1, 16, {.kernel = 4, .stride = 2, .padding = 1}},
                                         LeakyRelu{0.2}, Flatten{}, Concat{Linear{16 * 64, 1}, Identity{}}},
                              {.terms = {FeatureMatching{.weight = 0, .features = 16 * 64}}}};
  return gan;
}
GanEncoder<float> wide() {
  return {wide_gan(),
          Sequential{Conv2d{1, 16, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{16}, LeakyRelu{0.2},
                     Dropout{0.5}, Flatten{}, Linear{16 * 64, 8}},
          {.ema_decay = 0.9}};
}

}  // namespace

TEST_CASE("gan_encoder: the same bits on any number of threads", "[gan_encoder][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(256, 24, 1);
  same_bits_on_any_number_of_threads([] { return wide(); }, {x, {}});
}

TEST_CASE("gan_encoder: no step after the first allocates", "[gan_encoder][allocation]") {
  const Matrix<float> x = testing::uniform_batch<float>(256, 24, 1);
  no_step_after_the_first_allocates([] { return wide(); }, {x, {}});
}

TEST_CASE("gan_encoder: a run that was stopped and resumed ends with the bits of one that was not",
          "[gan_encoder][resume]") {
  const Dataset data("uniform", {1, 16, 16}, testing::uniform_batch<float>(256, 40, 1));
  a_resumed_run_is_the_whole_one([] { return wide(); }, data);
}
