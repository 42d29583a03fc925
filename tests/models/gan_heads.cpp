// GANs whose discriminators put out more than a logit: whole steps with a class head, features to match and
// consistency against central differences and PyTorch; parts, threads, allocations, refusals.

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/gan.hpp"
#include "models/golden_step.hpp"
#include "models/model_step.hpp"
#include "models/step_promises.hpp"
#include "support/batches.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using namespace step_promises;
using testing::Golden;

namespace {

const std::vector<int> labels{2, 0, 1, 1, 0};
const StepContext context{.step = 2, .seed = 9};

/// Normal noise on every value.
struct Shaken {
  template <Scalar S>
  void operator()(ConstView<S> x, const RandomStream& random, View<S> out) const {
    fill_normal(out.data(), out.size(), random);
    out = x + S(0.3) * out;
  }
};

/// Three classes and, where they are matched, the five features of the layer before.
Gan<double> small(bool features, Gan<double>::Options options) {
  options.classes = 3;
  options.seed = 3;
  const auto judge = [](auto last) {
    return Sequential{Linear{4, 6}, Tanh{}, Linear{6, 5}, Softplus{}, last};
  };
  const Sequential generator{Linear{3 + 3, 5}, Silu{}, Linear{5, 4}, Tanh{}};
  if (features) return {generator, judge(Concat{Linear{5, 1 + 3}, Identity{}}), options};
  return {generator, judge(Linear{5, 1 + 3}), options};
}

Gan<double>::Options learning(bool generator, Gan<double>::Options options) {
  options.generator_optimizer = generator ? descent : frozen;
  options.discriminator_optimizer = generator ? frozen : descent;
  return options;
}

const Gan<double>::Options every_term{
    .loss = RelativisticAverage{Hinge{}},
    .terms = {ClassHead{.weight = 2, .classes = 3}, R1{.gamma = 3}, FeatureMatching{.features = 5},
              Consistency{Shaken{}}, Dragan{}}};

Gan<float> wide() {
  return {Sequential{Linear{10 + 3, 64}, BatchNorm{64}, Relu{}, Linear{64, 100}},
          Sequential{Linear{100, 64}, LeakyRelu{0.2}, Dropout{0.2}, Concat{Linear{64, 1 + 3}, Identity{}}},
          {.terms = {ClassHead{.classes = 3, .of_fakes = true}, FeatureMatching{.features = 64},
                     Consistency{Shaken{}}, R1{.every = 2}},
           .classes = 3,
           .seed = 5}};
}

std::vector<int> labels_of(Index n) {
  std::vector<int> all;
  for (Index i = 0; i < n; ++i) all.push_back(static_cast<int>(i % 3));
  return all;
}

}  // namespace

TEST_CASE("the gradients of both players' whole steps are exact with heads and consistency", "[gan]") {
  const auto [name, features, options] = GENERATE(table<std::string, bool, Gan<double>::Options>({
      {"class head", false, {.terms = {ClassHead{.classes = 3}}}},
      {"of fakes too, under a penalty",
       false,
       {.loss = Wasserstein{},
        .gradient_penalty = GradientPenalty{},
        .terms = {ClassHead{.classes = 3, .of_fakes = true}}}},
      {"class head, then features",
       true,
       {.terms = {ClassHead{.classes = 3}, FeatureMatching{.features = 5}}}},
      {"everything", true, every_term},
  }));
  INFO(name);
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  auto generator = small(features, learning(true, options)),
       judge = small(features, learning(false, options));
  generator.prepare(5);
  judge.prepare(5);
  CHECK(gradient_error(generator, {x, labels}, context, "generator_loss", 0) < 1e-6);
  CHECK(gradient_error(judge, {x, labels}, context, "discriminator_loss", 1) < 1e-6);
}

TEST_CASE("a GAN's step with a class head and feature matching is PyTorch's", "[gan][golden]") {
  for (const Golden& c : testing::load_golden("models/gan_heads").cases()) {
    CAPTURE(c.path());
    auto gan = small(true, {.terms = {ClassHead{.weight = c.number("class_weight"),
                                                .classes = 3,
                                                .of_fakes = c.boolean("of_fakes")},
                                      FeatureMatching{.weight = c.number("match_weight"), .features = 5}},
                            .generator_optimizer = Sgd{c.number("rate")},
                            .discriminator_optimizer = Sgd{c.number("rate")}});
    check_golden_step(gan, c);
  }
}

TEST_CASE("a step of a GAN with heads in parts: losses that are means over samples are those of the batch",
          "[gan]") {
  const Gan<double>::Options options = learning(true, {.terms = {ClassHead{.classes = 3}}});
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  a_step_in_parts_is_the_whole(small(false, options), {x, labels});
}

TEST_CASE("a GAN with heads: the same bits on any number of threads, and no allocation", "[gan][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  const std::vector<int> all = labels_of(64);
  same_bits_on_any_number_of_threads([] { return wide(); }, {x, all});
  no_step_after_the_first_allocates([] { return wide(); }, {x, all});
}

TEST_CASE("a discriminator that tells labels does not see them, and figures say who learned what", "[gan]") {
  auto gan = small(true, every_term);
  CHECK(
      joined_names(gan.figures()) ==
      "loss, discriminator_loss, generator_loss, class_loss, fake_class_loss, r1_penalty, feature_matching, "
      "consistency, dragan_penalty");
  CHECK_FALSE(gan.discriminator().plan().condition);
  CHECK(gan.generator().plan().condition == Shape{3});
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  CHECK(gan.discriminate(x).rows() == 1 + 3 + 5);
  gan.prepare(5);
  CHECK(gan.train_step({x, labels}, context).size() == gan.figures().size());
  CHECK(gan.evaluate({x, labels}, context).size() == 3);
  CHECK(gan.sample(4, 0) != gan.sample(4, 2));
}

TEST_CASE("heads that do not fit are refused by name", "[gan]") {
  using support::refuses;
  const auto build = [](Index outputs, GanOptions options) {
    return [=] { Gan(Linear{3 + options.classes, 4}, Linear{4, outputs}, options); };
  };
  const GanOptions classes{.terms = {ClassHead{.classes = 3}}, .classes = 3};
  CHECK_NOTHROW(build(4, classes)());
  refuses<ConfigError>(build(3, classes), {"discriminator", "ClassHead", "channels 1 to 3", "ends in 3"});
  refuses<ShapeError>(build(5, classes),
                      {"Gan", "one logit and 3 channels for ClassHead", "got an output of shape 5"});
  refuses<ConfigError>(build(4, {.terms = {ClassHead{.classes = 3}}}),
                       {"Gan", "ClassHead of 3 classes", ".classes is 0"});
  refuses<ConfigError>(build(4, {.terms = {ClassHead{.classes = 3}}, .classes = 2}),
                       {"ClassHead", ".classes is 2"});
  refuses<ShapeError>(build(2, {}), {"Gan", "must end in one logit, got an output of shape 2"});
  refuses<ConfigError>(build(2, {.terms = {FeatureMatching{.features = 2}}}),
                       {"FeatureMatching", "channels 1 to 2"});
}
