// Adversarial autoencoders whose latent vectors end in a category: whole steps against central differences
// and PyTorch, what is drawn, and clusters that no label names.

#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/adversarial_autoencoder.hpp"
#include "eigenerate/models/bigan.hpp"
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

using Options = BasicAdversarialAutoencoderOptions<double>;

const StepContext context{.step = 2, .seed = 9};
const LatentCode code{.categorical = 1, .categories = 3};

/// One value of style before the category.
AdversarialAutoencoder<double> small(Options options) {
  options.posterior = CodedPosterior{code};
  options.seed = 3;
  return {Sequential{Linear{6, 5}, Tanh{}, Linear{5, 4}}, Sequential{Linear{4, 5}, Silu{}, Linear{5, 6}},
          Sequential{Linear{4, 6}, Tanh{}, Linear{6, 5}, Softplus{}, Linear{5, 1}}, options};
}

AdversarialAutoencoder<float> wide(AdversarialAutoencoderOptions options = {}) {
  options.posterior = CodedPosterior{code};
  options.ema_decay = 0.9;
  options.seed = 5;
  return {Sequential{Linear{100, 64}, BatchNorm{64}, Relu{}, Linear{64, 13}},
          Sequential{Linear{13, 64}, BatchNorm{64}, Relu{}, Linear{64, 100}},
          Sequential{Linear{13, 64}, LeakyRelu{0.2}, Dropout{0.2}, Linear{64, 1}}, options};
}

}  // namespace

TEST_CASE("an adversarial autoencoder with a category: the gradient of a whole step is exact", "[aae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  auto autoencoder =
           small({.adversarial_weight = 3, .optimizer = descent, .discriminator_optimizer = frozen}),
       judge = small({.terms = {R1{}}, .optimizer = frozen, .discriminator_optimizer = descent});
  autoencoder.prepare(5);
  judge.prepare(5);
  CHECK(gradient_error(autoencoder, {x, {}}, context, "loss", 0) < 1e-6);
  CHECK(gradient_error(autoencoder, {x, {}}, context, "loss", 1) < 1e-6);
  CHECK(gradient_error(judge, {x, {}}, context, "discriminator_loss", 2) < 1e-6);
}

TEST_CASE("a step of an adversarial autoencoder with a category is PyTorch's", "[aae][golden]") {
  for (const Golden& c : testing::load_golden("models/adversarial_autoencoder_code").cases()) {
    CAPTURE(c.path());
    auto model = small({.adversarial_weight = c.number("weight"),
                        .optimizer = Sgd{c.number("rate")},
                        .discriminator_optimizer = Sgd{c.number("rate")}});
    check_golden_step(model, c);
  }
}

TEST_CASE("a player leaves the other's bytes alone where codes end in a category", "[aae]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 8, 1);
  const Optimizer still = Sgd{1e-40};
  const auto after = [&](const AdversarialAutoencoderOptions& options) {
    AdversarialAutoencoder<float> model = wide(options);
    model.prepare(8);
    model.train_step({x, {}}, context);
    return bytes_of_learners(model);
  };
  const auto both = after({}), discriminator_alone = after({.optimizer = still}),
             unweighted = after({.adversarial_weight = 0}),
             autoencoder_alone = after({.adversarial_weight = 0, .discriminator_optimizer = still});
  REQUIRE(both.size() == 3);
  CHECK(both[2] == discriminator_alone[2]);
  CHECK(both[0] != discriminator_alone[0]);
  CHECK(both[1] != discriminator_alone[1]);
  CHECK(unweighted[0] == autoencoder_alone[0]);
  CHECK(unweighted[1] == autoencoder_alone[1]);
  CHECK(unweighted[2] != autoencoder_alone[2]);
  CHECK(unweighted[0] == both[0]);  // the game is not the decoder's
  CHECK(unweighted[1] != both[1]);
}

TEST_CASE("an adversarial autoencoder with a category: same bits on any number of threads, no allocation",
          "[aae][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  same_bits_on_any_number_of_threads([] { return wide(); }, {x, {}});
  no_step_after_the_first_allocates([] { return wide(); }, {x, {}});
}

TEST_CASE("vectors of the prior end in a category where the codes do", "[aae]") {
  const auto model = wide();
  CHECK(model.code() == code);
  Matrix<float> z(13, 20);
  model.draw_latent({0, Purpose::sampling}, as_view(z));
  const auto drawn = z.bottomRows(3).array();
  CHECK((drawn == 0 || drawn == 1).all());
  CHECK((drawn.colwise().sum() == 1).all());
  CHECK(model.sample(20) == model.decode(z));
  const auto sampler = model.make_sampler();
  CHECK(testing::relative_error(sampler.sample(20), model.sample(20)) < 1e-5);
  support::refuses<ConfigError>([&] { model.sample(6, Truncation{2}); }, {"standard normal"});
  const Matrix<float> x = testing::uniform_batch<float>(100, 4, 1), shares = model.embed(x).bottomRows(3);
  CHECK((shares.colwise().sum().array() - 1).abs().maxCoeff() < 1e-6);
  const Matrix<float> along = model.traverse(0, 3, 2);
  Matrix<float> first = z.col(0);
  code.set(as_view(first), 0, 0, 2.0);
  CHECK(testing::relative_error(along.col(2), model.decode(first).col(0)) < 1e-6);
  support::refuses<ConfigError>(
      [] {
        AdversarialAutoencoder(Linear{4, 2}, Linear{2, 4}, Linear{2, 1}, {.posterior = CodedPosterior{code}});
      },
      {"CodedPosterior", "vectors of 2", "code of 3"});
}

TEST_CASE("a BiGAN's encoder may end in a category too", "[bigan]") {
  const Matrix<double> x = testing::uniform_batch(4, 5, 1);
  Bigan<double> model(
      Sequential{Linear{4, 5}, Tanh{}, Linear{5, 4}}, Linear{4, 4},
      Sequential{Linear{8, 6}, Tanh{}, Linear{6, 1}},
      {.posterior = CodedPosterior{code}, .optimizer = descent, .discriminator_optimizer = frozen});
  model.prepare(5);
  CHECK(gradient_error(model, {x, {}}, context, "encoder_loss", 1) < 1e-6);
}

TEST_CASE("an adversarial autoencoder sorts what lies apart into categories", "[aae][slow]") {
  // Three heaps around the corners of a triangle. A sample's heap is known by how it was made.
  const auto make = [](std::uint64_t step, std::vector<int>& heaps) {
    Matrix<float> x(2, 96);
    fill_normal(x.data(), x.size(), RandomStream{3}.at(step));
    x *= 0.15f;
    heaps.clear();
    for (Index j = 0; j < x.cols(); ++j) {
      const int heap = static_cast<int>(j % 3);
      heaps.push_back(heap);
      x(0, j) += heap == 0 ? -2.0f : heap == 1 ? 2.0f : 0.0f;
      x(1, j) += heap == 2 ? 2.0f : -1.0f;
    }
    return x;
  };
  AdversarialAutoencoder<float> model(
      Sequential{Linear{2, 32}, Relu{}, Linear{32, 1 + 3}},
      Sequential{Linear{1 + 3, 32}, Relu{}, Linear{32, 2}},
      Sequential{Linear{1 + 3, 32}, LeakyRelu{0.2}, Linear{32, 1}},
      {.likelihood = UnitNormal{}, .posterior = CodedPosterior{code}, .seed = 2});
  model.prepare(96);
  std::vector<int> heaps;
  for (std::uint64_t step = 0; step < 3000; ++step)
    model.train_step({make(step, heaps), {}}, {.step = step, .seed = 4});
  const Matrix<float> shares = model.embed(make(9999, heaps)).bottomRows(3);
  int counts[3][3] = {};
  for (Index j = 0; j < shares.cols(); ++j) {
    Index category = 0;
    shares.col(j).maxCoeff(&category);
    ++counts[category][heaps[static_cast<std::size_t>(j)]];
  }
  int pure = 0;
  for (const auto& of : counts) pure += std::max({of[0], of[1], of[2]});
  CAPTURE(pure);
  CHECK(pure >= 91);  // of 96
}
