// GANs whose discriminators disturb samples, compare them and take the best of pieces: whole steps against
// central differences, through every penalty that is defined; what is refused; threads and allocations.

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/gan.hpp"
#include "models/model_step.hpp"
#include "models/step_promises.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using namespace step_promises;

namespace {

const StepContext context{.step = 2, .seed = 9, .progress = 0.3};

Gan<double> judged_by(AnyLayer<double> discriminator, bool generator, Gan<double>::Options options) {
  options.generator_optimizer = generator ? descent : frozen;
  options.discriminator_optimizer = generator ? frozen : descent;
  options.seed = 3;
  Gan<double> gan(Sequential{Linear{3, 5}, Silu{}, Linear{5, 18}, Tanh{}, Reshape{2, 3, 3}},
                  std::move(discriminator), options);
  gan.prepare(6);
  return gan;
}

void check_steps(const AnyLayer<double>& discriminator, const Gan<double>::Options& options) {
  const Matrix<double> x = testing::normal_batch(18, 6, 1);
  const Batch<double> batch{x, {}};
  CHECK(gradient_error(judged_by(discriminator, true, options), batch, context, "generator_loss", 0) <
        testing::tolerance::derivative);
  CHECK(gradient_error(judged_by(discriminator, false, options), batch, context, "discriminator_loss", 1) <
        testing::tolerance::derivative);
}

const auto comparing = [] {
  return Sequential{
      Conv2d{2, 3, {.kernel = 2}},      Tanh{},      MinibatchStd{3}, Flatten{}, Linear{16, 5}, Softplus{},
      MinibatchDiscrimination{5, 3, 2}, Linear{8, 1}};
};

}  // namespace

TEST_CASE("steps are exact through layers that compare samples, R1 and R2 included", "[gan]") {
  check_steps(comparing(), {});
  check_steps(comparing(), {.terms = {R1{.gamma = 3}, R2{.gamma = 2}}});
  check_steps(comparing(), {.loss = RelativisticAverage{Hinge{}}, .terms = {R1{.gamma = 3, .every = 2}}});
}

TEST_CASE("penalties of each sample refuse layers that compare samples, by name", "[gan]") {
  using support::refuses;
  const auto with = [](AnyLayer<double> layer, AnyAdversaryTerm<double> term) {
    return [=] {
      Gan<double>(Linear{3, 4}, AnySequential<double>({layer, Linear{infer, 1}}), {.terms = {term}});
    };
  };
  refuses<ConfigError>(with(MinibatchStd{}, GradientPenalty{}),
                       {"discriminator.0 (MinibatchStd)", "gradient penalty"});
  refuses<ConfigError>(with(MinibatchStd{}, Dragan{}), {"discriminator.0 (MinibatchStd)"});
  refuses<ConfigError>(with(MinibatchDiscrimination{4, 2, 2}, GradientPenalty{}),
                       {"discriminator.0 (MinibatchDiscrimination)"});
  CHECK_NOTHROW(with(MinibatchStd{}, R1{})());
  CHECK_NOTHROW(with(Maxout{2}, GradientPenalty{})());
  CHECK_NOTHROW(with(Cutout{}, GradientPenalty{})());
}

TEST_CASE("steps are exact through augmentation, noise and maxout, with every penalty", "[gan]") {
  const auto augmented = Sequential{InstanceNoise{{.deviation = 0.2, .until = 0.5}},
                                    RandomBrightness{},
                                    RandomTranslation{0.34},
                                    Cutout{0.34},
                                    Conv2d{2, 6, {.kernel = 2}},
                                    Maxout{2},
                                    Tanh{},
                                    Flatten{},
                                    Linear{12, 1}};
  check_steps(augmented, {});
  check_steps(augmented, {.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}});
  check_steps(augmented, {.loss = Relativistic{NonSaturating{}}, .terms = {R1{.gamma = 3}, R2{}, Dragan{}}});
}

TEST_CASE("real and generated samples are disturbed apart", "[gan]") {
  // A discriminator that sees brightness alone, and a generator that makes the data: the losses would be
  // equal.
  Gan<double> gan(Sequential{Linear{1, 4}, Tanh{}}, Sequential{RandomBrightness{}, Linear{4, 1}},
                  {.loss = Wasserstein{}, .generator_optimizer = frozen, .discriminator_optimizer = frozen});
  gan.generator().parameters().set_zero();
  const Matrix<double> x = Matrix<double>::Zero(4, 8);
  gan.prepare(8);
  CHECK(std::abs(gan.train_step({x, {}}, {.seed = 9})["discriminator_loss"]) > 1e-3);
  CHECK(gan.evaluate({x, {}}, {})["discriminator_loss"] == 0);
}

namespace {

Gan<float> wide() {
  return {Sequential{Linear{8, 256}, Reshape{16, 4, 4}, BatchNorm{16}, Relu{},
                     ConvTranspose2d{16, 1, {.kernel = 4, .stride = 2, .padding = 1}}, Tanh{}},
          Sequential{InstanceNoise{}, RandomBrightness{}, RandomTranslation{}, Cutout{},
                     Conv2d{1, 32, {.kernel = 4, .stride = 2, .padding = 1}}, Maxout{2}, MinibatchStd{},
                     Flatten{}, Linear{infer, 32}, LeakyRelu{0.2}, MinibatchDiscrimination{32, 16, 5},
                     Linear{48, 1}},
          {.loss = Relativistic{Hinge{}},
           .terms = {R1{.gamma = 1, .every = 2}},
           .generator_optimizer = Lookahead{},
           .discriminator_optimizer = Lookahead{.rule = RmsProp{}, .every = 2},
           .ema_decay = 0.9,
           .ema_warm_up = true,
           .weight_limit = 0.5}};
}

}  // namespace

TEST_CASE("a GAN with every stabiliser: the same bits on any number of threads", "[gan][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(64, 48, 1);
  same_bits_on_any_number_of_threads([] { return wide(); }, {x, {}});
}

TEST_CASE("a GAN with every stabiliser: no step after the first allocates", "[gan][allocation]") {
  const Matrix<float> x = testing::uniform_batch<float>(64, 48, 1);
  no_step_after_the_first_allocates([] { return wide(); }, {x, {}});
}
