#include "eigenerate/optim/learner.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/arenas.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {
Learner<double> make_learner(Optimizer rule, double ema_decay = 0) {
  return {Network<double>(Sequential{Linear{3, 4}, Linear{4, 2}}, {.name = "net"}), {rule, ema_decay}};
}
void fill_gradients(Learner<double>& learner) {
  for_each_parameter(
      [](const Segment& s, double* values) {
        fill_normal(values, s.size, RandomStream{3}.lane(static_cast<std::uint64_t>(s.offset)));
      },
      learner.gradients);
}
}  // namespace

TEST_CASE("steps leave frozen tensors, their moments and their average as they are", "[learner]") {
  for (const Optimizer& rule :
       {Optimizer{Adam{.weight_decay = 0.1}}, Optimizer{Sgd{.learning_rate = 0.1, .momentum = 0.9}}}) {
    Learner<double> learner = make_learner(rule, 0.5), whole = learner;
    learner.network.freeze("net.0");
    const Learner<double> before = learner;
    for (int step = 0; step < 3; ++step) {
      for (Learner<double>* l : {&learner, &whole}) {
        fill_gradients(*l);
        Learner<double>* const one[] = {l};
        update<double>({}, {}, 1.0, one);
      }
    }
    for (const Segment& s : learner.network.parameters().segments()) {
      const bool frozen = s.name.starts_with("net.0.");
      const auto& as = frozen ? before : whole;
      CHECK(learner.network.parameters()[s.name] == as.network.parameters()[s.name]);
      CHECK((*learner.network.average())[s.name] == (*as.network.average())[s.name]);
      for (std::size_t i = 0; i < learner.state.moments.size(); ++i)
        CHECK(learner.state.moments[i][s.name] == as.state.moments[i][s.name]);
    }
    CHECK(testing::memory_of(learner.gradients).isZero());
  }
}

TEST_CASE("frozen gradients count for nothing in a common norm", "[learner]") {
  Learner<double> learner = make_learner(Sgd{1});
  learner.network.freeze("net.0");
  fill_gradients(learner);
  const Arena<double> gradients = learner.gradients;
  const Vector<double> before = learner.network.parameters()["net.1.weight"];
  double squares = 0;
  for (const char* name : {"net.1.weight", "net.1.bias"}) squares += gradients[name].squaredNorm();
  Learner<double>* const one[] = {&learner};
  update<double>({}, {.norm = 0.5}, 1.0, one);
  const Vector<double> expected = before - gradients["net.1.weight"] * (0.5 / (std::sqrt(squares) + 1e-6));
  CHECK(testing::relative_error(Vector<double>(learner.network.parameters()["net.1.weight"]), expected) <
        1e-12);
}

TEST_CASE("a weight limit clamps what learns, before the average follows", "[learner]") {
  Learner<double> learner({Network<double>(Sequential{Linear{3, 4}, Linear{4, 2}}, {.name = "net"}),
                           {.optimizer = Sgd{1}, .ema_decay = 0.5, .weight_limit = 0.1}});
  learner.network.freeze("net.0");
  const Vector<double> kept = learner.network.parameters()["net.0.weight"],
                       before = learner.network.parameters()["net.1.weight"];
  fill_gradients(learner);
  const Vector<double> moved = before - learner.gradients["net.1.weight"];
  learner.step(1);
  const Vector<double> expected = moved.cwiseMin(0.1).cwiseMax(-0.1);
  CHECK(moved.cwiseAbs().maxCoeff() > 0.1);
  CHECK(kept.cwiseAbs().maxCoeff() > 0.1);
  CHECK(learner.network.parameters()["net.1.weight"] == expected);
  CHECK(learner.network.parameters()["net.0.weight"] == kept);
  CHECK(testing::relative_error(Vector<double>((*learner.network.average())["net.1.weight"]),
                                (before + expected) / 2) < 1e-15);
}

TEST_CASE("a warmed-up average follows quickly at first", "[learner]") {
  Learner<double> warm({Network<double>(Linear{3, 4}, {.name = "net"}),
                        {.optimizer = Sgd{1}, .ema_decay = 0.99, .ema_warm_up = true}}),
      cold({Network<double>(Linear{3, 4}, {.name = "net"}), {.optimizer = Sgd{1}, .ema_decay = 0.99}});
  const Vector<double> before = warm.network.parameters()["net.weight"];
  for (Learner<double>* l : {&warm, &cold}) {
    l->gradients["net.weight"].setOnes();
    l->step(1);
  }
  const auto average = [](const Learner<double>& l) {
    return Vector<double>((*l.network.average())["net.weight"]);
  };
  CHECK(testing::relative_error(average(warm), (before.array() - 0.9).matrix().eval()) < 1e-12);
  CHECK(testing::relative_error(average(cold), (before.array() - 0.01).matrix().eval()) < 1e-12);
  warm.gradients["net.weight"].setZero();
  warm.step(1);  // of the second update the decay is 2/11
  CHECK(testing::relative_error(average(warm), (before.array() - 1 + 0.1 * 2 / 11).matrix().eval()) < 1e-12);
}
