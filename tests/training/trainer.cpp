#include "eigenerate/training/trainer.hpp"

#include <algorithm>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/stop_at.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;
using support::StopAt;

namespace {

/// Writes down every hook.
struct Diary {
  std::string* text;
  template <class M>
  void on_fit_begin(const FitPlan& p, M&, StopRequest&) {
    *text += fmt::format("begin {}x{} of {}; ", p.epochs, p.steps_per_epoch, p.train_samples);
  }
  template <class M>
  void on_step_end(const StepRecord& r, M&, StopRequest&) {
    *text += fmt::format("step {}.{}={}; ", r.epoch, r.batch, r.step);
  }
  template <class M>
  void on_epoch_end(const EpochRecord& r, M&, StopRequest&) {
    *text += fmt::format("epoch {} at {}{}; ", r.epoch, r.step, r.held_out ? " evaluated" : "");
  }
  template <class M>
  void on_fit_end(const FitResult& r, M&, StopRequest&) {
    *text += fmt::format("end {} {} '{}'", r.epochs, r.steps, r.stop_reason);
  }
};

}  // namespace

TEST_CASE("the Trainer visits every sample once per epoch and calls every hook in order", "[trainer]") {
  CountingModel model;
  std::string diary;
  Trainer trainer{{.epochs = 2, .batch_size = 4, .seed = 3, .evaluate_every = 2}, Diary{&diary}};
  const FitResult result = trainer.fit(model, counting_dataset(10), counting_dataset(3));
  CHECK(diary ==
        "begin 2x3 of 10; step 0.0=1; step 0.1=2; step 0.2=3; epoch 1 at 3; step 1.0=4; step 1.1=5; step "
        "1.2=6; epoch 2 at 6 evaluated; end 2 6 ''");
  CHECK(model.prepared == 4);
  CHECK(model.evaluations == 1);
  CHECK(result.epochs == 2);
  CHECK(result.steps == 6);
  auto first = std::vector<float>(model.seen.begin(), model.seen.begin() + 10);
  auto second = std::vector<float>(model.seen.begin() + 10, model.seen.end());
  CHECK(first != second);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  CHECK(first == second);
  CHECK(first.back() == 9);
  for (std::size_t i = 0; i < model.steps.size(); ++i) {
    CHECK(model.steps[i].step == i);
    CHECK(model.steps[i].seed == 3);
  }
}

TEST_CASE("epoch figures are means over samples, the short batch weighing less", "[trainer]") {
  CountingModel model;
  model.loss = [](std::uint64_t step) { return step == 2 ? 13.0 : 1.0; };
  Trainer trainer{{.epochs = 1, .batch_size = 4}};
  const FitResult result = trainer.fit(model, counting_dataset(10), counting_dataset(5));
  CHECK(std::abs(result.last_epoch->train["loss"] - (8 * 1.0 + 2 * 13.0) / 10) < 1e-12);
  CHECK(result.last_epoch->train["extra"] == 2);
  CHECK((*result.last_epoch->held_out)["extra"] == 3);
  CHECK(result.last_epoch->images_per_second > 0);
}

TEST_CASE("the same seed gives the same order, another seed another", "[trainer]") {
  const auto order = [](std::uint64_t seed) {
    CountingModel model;
    Trainer{{.epochs = 1, .batch_size = 4, .seed = seed}}.fit(model, counting_dataset(50));
    return model.seen;
  };
  CHECK(order(1) == order(1));
  CHECK(order(1) != order(2));
}

TEST_CASE("the schedule's factor reaches every step", "[trainer]") {
  CountingModel model;
  Trainer{{.epochs = 2, .batch_size = 5, .schedule = CosineSchedule{}}}.fit(model, counting_dataset(10));
  CHECK(model.steps[0].learning_rate_factor == 1);
  CHECK(model.steps[3].learning_rate_factor < model.steps[1].learning_rate_factor);
}

TEST_CASE("a callback stops training after the present step, and everybody hears of the end", "[trainer]") {
  CountingModel model;
  std::string diary;
  const FitResult result =
      Trainer{{.epochs = 5, .batch_size = 4}, StopAt{5}, Diary{&diary}}.fit(model, counting_dataset(10));
  CHECK(result.steps == 5);
  CHECK(result.epochs == 1);
  CHECK(result.stop_reason == "enough");
  CHECK(diary.ends_with("step 1.1=5; end 1 5 'enough'"));
}

TEST_CASE("a figure that is not finite stops training with its whereabouts", "[trainer]") {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    CountingModel model;
    model.loss = [bad](std::uint64_t step) { return step == 4 ? bad : 7.5; };
    try {
      Trainer{{.epochs = 3, .batch_size = 4}}.fit(model, counting_dataset(10));
      FAIL("divergence went unnoticed");
    } catch (const DivergenceError& e) {
      CHECK(std::string(e.what()) == fmt::format("training diverged in epoch 2, step 5: the figure loss is "
                                                 "{}; the last finite loss was 7.5. Lower the "
                                                 "learning rate or clip the gradients",
                                                 bad));
    }
    CHECK(model.steps.size() == 5);
  }
}

TEST_CASE("options out of range are refused", "[trainer]") {
  CHECK_THROWS_AS((Trainer{{.epochs = -1}}), ConfigError);
  CHECK_THROWS_AS((Trainer{{.batch_size = 0}}), ConfigError);
  CHECK_THROWS_AS((Trainer{{.evaluate_every = 0}}), ConfigError);
}

namespace {

/// Counts allocations between the ends of two late steps: gathering, the step itself, metrics and hooks.
struct CountAllocations {
  long* count;
  testing::AllocationGuard guard{};
  template <class M>
  void on_step_end(const StepRecord& r, M&, StopRequest&) {
    if (r.step == 3) guard = {};
    if (r.step == 8) *count = guard.count();
  }
};

template <class M>
long allocations_of(M model, const Dataset& data) {
  long count = -1;
  Trainer{{.epochs = 1, .batch_size = 8, .seed = 1}, CountAllocations{&count}}.fit(model, data);
  return count;
}

Dataset digits(Index classes) {
  Matrix<float> x(36, 70);
  fill_uniform(x.data(), x.size(), RandomStream{1});
  std::vector<int> labels(70);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i % 3);
  return {"noise", {1, 6, 6}, std::move(x), classes > 0 ? labels : std::vector<int>{}, classes};
}

auto conv_encoder(Index k) {
  return Sequential{Conv2d{1 + k, 4, {.kernel = 4, .stride = 2, .padding = 1}},
                    BatchNorm{4},
                    Relu{},
                    Dropout{0.2},
                    Flatten{},
                    Linear{36, 4}};
}
auto conv_encoder_to_logit(Index k) {
  return Sequential{Conv2d{1 + k, 4, {.kernel = 4, .stride = 2, .padding = 1}},
                    BatchNorm{4},
                    LeakyRelu{0.2},
                    Dropout{0.2},
                    Flatten{},
                    Linear{36, 1}};
}
auto conv_decoder(Index in) {
  return Sequential{Linear{in, 36}, Reshape{4, 3, 3}, BatchNorm{4}, Relu{},
                    ConvTranspose2d{4, 1, {.kernel = 4, .stride = 2, .padding = 1}}};
}
auto conv_critic(Index k) {
  return Sequential{Conv2d{1 + k, 4, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{0.2}, Flatten{},
                    Linear{36, 1}};
}

}  // namespace

TEST_CASE("after warm-up a training step allocates nothing, whatever the model", "[trainer][allocation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  for (const Index k : {0, 3}) {
    const Dataset data = digits(k);
    CHECK(allocations_of(Vae{Sequential{Linear{36 + k, 16}, Relu{}, Linear{16, 4}},
                             Sequential{Linear{2 + k, 16}, Relu{}, Linear{16, 36}},
                             {.classes = k, .clipping = {.norm = 1}}},
                         data) == 0);
    CHECK(allocations_of(Vae{conv_encoder(k),
                             conv_decoder(2 + k),
                             {.optimizer = RmsProp{},
                              .bound = Bound::importance_weighted,
                              .samples = 3,
                              .classes = k,
                              .ema_decay = 0.9}},
                         data) == 0);
    CHECK(allocations_of(Gan{conv_decoder(5 + k), conv_encoder_to_logit(k), {.classes = k}}, data) == 0);
    CHECK(allocations_of(Gan{conv_decoder(5 + k),
                             conv_critic(k),
                             {.loss = Wasserstein{},
                              .gradient_penalty = GradientPenalty{},
                              .discriminator_steps = 2,
                              .classes = k,
                              .ema_decay = 0.9}},
                         data) == 0);
  }
}

TEST_CASE("an allocation in a step would be counted", "[trainer][allocation][mutation]") {
  if (!testing::AllocationGuard::available()) return;
  CountingModel model;  // pushes into vectors
  CHECK(allocations_of(model, counting_dataset(70)) > 0);
}

TEST_CASE("training gives the same bits on any number of threads, and again", "[trainer][threads]") {
  const int before = num_threads();
  const auto weights_after = [](int threads) {
    set_num_threads(threads);
    Gan gan{conv_decoder(5), conv_encoder_to_logit(0), {.seed = 1}};
    Vae vae{conv_encoder(0), conv_decoder(2), {.seed = 1}};
    Trainer trainer{{.epochs = 6, .batch_size = 8, .seed = 2}};
    const Dataset data = digits(0);
    trainer.fit(gan, data);
    trainer.fit(vae, data);
    std::string bytes;
    const auto add = [&](const auto& learners) {
      for (const auto* learner : learners) {
        const auto& p = learner->network.parameters();
        bytes.append(reinterpret_cast<const char*>(p.data()),
                     static_cast<std::size_t>(p.size()) * sizeof(float));
      }
    };
    add(gan.learners());
    add(vae.learners());
    return bytes;
  };
  const std::string one = weights_after(1);
  for (const int threads : {1, 2, 3, 4, 8}) CHECK(weights_after(threads) == one);
  set_num_threads(before);
}

namespace {

/// A model that always has something to complain of.
struct Hypochondriac : CountingModel {
  std::shared_ptr<std::vector<float>> shown = std::make_shared<std::vector<float>>();
  std::vector<Warning> health(const Batch<float>& batch, const StepContext& context) const {
    shown->push_back(batch.samples(0, 0));
    return {{WarningKind::mode_collapse, fmt::format("at {}", context.step)},
            {WarningKind::posterior_collapse, "two"}};
  }
};

struct Complaints {
  std::string* text;
  template <class M>
  void on_warning(const Warning& w, M&, StopRequest& stop) {
    *text += fmt::format("{} {} {} {}; ", static_cast<int>(w.kind), w.message, w.epoch, w.step);
    if (w.step > 5) stop.stop("enough");
  }
};

}  // namespace

TEST_CASE("what a model's health finds reaches on_warning after each epoch, and can stop training",
          "[trainer]") {
  Hypochondriac model;
  std::string text;
  const FitResult result = Trainer{{.epochs = 9, .batch_size = 4}, Complaints{&text}, Diary{&text}}.fit(
      model, counting_dataset(10));
  CHECK(support::contains(text, "step 0.2=3; 2 at 3 1 3; 4 two 1 3; epoch 1 at 3; "));
  CHECK(support::contains(text, "step 1.2=6; 2 at 6 2 6; 4 two 2 6; epoch 2 at 6; end 2 6 'enough'"));
  CHECK(result.stop_reason == "enough");
  CHECK(result.epochs == 2);
  // The batch that is shown is the first of the epoch.
  REQUIRE(model.shown->size() == 2);
  CHECK(model.shown->at(0) == model.seen[0]);
  CHECK(model.shown->at(1) == model.seen[10]);
}

TEST_CASE("health is not asked for where nobody listens", "[trainer]") {
  Hypochondriac model;
  std::string text;
  Trainer{{.epochs = 3, .batch_size = 4}, Diary{&text}}.fit(model, counting_dataset(10));
  CHECK(model.shown->empty());
}

namespace {

/// Stops after two steps, in its own words.
struct Stopper {
  std::vector<std::string> words;
  template <class M>
  void on_step_end(const StepRecord& record, M&, StopRequest& stop) {
    if (record.step == 2)
      for (const std::string& reason : words) stop.stop(reason);
  }
};

}  // namespace

TEST_CASE("a stop needs no reason, and one without a reason leaves an earlier one", "[trainer]") {
  const auto fit = [](std::vector<std::string> words) {
    CountingModel model;
    return Trainer{{.epochs = 2, .batch_size = 4}, Stopper{std::move(words)}}.fit(model,
                                                                                  counting_dataset(10));
  };
  CHECK(fit({""}).steps == 2);
  CHECK(fit({""}).stopped);
  CHECK(fit({""}).stop_reason.empty());
  CHECK(fit({"one", ""}).stop_reason == "one");
  CHECK(fit({"one", "two"}).stop_reason == "two");
  CHECK(fit({}).steps == 6);
  CHECK_FALSE(fit({}).stopped);
}
