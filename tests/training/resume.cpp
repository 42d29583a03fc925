// Resumption: k steps, a save, a new model and a new Trainer, and the remaining steps give the bits of the
// run that was never interrupted.

#include "eigenerate/training/callbacks/checkpoints.hpp"
#include "eigenerate/training/training.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/model_hash.hpp"
#include "support/small_models.hpp"
#include "support/stop_at.hpp"

using namespace eigenerate;
using support::model_hash;
using support::StopAt;

namespace {

struct BeginFrom {
  RunState from;
  template <class M>
  void on_resume(const FitPlan&, RunState& state, M&) {
    state = from;
  }
};

/// What a run leaves: the model's bits, and the figures of its last epoch.
struct Result {
  std::uint64_t hash = 0;
  FitResult fit;
  double best = 0;
  Index best_epoch = 0;

  bool operator==(const Result& o) const {
    const auto same_metrics = [](const StepMetrics& a, const StepMetrics& b) {
      return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& p, const auto& q) {
        return p.name.view() == q.name.view() && p.value == q.value && p.weight == q.weight;
      });
    };
    return hash == o.hash && fit.epochs == o.fit.epochs && fit.steps == o.fit.steps && best == o.best &&
           best_epoch == o.best_epoch && same_metrics(fit.last_epoch->train, o.fit.last_epoch->train) &&
           same_metrics(*fit.last_epoch->held_out, *o.fit.last_epoch->held_out);
  }
};

constexpr Index epochs = 3;  // of three steps each, the last one short

template <class M>
Result train(M model, const std::filesystem::path& folder, bool resume, std::uint64_t stop_after = 0) {
  const Dataset data = support::small_images(), held_out = data.take(20);
  Trainer trainer{{.epochs = epochs, .batch_size = 16, .seed = 6, .schedule = CosineSchedule{0.1}},
                  StopAt{stop_after},
                  EarlyStopping{{.metric = support::followed_figure(model), .patience = 100}},
                  Checkpoints{folder, {.resume = resume}}};
  Result result;
  result.fit = trainer.fit(model, data, held_out);
  result.hash = model_hash(model);
  result.best = trainer.template callback<EarlyStopping>().best().value_or(0);
  result.best_epoch = trainer.template callback<EarlyStopping>().best_epoch();
  return result;
}

}  // namespace

TEST_CASE("a run that was stopped anywhere and resumed ends with the bits of one that was not", "[resume]") {
  support::for_each_small_model([](const std::string& name, auto&& make) {
    const support::TemporaryFolder whole;
    const Result expected = train(make(), whole.path(), false);
    CHECK(expected.fit.steps == 9);
    // Within epochs, at their ends, before a first epoch's end.
    for (const auto k : std::initializer_list<std::uint64_t>{1, 3, 5, 6, 8}) {
      CAPTURE(name, k);
      const support::TemporaryFolder folder;
      CHECK(train(make(), folder.path(), false, k).fit.steps == k);
      const int threads = num_threads();
      set_num_threads(k % 2 == 0 ? threads : threads + 2);
      CHECK(train(make(), folder.path(), true) == expected);
      set_num_threads(threads);
      // Resuming what is complete changes nothing.
      CHECK(train(make(), folder.path(), true) == expected);
    }
  });
}

TEST_CASE("a run may be interrupted after every step", "[resume]") {
  support::for_each_small_model([](const std::string& name, auto&& make) {
    CAPTURE(name);
    const support::TemporaryFolder whole, folder;
    const Result expected = train(make(), whole.path(), false);
    train(make(), folder.path(), false, 1);
    for (std::uint64_t k = 2; k < 9; ++k) train(make(), folder.path(), true, k);
    CHECK(train(make(), folder.path(), true) == expected);
  });
}

TEST_CASE("more epochs continue a finished run", "[resume]") {
  const Dataset data = support::small_images();
  const auto run = [&](const support::TemporaryFolder& folder, Index count, bool resume) {
    Vae vae{Sequential{Flatten{}, Linear{64, 6}}, Sequential{Linear{3, 64}, Reshape{1, 8, 8}}};
    Trainer{{.epochs = count, .batch_size = 16}, Checkpoints{folder.path(), {.resume = resume}}}.fit(vae,
                                                                                                     data);
    return model_hash(vae);
  };
  const support::TemporaryFolder once, twice;
  const auto expected = run(once, 4, false);
  CHECK(run(twice, 2, false) != expected);
  CHECK(run(twice, 4, true) == expected);
}

TEST_CASE("a rolled back run goes on with its new noise and its lower rate after a resumption", "[resume]") {
  // The state is all that a rollback leaves behind, so a run that resumes with such a state must use it.
  const Dataset data = support::small_images();
  const auto run = [&](const RunState& from) {
    Vae vae{Sequential{Flatten{}, Linear{64, 6}}, Sequential{Linear{3, 64}, Reshape{1, 8, 8}}};
    Trainer{{.epochs = 1, .batch_size = 16}, BeginFrom{from}}.fit(vae, data);
    return model_hash(vae);
  };
  RunState slower, noisier;
  slower.learning_rate_scale = 0.5;
  noisier.rollbacks = 1;
  CHECK(run(slower) != run({}));
  CHECK(run(noisier) != run({}));
  CHECK(run(noisier) != run(slower));
  CHECK(run(noisier) == run(noisier));
}
