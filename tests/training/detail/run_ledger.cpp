// Fits that go on: what one fit of n epochs leaves, n fits of one epoch leave too, to the bit.
#include "eigenerate/training/detail/run_ledger.hpp"

#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/training/callbacks/checkpoints.hpp"
#include "eigenerate/training/callbacks/json_lines.hpp"
#include "eigenerate/training/training.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/model_hash.hpp"
#include "support/small_models.hpp"
#include "support/stop_at.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;
using support::contains;
using support::error_of;
using support::model_hash;
using support::StopAt;

namespace {

/// A model that diverges in one step of the run, when it is taken for the first time.
template <class M>
struct DivergesOnce {
  using scalar_type = typename M::scalar_type;
  M model;
  std::uint64_t when;
  bool done = false;

  void prepare(Index max_batch) { model.prepare(max_batch); }
  Shape sample_shape() const { return model.sample_shape(); }
  StepMetrics evaluate(const Batch<scalar_type>& batch, const StepContext& context) {
    return model.evaluate(batch, context);
  }
  auto learners() { return model.learners(); }
  auto learners() const { return model.learners(); }
  StepMetrics train_step(const Batch<scalar_type>& batch, const StepContext& context) {
    if (context.step == when && !std::exchange(done, true)) fail<DivergenceError>("an accident");
    return model.train_step(batch, context);
  }
};

struct SetThreads {
  explicit SetThreads(int threads) : before(num_threads()) { set_num_threads(threads); }
  ~SetThreads() { set_num_threads(before); }
  int before;
};

Dataset numbers_from(Index first, Index n) {
  Matrix<float> x(1, n);
  for (Index i = 0; i < n; ++i) x(0, i) = static_cast<float>(first + i);
  return {"numbers", {1}, std::move(x)};
}

}  // namespace

TEST_CASE("forty fits of one epoch leave the bits of one fit of forty", "[run ledger]") {
  const Dataset data = support::small_images(), held_out = data.take(20);
  support::for_each_small_model([&](const std::string& name, auto&& make) {
    CAPTURE(name);
    const auto train = [&](Index fits, Index epochs) {
      auto model = make();
      Trainer trainer{{.epochs = epochs, .batch_size = 16, .seed = 6},
                      EarlyStopping{{.metric = support::followed_figure(model), .patience = 1000}}};
      FitResult result;
      for (Index i = 0; i < fits; ++i) result = trainer.fit(model, data, held_out);
      CHECK(result.epochs == fits * epochs);
      CHECK(result.steps == static_cast<std::uint64_t>(3 * fits * epochs));
      CHECK(trainer.template callback<EarlyStopping>().best().has_value());
      return model_hash(model);
    };
    const auto whole = train(1, 40);
    CHECK(train(40, 1) == whole);
    const SetThreads threads(num_threads() + 2);
    CHECK(train(20, 2) == whole);
  });
}

TEST_CASE("fits that go on see the batches, noise and steps of one long fit", "[run ledger]") {
  const Dataset data = counting_dataset(10);
  CountingModel whole, parts;
  Trainer{{.epochs = 5, .batch_size = 4, .seed = 3, .schedule = StepSchedule{4, 0.5}}}.fit(whole, data);
  Trainer trainer{{.epochs = 1, .batch_size = 4, .seed = 3, .schedule = StepSchedule{4, 0.5}}};
  for (int i = 0; i < 5; ++i) trainer.fit(parts, data);
  CHECK(parts.seen == whole.seen);
  REQUIRE(parts.steps.size() == 15);
  for (std::size_t i = 0; i < 15; ++i) {
    CHECK(parts.steps[i].step == i);
    CHECK(parts.steps[i].learning_rate_factor == whole.steps[i].learning_rate_factor);
  }
}

TEST_CASE("a schedule that knows its end takes the epochs asked for so far for the whole", "[run ledger]") {
  CountingModel model;
  Trainer trainer{{.epochs = 2, .batch_size = 5, .schedule = CosineSchedule{}}};
  const CosineSchedule cosine{};
  trainer.fit(model, counting_dataset(10));
  trainer.fit(model, counting_dataset(10));
  for (Index i = 0; i < 8; ++i)
    CHECK(model.steps[static_cast<std::size_t>(i)].learning_rate_factor == cosine(i, i < 4 ? 4 : 8));
}

TEST_CASE("an early stop is the same in one fit and in many", "[run ledger]") {
  const Dataset data = support::small_images(), held_out = data.take(20);
  const auto train = [&](int fits, Index epochs, bool resume, const std::filesystem::path& folder) {
    // A rate at which the held-out loss soon rises.
    Vae vae{Sequential{Flatten{}, Linear{64, 6}},
            Sequential{Linear{3, 64}, Reshape{1, 8, 8}},
            {.optimizer = Adam{0.1}, .ema_decay = 0.5, .seed = 4}};
    Trainer trainer{{.epochs = epochs, .batch_size = 16, .seed = 6},
                    EarlyStopping{{.patience = 2}},
                    Checkpoints{folder, {.resume = resume}}};
    FitResult result;
    for (int i = 0; i < fits; ++i) result = trainer.fit(vae, data, held_out);
    CHECK(result.stop_reason == EarlyStopping::reason);
    CHECK(trainer.template callback<EarlyStopping>().best_epoch() == result.epochs - 2);
    return std::pair(result.epochs, model_hash(vae));
  };
  const support::TemporaryFolder one, many;
  const auto whole = train(1, 40, false, one.path());
  CHECK(whole.first > 3);
  CHECK(whole.first < 40);
  CHECK(train(40, 1, false, many.path()) == whole);
  // What patience has ended stays ended.
  CHECK(train(1, 40, true, one.path()) == whole);
  CHECK(train(3, 20, true, many.path()) == whole);
}

TEST_CASE("a best epoch put back between fits does not change where training goes on", "[run ledger]") {
  const Dataset data = counting_dataset(10), held_out = counting_dataset(3);
  CountingModel model;
  model.held_out_loss = [&](int) { return std::abs(static_cast<double>(model.steps.size()) - 3.0); };
  const auto bias = [&]() -> float& { return model.learner.network.parameters()["counting.bias"](0); };
  Trainer trainer{{.epochs = 1, .batch_size = 4}, EarlyStopping{{.patience = 10}}};
  for (int i = 0; i < 3; ++i) trainer.fit(model, data, held_out);
  CHECK(bias() == 2);  // of the first epoch's last step
  std::optional<float> at_step;
  model.loss = [&](std::uint64_t) {
    if (!at_step) at_step = bias();
    return 1.0;
  };
  trainer.fit(model, data, held_out);
  CHECK(at_step == 8);  // of the third epoch's last step: training had come that far
  CHECK(bias() == 2);
  // Weights that somebody has put there meanwhile are not taken away again.
  bias() = 55;
  at_step.reset();
  trainer.fit(model, data, held_out);
  CHECK(at_step == 55);
}

TEST_CASE("the learning rate and noise of a rollback go on", "[run ledger]") {
  const Dataset data = support::small_images(), held_out = data.take(20);
  const auto train = [&](int fits, Index epochs) {
    DivergesOnce<Vae<>> model{
        Vae{Sequential{Flatten{}, Linear{64, 6}}, Sequential{Linear{3, 64}, Reshape{1, 8, 8}}}, 7};
    Trainer trainer{{.epochs = epochs, .batch_size = 16, .seed = 6, .non_finite = NonFinitePolicy::Rollback},
                    EarlyStopping{{.patience = 100}}};
    FitResult result;
    for (int i = 0; i < fits; ++i) result = trainer.fit(model, data, held_out);
    CHECK(result.rollbacks == 1);
    CHECK(result.steps == 30);
    return model_hash(model);
  };
  CHECK(train(10, 1) == train(1, 10));
}

TEST_CASE("a fit that was stopped in an epoch goes on there", "[run ledger]") {
  const Dataset data = counting_dataset(10);
  CountingModel whole, parts;
  Trainer{{.epochs = 4, .batch_size = 4, .seed = 3}}.fit(whole, data);
  Trainer trainer{{.epochs = 2, .batch_size = 4, .seed = 3}, StopAt{2}};
  const FitResult stopped = trainer.fit(parts, data);
  CHECK(stopped.steps == 2);
  CHECK(stopped.epochs == 0);
  const FitResult result = trainer.fit(parts, data);
  CHECK(result.stop_reason.empty());
  CHECK(result.steps == 12);
  CHECK(result.epochs == 4);
  CHECK(parts.seen == whole.seen);
  // Its epoch's figures are over all of its samples.
  CHECK(result.last_epoch->train["loss"] == 100.0 - (9 * 4 + 10 * 4 + 11 * 2) / 10.0);
}

TEST_CASE("a fit that failed goes on where it did", "[run ledger]") {
  const Dataset data = counting_dataset(10);
  CountingModel model;
  model.loss = [&](std::uint64_t step) {
    return step == 4 && model.steps.size() == 5 ? std::numeric_limits<double>::quiet_NaN() : 1.0;
  };
  Trainer trainer{{.epochs = 2, .batch_size = 4}};
  CHECK_THROWS_AS(trainer.fit(model, data), DivergenceError);
  CHECK(trainer.fit(model, data).steps == 12);
  CHECK(model.steps.size() == 13);
  CHECK(model.steps[5].step == 4);
  // One that was refused before its first step asked for nothing.
  CHECK_THROWS_AS(trainer.fit(model, data, Dataset{"wide", {2}, Matrix<float>::Zero(2, 3)}), ShapeError);
  CHECK(trainer.fit(model, data).epochs == 6);
}

TEST_CASE("restart begins anew, and resumes nothing", "[run ledger]") {
  const support::TemporaryFolder folder;
  const Dataset data = counting_dataset(10);
  CountingModel model;
  { Trainer{{.epochs = 2, .batch_size = 4}, Checkpoints{folder.path()}}.fit(model, data); }
  Trainer trainer{{.epochs = 2, .batch_size = 4}, Checkpoints{folder.path(), {.resume = true}}};
  model.steps.clear();
  trainer.fit(model, data);
  CHECK(model.steps.empty());
  trainer.restart();
  model.seen.clear();
  CHECK(trainer.fit(model, data).steps == 6);
  REQUIRE(model.steps.size() == 6);
  CHECK(model.steps[0].step == 0);
  CHECK(trainer.fit(model, data).steps == 12);
}

TEST_CASE("a model is known again wherever it stands, and no other is taken for it", "[run ledger]") {
  const Dataset data = counting_dataset(10);
  Trainer trainer{{.epochs = 1, .batch_size = 4}};
  auto model = std::make_unique<CountingModel>();
  trainer.fit(*model, data);

  CountingModel copy = *model;
  CHECK(trainer.fit(copy, data).steps == 3);
  CountingModel moved = std::move(*model);
  CHECK(trainer.fit(moved, data).steps == 6);
  CHECK(trainer.fit(copy, data).steps == 6);

  // Another model at the same address.
  std::optional<CountingModel> place(std::in_place);
  trainer.fit(*place, data);
  place.emplace();
  CHECK(trainer.fit(*place, data).steps == 3);
  // Assigned from another one it is that one's copy.
  *place = copy;
  CHECK(trainer.fit(*place, data).steps == 3);
  *place = std::move(copy);
  CHECK(trainer.fit(*place, data).steps == 9);

  // Each trainer has runs of its own.
  Trainer other{{.epochs = 1, .batch_size = 4}};
  CHECK(other.fit(moved, data).steps == 3);
}

namespace {

/// A model whose parameters nobody sees.
struct Secretive {
  using scalar_type = float;
  std::vector<std::uint64_t> steps;
  void prepare(Index) {}
  Shape sample_shape() const { return {1}; }
  StepMetrics train_step(const Batch<float>&, const StepContext& context) {
    steps.push_back(context.step);
    StepMetrics m;
    m.set("loss", 1);
    return m;
  }
  StepMetrics evaluate(const Batch<float>&, const StepContext&) {
    StepMetrics m;
    m.set("loss", 1);
    return m;
  }
  std::array<Learner<float>*, 0> learners() { return {}; }
  std::array<const Learner<float>*, 0> learners() const { return {}; }
};

}  // namespace

TEST_CASE("a model without learners begins anew at each fit", "[run ledger]") {
  Secretive model;
  Trainer trainer{{.epochs = 1, .batch_size = 4}};
  trainer.fit(model, counting_dataset(8));
  trainer.fit(model, counting_dataset(8));
  CHECK(model.steps == std::vector<std::uint64_t>{0, 1, 0, 1});
}

TEST_CASE("the ledger forgets models that are no more", "[run ledger]") {
  RunLedger ledger;
  {
    CountingModel gone;
    ledger.keep(gone, {.epochs_asked = 1});
    REQUIRE(ledger.find(gone));
    CHECK(ledger.find(gone)->epochs_asked == 1);
    ledger.keep(gone, {.epochs_asked = 2});
    CHECK(ledger.find(gone)->epochs_asked == 2);
    CHECK(ledger.size() == 1);
  }
  CountingModel model;
  CHECK_FALSE(ledger.find(model));
  ledger.keep(model, {});
  CHECK(ledger.size() == 1);
  Secretive secretive;
  ledger.keep(secretive, {});
  CHECK(ledger.size() == 1);
  CHECK_FALSE(ledger.find(secretive));
}

// ---- Other data

TEST_CASE("other data go on with steps, epochs and schedule, without the unfinished epoch", "[run ledger]") {
  CountingModel model;
  Trainer trainer{{.epochs = 1, .batch_size = 4, .schedule = StepSchedule{5, 0.5}}, StopAt{5}};
  trainer.fit(model, counting_dataset(10));                           // three steps
  CHECK(trainer.fit(model, counting_dataset(10)).steps == 5);         // two of the second epoch
  const FitResult result = trainer.fit(model, numbers_from(100, 8));  // two epochs: three were asked for
  CHECK(result.epochs == 3);
  CHECK(result.steps == 9);
  REQUIRE(model.steps.size() == 9);
  CHECK(model.seen[18] >= 100);
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(model.steps[i].step == i);
    CHECK(model.steps[i].learning_rate_factor == (i < 5 ? 1 : 0.5));
  }
  // Only its own samples are in the figures.
  CHECK(result.last_epoch->train["loss"] == 100 - 7.5);
}

TEST_CASE("a run on several training sets is resumed by the same program", "[run ledger]") {
  const Dataset first = counting_dataset(10), second = numbers_from(100, 8);
  const auto program = [&](const std::filesystem::path& folder, bool resume, std::uint64_t stop_at,
                           CountingModel& model) {
    Trainer trainer{{.epochs = 1, .batch_size = 4, .seed = 2},
                    StopAt{stop_at},
                    Checkpoints{folder, {.resume = resume, .every_steps = 1}}};
    FitResult result;
    for (int i = 0; i < 6; ++i) {
      result = trainer.fit(model, i < 3 || i == 5 ? first : second);
      if (!result.stop_reason.empty()) break;
    }
    return result;
  };
  const support::TemporaryFolder whole;
  CountingModel expected;
  CHECK(program(whole.path(), false, 0, expected).steps == 16);
  for (std::uint64_t k = 1; k < 16; ++k) {
    CAPTURE(k);
    const support::TemporaryFolder folder;
    CountingModel before, after;
    CHECK(program(folder.path(), false, k, before).steps == k);
    CHECK(program(folder.path(), true, 0, after).steps == 16);
    before.seen.insert(before.seen.end(), after.seen.begin(), after.seen.end());
    CHECK(before.seen == expected.seen);
    CHECK(model_hash(after) == model_hash(expected));
  }
}

TEST_CASE("the checkpoint of a run on several training sets says so", "[run ledger]") {
  const support::TemporaryFolder folder;
  const Dataset first = counting_dataset(10), second = numbers_from(100, 8);
  CountingModel model;
  {
    Trainer trainer{{.epochs = 2, .batch_size = 4}, Checkpoints{folder.path()}};
    trainer.fit(model, first);
    trainer.fit(model, second);
  }
  CountingModel resumed;
  Trainer trainer{{.epochs = 4, .batch_size = 4}, Checkpoints{folder.path(), {.resume = true}}};
  const std::string message = error_of<ConfigError>([&] { trainer.fit(resumed, first); });
  CHECK(contains(message, "training samples: 8 then, 10 now"));
  CHECK(contains(message, "the run has had 2 training sets, this one from epoch 3 on"));
  // In another order than then.
  Trainer swapped{{.epochs = 2, .batch_size = 4}, Checkpoints{folder.path(), {.resume = true}}};
  swapped.fit(resumed, first);
  const Dataset third = numbers_from(50, 8);
  Trainer late{{.epochs = 1, .batch_size = 4}, Checkpoints{folder.path(), {.resume = true}}};
  CountingModel again;
  late.fit(again, first);
  CHECK(
      contains(error_of<ConfigError>([&] { late.fit(again, third); }), "learned from another training set"));
}

TEST_CASE("figures of other data are no rivals", "[run ledger]") {
  const support::TemporaryFolder folder;
  const Dataset data = counting_dataset(10);
  CountingModel model;
  // Lower at first, then higher: on other held-out data.
  model.held_out_loss = [&](int) {
    return model.steps.size() <= 6 ? 1.0 : 50.0 - static_cast<double>(model.steps.size());
  };
  const Checkpoints checkpoints{folder.path()};
  Trainer trainer{{.epochs = 2, .batch_size = 4}, EarlyStopping{{.patience = 1}}, checkpoints};
  CHECK(trainer.fit(model, data, counting_dataset(3)).stop_reason == EarlyStopping::reason);
  CHECK(trainer.fit(model, data, counting_dataset(3)).steps == 6);
  const FitResult other = trainer.fit(model, data, counting_dataset(4));
  CHECK(other.stop_reason.empty());
  CHECK(other.steps == 18);
  CHECK(trainer.callback<EarlyStopping>().best() == 50.0 - 18);
  CHECK(trainer.callback<EarlyStopping>().best_epoch() == 6);
}

// ---- Callbacks

TEST_CASE("a run log goes on with its run", "[run ledger]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  Trainer trainer{{.epochs = 2, .batch_size = 4}, JsonLines{folder / "log"}};
  const auto epochs = [&] {
    std::ifstream in(folder / "log");
    std::string text;
    for (std::string line; std::getline(in, line);) text += line.substr(0, line.find(',')) + " ";
    return text;
  };
  trainer.fit(model, counting_dataset(10));
  trainer.fit(model, counting_dataset(10));
  CHECK(epochs() == "{\"epoch\":1 {\"epoch\":2 {\"epoch\":3 {\"epoch\":4 ");
  trainer.restart();
  trainer.fit(model, counting_dataset(10));
  CHECK(epochs() == "{\"epoch\":1 {\"epoch\":2 ");
}

namespace {

/// Writes down what it is told, and what it remembers.
struct Historian {
  std::string* text;
  double fits = 0;
  template <class M>
  void on_resume(const FitPlan&, RunState&, M&) {
    *text += "resume ";
  }
  void load_state(const CallbackNumbers& numbers) {
    const auto found = numbers.find("historian");
    fits = found == numbers.end() ? 0 : found->second[0];
  }
  void save_state(CallbackNumbers& numbers) const { numbers["historian"] = {fits}; }
  template <class M>
  void on_fit_begin(const FitPlan& plan, M&, StopRequest&) {
    *text += fmt::format("fit {} of {}-{} ", ++fits, plan.finished_epochs, plan.epochs);
  }
};

}  // namespace

TEST_CASE("callbacks remember each run apart, and resume only where one begins", "[run ledger]") {
  std::string text;
  Trainer trainer{{.epochs = 2, .batch_size = 4}, Historian{&text}};
  CountingModel a, b;
  trainer.fit(a, counting_dataset(10));
  trainer.fit(b, counting_dataset(10));
  trainer.fit(a, counting_dataset(10));
  trainer.fit(a, counting_dataset(10));
  trainer.fit(b, counting_dataset(10));
  CHECK(text == "resume fit 1 of 0-2 resume fit 1 of 0-2 fit 2 of 2-4 fit 3 of 4-6 fit 2 of 2-4 ");
}

TEST_CASE("a loop of fits that is killed and started again with resume leaves the same bits",
          "[run ledger]") {
  const Dataset data = support::small_images(), held_out = data.take(20);
  support::for_each_small_model([&](const std::string& name, auto&& make) {
    // The user's program: it does not know whether it was killed.
    const auto program = [&](const std::filesystem::path& folder, bool resume, int killed_after) {
      auto model = make();
      Trainer trainer{{.epochs = 1, .batch_size = 16, .seed = 6},
                      EarlyStopping{{.metric = support::followed_figure(model), .patience = 1000}},
                      Checkpoints{folder, {.resume = resume}}};
      for (int i = 0; i < 12 && i != killed_after; ++i) trainer.fit(model, data, held_out);
      return model_hash(model);
    };
    const support::TemporaryFolder whole;
    const auto expected = program(whole.path(), false, -1);
    for (const int k : {1, 5, 11}) {
      CAPTURE(name, k);
      const support::TemporaryFolder folder;
      CHECK(program(folder.path(), false, k) != expected);
      const SetThreads threads(num_threads() + k % 2);
      CHECK(program(folder.path(), true, -1) == expected);
    }
    // One fit of twelve goes on with the loop's run too.
    const support::TemporaryFolder folder;
    program(folder.path(), false, 7);
    auto model = make();
    Trainer{{.epochs = 12, .batch_size = 16, .seed = 6},
            EarlyStopping{{.metric = support::followed_figure(model), .patience = 1000}},
            Checkpoints{folder.path(), {.resume = true}}}
        .fit(model, data, held_out);
    CHECK(model_hash(model) == expected);
  });
}
