// VAEs with terms on their latent vectors: whole steps against central differences and PyTorch, allocations,
// threads, refusals.

#include "eigenerate/adversarial/factor_vae.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/latent/latent_norm.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/not_a_number.hpp"
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

using Options = BasicVaeOptions<double>;

const StepContext context{.step = 2, .seed = 9};

auto critic() {
  return Sequential{Linear{3, 6}, Tanh{}, Linear{6, 1}};
}
FactorVae<decltype(critic())> factor_vae(double gamma) {
  return FactorVae{critic(), {.gamma = gamma, .optimizer = descent}};
}

Vae<double> small(Options options) {
  options.optimizer = descent;
  options.seed = 3;
  const Index rows = options.posterior.parameter_rows(3);
  return {Sequential{Linear{6, 5}, Tanh{}, Linear{5, rows}}, Sequential{Linear{3, 5}, Silu{}, Linear{5, 6}},
          options};
}

/// Every kind of term, beside objectives of several kinds.
Options wae() {
  return {.posterior = DeterministicPosterior{},
          .objective = Reconstruction{},
          .terms = {MaximumMeanDiscrepancy{}}};
}
Options info_vae() {
  return {.objective = Elbo{.beta = 0.5},
          .terms = {MaximumMeanDiscrepancy{.weight = 3, .kernel = MmdKernel::rbf, .scales = {1}}}};
}
Options regularized_autoencoder() {
  return {.posterior = DeterministicPosterior{}, .objective = Reconstruction{}, .terms = {LatentNorm{0.7}}};
}
Options beta_tcvae() {
  return {.objective = Elbo{}, .terms = {TotalCorrelation{.beta = 6, .data_size = 50}}};
}
Options three_weights() {
  return {.terms = {TotalCorrelation{.alpha = 0.5, .beta = 3, .gamma = 2, .data_size = 50}}, .samples = 3};
}
Options factored() {
  return {.terms = {factor_vae(6)}, .samples = 2};
}
Options several() {
  return {.objective = Iwae{}, .terms = {MaximumMeanDiscrepancy{.weight = 2}, factor_vae(3)}, .samples = 3};
}

}  // namespace

TEST_CASE("a VAE with terms: the gradient of a whole step is exact", "[vae]") {
  const auto [name, options] = GENERATE(table<std::string, Options>({{"wae", wae()},
                                                                     {"info vae", info_vae()},
                                                                     {"rae", regularized_autoencoder()},
                                                                     {"beta-tcvae", beta_tcvae()},
                                                                     {"three weights", three_weights()},
                                                                     {"factor vae", factored()},
                                                                     {"several", several()}}));
  INFO(name);
  auto vae = small(options);
  const Matrix<double> x = testing::uniform_batch(6, 4, 1);
  vae.prepare(4);
  CHECK(gradient_error(vae, {x, {}}, context, "loss", 0) < 1e-6);
  CHECK(gradient_error(vae, {x, {}}, context, "loss", 1) < 1e-6);
  if (vae.learners().size() == 3)
    CHECK(gradient_error(vae, {x, {}}, context, "discriminator_loss", 2) < 1e-6);
}

TEST_CASE("weight decay of an RAE is its decoder's alone", "[vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 4, 1);
  Options decayed = regularized_autoencoder();
  decayed.decoder_optimizer = Sgd{.learning_rate = 1, .weight_decay = 0.25};
  auto plain = small(regularized_autoencoder()), regularized = small(decayed);
  const Vector<double> decoder = testing::memory_of(plain.decoder().parameters());
  for (auto* vae : {&plain, &regularized}) {
    vae->prepare(4);
    vae->train_step({x, {}}, context);
  }
  CHECK(testing::memory_of(regularized.encoder().parameters()) ==
        testing::memory_of(plain.encoder().parameters()));
  const Vector<double> more = testing::memory_of(plain.decoder().parameters()) -
                              testing::memory_of(regularized.decoder().parameters());
  CHECK(testing::relative_error(more, 0.25 * decoder) < 1e-12);
}

TEST_CASE("steps of VAEs with terms are PyTorch's", "[vae][golden]") {
  const Golden goldens = testing::load_golden("models/vae_terms");
  const auto check = [&](const std::string& name, Options options, std::string_view figure) {
    const Golden c = goldens[name];
    CAPTURE(name);
    options.samples = c.integer("samples");
    Vae<double> vae = small(options);
    const StepMetrics m = check_golden_gradients(vae, c);
    const double expected = c.number("share");
    CHECK(std::abs(m[figure] - expected) <= testing::tolerance::golden * std::max(1.0, std::abs(expected)));
  };
  check("WAE-MMD", wae(), "discrepancy");
  check("InfoVAE", info_vae(), "discrepancy");
  check("RAE", regularized_autoencoder(), "latent_norm");
  check("beta-TCVAE", beta_tcvae(), "total_correlation");
  check("three weights", three_weights(), "total_correlation");
  check("FactorVAE", factored(), "total_correlation");
}

namespace {

/// Models of the same kinds, wide enough for several threads.
Vae<float> wide(int kind) {
  VaeOptions options{.optimizer = Adam{1e-3}, .samples = 2, .seed = 5};
  if (kind == 0) options.terms = {TotalCorrelation{.data_size = 500}, MaximumMeanDiscrepancy{}};
  if (kind == 1) options.terms = {FactorVae{Sequential{Linear{10, 64}, LeakyRelu{0.2}, Linear{64, 1}}}};
  if (kind == 2) {  // a regularized autoencoder
    options.posterior = DeterministicPosterior{};
    options.objective = Reconstruction{};
    options.terms = {LatentNorm{}};
    options.decoder_optimizer = AdamW{1e-3};
  }
  return {Sequential{Linear{100, 64}, Relu{}, Linear{64, options.posterior.parameter_rows(10)}},
          Sequential{Linear{10, 64}, Relu{}, Linear{64, 100}}, options};
}

}  // namespace

TEST_CASE("VAEs with terms: the same bits on any number of threads, and no allocation", "[vae][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  for (const int kind : {0, 1, 2}) {
    CAPTURE(kind);
    same_bits_on_any_number_of_threads([&] { return wide(kind); }, {x, {}});
    no_step_after_the_first_allocates([&] { return wide(kind); }, {x, {}});
  }
}

TEST_CASE("what terms report, and that they stay out of evaluations", "[vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 4, 1);
  auto vae = small(several()), plain = small({.objective = Iwae{}, .samples = 3});
  CHECK(joined_names(vae.figures()) ==
        "loss, reconstruction, kl, discrepancy, total_correlation, discriminator_loss");
  vae.prepare(4);
  plain.prepare(4);
  CHECK(vae.evaluate({x, {}}, {})["loss"] == plain.evaluate({x, {}}, {})["loss"]);
  const StepMetrics with = vae.train_step({x, {}}, context), without = plain.train_step({x, {}}, context);
  CHECK(std::abs(with["loss"] - without["loss"] - with["discrepancy"] - with["total_correlation"]) < 1e-12);
  CHECK(with["reconstruction"] == without["reconstruction"]);
}

TEST_CASE("a copy of a VAE has terms with a learner of its own", "[vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 4, 1);
  auto vae = small(factored());
  vae.prepare(4);
  vae.train_step({x, {}}, context);
  auto copy = vae;
  const auto before = bytes_of_learners(copy);
  CHECK(before == bytes_of_learners(vae));
  vae.train_step({x, {}}, {.step = 3});
  CHECK(before == bytes_of_learners(copy));
  copy.train_step({x, {}}, {.step = 3});
  CHECK(bytes_of_learners(copy) == bytes_of_learners(vae));
  auto assigned = small(factored());
  assigned = vae;
  CHECK(bytes_of_learners(assigned) == bytes_of_learners(vae));
}

TEST_CASE("a step with a term that learns leaves nothing behind where it fails", "[vae]") {
  Matrix<double> x = testing::uniform_batch(6, 4, 1);
  auto vae = small(factored());
  vae.prepare(4);
  const auto before = bytes_of_learners(vae);
  x(0, 0) = testing::not_a_number<double>();
  CHECK_THROWS_AS(vae.train_step({x, {}}, {.undoable = true}), DivergenceError);
  CHECK(bytes_of_learners(vae) == before);
  // The discriminator alone: the autoencoder has learned already.
  x(0, 0) = 0.5;
  auto hot = small({.terms = {FactorVae{critic(), {.gamma = 0, .optimizer = descent}}}});
  hot.prepare(4);
  Arena<double>& p = hot.learners()[2]->network.parameters();
  for (Index i = 0; i < p.size(); ++i) p.data()[i] *= 1e200;
  const auto kept = bytes_of_learners(hot);
  try {
    hot.train_step({x, {}}, {.undoable = true});
  } catch (const DivergenceError&) {
    CHECK(bytes_of_learners(hot) == kept);
  }
}

TEST_CASE("terms that do not fit a model are refused by name", "[vae]") {
  using support::refuses;
  const auto build = [](Options options) { return [=] { small(options); }; };
  refuses<ConfigError>(build({.terms = {TotalCorrelation{}}}), {"TotalCorrelation", "data_size"});
  refuses<ConfigError>(build({.posterior = DeterministicPosterior{},
                              .objective = Reconstruction{},
                              .terms = {TotalCorrelation{.data_size = 5}}}),
                       {"TotalCorrelation", "DeterministicPosterior"});
  const VampPrior vamp{Sequential{Linear{3, 6}, Sigmoid{}}};
  refuses<ConfigError>(build({.prior = vamp, .objective = Iwae{}, .terms = {MaximumMeanDiscrepancy{}}}),
                       {"MaximumMeanDiscrepancy", "VampPrior"});
  refuses<ConfigError>(
      build({.prior = vamp, .objective = Iwae{}, .terms = {TotalCorrelation{.gamma = 2, .data_size = 5}}}),
      {"TotalCorrelation", "VampPrior", "gamma"});
  build({.prior = vamp, .objective = Iwae{}, .terms = {TotalCorrelation{.data_size = 5}}})();
  refuses<ConfigError>(build({.terms = {TotalCorrelation{.data_size = 5}, factor_vae(1)}}),
                       {"FactorVae", "TotalCorrelation"});
  refuses<ConfigError>(build({.terms = {factor_vae(-1)}}), {"FactorVae", "gamma", "-1"});
  refuses<ShapeError>(build({.terms = {FactorVae{Sequential{Linear{3, 2}}}}}), {"FactorVae", "one logit"});
  refuses<ShapeError>(build({.terms = {FactorVae{Sequential{Linear{4, 1}}}}}), {"discriminator", "4"});
}
