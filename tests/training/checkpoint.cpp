#include "eigenerate/training/checkpoint.hpp"

#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/model_hash.hpp"
#include "support/small_models.hpp"

using namespace eigenerate;
using support::contains;
using support::error_of;
using support::model_hash;

namespace {

const FitPlan plan{.sample_shape = {4},
                   .train_samples = 10,
                   .epochs = 5,
                   .batch_size = 4,
                   .steps_per_epoch = 3,
                   .seed = 9,
                   .data_fingerprint = 77};

Vae<> small_vae(std::uint64_t seed = 1, Optimizer optimizer = Adam{0.1}) {
  return {Linear{4, 4}, Linear{2, 4}, {.optimizer = optimizer, .ema_decay = 0.9, .seed = seed}};
}

/// A state in which every field differs from its default.
RunState busy_state() {
  RunState s;
  s.epoch = 2;
  s.batch = 1;
  s.step = 7;
  s.learning_rate_scale = 0.25;
  s.rollbacks = 2;
  s.skipped_steps = 3;
  s.skipped_in_a_row = 1;
  s.last_finite_loss = 0.1;
  s.epoch_mean.set("loss", 1.0 / 3, 4);
  s.epoch_mean.set("kl", 0x1p-1060, 2);
  s.epoch_samples = 4;
  s.epoch_seconds = 0.5;
  s.fit_epochs = 9;
  s.fit_seconds = 2.25;
  EpochRecord last{.epoch = 2, .step = 6, .train_seconds = 1.5, .images_per_second = 6.5};
  last.train.set("loss", 2);
  last.held_out.emplace().set("loss", 3);
  last.measured.set("fid", 4, 5);
  s.last_epoch = last;
  s.callbacks["early_stopping.best"] = {1.25, 2};
  s.callbacks["in_float"] = std::vector<float>{0.1f, 2};
  s.callbacks["nothing"] = {};
  return s;
}

}  // namespace

TEST_CASE("a checkpoint brings back the model and every field of the state", "[checkpoint]") {
  const support::TemporaryFolder folder;
  auto vae = small_vae();
  const Matrix<float> x = Matrix<float>::Random(4, 4).cwiseAbs();
  vae.prepare(4);
  vae.train_step({as_const(x), {}}, {});
  save_checkpoint(folder / "c", plan, busy_state(), vae);

  auto other = small_vae(2);
  RunState s;
  CHECK(model_hash(other) != model_hash(vae));
  load_checkpoint(folder / "c", plan, s, other);
  CHECK(model_hash(other) == model_hash(vae));
  const RunState expected = busy_state();
  CHECK(s.epoch == expected.epoch);
  CHECK(s.batch == expected.batch);
  CHECK(s.step == expected.step);
  CHECK(s.learning_rate_scale == expected.learning_rate_scale);
  CHECK(s.rollbacks == expected.rollbacks);
  CHECK(s.skipped_steps == expected.skipped_steps);
  CHECK(s.skipped_in_a_row == expected.skipped_in_a_row);
  CHECK(s.last_finite_loss == expected.last_finite_loss);
  CHECK(s.epoch_samples == expected.epoch_samples);
  CHECK(s.epoch_seconds == expected.epoch_seconds);
  CHECK(s.fit_epochs == 9);
  CHECK(s.fit_seconds == 2.25);
  REQUIRE(s.epoch_mean.size() == 2);
  CHECK(s.epoch_mean.begin()->name.view() == "loss");
  CHECK(s.epoch_mean["loss"] == 1.0 / 3);
  CHECK(s.epoch_mean["kl"] == 0x1p-1060);
  CHECK(s.epoch_mean.begin()->weight == 4);
  REQUIRE(s.last_epoch);
  CHECK(s.last_epoch->epoch == 2);
  CHECK(s.last_epoch->step == 6);
  CHECK(s.last_epoch->train_seconds == 1.5);
  CHECK(s.last_epoch->images_per_second == 6.5);
  CHECK(s.last_epoch->train["loss"] == 2);
  CHECK((*s.last_epoch->held_out)["loss"] == 3);
  CHECK(s.last_epoch->measured["fid"] == 4);
  CHECK(s.callbacks == expected.callbacks);
}

TEST_CASE("a fresh state and a double model make a checkpoint too", "[checkpoint]") {
  const support::TemporaryFolder folder;
  auto vae = Vae<double>(Linear{4, 4}, Linear{2, 4});
  save_checkpoint(folder / "c", plan, {}, vae);
  auto other = Vae<double>(Linear{4, 4}, Linear{2, 4}, {.seed = 5});
  RunState state = busy_state();
  load_checkpoint(folder / "c", plan, state, other);
  CHECK(model_hash(other) == model_hash(vae));
  CHECK(state.step == 0);
  CHECK_FALSE(state.last_epoch);
  CHECK_FALSE(state.last_finite_loss);
  // A float model's checkpoint is not a double one's.
  auto narrow = small_vae();
  CHECK(contains(error_of([&] { load_checkpoint(folder / "c", plan, state, narrow); }),
                 "is F64, expected F32"));
}

TEST_CASE("a checkpoint of another run is refused with everything that differs", "[checkpoint]") {
  const support::TemporaryFolder folder;
  auto vae = small_vae();
  save_checkpoint(folder / "c", plan, busy_state(), vae);
  const auto hash = model_hash(vae);
  const auto refusal = [&](const FitPlan& other) {
    RunState state;
    const std::string message =
        error_of<ConfigError>([&] { load_checkpoint(folder / "c", other, state, vae); });
    CHECK(state.step == (message.empty() ? 7 : 0));
    CHECK(model_hash(vae) == hash);
    return message;
  };
  CHECK(refusal(plan).empty());
  FitPlan other = plan;
  other.epochs = 500;  // a constant schedule does not mind
  CHECK(refusal(other).empty());
  other.seed = 10;
  other.batch_size = 5;
  const std::string message = refusal(other);
  CHECK(contains(message, (folder / "c").string()));
  CHECK(contains(message, "seed: 9 then, 10 now"));
  CHECK(contains(message, "batch size: 4 then, 5 now"));
  CHECK_FALSE(contains(message, "samples"));
  other = plan;
  other.train_samples = 11;
  other.data_fingerprint = 78;
  CHECK(contains(refusal(other), "training samples: 10 then, 11 now"));
  CHECK(contains(refusal(other), "fingerprint of the training data: 77 then, 78 now"));
  other = plan;
  other.schedule = CosineSchedule{};
  CHECK(contains(refusal(other), "learning-rate schedule"));
}

TEST_CASE("another optimiser and another architecture are refused", "[checkpoint]") {
  const support::TemporaryFolder folder;
  auto vae = small_vae();
  save_checkpoint(folder / "c", plan, busy_state(), vae);
  RunState state;
  auto decoupled = small_vae(1, AdamW{0.1});
  CHECK(contains(error_of<ConfigError>([&] { load_checkpoint(folder / "c", plan, state, decoupled); }),
                 "decoder learned with \"Adam\" then, with AdamW now"));
  Vae<> large{Linear{8, 4}, Linear{2, 8}, {.optimizer = Adam{0.1}}};
  const auto hash = model_hash(large);
  const std::string message = error_of([&] { load_checkpoint(folder / "c", plan, state, large); });
  CHECK(contains(message, "unexpected: \"average.decoder.bias\", \"average.decoder.weight\""));
  CHECK(contains(message, "\"encoder.weight\" is (4, 4), expected (4, 8)"));
  CHECK(contains(message, "\"optimizer.decoder.weight.exp_avg\" is (4, 2), expected (8, 2)"));
  CHECK(model_hash(large) == hash);
  CHECK(state.step == 0);
}

TEST_CASE("a model that is not finite is not saved, and the file that stood there stays", "[checkpoint]") {
  const support::TemporaryFolder folder;
  support::for_each_small_model([&](const std::string& name, auto&& make) {
    CAPTURE(name);
    auto model = make();
    save_checkpoint(folder / "c", plan, {}, model);
    const auto bytes = support::read_bytes(folder / "c");
    // One arena after the other: a moment's or an average's NaN is as bad as a weight's.
    std::size_t arenas = 0;
    for (auto* learner : model.learners()) {
      learner->for_each_arena([&](ArenaKind, std::string_view, auto& arena) { arenas += arena.size() > 0; });
    }
    for (std::size_t poisoned = 0; poisoned < arenas; ++poisoned) {
      auto broken = model;
      std::size_t next = 0;
      std::string tensor;
      for (auto* learner : broken.learners()) {
        learner->for_each_arena([&](ArenaKind, std::string_view, auto& arena) {
          if (arena.size() == 0 || next++ != poisoned) return;
          arena.data()[arena.segments().back().offset] = std::numeric_limits<float>::quiet_NaN();
          tensor = arena.segments().back().name;
        });
      }
      const std::string message =
          error_of<DivergenceError>([&] { save_checkpoint(folder / "c", plan, {}, broken); });
      CHECK(contains(message, tensor));
      CHECK(contains(message, "is nan"));
    }
    CHECK(support::read_bytes(folder / "c") == bytes);
    CHECK(folder.entries() == 1);
  });
}
