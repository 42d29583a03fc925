// Data that a model cannot learn from, and models that look wrong, are met before the first step.

#include <string>
#include <vector>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/model_hash.hpp"

using namespace eigenerate;

namespace {

Dataset data_in(ValueRange range, Index n = 40) {
  Matrix<float> x = Matrix<float>::Constant(6, n, static_cast<float>(range.low));
  x(5, n - 1) = static_cast<float>(range.high);  // seen in the last batch only
  return {"numbers", {6}, std::move(x)};
}

struct Watch {
  std::vector<std::string>* events;
  template <class M>
  void on_step_end(const StepRecord&, M&, StopRequest&) {
    events->push_back("step");
  }
  template <class M>
  void on_warning(const Warning& warning, M&, StopRequest&) {
    if (warning.kind != WarningKind::posterior_collapse && warning.kind != WarningKind::mode_collapse)
      events->push_back(warning.message);
  }
};

auto bernoulli_vae() {
  return Vae{Linear{6, 4}, Linear{2, 6}};
}

}  // namespace

TEST_CASE("values outside a likelihood's support are refused before the first step", "[trainer]") {
  for (const ValueRange range : {ValueRange{-1, 1}, ValueRange{0, 255}, ValueRange{0, 1.01}}) {
    CAPTURE(range.low, range.high);
    const Dataset good = data_in({0, 1}), bad = data_in(range);
    for (const bool held_out : {false, true}) {
      auto vae = bernoulli_vae();
      const auto before = support::model_hash(vae);
      std::vector<std::string> events;
      Trainer trainer{{.epochs = 1, .batch_size = 8}, Watch{&events}};
      try {
        held_out ? trainer.fit(vae, good, bad) : trainer.fit(vae, bad);
        FAIL("accepted");
      } catch (const ConfigError& error) {
        CHECK(
            std::string(error.what()) ==
            fmt::format(
                "numbers: the Vae has a Bernoulli likelihood: expected values in [0, 1], got values in [{:g}, {:g}]",
                range.low, static_cast<float>(range.high)));
      }
      CHECK(events.empty());
      CHECK(support::model_hash(vae) == before);
    }
    // Whoever drives the model himself is told too, and log_likelihood does not answer nonsense.
    auto vae = bernoulli_vae();
    vae.prepare(1);
    const Matrix<float> x = bad.sample(bad.size() - 1);
    CHECK_THROWS_AS(vae.train_step({as_const(x), {}}, {}), ConfigError);
    CHECK_THROWS_AS(vae.evaluate({as_const(x), {}}, {}), ConfigError);
    CHECK_THROWS_AS(vae.log_likelihood(as_const(x), 5), ConfigError);
  }
}

TEST_CASE("likelihoods of all numbers take data of any range", "[trainer]") {
  Vae vae{Linear{6, 4}, Linear{2, 6}, {.likelihood = UnitNormal{}, .optimizer = Sgd{1e-6}}};
  CHECK_NOTHROW(Trainer{{.epochs = 1}}.fit(vae, data_in({-3, 255})));
}

TEST_CASE("what looks wrong with a model is said once, at the beginning of a fit", "[trainer]") {
  std::vector<std::string> events;
  Vae vae{Sequential{Linear{6, 4}}, Sequential{Linear{2, 6}, Sigmoid{}}};
  Trainer{{.epochs = 2, .batch_size = 20}, Watch{&events}}.fit(vae, data_in({0, 1}));
  REQUIRE(events.size() == 5);
  CHECK(support::contains(events[0], "decoder.1 (Sigmoid)"));
  CHECK(std::count(events.begin(), events.end(), "step") == 4);

  events.clear();
  Gan gan{Sequential{Linear{2, 6}, Tanh{}}, Sequential{Linear{6, 1}}, {.loss = Wasserstein{}}};
  Trainer{{.epochs = 1, .batch_size = 20}, Watch{&events}}.fit(gan, data_in({0, 255}));
  REQUIRE(events.size() == 4);
  CHECK(support::contains(events[0], "generator.1 (Tanh)"));
  CHECK(support::contains(events[1], "Lipschitz"));
}
