// What looks wrong with a model before its first step.

#include "eigenerate/models/output_bounds.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;

namespace {

Matrix<float> values(Index rows, Index cols, float scale = 1) {
  Matrix<float> x(rows, cols);
  fill_uniform(x.data(), x.size(), RandomStream{1});
  return scale * x;
}

template <class M>
std::vector<Warning> warnings_of(M model, ValueRange range = {0, 1}) {
  const Matrix<float> x = values(6, 20, static_cast<float>(range.high));
  return model.setup_warnings({as_const(x), {}}, range);
}

/// The only warning, which must be of that kind.
template <class M>
std::string only_warning(M model, WarningKind kind, ValueRange range = {0, 1}) {
  const auto warnings = warnings_of(std::move(model), range);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].kind == kind);
  return warnings[0].message;
}

template <class Decoder>
auto vae(Decoder decoder, VaeOptions options = {}) {
  return Vae{Sequential{Linear{6, 4}}, std::move(decoder), std::move(options)};
}

}  // namespace

TEST_CASE("networks say which layer bounds their outputs", "[output bounds]") {
  const auto plan_of = [](auto layer) { return Network(std::move(layer), Shape{4}, {"net"}).plan(); };
  CHECK_FALSE(plan_of(Sequential{Linear{4, 4}}).output_range);
  CHECK_FALSE(plan_of(Sequential{Sigmoid{}, Linear{4, 4}}).output_range);
  CHECK_FALSE(plan_of(Sequential{Linear{4, 4}, LeakyRelu{0.2}}).output_range);
  CHECK(plan_of(Sequential{Linear{4, 4}, Tanh{}}).output_range == ValueRange{-1, 1});
  CHECK(plan_of(Tanh{}).bounded_by == "net (Tanh)");
  // Layers that only move values, nested sequences and erased layers hide nothing.
  const auto nested =
      plan_of(Sequential{Linear{4, 4}, Sequential{Sigmoid{}, Reshape{1, 2, 2}}, Upsample{2}, Flatten{}});
  CHECK(nested.output_range == ValueRange{0, 1});
  CHECK(nested.bounded_by == "net.1.0 (Sigmoid)");
  CHECK(plan_of(AnyLayer{Sequential{Linear{4, 4}, Relu{}}}).output_range == ValueRange::from(0));
  CHECK(plan_of(AnySequential{{Linear{4, 4}, Softplus{}}}).output_range == ValueRange::from(0));
}

TEST_CASE("bounded logits are warned of", "[output bounds]") {
  CHECK(warnings_of(vae(Sequential{Linear{2, 6}})).empty());
  CHECK(
      only_warning(vae(Sequential{Linear{2, 6}, Sigmoid{}}), WarningKind::bounded_outputs) ==
      "decoder.1 (Sigmoid) keeps its outputs in [0, 1], but the parameters of a Bernoulli likelihood reach over "
      "[…, …]; leave it out or scale the data");
  CHECK(support::contains(only_warning(vae(Sequential{Linear{2, 6}, Tanh{}}), WarningKind::bounded_outputs),
                          "decoder.1 (Tanh) keeps its outputs in [-1, 1]"));
  CHECK(support::contains(only_warning(Vae{Sequential{Linear{6, 4}, Relu{}}, Sequential{Linear{2, 6}}},
                                       WarningKind::bounded_outputs),
                          "encoder.1 (Relu) keeps its outputs in [0, …], but means and log-variances"));
  const auto gan = [](auto discriminator, GanOptions options = {}) {
    return Gan{Sequential{Linear{2, 6}, Sigmoid{}}, std::move(discriminator), options};
  };
  CHECK(warnings_of(gan(Linear{6, 1})).empty());
  CHECK(
      support::contains(only_warning(gan(Sequential{Linear{6, 1}, Sigmoid{}}), WarningKind::bounded_outputs),
                        "discriminator.1 (Sigmoid)"));
}

TEST_CASE("data that a network cannot reach are warned of", "[output bounds]") {
  const VaeOptions normal{.likelihood = UnitNormal{}};
  CHECK(warnings_of(vae(Sequential{Linear{2, 6}, Sigmoid{}}, normal)).empty());
  CHECK(warnings_of(vae(Sequential{Linear{2, 6}, Tanh{}}, normal)).empty());
  CHECK(support::contains(
      only_warning(vae(Sequential{Linear{2, 6}, Tanh{}}, normal), WarningKind::bounded_outputs, {0, 20}),
      "the parameters of a UnitNormal likelihood reach over [0, 20]"));
  CHECK(
      only_warning(Gan{Sequential{Linear{2, 6}, Tanh{}}, Linear{6, 1}}, WarningKind::bounded_outputs,
                   {0, 255}) ==
      "generator.1 (Tanh) keeps its outputs in [-1, 1], but the data reach over [0, 255]; leave it out or scale the "
      "data");
}

TEST_CASE("a critic that nothing keeps Lipschitz is warned of", "[output bounds]") {
  const auto critic = [](GanOptions options) { return Gan{Sequential{Linear{2, 6}}, Linear{6, 1}, options}; };
  CHECK(support::contains(only_warning(critic({.loss = Wasserstein{}}), WarningKind::unconstrained_critic),
                          "GradientPenalty{10}"));
  CHECK(warnings_of(critic({.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}})).empty());
  CHECK(warnings_of(critic({.loss = Minimax{}})).empty());
  // A term that is no penalty does not.
  const Gan matched{Sequential{Linear{2, 6}},
                    Linear{6, 1 + 2},
                    {.loss = Wasserstein{}, .terms = {FeatureMatching{.features = 2}}}};
  CHECK_FALSE(only_warning(matched, WarningKind::unconstrained_critic).empty());
}

TEST_CASE("log-variances outside their range are warned of", "[output bounds]") {
  const auto normal = [](const AnyLikelihood<float>& likelihood, double weight) {
    return Vae{Linear{6, 4},
               Linear{2, likelihood.parameter_rows(6)},
               {.likelihood = likelihood, .initializer = ConstantInit{weight}}};
  };
  CHECK(warnings_of(normal(UnitNormal{}, 0.5)).empty());
  CHECK(
      only_warning(normal(UnitNormal{}, 1e3), WarningKind::clamped_log_variances) ==
      "100 % of the encoder's log-variances are outside their range, where they learn nothing; scale the data or "
      "begin with smaller weights");
  const auto both = warnings_of(normal(DiagonalNormal{}, 1e3));
  REQUIRE(both.size() == 2);
  CHECK(support::contains(both[1].message, "of the decoder's log-variances"));
}

TEST_CASE("looking for warnings changes nothing", "[output bounds]") {
  auto model = Vae{Sequential{Linear{6, 8}, BatchNorm{8}, Linear{8, 4}}, Sequential{Linear{2, 6}, Sigmoid{}}};
  const Matrix<float> x = values(6, 20);
  const auto bytes = [&] {
    std::vector<float> all;
    for (auto* learner : model.learners()) {
      learner->for_each_arena(
          [&](auto, auto, auto& arena) { all.insert(all.end(), arena.data(), arena.data() + arena.size()); });
    }
    return all;
  };
  const auto before = bytes();
  CHECK(model.setup_warnings({as_const(x), {}}, {0, 1}).size() == 1);
  CHECK(bytes() == before);
}
