#include "eigenerate/models/model.hpp"

#include <set>
#include <string>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/small_models.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;

TEST_CASE("step metrics keep their order, overwrite by name and average by weight", "[metrics]") {
  StepMetrics a;
  a.set("loss", 2);
  a.set("kl", 1);
  a.set("loss", 3);
  CHECK(a.begin()->name.view() == "loss");
  CHECK(a["loss"] == 3);
  CHECK(a.contains("kl"));
  CHECK_FALSE(a.contains("fid"));
  CHECK_THROWS_AS(a["fid"], ConfigError);

  StepMetrics mean;
  mean.average_in(a, 30);
  StepMetrics b;
  b.set("loss", 7);
  b.set("late", 5);
  mean.average_in(b, 10);
  CHECK(std::abs(mean["loss"] - 4) < 1e-12);
  CHECK(mean["kl"] == 1);
  CHECK(mean["late"] == 5);

  StepMetrics silent;
  silent.set("loss", 100, 0);
  mean.average_in(silent, 10);
  CHECK(std::abs(mean["loss"] - 4) < 1e-12);
}

TEST_CASE("step metrics refuse more figures than they have room for", "[metrics]") {
  StepMetrics m;
  for (char name = 'a'; name < 'a' + 16; ++name) m.set(std::string(1, name), 1);
  CHECK_NOTHROW(m.set("p", 2));
  CHECK_THROWS_AS(m.set("q", 1), ConfigError);
}

TEST_CASE("a model says which figure tells how good it is; without a word it is the loss", "[metrics]") {
  CHECK(best_figure(Vae{Sequential{Linear{4, 4}}, Sequential{Linear{2, 4}}})->view() == "loss");
  CHECK_FALSE(best_figure(Gan{Sequential{Linear{2, 4}}, Sequential{Linear{4, 1}}}));
  CHECK(best_figure(CountingModel{})->view() == "loss");
}

TEST_CASE("a model announces every figure that it reports", "[metrics]") {
  const Matrix<float> x = Matrix<float>::Constant(4, 6, 0.5f);
  const auto check = [&](auto model) {
    const std::vector<MetricName> announced = model.figures();
    model.prepare(6);
    std::set<std::string> reported;
    for (std::uint64_t step = 0; step < 2; ++step) {
      for (const auto& figure : model.train_step({as_const(x), {}}, {.step = step}))
        reported.emplace(figure.name.view());
      for (const auto& figure : model.evaluate({as_const(x), {}}, {})) reported.emplace(figure.name.view());
    }
    CHECK(announced.size() == reported.size());
    for (const MetricName& name : announced) CHECK(reported.contains(std::string(name.view())));
  };
  check(Vae{Sequential{Linear{4, 4}}, Sequential{Linear{2, 4}}});
  check(Gan{Sequential{Linear{2, 4}}, Sequential{Linear{4, 1}}});
  check(Gan{Sequential{Linear{2, 4}},
            Sequential{Linear{4, 1}},
            {.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}, .discriminator_steps = 2}});
}

TEST_CASE("a metric's name is held by value and has a greatest length", "[metrics]") {
  StepMetrics m;
  {
    std::string name(MetricName::capacity, 'x');
    m.set(name, 4);
    name.assign(MetricName::capacity, 'y');
  }
  CHECK(m[std::string(31, 'x')] == 4);
  CHECK_THROWS_AS(m.set(std::string(32, 'x'), 1), ConfigError);
  CHECK(m.size() == 1);
}

TEST_CASE("in every model that keeps a moving average it can follow quickly at first", "[models]") {
  const Dataset data = support::small_images();
  const auto all = [](const Arena<float>& arena) {
    return Vector<float>(Eigen::Map<const Vector<float>>(arena.data(), arena.size()));
  };
  const auto follows = [&](const std::string& name, auto&& make) {
    for (const bool warm : {false, true}) {
      CAPTURE(name, warm);
      auto before = make(warm), after = make(warm);
      Trainer trainer{{.epochs = 1, .batch_size = 40}};
      trainer.fit(after, data);
      int averages = 0;
      for (std::size_t i = 0; i < after.learners().size(); ++i) {
        const Network<float>&from = before.learners()[i]->network, &to = after.learners()[i]->network;
        if (!to.average()) continue;
        ++averages;
        const Vector<float> began = all(from.parameters()), moved = all(to.parameters()) - began,
                            followed = all(*to.average()) - began;
        // Adam's first step moves nearly every number by its learning rate: 0.1 here.
        CHECK(moved.norm() > 0.05f);
        CHECK(std::abs(followed.norm() / moved.norm() - (warm ? 0.9f : 0.01f)) < 1e-3f);
      }
      CHECK(averages > 0);
    }
  };
  const Optimizer fast = Adam{0.1};
  const auto judge = [](Index inputs) { return Sequential{Flatten{}, Linear{inputs, 1}}; };
  const auto decoder = [] { return Sequential{Linear{3, 64}, Reshape{1, 8, 8}}; };
  const auto encoder = [](Index outputs) { return Sequential{Flatten{}, Linear{64, outputs}}; };
  follows("Vae", [&](bool warm) {
    return Vae{encoder(6), decoder(), {.optimizer = fast, .ema_decay = 0.99, .ema_warm_up = warm}};
  });
  follows("Gan", [&](bool warm) {
    return Gan{decoder(), judge(64), {.generator_optimizer = fast, .ema_decay = 0.99, .ema_warm_up = warm}};
  });
  follows("AdversarialAutoencoder", [&](bool warm) {
    return AdversarialAutoencoder{
        encoder(3), decoder(), judge(3), {.optimizer = fast, .ema_decay = 0.99, .ema_warm_up = warm}};
  });
  follows("Bigan", [&](bool warm) {
    return Bigan{
        encoder(3), decoder(), judge(67), {.optimizer = fast, .ema_decay = 0.99, .ema_warm_up = warm}};
  });
  follows("VaeGan", [&](bool warm) {
    return VaeGan{encoder(6),
                  decoder(),
                  Sequential{Flatten{}, Linear{64, 4}, Concat{Linear{4, 1}, Identity{}}},
                  {.terms = {FeatureReconstruction{.features = 4}},
                   .optimizer = fast,
                   .ema_decay = 0.99,
                   .ema_warm_up = warm}};
  });
  follows("Pix2Pix", [&](bool warm) {
    return Pix2Pix{
        Conv2d{1, 1, {.kernel = 3, .padding = 1}},
        Conv2d{2, 1, {.kernel = 3, .padding = 1}},
        {.source = Shape{1, 8, 8}, .generator_optimizer = fast, .ema_decay = 0.99, .ema_warm_up = warm}};
  });
}
