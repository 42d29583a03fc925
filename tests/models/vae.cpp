#include "eigenerate/models/vae.hpp"

#include <Eigen/Eigenvalues>

#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "models/model_step.hpp"
#include "support/files.hpp"

using namespace eigenerate;
using namespace model_step;

namespace {

Matrix<double> uniform(Index rows, Index cols, std::uint64_t seed = 1) {
  Matrix<double> m(rows, cols);
  fill_uniform(m.data(), m.size(), RandomStream{seed});
  return m;
}

/// A small VAE with smooth activations, so that finite differences see no kinks.
auto small_vae(BasicVaeOptions<double> options, Index outputs = 6) {
  options.seed = 3;
  const Index k = options.classes;
  return Vae<double>(Sequential{Linear{6 + k, 5}, Tanh{}, Linear{5, 2 * 2}},
                     Sequential{Linear{2 + k, 5}, Silu{}, Linear{5, outputs}}, options);
}

const std::vector<int> labels{2, 0, 1, 1};

}  // namespace

TEST_CASE("the gradient of a whole VAE step is exact for every term of every loss", "[vae]") {
  const auto [name, options, outputs] = GENERATE(table<std::string, BasicVaeOptions<double>, Index>({
      {"elbo, Bernoulli", {.optimizer = descent}, 6},
      {"elbo, unit normal", {.likelihood = UnitNormal{}, .optimizer = descent}, 6},
      {"elbo, learned variance", {.likelihood = DiagonalNormal{}, .optimizer = descent}, 12},
      {"elbo, 3 samples, beta 4", {.optimizer = descent, .samples = 3, .beta = 4}, 6},
      {"elbo, warm-up", {.optimizer = descent, .beta = 2, .kl_warm_up_steps = 10}, 6},
      {"elbo, conditional", {.optimizer = descent, .samples = 2, .classes = 3}, 6},
      {"elbo, sampled KL",
       {.objective = Elbo{.beta = 3, .schedule = KlSchedule::warm_up(9), .kl = KlTerm::sampled},
        .optimizer = descent,
        .samples = 2},
       6},
      {"elbo, cycles",
       {.objective = Elbo{.beta = 3, .schedule = KlSchedule::cycles({.steps = 9})}, .optimizer = descent},
       6},
      {"controlled capacity",
       {.objective = ControlledCapacity{.gamma = 20, .nats = 9, .steps = 9}, .optimizer = descent},
       6},
      {"reconstruction", {.objective = Reconstruction{}, .optimizer = descent}, 6},
      {"miwae, 2 groups of 3", {.objective = Miwae{2}, .optimizer = descent, .samples = 6}, 6},
      {"ciwae, 3 samples", {.objective = Ciwae{0.4}, .optimizer = descent, .samples = 3}, 6},
      {"elbo, free bits", {.objective = Elbo{.free_bits = 0.1}, .optimizer = descent}, 6},
      {"iwae, 1 sample", {.optimizer = descent, .bound = Bound::importance_weighted}, 6},
      {"iwae, 5 samples", {.optimizer = descent, .bound = Bound::importance_weighted, .samples = 5}, 6},
      {"iwae, 3 samples, normal, conditional",
       {.likelihood = DiagonalNormal{},
        .optimizer = descent,
        .bound = Bound::importance_weighted,
        .samples = 3,
        .classes = 3},
       12},
  }));
  INFO(name);
  auto vae = small_vae(options, outputs);
  const Matrix<double> x = uniform(6, 4);
  vae.prepare(4);
  const Batch<double> batch{as_const(x), labels};
  const StepContext context{.step = 2, .seed = 9};
  CHECK(gradient_error(vae, batch, context, "loss", 0) < 1e-6);
  CHECK(gradient_error(vae, batch, context, "loss", 1) < 1e-6);
}

TEST_CASE("the parts of the ELBO add up, and KL is never negative", "[vae]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto vae = Vae<double>(Sequential{Linear{6, 4}}, Sequential{Linear{2, 6}},
                           {.initializer = NormalInit{0, 2}, .seed = seed});
    const Matrix<double> x = uniform(6, 8, seed);
    vae.prepare(8);
    const StepMetrics m = vae.evaluate({as_const(x), {}}, {});
    CHECK(m["kl"] >= 0);
    CHECK(std::abs(m["loss"] - m["reconstruction"] - m["kl"]) < 1e-12);
  }
}

TEST_CASE("the KL weight warms up to beta, and evaluation always uses 1", "[vae]") {
  auto vae = small_vae({.optimizer = frozen, .beta = 4, .kl_warm_up_steps = 8});
  const Matrix<double> x = uniform(6, 4);
  vae.prepare(4);
  const Batch<double> batch{as_const(x), {}};
  const auto weight = [&](std::uint64_t step) {
    const StepMetrics m = vae.train_step(batch, {.step = step});
    return (m["loss"] - m["reconstruction"]) / m["kl"];
  };
  CHECK(std::abs(weight(0) - 0.5) < 1e-12);
  CHECK(std::abs(weight(3) - 2) < 1e-12);
  CHECK(std::abs(weight(7) - 4) < 1e-12);
  CHECK(std::abs(weight(1000) - 4) < 1e-12);
  const StepMetrics m = vae.evaluate(batch, {});
  CHECK(std::abs(m["loss"] - m["reconstruction"] - m["kl"]) < 1e-12);
}

TEST_CASE("more importance samples tighten the bound, and log_likelihood is its limit", "[vae]") {
  // The prior's KL is large for random weights, so the bounds lie far apart; with these, the posterior is not
  // so narrow that few samples carry the whole weight.
  const auto make = [](Bound bound, Index k) {
    auto vae = Vae<double>(
        Sequential{Linear{6, 4}}, Sequential{Linear{2, 6}},
        {.optimizer = frozen, .bound = bound, .samples = k, .initializer = NormalInit{0, 1}, .seed = 3});
    vae.prepare(200);
    return vae;
  };
  const Matrix<double> one = uniform(6, 1);
  const Matrix<double> x = one.replicate(1, 200);
  const auto bound = [&](Bound b, Index k) { return -make(b, k).evaluate({as_const(x), {}}, {})["loss"]; };
  const double elbo = bound(Bound::elbo, 1), iwae1 = bound(Bound::importance_weighted, 1),
               iwae5 = bound(Bound::importance_weighted, 5), iwae50 = bound(Bound::importance_weighted, 50);
  const double log_px = make(Bound::elbo, 1).log_likelihood(as_const(one), 20000).front();
  // The two estimators of the same bound differ by noise alone.
  CHECK(std::abs(elbo - iwae1) < 0.5);
  CHECK(iwae5 > iwae1 + 0.1);
  CHECK(iwae50 > iwae5);
  CHECK(log_px > iwae50 - 0.02);

  // Against brute force: log p(x) is an integral over a two-dimensional z.
  const auto vae = make(Bound::elbo, 1);
  LogMeanExp integral;
  const double step = 0.05, range = 8;
  Matrix<double> z(2, 321);
  for (int i = 0; i <= 320; ++i) {
    for (int j = 0; j <= 320; ++j) z.col(j) << -range + step * i, -range + step * j;
    const Matrix<double> p = vae.decode(as_const(z));
    for (int j = 0; j <= 320; ++j)
      integral.add(
          (one.array() * p.col(j).array().log() + (1 - one.array()) * (1 - p.col(j).array()).log()).sum() -
          0.5 * z.col(j).squaredNorm() - std::log(2 * std::numbers::pi));
  }
  CHECK(std::abs(integral.log_sum() + 2 * std::log(step) - log_px) < 0.02);
}

TEST_CASE("no noise of log_likelihood repeats, however many samples there are", "[vae]") {
  const auto vae = Vae<double>(Linear{1, 2}, Linear{1, 1}, {.initializer = NormalInit{0, 1}});
  const Matrix<double> x = uniform(1, 1);
  const auto estimate = [&](Index k) { return vae.log_likelihood(as_const(x), k).front(); };
  // Noise that repeats after 2^18 samples gives twice as many the same mean.
  const Index many = Index{1} << 18;
  CHECK(std::abs(estimate(2 * many) - estimate(many)) > 1e-9);
}

TEST_CASE("a linear VAE reaches the closed-form likelihood of probabilistic PCA", "[vae]") {
  // Data with two strong directions; with unit noise the maximum-likelihood model has covariance eigenvalues
  // max(λ, 1) on the leading two axes and 1 elsewhere (Tipping & Bishop 1999, with σ² = 1 given).
  const Index n = 512, d = 5;
  Matrix<double> latent(2, n), noise(d, n), axes(d, 2);
  fill_normal(latent.data(), latent.size(), RandomStream{1});
  fill_normal(noise.data(), noise.size(), RandomStream{2});
  fill_normal(axes.data(), axes.size(), RandomStream{3});
  const Matrix<double> raw = 1.5 * axes * latent + noise;
  const Matrix<double> x = raw.colwise() - raw.rowwise().mean();
  const Eigen::MatrixXd covariance = x * x.transpose() / static_cast<double>(n);
  const Vector<double> lambda =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance).eigenvalues().reverse();
  double optimum = 0;
  for (Index i = 0; i < d; ++i) {
    const double c = i < 2 ? std::max(lambda(i), 1.0) : 1.0;
    optimum += 0.5 * (std::log(2 * std::numbers::pi * c) + lambda(i) / c);
  }
  auto vae = Vae<double>(Linear{d, 4}, Linear{2, d},
                         {.likelihood = UnitNormal{}, .optimizer = Adam{0.05}, .seed = 1});
  vae.prepare(n);
  const Batch<double> batch{as_const(x), {}};
  // The likelihood is soon reached; that the latent axes turn until the posterior is diagonal takes most of
  // the steps.
  for (std::uint64_t step = 0; step < 6000; ++step)
    vae.train_step(batch, {.step = step,
                           .seed = 5,
                           .learning_rate_factor =
                               step < 4000 ? 1 : std::pow(10, -(static_cast<double>(step) - 4000) / 700)});
  double loss = 0;
  for (std::uint64_t i = 0; i < 200; ++i) loss += vae.evaluate(batch, {.step = i})["loss"] / 200;
  // An affine encoder's posterior is exact up to a rotation of the latent space, so the gap is only what is
  // left to train and the noise of 100,000 samples.
  INFO("loss " << loss << ", optimum " << optimum);
  CHECK(loss > optimum - 0.01);
  CHECK(loss < optimum + 0.02);
}

TEST_CASE("encode, decode, reconstruct, sample and interpolate agree with each other", "[vae]") {
  const auto vae = small_vae({});
  const Matrix<double> x = uniform(6, 300);  // more than one chunk
  const auto q = vae.encode(as_const(x));
  CHECK(q.mean.rows() == 2);
  CHECK(q.log_variance.cols() == 300);
  CHECK(vae.reconstruct(as_const(x)) == vae.decode(as_const(q.mean)));
  const Matrix<double> first = x.leftCols(1), second = x.middleCols(1, 1);
  CHECK(testing::relative_error(vae.encode(as_const(first)).mean, q.mean.leftCols(1)) < 1e-12);
  const Matrix<double> path = vae.interpolate(as_const(first), as_const(second), 5);
  CHECK(path.cols() == 5);
  CHECK(testing::relative_error(path.leftCols(1), vae.reconstruct(as_const(first))) < 1e-12);
  CHECK(testing::relative_error(path.rightCols(1), vae.reconstruct(as_const(second))) < 1e-12);
  const Matrix<double> samples = vae.sample(7);
  CHECK(samples.cols() == 7);
  CHECK(samples.minCoeff() > 0);
  CHECK(samples.maxCoeff() < 1);
  CHECK(samples == vae.sample(7));
  CHECK(samples != vae.sample(7, RandomStream{1}));
}

TEST_CASE("the posterior that is given is the one that samples, clamped log-variances included", "[vae]") {
  auto vae = small_vae({});
  vae.encoder().parameters()["encoder.2.bias"].tail(2).setConstant(50);
  const Matrix<double> x = uniform(6, 3);
  CHECK((vae.encode(as_const(x)).log_variance.array() == 20).all());
  CHECK(vae.embed(x) == vae.encode(x).mean);
}

TEST_CASE("labels reach encoder and decoder", "[vae]") {
  auto vae = small_vae({.classes = 3});
  CHECK(vae.latent_size() == 2);
  CHECK(vae.sample_shape() == Shape{6});
  CHECK(vae.sample(4, 0) != vae.sample(4, 2));
  CHECK(vae.sample(labels).col(1) == vae.sample(4, 0).col(1));
  const Matrix<double> x = uniform(6, 4);
  CHECK(vae.encode(as_const(x), labels).mean != vae.encode(as_const(x), std::vector<int>{0, 0, 0, 0}).mean);
  CHECK(vae.log_likelihood(as_const(x), 70, labels) !=
        vae.log_likelihood(as_const(x), 70, std::vector<int>{0, 0, 0, 0}));
  CHECK_THROWS_AS(vae.sample(4), ShapeError);
  CHECK_THROWS_AS(vae.sample(4, 3), ConfigError);
  CHECK_THROWS_AS(vae.encode(as_const(x)), ShapeError);
  vae.prepare(4);
  CHECK_THROWS_AS(vae.train_step({as_const(x), {}}, {}), ShapeError);
}

TEST_CASE("a convolutional VAE takes its sample shape from the decoder, labels become planes", "[vae]") {
  for (const Index k : {0, 3}) {
    auto vae = Vae<double>(Sequential{Conv2d{1 + k, 2, {.kernel = 4, .stride = 2, .padding = 1}}, Silu{},
                                      Flatten{}, Linear{2 * 9, 4}},
                           Sequential{Linear{2 + k, 18}, Reshape{2, 3, 3},
                                      ConvTranspose2d{2, 1, {.kernel = 4, .stride = 2, .padding = 1}}},
                           {.optimizer = descent, .classes = k});
    CHECK(vae.sample_shape() == Shape{1, 6, 6});
    CHECK(vae.encoder().input_shape() == Shape{1, 6, 6});
    const Matrix<double> x = uniform(36, 4);
    vae.prepare(4);
    CHECK(gradient_error(vae, {as_const(x), labels}, {}, "loss", 0) < 1e-6);
    CHECK(gradient_error(vae, {as_const(x), labels}, {}, "loss", 1) < 1e-6);
  }
}

TEST_CASE("a moving average serves predictions and leaves training alone", "[vae]") {
  auto plain = small_vae({.optimizer = Sgd{0.1}}),
       averaged = small_vae({.optimizer = Sgd{0.1}, .ema_decay = 0.9});
  const Matrix<double> x = uniform(6, 4), z = uniform(2, 4);
  const Batch<double> batch{as_const(x), {}};
  plain.prepare(4);
  averaged.prepare(4);
  Vector<double> expected =
      Eigen::Map<Vector<double>>(plain.decoder().parameters().data(), plain.decoder().parameters().size());
  for (std::uint64_t step = 0; step < 5; ++step) {
    plain.train_step(batch, {.step = step});
    averaged.train_step(batch, {.step = step});
    expected = 0.9 * expected +
               0.1 * Eigen::Map<Vector<double>>(plain.decoder().parameters().data(), expected.size());
  }
  CHECK(plain.decoder().parameters()["decoder.0.weight"] ==
        averaged.decoder().parameters()["decoder.0.weight"]);
  CHECK(plain.decode(as_const(z)) != averaged.decode(as_const(z)));
  std::copy_n(expected.data(), expected.size(), plain.decoder().parameters().data());
  CHECK(testing::relative_error(plain.decode(as_const(z)), averaged.decode(as_const(z))) < 1e-12);
}

TEST_CASE("what cannot be a VAE is refused with the shapes and what to do", "[vae]") {
  CHECK(support::error_of<ShapeError>([] {
          Vae{Linear{6, 4}, Linear{3, 6}};
        }) ==
        "Vae: the decoder takes a latent vector of 3, so the encoder must end in 6 (the parameters of a "
        "DiagonalNormalPosterior), got 4");
  CHECK(support::error_of<ShapeError>([] {
          Vae{Linear{6, 4}, Linear{2, 7}};
        }) == "encoder (Linear): expected input 6, got 7");
  CHECK_THROWS_AS((Vae{Linear{6, 4}, Linear{2, 6}, {.samples = 0}}), ConfigError);
  CHECK_THROWS_AS((Vae{Linear{6, 4}, Linear{2, 6}, {.beta = -1}}), ConfigError);
  CHECK_THROWS_AS((Vae{Linear{6, 4}, Linear{2, 6}, {.bound = Bound::importance_weighted, .beta = 2}}),
                  ConfigError);
  CHECK_THROWS_AS((Vae{Linear{6, 4}, Linear{2, 6}, {.ema_decay = 1}}), ConfigError);
  CHECK_THROWS_AS((Vae{Linear{6, 4}, Linear{2, 6}, {.optimizer = Adam{-1}}}), ConfigError);
  CHECK_THROWS_AS((Vae{Linear{6, 4}, Linear{2, 6}, {.classes = 2}}), ShapeError);
  Vae vae{Linear{6, 4}, Linear{2, 6}};
  const Matrix<float> x = Matrix<float>::Zero(6, 4), five = Matrix<float>::Zero(5, 4);
  CHECK_THROWS_AS(vae.train_step({as_const(x), {}}, {}), StateError);
  vae.prepare(3);
  CHECK_THROWS_AS(vae.train_step({as_const(x), {}}, {}), StateError);
  CHECK_THROWS_AS(vae.train_step({as_const(five), {}}, {}), ShapeError);
  CHECK_THROWS_AS(vae.encode(as_const(five)), ShapeError);
  CHECK_THROWS_AS(vae.sample(0), ConfigError);
  CHECK_THROWS_AS(vae.log_likelihood(as_const(x), 0), ConfigError);
}

TEST_CASE("posterior collapse is noticed when half of the latent dimensions tell nothing", "[vae]") {
  // The mean of latent dimension i is scale[i] · x.
  const auto dead = [](const std::vector<double>& scale, Index samples = 4, double ema_decay = 0) {
    const Index latent = static_cast<Index>(scale.size());
    auto vae = Vae<double>(Linear{1, 2 * latent}, Linear{latent, 1}, {.ema_decay = ema_decay});
    auto weight = vae.encoder().parameters()["encoder.weight"];
    weight.setConstant(5);  // of the log-variances, which do not count
    for (Index i = 0; i < latent; ++i) weight(i) = scale[static_cast<std::size_t>(i)];
    Matrix<double> x(1, samples);
    for (Index i = 0; i < samples; ++i) x(0, i) = i % 2 == 0 ? -1 : 1;
    return vae.health({as_const(x), {}}, {});
  };
  CHECK(dead({1, 1, 1, 1}).empty());
  CHECK(dead({1, 1, 1, 0}).empty());
  const auto half = dead({1, 0, 0, 1});
  REQUIRE(half.size() == 1);
  CHECK(half[0].kind == WarningKind::posterior_collapse);
  CHECK(half[0].message ==
        "posterior collapse: 2 of 4 latent dimensions do not depend on the input; lower beta or warm up the "
        "KL term");
  REQUIRE(dead({0, 0}).size() == 1);
  CHECK(support::contains(dead({0, 0})[0].message, "2 of 2"));
  // The variance of ±scale over four samples is 4/3 scale².
  CHECK(dead({std::sqrt(0.00745)}).size() == 1);
  CHECK(dead({std::sqrt(0.00755)}).empty());
  CHECK(dead({0}, 1).empty());  // one sample varies by nothing
}

TEST_CASE("the health of a VAE is that of the network that predicts, and looking changes nothing", "[vae]") {
  auto vae = Vae<double>(Linear{6, 4}, Linear{2, 6}, {.classes = 0, .ema_decay = 0.5});
  const Matrix<double> x = uniform(6, 8);
  vae.prepare(8);
  const auto before = bytes_of_learners(vae);
  CHECK(vae.health({as_const(x), {}}, {}).empty());
  CHECK(bytes_of_learners(vae) == before);
  vae.encoder().parameters().set_zero();
  CHECK(vae.health({as_const(x), {}}, {}).empty());
  vae.encoder().average()->set_zero();
  CHECK(vae.health({as_const(x), {}}, {}).size() == 1);

  auto conditional = small_vae({.classes = 3, .initializer = NormalInit{0, 1}});
  const Matrix<double> four = uniform(6, 4);
  CHECK(conditional.health({as_const(four), labels}, {}).empty());
}
