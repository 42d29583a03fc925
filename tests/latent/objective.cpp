// Every objective keeps its contract: one line each.

#include "eigenerate/latent/objective.hpp"

#include "eigenerate/latent/ciwae.hpp"
#include "eigenerate/latent/controlled_capacity.hpp"
#include "eigenerate/latent/elbo.hpp"
#include "eigenerate/latent/iwae.hpp"
#include "eigenerate/latent/piwae.hpp"
#include "eigenerate/latent/reconstruction.hpp"
#include "eigenerate/testing/objective_conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

static_assert(Objective<Elbo> && Objective<Piwae> && !Objective<int>);

namespace {

double weight_of(const ObjectiveTerms<double>& t, std::size_t j) {
  return std::exp(t.log_px[j] + t.log_pz[j] - t.log_qz[j]);
}

/// Each sample's share of the weights of its group, of `size` neighbours.
std::vector<double> shares(const ObjectiveTerms<double>& t, std::size_t size) {
  std::vector<double> all(t.log_px.size());
  for (std::size_t j = 0; j < all.size(); ++j) {
    double total = 0;
    for (std::size_t i = 0; i < size; ++i) total += weight_of(t, j / size * size + i);
    all[j] = weight_of(t, j) / total;
  }
  return all;
}

/// The surrogate of the doubly-reparameterized gradient, with the shares frozen: Σ w̃² log w (Tucker et al.,
/// eq. 8).
std::vector<double> squared_shares(const ObjectiveTerms<double>& t) {
  auto weights = shares(t, static_cast<std::size_t>(t.samples));
  for (double& w : weights) w = -w * w / static_cast<double>(t.inputs);
  return weights;
}

/// What the encoder of a PIWAE with two groups gets.
std::vector<double> shares_of_halves(const ObjectiveTerms<double>& t) {
  auto weights = shares(t, static_cast<std::size_t>(t.samples / 2));
  for (double& w : weights) w = -w / static_cast<double>(2 * t.inputs);
  return weights;
}

/// Terms of so many inputs with k samples each: x = 1, z ~ N(0, 1), x|z ~ N(z, 1), q = N(0.3, e^-0.5).
struct LinearModel {
  LinearModel(Index inputs_, Index k, std::uint64_t seed)
      : inputs(inputs_), samples(k), noise(1, inputs * k) {
    fill_normal(noise.data(), noise.size(), RandomStream{seed});
    const double s = std::exp(-0.25), log_two_pi = std::log(2 * std::acos(-1.0));
    const auto z = 0.3 + s * noise.array();
    px = (-0.5 * ((1 - z).square() + log_two_pi)).matrix();
    pz = (-0.5 * (z.square() + log_two_pi)).matrix();
    qz = (-0.5 * (noise.array().square() - 0.5 + log_two_pi)).matrix();
    kl = Matrix<double>::Constant(1, inputs, 0.5 * (0.09 + std::exp(-0.5) - 1 + 0.5));
  }
  double loss(const AnyObjective<double>& o, std::vector<double>* weights = nullptr) const {
    ObjectiveTerms<double> t{inputs,      samples,     numbers(px),  numbers(pz),
                             numbers(qz), numbers(kl), as_const(kl), 5};
    ObjectiveWeights<double> w;
    Matrix<double> d_kl(1, inputs);
    if (weights) {
      weights->assign(static_cast<std::size_t>(px.size()), 0);
      w.parameters = *weights;
      std::construct_at(&w.kl, d_kl.data(), 1, inputs);
    }
    return o.evaluate(t, w).loss;
  }

  Index inputs, samples;
  Matrix<double> noise, px, pz, qz, kl;
};

using Failures = std::vector<std::string>;

}  // namespace

TEST_CASE("every objective keeps its contract", "[conformance]") {
  CHECK(check_objective(Elbo{}) == Failures{});
  CHECK(check_objective(Elbo{.beta = 4, .schedule = KlSchedule::warm_up(10)}) == Failures{});
  CHECK(check_objective(Elbo{.free_bits = 0.5}) == Failures{});
  CHECK(check_objective(Elbo{.beta = 3, .kl = KlTerm::sampled}) == Failures{});
  CHECK(check_objective(Elbo{.beta = 2, .kl = KlTerm::sampled, .sticking_the_landing = true}) == Failures{});
  CHECK(check_objective(Iwae{}) == Failures{});
  CHECK(check_objective(Iwae{}, {.samples = 1}) == Failures{});
  CHECK(check_objective(Iwae{.doubly_reparameterized = true}, {.path_weights = squared_shares}) ==
        Failures{});
  CHECK(check_objective(Elbo{.schedule = KlSchedule::cycles({.steps = 4})}) == Failures{});
  CHECK(check_objective(ControlledCapacity{.gamma = 20, .nats = 3, .steps = 10}) == Failures{});
  CHECK(check_objective(ControlledCapacity{.gamma = 20, .nats = 1, .steps = 1000}) == Failures{});
  CHECK(check_objective(Reconstruction{}) == Failures{});
  CHECK(check_objective(Miwae{2}) == Failures{});
  CHECK(check_objective(Miwae{3}, {.samples = 6}) == Failures{});
  CHECK(check_objective(Piwae{2}, {.path_weights = shares_of_halves, .encoder_weights = shares_of_halves}) ==
        Failures{});
  CHECK(check_objective(Ciwae{.beta = 0.3}) == Failures{});
}

TEST_CASE("what an ELBO cannot be is refused", "[objective]") {
  using support::refuses;
  refuses<ConfigError>([] { Elbo{.beta = -1}.validate(); }, {"Elbo", "beta", "got -1"});
  refuses<ConfigError>([] { Elbo{.free_bits = -1}.validate(); }, {"Elbo", "free_bits", "got -1"});
  refuses<ConfigError>([] { Elbo{.kl = KlTerm::sampled, .free_bits = 1}.validate(); },
                       {"free_bits", "sampled"});
  refuses<ConfigError>([] { Elbo{.sticking_the_landing = true}.validate(); }, {"KlTerm::sampled"});
}

TEST_CASE("what other objectives cannot be is refused", "[objective]") {
  using support::refuses;
  refuses<ConfigError>([] { Miwae{0}.validate(); }, {"Miwae", "group", "got 0"});
  refuses<ConfigError>([] { Piwae{-1}.validate(); }, {"Piwae", "group", "got -1"});
  refuses<ConfigError>([] { Ciwae{1.5}.validate(); }, {"Ciwae", "beta", "got 1.5"});
  refuses<ConfigError>([] { ControlledCapacity{.gamma = -1}.validate(); }, {"ControlledCapacity", "-1"});
  refuses<ConfigError>([] { Elbo{.schedule = KlSchedule::cycles({.steps = 0})}.validate(); },
                       {"KlSchedule", "got 0"});
  refuses<ShapeError>([] { LinearModel(1, 4, 1).loss(Miwae{3}); }, {"Miwae", "4 samples", "3 groups"});
}

TEST_CASE("bounds that are others at the ends of their range", "[objective]") {
  const LinearModel model(50, 6, 2);
  const auto same = [&](AnyObjective<double> a, AnyObjective<double> b) {
    CAPTURE(a.kind(), b.kind());
    std::vector<double> of_a, of_b;
    CHECK(std::abs(model.loss(a, &of_a) - model.loss(b, &of_b)) < 1e-12);
    CHECK(relative_error(Eigen::Map<const Vector<double>>(of_a.data(), Index(of_a.size())),
                         Eigen::Map<const Vector<double>>(of_b.data(), Index(of_b.size()))) < 1e-12);
  };
  const Elbo sampled{.kl = KlTerm::sampled};
  same(Miwae{1}, Iwae{});
  same(Miwae{6}, sampled);
  same(Ciwae{1}, sampled);
  same(Ciwae{0}, Iwae{});
  const double between = model.loss(Miwae{2});
  CHECK(between > model.loss(Iwae{}));
  CHECK(between < model.loss(sampled));
}

TEST_CASE("bounds with the same expectation agree over many draws", "[objective]") {
  constexpr int draws = 400;
  // Each draw of 200 inputs is a figure; their means are compared in units of their standard errors.
  const auto mean_of = [&](AnyObjective<double> o, Index k, std::uint64_t seed) {
    double sum = 0, squares = 0;
    for (int i = 0; i < draws; ++i) {
      const double loss = LinearModel(200, k, seed + static_cast<std::uint64_t>(i)).loss(o);
      sum += loss;
      squares += loss * loss;
    }
    const double mean = sum / draws;
    return std::pair(mean, (squares / draws - mean * mean) / draws);
  };
  const auto agree = [&](AnyObjective<double> a, Index k, AnyObjective<double> b, Index l) {
    CAPTURE(a.kind(), b.kind());
    const auto [first, v] = mean_of(a, k, 1000);
    const auto [second, w] = mean_of(b, l, 5000);
    CHECK(std::abs(first - second) < 4 * std::sqrt(v + w));
    CHECK(std::sqrt(v + w) < 5e-3);
  };
  agree(Miwae{3}, 6, Iwae{}, 2);
  agree(Ciwae{1}, 6, Elbo{}, 1);
  agree(Elbo{.kl = KlTerm::sampled}, 2, Elbo{}, 2);
  // x has the density N(x; 0, 2): every bound stays above minus its log, and more samples come closer.
  const double truth = 0.5 * (0.5 + std::log(4 * std::acos(-1.0)));
  const double one = mean_of(Iwae{}, 1, 1).first, five = mean_of(Iwae{}, 5, 1).first,
               fifty = mean_of(Iwae{}, 50, 1).first;
  CHECK(one > five);
  CHECK(five > fifty);
  CHECK(std::abs(fifty - truth) < 0.01);
}

TEST_CASE("a capacity is reached and held from both sides", "[objective]") {
  const ControlledCapacity o{.gamma = 10, .nats = 2, .steps = 4};
  CHECK(o.capacity(0) == 0.5);
  CHECK(o.capacity(3) == 2);
  CHECK(o.capacity(100) == 2);
  const std::vector<double> log_px{-3, -5}, kl{1.1, 0.9};
  Matrix<double> d(2, 2);
  std::vector<double> weights(2);
  const auto at = [&](std::optional<std::uint64_t> step) {
    const ObjectiveTerms<double> terms{.inputs = 2, .log_px = log_px, .kl = kl, .step = step};
    return o.evaluate(terms, ObjectiveWeights<double>{weights, {}, as_view(d)}).loss;
  };
  CHECK(std::abs(at(0) - (4 + 10 * 0.5)) < 1e-12);
  CHECK((d.array() == 5).all());
  CHECK(std::abs(at(9) - (4 + 10 * 1.0)) < 1e-12);
  CHECK((d.array() == -5).all());
  CHECK(std::abs(at({}) - (4 + 1.0)) < 1e-12);
}

TEST_CASE("free bits leave alone what is below them, in training", "[objective]") {
  const std::vector<double> log_px{-3, -5}, kl{1.1, 0.9};
  Matrix<double> shares(2, 2), d(2, 2);
  shares << 0.1, 0.3, 1.0, 0.6;
  std::vector<double> weights(2);
  const Elbo elbo{.free_bits = 0.5};
  const ObjectiveTerms<double> terms{
      .inputs = 2, .log_px = log_px, .kl = kl, .kl_by_dimension = as_const(shares), .step = 0};
  const ObjectiveValue value = elbo.evaluate(terms, ObjectiveWeights<double>{weights, {}, as_view(d)});
  CHECK(std::abs(value.loss - (4 + 0.5 + 0.8)) < 1e-12);
  CHECK(d.row(0).isZero(0));
  CHECK((d.row(1).array() == 0.5).all());
  auto judged = terms;
  judged.step = {};
  CHECK(std::abs(elbo.evaluate(judged, ObjectiveWeights<double>{}).loss - (4 + 1.0)) < 1e-12);
}

TEST_CASE("an erased objective that was moved from says so", "[objective]") {
  AnyObjective<float> o = Elbo{};
  const AnyObjective<float> other = std::move(o);
  CHECK(other.kind() == "Elbo");
  support::refuses<StateError>([&] { o.kind(); }, {"objective"});
}
