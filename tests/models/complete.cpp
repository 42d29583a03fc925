#include "eigenerate/models/complete.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <numbers>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/data/mnist.hpp"
#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/metrics/classifier_accuracy.hpp"
#include "eigenerate/metrics/digit_features.hpp"
#include "eigenerate/models/complete_by_search.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "eigenerate/testing/not_a_number.hpp"
#include "eigenerate/training/training.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using support::refuses;
using testing::relative_error;

namespace {

/// x = W z + b + σ ε with two factors, whose encoder gives the true posterior: W's columns are at right
/// angles.
struct LinearGaussian {
  static constexpr double sigma = 0.4;
  Matrix<double> w{6, 2};
  Vector<double> b = Vector<double>::LinSpaced(6, -1, 1);

  LinearGaussian() {
    w << 1, 0.5, 0.8, -0.4, -0.3, 0.9, 0.6, 0.2, 0.1, -0.7, -0.5, 0.3;
    orthogonalize();
  }
  void orthogonalize() { w.col(1) -= w.col(0) * (w.col(0).dot(w.col(1)) / w.col(0).squaredNorm()); }

  /// The true posterior's precision of each factor, given everything.
  Vector<double> precision() const {
    return (w.colwise().squaredNorm() / (sigma * sigma)).transpose().array() + 1;
  }

  static void set(Network<double>& network, const Matrix<double>& weight, const Vector<double>& bias) {
    Arena<double>& p = network.parameters();
    for (const Segment& s : p.segments()) {
      double* const at = p.data() + s.offset;
      // in × out, column-major
      if (s.name.ends_with("bias"))
        std::copy_n(bias.data(), s.size, at);
      else
        Eigen::Map<Matrix<double>>(at, weight.cols(), weight.rows()) = weight.transpose();
    }
  }

  Vae<double> vae() const {
    Vae<double> model{Linear{6, 4}, Linear{2, 6}, {.likelihood = Normal{sigma}}};
    set(model.decoder(), w, b);
    const Vector<double> p = precision();
    Matrix<double> to_mean = Matrix<double>::Zero(4, 6);
    to_mean.topRows(2) = p.cwiseInverse().asDiagonal() * w.transpose() / (sigma * sigma);
    Vector<double> bias(4);
    bias << -(to_mean.topRows(2) * b), -p.array().log().matrix();
    set(model.encoder(), to_mean, bias);
    return model;
  }

  /// p(hidden | seen): mean and covariance of W z + b there, and log p(seen).
  struct Conditional {
    Vector<double> mean;
    Matrix<double> covariance;
    double log_seen;
  };
  Conditional conditional(const Vector<double>& x, const std::vector<Index>& seen,
                          const std::vector<Index>& hidden) const {
    const Matrix<double> ws = w(seen, Eigen::all), wh = w(hidden, Eigen::all);
    const Vector<double> r = x(seen) - b(seen);
    const Matrix<double> p = Matrix<double>::Identity(2, 2) + ws.transpose() * ws / (sigma * sigma);
    const Matrix<double> posterior = p.inverse();
    const Matrix<double> s =
        ws * ws.transpose() + sigma * sigma * Matrix<double>::Identity(r.size(), r.size());
    const Eigen::LLT<Matrix<double>> root(s);
    const double log_root = root.matrixLLT().diagonal().array().log().sum(),
                 n = static_cast<double>(r.size());
    return {wh * (posterior * (ws.transpose() * r / (sigma * sigma))) + b(hidden),
            wh * posterior * wh.transpose(),
            -0.5 * r.dot(root.solve(r)) - log_root - n / 2 * std::log(2 * std::numbers::pi)};
  }

  Matrix<double> samples(Index n, std::uint64_t lane) const {
    return (
        (w * testing::normal_batch(2, n, lane) + sigma * testing::normal_batch(6, n, lane + 1)).colwise() +
        b);
  }
};

Matrix<double> mask_of(const std::vector<Index>& seen) {
  Matrix<double> mask = Matrix<double>::Zero(6, 1);
  for (const Index i : seen) mask(i) = 1;
  return mask;
}

}  // namespace

TEST_CASE("completions of a linear Gaussian model have the exact conditional's mean and covariance",
          "[complete]") {
  const LinearGaussian truth;
  Vae<double> vae = truth.vae();
  const Matrix<double> x = truth.samples(3, 1);
  const auto q = vae.encode(x);  // that the encoder is what it should be
  REQUIRE(relative_error(q.log_variance.col(0), -truth.precision().array().log().matrix()) < 1e-12);
  const std::vector<Index> seen{0, 2, 5}, hidden{1, 3, 4};
  const auto [draws, rounds] = GENERATE(table<Index, Index>({{4000, 0}, {700, 1}, {700, 4}}));
  CAPTURE(rounds);
  const auto found =
      complete(vae, x, mask_of(seen), {.draws = draws, .rounds = rounds, .completions = draws});
  for (Index j = 0; j < 3; ++j) {
    const auto exact = truth.conditional(x.col(j), seen, hidden);
    const double n = found.effective_draws(j);
    CAPTURE(n);
    CHECK(n > (rounds == 0 ? 0.05 : 0.5) * static_cast<double>(draws));
    const Matrix<double> made = found.x.middleCols(j * draws, draws)(hidden, Eigen::all);
    const Matrix<double> centered = made.colwise() - made.rowwise().mean();
    const Matrix<double> covariance = centered * centered.transpose() / static_cast<double>(draws);
    for (Index i = 0; i < 3; ++i) {
      const double error = std::sqrt(exact.covariance(i, i) / n);
      CHECK(std::abs(found.mean(hidden[std::size_t(i)], j) - exact.mean(i)) <
            testing::tolerance::standard_errors * error);
      // Resampling adds less than a draw's weight to each.
      CHECK(std::abs(made.row(i).mean() - found.mean(hidden[std::size_t(i)], j)) < error);
    }
    CHECK((covariance - exact.covariance).norm() <
          testing::tolerance::standard_errors * std::sqrt(2 / n) * exact.covariance.norm());
    CHECK(std::abs(found.log_probability(j) - exact.log_seen) <
          testing::tolerance::standard_errors / std::sqrt(n));
    for (const Index i : seen) {
      CHECK((found.x.middleCols(j * draws, draws).row(i).array() == x(i, j)).all());
      CHECK(found.mean(i, j) == x(i, j));
    }
  }
}

TEST_CASE("an encoder that is wrong costs draws, and moves no completion", "[complete]") {
  const LinearGaussian truth;
  Vae<double> vae = truth.vae();
  for (const Segment& s : vae.encoder().parameters().segments())  // means too short, variances too large
    for (Index i = 0; i < s.size; ++i) {
      double& p = vae.encoder().parameters().data()[s.offset + i];
      p = s.name.ends_with("bias") ? (i < 2 ? 0.8 * p : p + 0.7) : 0.8 * p;
    }
  const Matrix<double> x = truth.samples(2, 5);
  const std::vector<Index> seen{1, 4}, hidden{0, 2, 3, 5};
  const auto found = complete(vae, x, mask_of(seen), {.draws = 1500, .rounds = 2});
  for (Index j = 0; j < 2; ++j) {
    const auto exact = truth.conditional(x.col(j), seen, hidden);
    CAPTURE(found.effective_draws(j));
    CHECK(found.effective_draws(j) > 100);
    for (Index i = 0; i < 4; ++i)
      CHECK(std::abs(found.mean(hidden[std::size_t(i)], j) - exact.mean(i)) <
            testing::tolerance::standard_errors *
                std::sqrt(exact.covariance(i, i) / found.effective_draws(j)));
  }
}

TEST_CASE("the search ends at the most probable latent vector", "[complete]") {
  const LinearGaussian truth;
  const Vae<double> vae = truth.vae();
  const Matrix<double> x = truth.samples(4, 7);
  const std::vector<Index> seen{0, 2, 5}, hidden{1, 3, 4};
  const auto found =
      complete_by_search(vae, x, mask_of(seen), {}, {.steps = 600, .prior_weight = 2.0 / (2 * 3)});
  for (Index j = 0; j < 4; ++j) {
    // Of a normal distribution the most probable vector is the mean.
    CHECK(relative_error(found.x.col(j)(hidden), truth.conditional(x.col(j), seen, hidden).mean) < 1e-4);
    for (const Index i : seen) CHECK(found.x(i, j) == x(i, j));
    // The error is −log p of what is seen, over its number.
    const Vector<double> r = (x.col(j) - truth.w * found.z.col(j) - truth.b)(seen) / truth.sigma;
    const double nats =
        0.5 * r.squaredNorm() + 3 * (std::log(truth.sigma) + 0.5 * std::log(2 * std::numbers::pi));
    CHECK(std::abs(found.error(j) - nats / 3) < 1e-12);
  }
}

TEST_CASE("the search of a GAN ends where the gradient vanishes, that of seen values and of the prior",
          "[complete]") {
  const Gan<double> gan{Sequential{Linear{2, 16}, Silu{}, Linear{16, 6}}, Linear{6, 1}, {.seed = 5}};
  const Matrix<double> x = testing::uniform_batch(6, 3, 4), mask = mask_of({0, 4});
  auto found = complete_by_search(gan, x, mask, {}, {.steps = 2000, .prior_weight = 0.1});
  for (Index j = 0; j < 3; ++j) {
    const auto gradient = testing::central_differences(
        [&] {
          const Vector<double> r = (gan.decode(as_const(found.z)) - x).col(j).cwiseProduct(mask);
          return r.squaredNorm() / 2 + 0.1 * found.z.col(j).squaredNorm() / 2;
        },
        found.z.col(j).data(), 2);
    CHECK(gradient.cwiseAbs().maxCoeff() < 1e-4);
  }
}

TEST_CASE("what is hidden is not read", "[complete]") {
  const LinearGaussian truth;
  const Vae<double> vae = truth.vae();
  const Gan<double> gan{Sequential{Linear{2, 8}, Tanh{}, Linear{8, 6}}, Linear{6, 1}};
  const Matrix<double> x = truth.samples(3, 1);
  Matrix<double> mask = Matrix<double>::Ones(6, 3), unknown = x;
  for (const auto& [i, j] : {std::pair{1, 0}, {2, 0}, {5, 2}}) {
    mask(i, j) = 0;
    unknown(i, j) = testing::not_a_number<double>();
  }
  const CompletionOptions options{.draws = 20, .rounds = 2, .completions = 3};
  CHECK(complete(vae, x, mask, options).x == complete(vae, unknown, mask, options).x);
  CHECK(complete(vae, unknown, mask, options).x.allFinite());
  CHECK(complete_by_search(vae, unknown, mask, {}, {.steps = 5}).x ==
        complete_by_search(vae, x, mask, {}, {.steps = 5}).x);
  const auto found = complete_by_search(gan, unknown, mask, {}, {.steps = 50});
  CHECK(found.x == complete_by_search(gan, x, mask, {}, {.steps = 50}).x);
  for (Index j = 0; j < 3; ++j) {
    const Vector<double> seen = mask.col(j);
    const Vector<double> r = (gan.decode(as_const(found.z)).col(j) - x.col(j)).cwiseProduct(seen);
    CHECK(std::abs(found.error(j) - r.squaredNorm() / seen.sum()) < 1e-14);
  }
  // With everything seen it is the inversion, and with nothing seen a sample.
  const Matrix<double> all = Matrix<double>::Ones(6, 1), none = Matrix<double>::Zero(6, 1);
  CHECK(complete_by_search(gan, x, all, {}, {.steps = 50}).z == gan.invert(x, {.steps = 50}).z);
  CHECK(complete(vae, x, all, options).x.leftCols(3) == x.col(0).replicate(1, 3));
  const auto dreamt = complete(vae, x, none, {.draws = 50, .rounds = 0});
  CHECK(dreamt.log_probability.isZero(1e-14));
  CHECK(std::abs(dreamt.effective_draws(0) - 50) < 1e-9);
  CHECK(complete_by_search(vae, x, none, {}, {.steps = 2}).x.allFinite());
}

TEST_CASE("completions depend on seed and sample alone, and on labels", "[complete]") {
  const Vae<float> vae{Sequential{Linear{infer, 64}, Tanh{}, Linear{64, 10}},
                       Sequential{Linear{infer, 64}, Tanh{}, Linear{64, 100}},
                       {.classes = 3, .latent = 5}};
  const Matrix<float> x = testing::uniform_batch<float>(100, 4, 1);
  Matrix<float> mask = Matrix<float>::Ones(100, 1);
  mask.bottomRows(50).setZero();
  const std::vector<int> labels{0, 1, 2, 1}, others{0, 2, 2, 1};
  const auto of = [&](std::uint64_t seed, std::span<const int> l, Index n) {
    const Matrix<float> some = x.leftCols(n);
    return complete(vae, some, mask, l, {.draws = 32, .rounds = 2, .completions = 2, .seed = seed}).x;
  };
  const auto searched = [&] { return complete_by_search(vae, x, mask, labels, {.steps = 9}).z; };
  set_num_threads(1);
  const Matrix<float> one = of(1, labels, 4), search_of_one = searched();
  set_num_threads(3);
  const Matrix<float> three = of(1, labels, 4), search_of_three = searched();
  set_num_threads(0);
  CHECK(one == three);
  CHECK(search_of_one == search_of_three);
  CHECK(of(1, std::span(labels).first(2), 2) == one.leftCols(4));
  CHECK(of(2, labels, 4) != one);
  const Matrix<float> relabelled = of(1, others, 4);
  CHECK(relabelled.leftCols(2) == one.leftCols(2));
  CHECK(relabelled.middleCols(2, 2) != one.middleCols(2, 2));
}

TEST_CASE("completions of any likelihood with independent features", "[complete]") {
  const auto check = [](AnyLikelihood<double> likelihood, const Matrix<double>& x, Shape output) {
    CAPTURE(likelihood.kind());
    const Vae<double> vae{
        Sequential{Flatten{}, Linear{4, 4}},
        Sequential{Linear{2, output.size()}, Reshape{output.channels, output.height, output.width}},
        {.likelihood = likelihood, .seed = 3}};
    Matrix<double> mask = Matrix<double>::Ones(4, 1);
    mask.topRows(2).setZero();
    const auto found = complete(vae, x, mask, {.draws = 30, .rounds = 2});
    CHECK(found.x.allFinite());
    CHECK(found.x.bottomRows(2) == x.bottomRows(2));
    CHECK(is_finite(found.log_probability(0)));
    // The search's gradient: that it ends where the error is flat.
    const auto searched =
        complete_by_search(vae, x, mask, {}, {.starts = 2, .steps = 3000, .prior_weight = 0.3});
    Matrix<double> z = searched.z;
    const auto gradient = testing::central_differences(
        [&] {
          const Matrix<double> p = vae.decoder().predict(as_const(z));
          const std::vector<Index> seen{2, 3};
          const Matrix<double> part = x(seen, Eigen::all), own = p(likelihood.rows_of(seen, 4), Eigen::all);
          Vector<double> log_p(x.cols());
          likelihood.log_probability(as_const(part), as_const(own), numbers(log_p));
          return -log_p.sum() / 2 + 0.3 * z.squaredNorm() / 2;
        },
        z.data(), z.size());
    CHECK(gradient.cwiseAbs().maxCoeff() < 1e-3);
  };
  const Matrix<double> x = testing::uniform_batch(4, 2, 1), counts = (x * 3).array().floor();
  check(Bernoulli{}, x, {4});
  check(ContinuousBernoulli{}, x, {4});
  check(UnitNormal{}, x, {4});
  check(DiagonalNormal{-2, 2}, x, {8});
  check(Normal{{.spread = Spread::per_feature, .channels = 1, .min_log_variance = -2}}, x, {2, 2, 2});
  check(Normal{{.spread = Spread::per_feature, .channels = 2, .min_log_variance = -2}}, x, {4, 1, 2});
  check(BetaBinomial{3}, counts, {8});
  check(Categorical{3}, counts, {12});
  check(Poisson{}, counts, {4});
}

TEST_CASE("completions refuse what cannot be completed", "[complete]") {
  const LinearGaussian truth;
  const Vae<double> vae = truth.vae();
  Matrix<double> x = truth.samples(2, 1), mask = mask_of({0, 1}), narrow = x.topRows(5),
                 three = mask.replicate(1, 3);
  const std::vector<int> labels{0, 1};
  refuses<ShapeError>([&] { complete(vae, narrow, mask); }, {"Vae", "6 values", "5 × 2"});
  refuses<ShapeError>([&] { complete(vae, x, three); }, {"complete", "6 × 2 or 6 × 1", "6 × 3"});
  refuses<ConfigError>([&] { complete(vae, x, mask, labels); }, {"without classes"});
  refuses<ConfigError>([&] { complete(vae, x, mask, {.draws = 0}); }, {"complete", "got 0, 1 and 8"});
  refuses<ConfigError>([&] { complete(vae, x, mask, {.rounds = -1}); }, {"complete", "-1"});
  refuses<ConfigError>([&] { complete(vae, x, mask, {.completions = 0}); }, {"complete", "64, 0 and 8"});
  refuses<ShapeError>([&] { complete_by_search(vae, x, three); }, {"complete_by_search", "6 × 3"});
  refuses<ConfigError>([&] { complete_by_search(vae, x, mask, {}, {.steps = 0}); }, {"invert"});
  x(0, 1) = testing::not_a_number<double>();
  refuses<ConfigError>([&] { complete(vae, x, mask); }, {"value 0 of sample 1", "nan"});
  refuses<ConfigError>([&] { complete_by_search(vae, x, mask); }, {"value 0 of sample 1"});
  x(0, 1) = 1e300;
  refuses<ConfigError>([&] { complete(vae, x, mask); }, {"sample 1", "no probability"});
  x(0, 1) = 0;
  mask(3) = 0.5;
  refuses<ConfigError>([&] { complete(vae, x, mask); }, {"mask", "got 0.5"});
  mask(3) = 1;
  // A posterior without a density can do one thing.
  const AdversarialAutoencoder<double> aae{Linear{6, 2}, Linear{2, 6}, Linear{2, 1}};
  const Matrix<double> grey = testing::uniform_batch(6, 2, 1);
  refuses<ConfigError>([&] { complete(aae, grey, mask); }, {"rounds = 0", "DeterministicPosterior"});
  CHECK(complete(aae, grey, mask, {.rounds = 0}).x.allFinite());
  // Pixels come whole.
  const Vae<double> colors{Sequential{Flatten{}, Linear{6, 4}},
                           Sequential{Linear{2, 12}, Reshape{6, 1, 2}},
                           {.likelihood = Normal{{.spread = Spread::per_feature, .channels = 3}}}};
  mask = mask_of({0, 1, 3, 4, 5});
  refuses<ConfigError>([&] { complete(colors, grey, mask); }, {"Normal", "3 channels of a pixel"});
  mask = mask_of({3, 4, 5});
  CHECK(complete(colors, grey, mask).x.allFinite());
}

namespace {

/// Features that are not independent.
struct Coupled : UnitNormal {
  static constexpr std::string_view kind = "Coupled";
  void rows_of(std::span<const Index>, Index) const = delete;
};

}  // namespace

TEST_CASE("a likelihood whose features are not independent is refused by name", "[complete]") {
  CHECK(AnyLikelihood<double>{Bernoulli{}}.has_independent_features());
  CHECK_FALSE(AnyLikelihood<double>{Coupled{}}.has_independent_features());
  const Vae<double> vae{Linear{6, 4}, Linear{2, 6}, {.likelihood = Coupled{}}};
  const Matrix<double> x = testing::uniform_batch(6, 2, 1), mask = mask_of({0, 1});
  refuses<ConfigError>([&] { complete(vae, x, mask); }, {"Coupled", "not independent"});
  refuses<ConfigError>([&] { complete_by_search(vae, x, mask); }, {"Coupled", "not independent"});
}

TEST_CASE("completed halves of digits are recognized more often than filled ones", "[complete][slow]") {
  const data::Mnist digits = data::load_mnist(std::string(EIGENERATE_SOURCE_DIR) + "/examples/data");
  Vae vae{Sequential{Linear{784, 200}, Relu{}, Linear{200, 2 * 12}},
          Sequential{Linear{12, 200}, Relu{}, Linear{200, 784}},
          {.likelihood = Bernoulli{}, .optimizer = Adam{2e-3}}};
  Trainer trainer{{.epochs = 10, .batch_size = 100, .seed = 7}};
  trainer.fit(vae, digits.train);
  const Index n = 100;
  const Matrix<float> x = digits.test.take(n).samples();
  const std::vector<int> labels = digits.test.take(n).labels();
  Matrix<float> mask = Matrix<float>::Zero(784, 1);  // the upper half is seen
  mask.topRows(392).setOnes();
  const Vector<float> mean = digits.train.take(2000).samples().rowwise().mean();
  Matrix<float> filled = x;
  filled.bottomRows(392) = mean.tail(392).replicate(1, n);
  const FeatureClassifier classifier = digit_features();
  const auto accuracy = [&](const Matrix<float>& images) {
    return classifier_accuracy(classifier.probabilities(classifier.features(images)), labels).value;
  };
  const auto found = complete(vae, x, mask);
  const auto searched = complete_by_search(vae, x, mask, {}, {.prior_weight = 12.0 / (2 * 392)});
  const double by_mean = accuracy(filled), by_draws = accuracy(found.x),
               by_expectation = accuracy(found.mean), by_search = accuracy(searched.x);
  WARN(fmt::format(
      "recognized as what they were: {} of filled with the mean, {} of drawn, {} of expected, {} of searched; "
      "effective draws {:.1f} to {:.1f}",
      by_mean, by_draws, by_expectation, by_search, found.effective_draws.minCoeff(),
      found.effective_draws.maxCoeff()));
  CHECK(by_draws > by_mean + 0.05);
  CHECK(by_search > by_mean + 0.1);
}
