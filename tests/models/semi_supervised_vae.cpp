#include "eigenerate/models/semi_supervised_vae.hpp"

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/io/weights.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/latent/mixture_prior.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/measure_log_likelihood.hpp"
#include "eigenerate/training/training.hpp"
#include "models/faulty_layer.hpp"
#include "models/golden_step.hpp"
#include "models/model_step.hpp"
#include "models/resumption.hpp"
#include "models/step_promises.hpp"
#include "support/arenas.hpp"
#include "support/batches.hpp"
#include "support/files.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using namespace step_promises;
using support::contains;
using support::refuses;
using testing::Golden;
using testing::memory_of;

namespace {

const StepContext context{.step = 2, .seed = 9};
constexpr int none = Dataset::unlabelled;
const std::vector<int> some{2, none, none, 0, none};

/// 6 features, 3 classes, latent vectors of 2.
template <Scalar S = double>
SemiSupervisedVae<S> small(BasicSemiSupervisedVaeOptions<S> options = {}, Index rows = 2 * 2) {
  options.classes = 3;
  if (options.seed == 0) options.seed = 3;
  return {Sequential{Linear{6, 4}, Tanh{}, Linear{4, 3}},
          Sequential{Linear{6 + 3, 5}, Tanh{}, Linear{5, rows}},
          Sequential{Linear{2 + 3, 5}, Silu{}, Linear{5, 6}}, std::move(options)};
}

}  // namespace

TEST_CASE("semi-supervised VAE: the gradients of a whole step, with labels, without, and of some alone",
          "[semi_supervised_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  for (const std::vector<int>& labels :
       {some, std::vector<int>{}, std::vector<int>(5, none), std::vector<int>{0, 1, 2, 2, 1}}) {
    CAPTURE(labels);
    // In closed form, and with a prior and a posterior that have none and networks of their own.
    auto closed = small({.classification_weight = 3, .optimizer = descent});
    closed.prepare(5);
    for (const int learner : {0, 1, 2})
      CHECK(gradient_error(closed, {x, labels}, context, "loss", learner) < testing::tolerance::derivative);
    auto sampled = small({.classification_weight = 0.5,
                          .posterior = InverseAutoregressiveFlow{.steps = 1, .hidden = 4, .context = 1},
                          .prior = MixturePrior{3},
                          .optimizer = descent},
                         2 * 2 + 1);
    REQUIRE(sampled.learners().size() == 5);
    sampled.prepare(5);
    for (const int learner : {0, 1, 2, 3, 4}) {
      CAPTURE(learner);
      CHECK(gradient_error(sampled, {x, labels}, context, "loss", learner) < testing::tolerance::derivative);
    }
  }
}

TEST_CASE("semi-supervised VAE: a step is PyTorch's", "[semi_supervised_vae][golden]") {
  for (const Golden& c : testing::load_golden("models/semi_supervised_vae").cases()) {
    CAPTURE(c.path());
    auto model = small({.classification_weight = c.number("alpha"), .optimizer = descent});
    check_golden_gradients(model, c);
  }
}

TEST_CASE("semi-supervised VAE: a step whose labels are all known is that of a conditional VAE",
          "[semi_supervised_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  const std::vector<int> labels{0, 1, 2, 2, 1};
  auto model = small({.optimizer = descent});
  Vae<double> vae(Sequential{Linear{6 + 3, 5}, Tanh{}, Linear{5, 2 * 2}},
                  Sequential{Linear{2 + 3, 5}, Silu{}, Linear{5, 6}},
                  {.optimizer = descent, .classes = 3, .seed = 3});
  REQUIRE(memory_of(vae.encoder().parameters()) == memory_of(model.encoder().parameters()));
  model.prepare(5);
  vae.prepare(5);
  const double bound = model.train_step({x, labels}, context)["labelled"];
  CHECK(std::abs(bound - std::log(3.0) - vae.train_step({x, labels}, context)["loss"]) < 1e-12);
  CHECK(testing::relative_error(memory_of(model.encoder().parameters()),
                                memory_of(vae.encoder().parameters())) < 1e-12);
  CHECK(testing::relative_error(memory_of(model.decoder().parameters()),
                                memory_of(vae.decoder().parameters())) < 1e-12);
}

TEST_CASE("semi-supervised VAE: a step in parts is the step of the whole batch", "[semi_supervised_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  a_step_in_parts_is_the_whole(small({.classification_weight = 3, .optimizer = descent}), {x, some});
}

TEST_CASE("semi-supervised VAE: evaluation learns nothing, and its figures are those of their samples",
          "[semi_supervised_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  auto model = small({.classification_weight = 3});
  model.prepare(5);
  const auto before = bytes_of_learners(model);
  const StepMetrics m = model.evaluate({x, some}, {});
  CHECK(bytes_of_learners(model) == before);
  CHECK(m.size() == 5);
  CHECK(std::abs(m["loss"] - (2 * (m["labelled"] + 3 * m["classification"]) + 3 * m["unlabelled"]) / 5) <
        1e-12);
  const std::vector<int> guessed = model.classify(x);
  CHECK(m["error"] == ((guessed[0] != 2) + (guessed[3] != 0)) / 2.0);
  const Matrix<double> p = model.class_probabilities(x);
  CHECK((p.colwise().sum().array() - 1).abs().maxCoeff() < 1e-14);
  CHECK(std::abs(m["classification"] + (std::log(p(2, 0)) + std::log(p(0, 3))) / 2) < 1e-12);
  // An average over batches rests on the samples that have labels.
  StepMetrics mean;
  mean.average_in(m, 5);
  mean.average_in(model.evaluate({x, std::vector<int>(5, none)}, {}), 5);
  CHECK(mean["error"] == m["error"]);
  CHECK(mean["classification"] == m["classification"]);
}

TEST_CASE("semi-supervised VAE: the bits do not depend on threads or interruptions, and no step allocates",
          "[semi_supervised_vae][threads][allocations][resume]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  std::vector<int> labels(64, none);
  for (std::size_t i = 0; i < 64; i += 5) labels[i] = static_cast<int>(i % 3);
  for (const AnyPrior<float>& prior : {AnyPrior<float>(StandardNormal{}), AnyPrior<float>(MixturePrior{3})}) {
    CAPTURE(prior.kind());
    // Wide enough for several threads.
    const auto wide = [&] {
      return SemiSupervisedVae{Sequential{Linear{100, 64}, Relu{}, Dropout{0.2}, Linear{64, 3}},
                               Sequential{Linear{100 + 3, 64}, Relu{}, Linear{64, 2 * 10}},
                               Sequential{Linear{10 + 3, 64}, Relu{}, Linear{64, 100}},
                               {.classes = 3, .prior = prior, .ema_decay = 0.9, .seed = 3}};
    };
    same_bits_on_any_number_of_threads(wide, {x, labels});
    no_step_after_the_first_allocates(wide, {x, labels});
    a_resumed_run_is_the_whole_one(wide, Dataset("uniform", {100}, x, labels, 3));
  }
}

TEST_CASE("semi-supervised VAE: a step that fails leaves everything as it was", "[semi_supervised_vae]") {
  const Matrix<float> x = testing::uniform_batch<float>(6, 5, 1);
  for (const bool in_forward : {true, false}) {
    FaultyLayer faulty;
    SemiSupervisedVae model{
        Sequential{Linear{6, 3}, faulty}, Linear{6 + 3, 2 * 2}, Linear{2 + 3, 6}, {.classes = 3}};
    model.prepare(5);
    model.train_step({x, some}, {});
    const auto before = bytes_of_learners(model);
    if (in_forward)
      faulty.fault->forward = std::numeric_limits<float>::quiet_NaN();
    else
      faulty.fault->backward = std::numeric_limits<float>::infinity();
    CHECK_THROWS_AS(model.train_step({x, some}, {.step = 1}), DivergenceError);
    CHECK(bytes_of_learners(model) == before);
  }
}

TEST_CASE("semi-supervised VAE: with every class a component of its own, few labels name them all",
          "[semi_supervised_vae][training]") {
  // Three clusters of 100, one label in each. A point between two of them costs some 40 nats, which the
  // labels must outweigh before the classes have settled on clusters.
  const Index n = 300;
  Matrix<float> x = 0.3f * testing::normal_batch<float>(2, n, 5);
  std::vector<int> labels;
  for (Index i = 0; i < n; ++i) {
    const double angle = 2.1 * static_cast<double>(i % 3);
    x(0, i) += 2 * static_cast<float>(std::cos(angle));
    x(1, i) += 2 * static_cast<float>(std::sin(angle));
    labels.push_back(static_cast<int>(i % 3));
  }
  const Dataset all("clusters", {2}, x, labels, 3);
  const Dataset few = all.labelled_at(std::vector<Index>{0, 1, 2});
  SemiSupervisedVae model{Sequential{Linear{2, 32}, Relu{}, Linear{32, 3}},
                          Sequential{Linear{2 + 3, 32}, Relu{}, Linear{32, 2}},
                          Linear{1 + 3, 2},
                          {.classes = 3,
                           .classification_weight = 1000,
                           .likelihood = Normal{0.3},
                           .optimizer = Adam{3e-3},
                           .seed = 1}};
  Trainer trainer{{.epochs = 60, .batch_size = 50, .seed = 2}};
  trainer.fit(model, few);
  const std::vector<int> found = model.classify(x);
  int wrong = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) wrong += found[i] != labels[i];
  CHECK(wrong <= 3);
  const Matrix<float> drawn = model.sample(std::vector<int>{0, 1, 2}, Seed{4});
  for (Index j = 0; j < 3; ++j)
    CHECK(std::abs(std::remainder(std::atan2(drawn(1, j), drawn(0, j)) - 2.1 * static_cast<double>(j),
                                  2 * std::acos(-1.0))) < 0.6);
}

TEST_CASE("semi-supervised VAE: importance samples estimate log p(x), over the classes or of one",
          "[semi_supervised_vae][likelihood]") {
  const Matrix<double> x = testing::uniform_batch(6, 4, 1);
  auto model = small();
  const RandomStream random{5};
  const auto all = model.importance_weights(x, 50, {}, random);
  std::vector<LogMeanExp> by_hand(4);
  for (int y = 0; y < 3; ++y) {
    const std::vector<int> same(4, y);
    const auto of_class = model.importance_weights(x, 50, same, random.lane(static_cast<std::uint64_t>(y)));
    for (std::size_t i = 0; i < 4; ++i) by_hand[i].add(of_class[i]);
  }
  model.prepare(4);
  double bound = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    bound += model.evaluate({x, {}}, {.seed = seed})["unlabelled"] / 200;
  double mean = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(all[i].value() == by_hand[i].value());
    mean += all[i].value() / 4;
  }
  CHECK(mean > -bound);  // U(x) is a lower bound of log p(x)
  CHECK(mean < -bound + 2);
  const Dataset data("some", {6}, x.cast<float>());
  CHECK(measure_log_likelihood(model, data, {.samples = 20}).of_samples.size() == 4);
}

TEST_CASE("semi-supervised VAE: a weight file holds all three networks", "[semi_supervised_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 4, 1);
  const auto model = small();
  auto other = small({.seed = 8});
  REQUIRE(other.class_probabilities(x) != model.class_probabilities(x));
  const support::TemporaryFolder folder;
  save_weights(folder / "weights.safetensors", model);
  load_weights(folder / "weights.safetensors", other);
  CHECK(other.class_probabilities(x) == model.class_probabilities(x));
  const std::vector<int> labels{0, 1, 2, 0};
  CHECK(other.reconstruct(x, labels) == model.reconstruct(x, labels));
}

TEST_CASE("semi-supervised VAE: what does not fit is refused with what to do", "[semi_supervised_vae]") {
  using Options = SemiSupervisedVaeOptions;
  const auto build = [](Options options, AnyLayer<float> classifier = Linear{6, 3}) {
    return [=] { SemiSupervisedVae<float>(classifier, Linear{6 + 3, 2 * 2}, Linear{2 + 3, 6}, options); };
  };
  CHECK_NOTHROW(build({.classes = 3})());
  refuses<ConfigError>(build({}), {"SemiSupervisedVae", "classes", "got 0"});
  refuses<ConfigError>(build({.classes = 3, .classification_weight = -1}),
                       {"classification_weight", "got -1"});
  refuses<ConfigError>(build({.classes = 3, .posterior = DeterministicPosterior{}}),
                       {"SemiSupervisedVae", "log q(z|x)"});
  refuses<ConfigError>(build({.classes = 3, .latent = -1}), {"latent", "got -1"});
  refuses<ShapeError>(build({.classes = 3}, Linear{6, 4}), {"classifier", "3 logits", "got shape 4"});
  refuses<ShapeError>(build({.classes = 3}, Linear{5, 3}), {"classifier"});

  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  auto model = small();
  refuses<StateError>([&] { model.train_step({x, some}, {}); }, {"SemiSupervisedVae", "prepare(5)"});
  model.prepare(5);
  refuses<ConfigError>([&] { model.train_step({x, std::vector<int>(5, 3)}, {}); }, {"[0, 3)", "got 3"});
  refuses<ShapeError>([&] { model.train_step({x, std::vector<int>(4, 0)}, {}); }, {"5 labels", "got 4"});
  const Matrix<double> short_ones = x.topRows(5);
  refuses<ShapeError>([&] { model.train_step({short_ones, some}, {}); }, {"6 values", "got 5 × 5"});
  refuses<ConfigError>([&] { model.require_values({0, 255}, "data"); }, {"data", "Bernoulli"});

  SemiSupervisedVae<double> bounded{
      Sequential{Linear{6, 3}, Sigmoid{}}, Linear{6 + 3, 2 * 2}, Linear{2 + 3, 6}, {.classes = 3}};
  const auto warnings = bounded.setup_warnings({x, some}, {0, 1});
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0].message, "logits"));
}

TEST_CASE("semi-supervised VAE: latent dimensions that say nothing are warned of", "[semi_supervised_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 20, 1);
  auto model = small();
  Arena<double>& encoder = model.encoder().parameters();
  for (Index i = 0; i < encoder.size(); ++i) encoder.data()[i] *= 3;
  CHECK(model.health({x, {}}, {}).empty());
  encoder.set_zero();
  std::vector<int> labels(20, none);
  labels[3] = 1;
  const auto warnings = model.health({x, labels}, {});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].kind == WarningKind::posterior_collapse);
  CHECK(contains(warnings[0].message, "2 of 2"));

  // An encoder that reads labels alone: dimensions differ as labels do, those given and those guessed.
  auto of_labels = small();
  Arena<double>& parameters = of_labels.encoder().parameters();
  for (Index i = 0; i < parameters.size(); ++i) parameters.data()[i] *= 10;
  for (Index output = 0; output < 5; ++output)  // 5 outputs of 6 + 3 inputs each
    std::fill_n(parameters.data() + output * (6 + 3), 6, 0.0);
  const std::vector<int> same(20, 1);
  CHECK(of_labels.health({x, same}, {}).size() == 1);
  std::vector<int> different = same;
  std::fill_n(different.begin(), 10, 2);
  CHECK(of_labels.health({x, different}, {}).empty());
  for (Index i = 0; i < 20; ++i) of_labels.classifier().parameters().data()[i] *= 20;
  const std::vector<int> guessed = of_labels.classify(x);
  REQUIRE(std::count(guessed.begin(), guessed.end(), guessed[0]) < 17);
  CHECK(of_labels.health({x, {}}, {}).empty());
}
