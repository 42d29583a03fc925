#include "eigenerate/training/non_finite_policy.hpp"

#include <limits>
#include <map>
#include <memory>
#include <optional>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/training/trainer.hpp"
#include "models/faulty_layer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/model_hash.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;
using support::contains;
using support::model_hash;

namespace {

constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

/// Writes down the warnings, and the model's state when they came.
struct Warnings {
  std::vector<Warning>* list;
  std::vector<std::uint64_t>* states = nullptr;
  template <class M>
  void on_warning(const Warning& warning, M& model, StopRequest&) {
    if (warning.kind != WarningKind::skipped_step && warning.kind != WarningKind::rolled_back) return;
    list->push_back(warning);
    if (states) states->push_back(model_hash(model));
  }
};

/// A model as the Trainer drives it, with something to do before each step, and its state around each.
template <class M>
struct Watched {
  using scalar_type = typename M::scalar_type;
  struct Step {
    StepContext context;
    std::uint64_t before, after;
    bool failed;
  };

  M model;
  std::function<void(M&, const StepContext&)> before_step;
  std::vector<Step> steps;

  explicit Watched(M m, std::function<void(M&, const StepContext&)> before = {})
      : model(std::move(m)), before_step(std::move(before)) {}

  void prepare(Index max_batch) { model.prepare(max_batch); }
  Shape sample_shape() const { return model.sample_shape(); }
  StepMetrics evaluate(const Batch<scalar_type>& batch, const StepContext& context) {
    return model.evaluate(batch, context);
  }
  auto learners() { return model.learners(); }
  auto learners() const { return model.learners(); }
  StepMetrics train_step(const Batch<scalar_type>& batch, const StepContext& context) {
    if (before_step) before_step(model, context);
    const std::uint64_t before = model_hash(model);
    try {
      const StepMetrics metrics = model.train_step(batch, context);
      steps.push_back({context, before, model_hash(model), false});
      return metrics;
    } catch (const DivergenceError&) {
      steps.push_back({context, before, model_hash(model), true});
      throw;
    }
  }
};
template <class M>
Watched(M) -> Watched<M>;
template <class M, class F>
Watched(M, F) -> Watched<M>;

/// Keeps the losses of the last step and of the first epoch.
struct Losses {
  double* last;
  double* first_epoch = nullptr;
  template <class M>
  void on_step_end(const StepRecord& r, M&, StopRequest&) {
    *last = r.metrics["loss"];
  }
  template <class M>
  void on_epoch_end(const EpochRecord& r, M&, StopRequest&) {
    if (r.epoch == 1 && first_epoch) *first_epoch = r.train["loss"];
  }
};

/// Counts the epochs and looks at the model at their ends.
struct FiniteEpochs {
  int* count;
  template <class M>
  void on_epoch_end(const EpochRecord&, M& model, StopRequest&) {
    CHECK_FALSE(find_non_finite(model).has_value());
    ++*count;
  }
};

// ---- The models

/// The faults that are built into the two networks of a model, by their names.
struct Faults {
  std::map<std::string, FaultyLayer> gradient, output;
  explicit Faults(const std::vector<std::string>& networks) {
    for (const auto& name : networks) {
      gradient.emplace(name, FaultyLayer{});
      output.emplace(name, FaultyLayer{});
    }
  }
};

VaeOptions vae_options(double ema_decay = 0) {
  return {.optimizer = Adam{1e-2}, .ema_decay = ema_decay, .seed = 3};
}

auto make_test_vae(Faults& f, const VaeOptions& options) {
  const Index k = options.classes;
  return Vae{
      Sequential{Linear{6 + k, 5}, BatchNorm{5}, f.gradient.at("encoder"), Tanh{}, Linear{5, 4},
                 f.output.at("encoder")},
      Sequential{Linear{2 + k, 5}, f.gradient.at("decoder"), Tanh{}, Linear{5, 6}, f.output.at("decoder")},
      options};
}
auto make_test_gan(Faults& f, const GanOptions& options) {
  const Index k = options.classes;
  return Gan{Sequential{Linear{3 + k, 5}, f.gradient.at("generator"), Tanh{}, Linear{5, 6},
                        f.output.at("generator")},
             Sequential{Linear{6 + k, 5}, f.gradient.at("discriminator"), LeakyRelu{0.2}, Linear{5, 1},
                        f.output.at("discriminator")},
             options};
}
auto make_batch_norm_gan(Faults& f, const GanOptions& options) {
  return Gan{Sequential{Linear{3, 5}, BatchNorm{5}, f.gradient.at("generator"), Relu{}, Linear{5, 6},
                        f.output.at("generator")},
             Sequential{Linear{6, 5}, BatchNorm{5}, f.gradient.at("discriminator"), LeakyRelu{0.2},
                        Linear{5, 1}, f.output.at("discriminator")},
             options};
}

/// Calls `f(name, networks, make)` for every kind of model; `make(faults)` builds it afresh.
template <class F>
void for_each_model(F&& f) {
  const std::vector<std::string> vae{"encoder", "decoder"}, gan{"generator", "discriminator"};
  const auto adam = [](GanOptions o) {
    o.generator_optimizer = o.discriminator_optimizer = Adam{1e-2, 0.5};
    o.seed = 4;
    return o;
  };
  f("vae", vae, [](Faults& faults) { return make_test_vae(faults, vae_options()); });
  f("vae with averages, conditional", vae, [](Faults& faults) {
    VaeOptions options = vae_options(0.9);
    options.classes = 3;
    return make_test_vae(faults, options);
  });
  f("gan", gan, [=](Faults& faults) { return make_test_gan(faults, adam({})); });
  f("gan with batch norm and averages", gan,
    [=](Faults& faults) { return make_batch_norm_gan(faults, adam({.ema_decay = 0.9})); });
  f("conditional gan", gan, [=](Faults& faults) { return make_test_gan(faults, adam({.classes = 3})); });
  f("wgan-gp with averages", gan, [=](Faults& faults) {
    return make_test_gan(
        faults, adam({.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}, .ema_decay = 0.9}));
  });
}

/// 12 labelled samples: three steps of four in each epoch.
Dataset small_data(std::optional<float> bad = {}) {
  Matrix<float> x(6, 12);
  fill_uniform(x.data(), x.size(), RandomStream{7});
  if (bad) x(2, 5) = *bad;
  std::vector<int> labels;
  for (int i = 0; i < 12; ++i) labels.push_back(i % 3);
  return {"small", {6}, std::move(x), std::move(labels), 3};
}

TrainerOptions options_of(NonFinitePolicy policy) {
  return {.epochs = 3, .batch_size = 4, .seed = 11, .non_finite = policy};
}

constexpr std::uint64_t bad_step = 4;  // the second of the second epoch

/// Something that goes wrong once in step `bad_step`.
struct Accident {
  std::string name;
  std::function<void(Faults&, bool now)> arm;
  std::vector<std::string> message;  ///< what an error says of it
};

std::vector<Accident> accidents_of(const std::vector<std::string>& networks) {
  std::vector<Accident> list;
  for (const auto& network : networks) {
    for (const auto& [value, word] : {std::pair{nan_value, "nan"}, std::pair{infinity, "inf"}}) {
      list.push_back({fmt::format("{} in the gradient of {}", word, network),
                      [network = network, value = value](Faults& f, bool now) {
                        f.gradient.at(network).fault->backward = now ? std::optional(value) : std::nullopt;
                      },
                      // What goes wrong in a decoder reaches the encoder too; its origin is named.
                      {"the gradient of " + network + "."}});
      list.push_back({fmt::format("{} in the output of {}", word, network),
                      [network = network, value = value](Faults& f, bool now) {
                        f.output.at(network).fault->forward = now ? std::optional(value) : std::nullopt;
                        f.output.at(network).fault->passes = 0;
                      },
                      {" is "}});
    }
  }
  return list;
}

template <class Make>
auto armed_model(Make&& make, Faults& faults, const Accident& accident) {
  // Once: a step number that comes again after a rollback is harmless.
  return Watched{make(faults), [&faults, accident, done = false](auto&, const StepContext& context) mutable {
                   accident.arm(faults, !done && context.step == bad_step);
                   done = done || context.step == bad_step;
                 }};
}

/// The model's bits after `take(model, batch, step)` for every step of the run, without the Trainer.
template <class Make, class Take>
std::uint64_t hash_by_hand(const std::vector<std::string>& networks, Make&& make, Take&& take) {
  Faults harmless(networks);
  auto model = make(harmless);
  model.prepare(4);
  Batches<float> batches(small_data(), {.batch_size = 4, .seed = 11});
  for (std::uint64_t step = 0; step < 9; ++step)
    take(model, batches.batch(static_cast<Index>(step / 3), static_cast<Index>(step % 3)), step);
  return model_hash(model);
}

/// The model after `policy` met what happens in `make_watched`'s step, and the message if it threw.
template <class W>
std::string message_of_fit(W& watched, Trainer<Warnings>& trainer, const Dataset& data) {
  return support::error_of<DivergenceError>([&] { trainer.fit(watched, data); });
}

}  // namespace

// ---- What happens once

TEST_CASE("Throw names network, layer, parameter, epoch, step and last finite loss", "[non finite]") {
  for_each_model([](const std::string& model, const auto& networks, const auto& make) {
    for (const Accident& accident : accidents_of(networks)) {
      INFO(model << ": " << accident.name);
      Faults faults(networks);
      auto watched = armed_model(make, faults, accident);
      double last = 0;
      const std::string message = support::error_of<DivergenceError>([&] {
        Trainer{options_of(NonFinitePolicy::Throw), Losses{&last}}.fit(watched, small_data());
      });
      INFO(message);
      CHECK(message.starts_with("training diverged in epoch 2, step 5: the "));
      CHECK(contains(message, " in step 5; "));
      for (const auto& part : accident.message) CHECK(contains(message, part));
      CHECK(message.ends_with(
          fmt::format("; the last finite loss was {}. Lower the learning rate or clip the gradients", last)));
      CHECK(watched.steps.size() == bad_step + 1);
    }
  });
}

TEST_CASE("a skipped step changes no bit, and the rest of the run is as if it had never been tried",
          "[non finite]") {
  for_each_model([](const std::string& model, const auto& networks, const auto& make) {
    const std::uint64_t all_but_the_bad_step =
        hash_by_hand(networks, make, [](auto& m, const auto& batch, std::uint64_t step) {
          if (step != bad_step) m.train_step(batch, {.step = step, .seed = 11});
        });
    for (const Accident& accident : accidents_of(networks)) {
      INFO(model << ": " << accident.name);
      Faults faults(networks);
      auto watched = armed_model(make, faults, accident);
      std::vector<Warning> warnings;
      Trainer trainer{options_of(NonFinitePolicy::SkipStep), Warnings{&warnings}};
      const FitResult result = trainer.fit(watched, small_data());
      CHECK(result.skipped_steps == 1);
      CHECK(result.rollbacks == 0);
      CHECK(result.steps == 9);
      REQUIRE(watched.steps.size() == 9);
      for (std::size_t i = 0; i < 9; ++i) {
        CAPTURE(i);
        CHECK(watched.steps[i].context.step == i);
        CHECK(watched.steps[i].failed == (i == bad_step));
        CHECK((watched.steps[i].before == watched.steps[i].after) == (i == bad_step));
      }
      CHECK(model_hash(watched) == all_but_the_bad_step);
      REQUIRE(warnings.size() == 1);
      CHECK(warnings[0].kind == WarningKind::skipped_step);
      INFO(warnings[0].message);
      CHECK(contains(warnings[0].message, "epoch 2, step 5: "));
      CHECK(warnings[0].message.ends_with("; the step was skipped"));
      for (const auto& part : accident.message) CHECK(contains(warnings[0].message, part));
    }
  });
}

TEST_CASE("a rollback restores the end of the last epoch to the bit and goes on gently with new noise",
          "[non finite]") {
  for_each_model([](const std::string& model, const auto& networks, const auto& make) {
    for (const Accident& accident : accidents_of(networks)) {
      INFO(model << ": " << accident.name);
      Faults faults(networks);
      auto watched = armed_model(make, faults, accident);
      std::vector<Warning> warnings;
      std::vector<std::uint64_t> states;
      Trainer trainer{options_of(NonFinitePolicy::Rollback), Warnings{&warnings, &states}};
      const FitResult result = trainer.fit(watched, small_data());
      CHECK(result.rollbacks == 1);
      CHECK(result.skipped_steps == 0);
      CHECK(result.steps == 9);
      // 0 1 2 | 3 4, then again 3 4 5 | 6 7 8
      const auto& steps = watched.steps;
      REQUIRE(steps.size() == 11);
      REQUIRE(warnings.size() == 1);
      CHECK(warnings[0].kind == WarningKind::rolled_back);
      CHECK(warnings[0].step == 3);
      CHECK(warnings[0].epoch == 1);
      INFO(warnings[0].message);
      CHECK(contains(warnings[0].message, "epoch 2, step 5: "));
      CHECK(warnings[0].message.ends_with("; back to step 3 with 0.5 times the learning rate"));
      for (const auto& part : accident.message) CHECK(contains(warnings[0].message, part));
      CHECK(steps[4].failed);
      CHECK(states == std::vector{steps[2].after});
      CHECK(steps[5].before == steps[2].after);
      for (std::size_t i = 5; i < 11; ++i) {
        CHECK(steps[i].context.step == i - 2);
        CHECK(steps[i].context.learning_rate_factor == 0.5);
        CHECK(steps[i].context.seed == steps[5].context.seed);
        CHECK_FALSE(steps[i].failed);
      }
      CHECK(steps[5].context.seed != 11);

      const auto same_step = [&](auto& m, const auto& batch, std::uint64_t step) {
        if (step < 3)
          m.train_step(batch, {.step = step, .seed = 11});
        else
          m.train_step(batch, {.step = step, .seed = steps[5].context.seed, .learning_rate_factor = 0.5});
      };
      CHECK(model_hash(watched) == hash_by_hand(networks, make, same_step));
    }
  });
}

TEST_CASE("a loss that is not finite is caught where all gradients are", "[non finite]") {
  const auto check = [](const std::string& network, const std::string& word, const auto& make, float value,
                        bool generator_pass) {
    INFO(network);
    for (const auto policy : {NonFinitePolicy::Throw, NonFinitePolicy::SkipStep, NonFinitePolicy::Rollback}) {
      const std::vector<std::string> networks = network == "decoder"
                                                    ? std::vector<std::string>{"encoder", "decoder"}
                                                    : std::vector<std::string>{"generator", "discriminator"};
      Faults faults(networks);
      const Accident accident{"",
                              [&](Faults& f, bool now) {
                                const auto& fault =
                                    f.output.at(network == "decoder" ? "encoder" : "discriminator").fault;
                                fault->forward = now ? std::optional(value) : std::nullopt;
                                fault->passes = generator_pass ? 2 : 0;
                              },
                              {}};
      auto watched = armed_model(make, faults, accident);
      std::vector<Warning> warnings;
      Trainer trainer{options_of(policy), Warnings{&warnings}};
      const std::string part = fmt::format(
          "epoch 2, step 5: the loss of {} is {} in step 5; the last finite loss was ", network, word);
      const std::string message =
          support::error_of<DivergenceError>([&] { trainer.fit(watched, small_data()); });
      INFO(message);
      CHECK(contains(policy == NonFinitePolicy::Throw ? message : warnings.at(0).message, part));
      CHECK(watched.steps.at(bad_step).failed);
      if (policy == NonFinitePolicy::Throw) continue;
      CHECK(message.empty());
      CHECK(warnings.size() == 1);
      CHECK(watched.steps.size() == (policy == NonFinitePolicy::SkipStep ? 9 : 11));
      if (policy == NonFinitePolicy::SkipStep)
        CHECK(watched.steps[bad_step].before == watched.steps[bad_step].after);
    }
  };
  // A mean of 1e20 has a KL term of 1e40, which float does not hold, but a gradient of 1e20.
  check(
      "decoder", "inf", [](Faults& f) { return make_test_vae(f, vae_options(0.9)); }, 1e20f, false);
  // The gradient of a critic's loss does not depend on its scores.
  const auto critic = [](Faults& f) {
    return make_test_gan(f, {.loss = Wasserstein{},
                             .generator_optimizer = Adam{1e-2},
                             .discriminator_optimizer = Adam{1e-2},
                             .ema_decay = 0.9});
  };
  check("discriminator", "nan", critic, nan_value, false);
  check("discriminator", "inf", critic, -infinity, false);
  // The discriminator has learned already when the generator's loss turns out to be infinite.
  check("generator", "-inf", critic, infinity, true);
}

TEST_CASE("a figure that is not finite fails its step before anything is learned, whatever the loss",
          "[non finite]") {
  Faults faults({"encoder", "decoder"});
  VaeOptions options = vae_options(0.9);
  options.likelihood = UnitNormal{};
  options.bound = Bound::importance_weighted;
  options.samples = 2;
  // One latent sample is so far out that its log-probability is minus infinity; the other one carries the
  // bound.
  const Accident accident{"",
                          [](Faults& f, bool now) {
                            f.output.at("decoder").fault->forward = now ? std::optional(1e20f) : std::nullopt;
                            f.output.at("decoder").fault->passes = 0;
                          },
                          {}};
  auto watched = armed_model([&](Faults& f) { return make_test_vae(f, options); }, faults, accident);
  std::vector<Warning> warnings;
  Trainer trainer{options_of(NonFinitePolicy::SkipStep), Warnings{&warnings}};
  CHECK(trainer.fit(watched, small_data()).skipped_steps == 1);
  REQUIRE(watched.steps.size() == 9);
  CHECK(watched.steps[bad_step].failed);
  CHECK(watched.steps[bad_step].before == watched.steps[bad_step].after);
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0].message, "epoch 2, step 5: the loss of decoder is inf"));
}

// ---- What happens again and again

TEST_CASE("a bad input sample is named, skipped in every epoch, and not cured by rollbacks", "[non finite]") {
  for_each_model([](const std::string& model, const auto& networks, const auto& make) {
    for (const auto& [value, word] : {std::pair{nan_value, "nan"}, {infinity, "inf"}, {-infinity, "-inf"}}) {
      INFO(model << ": " << word);
      const std::string named = fmt::format("value 2 of sample {{}} of the batch is {}", word);
      const auto names_sample = [&](const std::string& text) {
        for (int i = 0; i < 4; ++i)
          if (contains(text, fmt::format(fmt::runtime(named), i))) return true;
        return false;
      };
      Faults faults(networks);
      {
        Watched watched{make(faults)};
        std::vector<Warning> warnings;
        Trainer trainer{options_of(NonFinitePolicy::Throw), Warnings{&warnings}};
        const std::string message = message_of_fit(watched, trainer, small_data(value));
        INFO(message);
        CHECK(message.starts_with("training diverged in epoch 1, step "));
        CHECK(names_sample(message));
        CHECK(warnings.empty());
      }
      {
        Watched watched{make(faults)};
        std::vector<Warning> warnings;
        Trainer trainer{options_of(NonFinitePolicy::SkipStep), Warnings{&warnings}};
        const FitResult result = trainer.fit(watched, small_data(value));
        CHECK(result.skipped_steps == 3);
        CHECK(warnings.size() == 3);
        for (const auto& warning : warnings) CHECK(names_sample(warning.message));
        int failed = 0;
        for (const auto& step : watched.steps) {
          CHECK((step.before == step.after) == step.failed);
          failed += step.failed;
        }
        CHECK(failed == 3);
        CHECK_FALSE(find_non_finite(watched).has_value());
      }
      {
        Watched watched{make(faults)};
        const std::uint64_t initial = model_hash(watched);
        std::vector<Warning> warnings;
        std::vector<std::uint64_t> states;
        Trainer trainer{options_of(NonFinitePolicy::Rollback), Warnings{&warnings, &states}};
        const std::string message = message_of_fit(watched, trainer, small_data(value));
        INFO(message);
        CHECK(names_sample(message));
        CHECK(contains(message, "Training was rolled back 3 times before."));
        CHECK(warnings.size() == 3);
        CHECK(states ==
              std::vector<std::uint64_t>(3, initial));  // the good state is the beginning of the fit
      }
    }
  });
}

TEST_CASE("a weight that is not finite is named by every policy, and only a rollback cures it",
          "[non finite]") {
  for_each_model([](const std::string& model, const auto& networks, const auto& make) {
    for (const auto& network : networks) {
      for (const auto& [value, word] :
           {std::pair{nan_value, "nan"}, {infinity, "inf"}, {-infinity, "-inf"}}) {
        INFO(model << ": " << word << " in " << network);
        const std::string named = fmt::format("{}.0.weight (Linear) is {}", network, word);
        Faults faults(networks);
        const float bad = value;  // lambdas cannot capture a structured binding with clang++ 14
        const auto poisoned = [&] {
          const auto poison = [&, done = false](auto& m, const StepContext& context) mutable {
            if (done || context.step != bad_step) return;
            done = true;
            for (auto* learner : m.learners()) {
              if (learner->network.name() == network)
                learner->network.parameters()[network + ".0.weight"](1) = bad;
            }
          };
          return Watched{make(faults), poison};
        };
        // A saturating activation can hide an infinite weight until the end of the epoch.
        const bool at_once = is_nan(value);
        std::vector<Warning> warnings;
        std::vector<std::uint64_t> states;
        {
          auto watched = poisoned();
          Trainer trainer{options_of(NonFinitePolicy::Throw), Warnings{&warnings}};
          const std::string message = message_of_fit(watched, trainer, small_data());
          INFO(message);
          CHECK(contains(message, "training diverged in epoch 2, step "));
          if (at_once) CHECK(contains(message, "epoch 2, step 5: "));
          CHECK(contains(message, network + ".0.weight (Linear) is "));
          if (at_once) CHECK(contains(message, named));
          CHECK(warnings.empty());
        }
        {
          auto watched = poisoned();
          auto options = options_of(NonFinitePolicy::SkipStep);
          options.epochs = 9;
          Trainer trainer{options, Warnings{&warnings}};
          const std::string message = message_of_fit(watched, trainer, small_data());
          INFO(message);
          CHECK(contains(message, network + ".0.weight (Linear) is "));
          for (const auto& step : watched.steps)
            if (step.failed) CHECK(step.before == step.after);
        }
        {
          warnings.clear();
          auto watched = poisoned();
          Trainer trainer{options_of(NonFinitePolicy::Rollback), Warnings{&warnings, &states}};
          const FitResult result = trainer.fit(watched, small_data());
          CHECK(result.rollbacks == 1);
          REQUIRE(warnings.size() == 1);
          INFO(warnings[0].message);
          CHECK(contains(warnings[0].message, network + ".0.weight (Linear) is "));
          CHECK(states == std::vector{watched.steps[2].after});
          CHECK_FALSE(find_non_finite(watched).has_value());
        }
      }
    }
  });
}

TEST_CASE("a learning rate that explodes is found out, and halved until it does not", "[non finite]") {
  const auto make = [](double rate) {
    return Watched{Vae{Sequential{Linear{6, 8}, Relu{}, Linear{8, 4}},
                       Sequential{Linear{2, 8}, Relu{}, Linear{8, 6}},
                       {.likelihood = UnitNormal{}, .optimizer = Sgd{rate}, .seed = 1}}};
  };
  std::vector<Warning> warnings;
  // All in the first epoch, so that the last good state is a good one.
  TrainerOptions options{.epochs = 10, .batch_size = 1, .seed = 11};
  {
    auto model = make(4);
    Trainer trainer{options, Warnings{&warnings}};
    const std::string message = message_of_fit(model, trainer, small_data());
    INFO(message);
    CHECK(message.starts_with("training diverged in epoch 1, step "));
    CHECK(contains(message, "; the last finite loss was "));
    CHECK(contains(message, " (Linear) is "));
    CHECK(warnings.empty());
  }
  options.non_finite = NonFinitePolicy::Rollback;
  {
    auto model = make(4);
    Trainer trainer{options, Warnings{&warnings}};
    const FitResult result = trainer.fit(model, small_data());
    CHECK(result.rollbacks >= 1);
    CHECK(result.rollbacks == static_cast<Index>(warnings.size()));
    CHECK(result.steps == 120);
    CHECK(result.last_epoch->train["loss"] < 10);
  }
}

// ---- What the Trainer counts, whatever the model

TEST_CASE("ten skipped steps in a row are the most, and any good step begins anew", "[non finite]") {
  const auto fit = [](std::uint64_t first, std::uint64_t count, std::vector<Warning>& warnings) {
    CountingModel model;
    model.loss = [=](std::uint64_t step) {
      return step % 20 >= first && step % 20 < first + count ? std::nan("") : 1.5;
    };
    Trainer trainer{{.epochs = 2, .batch_size = 1, .non_finite = NonFinitePolicy::SkipStep},
                    Warnings{&warnings}};
    return trainer.fit(model, counting_dataset(20));
  };
  CHECK(Trainer<>::max_skipped_in_a_row == 10);
  std::vector<Warning> warnings;
  const FitResult result = fit(7, 10, warnings);
  CHECK(result.skipped_steps == 20);
  CHECK(result.steps == 40);
  REQUIRE(warnings.size() == 20);
  CHECK(warnings[0].message ==
        "training diverged in epoch 1, step 8: the figure loss is nan; the last finite loss was 1.5; the "
        "step was skipped");
  CHECK(warnings[10].message ==
        "training diverged in epoch 2, step 28: the figure loss is nan; the last finite loss was 1.5; the "
        "step was skipped");
  warnings.clear();
  CHECK(support::error_of<DivergenceError>([&] { fit(7, 11, warnings); }) ==
        "training diverged in epoch 1, step 18: the figure loss is nan; the last finite loss was 1.5. 10 "
        "steps in a row were skipped before it. Lower the learning rate or clip the gradients");
  CHECK(warnings.size() == 10);
  // Before any good step there is no loss to name.
  warnings.clear();
  fit(0, 1, warnings);
  CHECK(contains(warnings[0].message, "the last finite loss was not known yet"));
}

TEST_CASE("an epoch without any step that could be taken ends training", "[non finite]") {
  CountingModel model;
  model.loss = [](std::uint64_t step) { return step >= 3 && step < 6 ? std::nan("") : 2.5; };
  std::vector<Warning> warnings;
  Trainer trainer{{.epochs = 4, .batch_size = 4, .non_finite = NonFinitePolicy::SkipStep},
                  Warnings{&warnings}};
  CHECK(support::error_of<DivergenceError>([&] { trainer.fit(model, counting_dataset(10)); }) ==
        "training diverged in epoch 2, step 6: every step of the epoch was skipped; the last finite loss was "
        "2.5. Lower the learning rate or clip the gradients");
  CHECK(warnings.size() == 3);
}

TEST_CASE("a skipped step leaves the epoch's means and the data's order alone", "[non finite]") {
  CountingModel skipping, plain;
  skipping.loss = [](std::uint64_t step) { return step == 1 ? std::nan("") : static_cast<double>(step); };
  plain.loss = [](std::uint64_t step) { return static_cast<double>(step); };
  const TrainerOptions options{
      .epochs = 2, .batch_size = 4, .seed = 5, .non_finite = NonFinitePolicy::SkipStep};
  double last = 0, loss = 0;
  Trainer{options, Losses{&last, &loss}}.fit(skipping, counting_dataset(10));
  Trainer{options}.fit(plain, counting_dataset(10));
  CHECK(skipping.seen == plain.seen);
  CHECK(std::abs(loss - (4 * 0.0 + 2 * 2.0) / 6) < 1e-12);
}

TEST_CASE("three rollbacks are the most; each halves the rate and draws other noise", "[non finite]") {
  CountingModel model;
  model.loss = [](std::uint64_t step) { return step == 7 ? std::numeric_limits<double>::infinity() : 2.5; };
  std::vector<Warning> warnings;
  Trainer trainer{{.epochs = 4,
                   .batch_size = 5,
                   .seed = 9,
                   .schedule = StepSchedule{.every = 4, .gamma = 0.1},
                   .non_finite = NonFinitePolicy::Rollback},
                  Warnings{&warnings}};
  CHECK(support::error_of<DivergenceError>([&] { trainer.fit(model, counting_dataset(15)); }) ==
        "training diverged in epoch 3, step 8: the figure loss is inf; the last finite loss was 2.5. "
        "Training was rolled back 3 times before. Lower the learning rate or clip the gradients");
  REQUIRE(warnings.size() == 3);
  CHECK(warnings[0].message ==
        "training diverged in epoch 3, step 8: the figure loss is inf; the last finite loss was 2.5; back to "
        "step 6 with 0.5 times the learning rate");
  CHECK(warnings[2].message.ends_with("back to step 6 with 0.125 times the learning rate"));
  // 0 … 7, then three times 6 and 7.
  REQUIRE(model.steps.size() == 14);
  std::vector<std::uint64_t> seeds;
  for (std::size_t i = 0; i < 14; ++i) {
    const std::uint64_t step = i < 8 ? i : 6 + i % 2;
    CHECK(model.steps[i].step == step);
    const double scale = i < 8 ? 1 : i < 10 ? 0.5 : i < 12 ? 0.25 : 0.125;
    CHECK(std::abs(model.steps[i].learning_rate_factor - scale * (step < 4 ? 1 : 0.1)) < 1e-15);
    if (seeds.empty() || seeds.back() != model.steps[i].seed) seeds.push_back(model.steps[i].seed);
  }
  CHECK(seeds.size() == 4);
  CHECK(seeds[0] == 9);
  std::sort(seeds.begin(), seeds.end());
  CHECK(std::unique(seeds.begin(), seeds.end()) == seeds.end());
  // The data come in the same order again.
  for (std::size_t i = 0; i < 10; ++i) CHECK(model.seen[40 + i] == model.seen[30 + i]);
  CHECK(trainer.options().seed == 9);
}

TEST_CASE("held-out figures that are not finite end the fit or roll it back", "[non finite]") {
  const auto fit = [](NonFinitePolicy policy, int bad_from, int bad_until, std::vector<Warning>& warnings) {
    CountingModel model;
    model.held_out_loss = [=](int i) { return i >= bad_from && i < bad_until ? std::nan("") : 1.0; };
    Trainer trainer{{.epochs = 3, .batch_size = 5, .non_finite = policy}, Warnings{&warnings}};
    return trainer.fit(model, counting_dataset(10), counting_dataset(2));
  };
  std::vector<Warning> warnings;
  for (const auto policy : {NonFinitePolicy::Throw, NonFinitePolicy::SkipStep})
    CHECK(support::error_of<DivergenceError>([&] { fit(policy, 2, 3, warnings); }) ==
          "training diverged in epoch 2, step 4: the held-out figure loss is nan; the last finite loss was "
          "97. Lower the learning rate or clip the gradients");
  CHECK(warnings.empty());
  const FitResult result = fit(NonFinitePolicy::Rollback, 2, 4, warnings);
  CHECK(result.rollbacks == 2);
  CHECK(result.epochs == 3);
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[1].message.ends_with("back to step 2 with 0.25 times the learning rate"));
  warnings.clear();
  CHECK(contains(support::error_of<DivergenceError>([&] { fit(NonFinitePolicy::Rollback, 1, 99, warnings); }),
                 "Training was rolled back 3 times before"));

  // A real model that reads a bad sample.
  Vae vae{Linear{6, 4}, Linear{2, 6}};
  CHECK(contains(support::error_of<DivergenceError>([&] {
                   Trainer{{.epochs = 1, .batch_size = 4}}.fit(vae, small_data(), small_data(nan_value));
                 }),
                 "the held-out figure loss is nan"));
}

TEST_CASE("a model that is not finite after its last step is never reported as good", "[non finite]") {
  struct Silent : CountingModel {
    StepMetrics train_step(const Batch<float>& batch, const StepContext& context) {
      const auto m = CountingModel::train_step(batch, context);
      if (context.step == 3 && context.seed == 0)
        learner.network.parameters()["counting.weight"](0) = infinity;
      return m;
    }
  };
  for (const auto policy : {NonFinitePolicy::Throw, NonFinitePolicy::SkipStep}) {
    Silent model;
    int epochs = 0;
    CHECK(support::error_of<DivergenceError>([&] {
            Trainer{{.epochs = 3, .batch_size = 5, .non_finite = policy}, FiniteEpochs{&epochs}}.fit(
                model, counting_dataset(10));
          }) ==
          "training diverged in epoch 2, step 4: counting.weight (Linear) is inf; the last finite loss was "
          "97. Lower the learning rate or clip the gradients");
    CHECK(epochs == 1);
  }
  Silent model;
  int epochs = 0;
  const FitResult result = Trainer{
      {.epochs = 3, .batch_size = 5, .non_finite = NonFinitePolicy::Rollback},
      FiniteEpochs{&epochs}}.fit(model, counting_dataset(10));
  CHECK(result.rollbacks == 1);
  CHECK(epochs == 3);
}
