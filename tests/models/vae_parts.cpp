// VAEs made of other posteriors, priors and objectives than the usual ones: whole steps against central
// differences, a written surrogate where the estimator is no gradient of its value, and PyTorch; allocations,
// threads, refusals.

#include <algorithm>
#include <functional>
#include <string_view>

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/latent/chain_posterior.hpp"
#include "eigenerate/latent/chain_prior.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
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

/// Counts the KL of latent dimension 0 alone, and says only that it needs the dimensions'.
struct FirstDimension {
  static constexpr std::string_view kind = "FirstDimension";
  ObjectiveNeeds needs() const { return {.kl_by_dimension = true, .uniform = true}; }
  template <Scalar S>
  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w) const {
    ObjectiveValue value = Reconstruction{}.evaluate(t, w);
    value.loss += t.kl_by_dimension.row(0).template cast<double>().mean();
    View<S> d = w.kl;
    if (wanted(d)) {
      d.setZero();
      d.row(0).setConstant(S(1) / static_cast<S>(t.inputs));
    }
    return value;
  }
};

Vae<double> flow_vae(Index samples, Optimizer optimizer = descent) {
  return {Sequential{Linear{6, 5}, Tanh{}, Linear{5, 2 * 3 + 2}},
          Sequential{Linear{3, 5}, Silu{}, Linear{5, 6}},
          {.posterior = InverseAutoregressiveFlow{.steps = 2, .hidden = 5, .context = 2},
           .objective = Iwae{},
           .optimizer = optimizer,
           .samples = samples,
           .seed = 3}};
}
/// Two levels of latent vectors, of 2 dimensions and 1.
Vae<double> chain_vae(AnyObjective<double> objective, Index samples) {
  return {Sequential{Linear{6, 5}, Tanh{}, Linear{5, 2 * 2}},
          Sequential{SelectChannels{0, 2}, Linear{2, 5}, Silu{}, Linear{5, 6}},
          {.posterior = ChainPosterior{Sequential{Linear{2, 4}, Tanh{}, Linear{4, 2}}},
           .prior = ChainPrior{Sequential{Linear{1, 4}, Tanh{}, Linear{4, 4}}},
           .objective = objective,
           .optimizer = descent,
           .samples = samples,
           .latent = 3,
           .seed = 3}};
}
Vae<double> vamp_vae(AnyObjective<double> objective, Index samples) {
  return {Sequential{Linear{6, 5}, Tanh{}, Linear{5, 2 * 2}},
          Sequential{Linear{2, 5}, Silu{}, Linear{5, 6}},
          {.prior = VampPrior{Sequential{Linear{3, 6}, Sigmoid{}}},
           .objective = objective,
           .optimizer = descent,
           .samples = samples,
           .seed = 3}};
}

/// The terms of a training step of a VAE with a VampPrior, computed a second time from its networks: latent
/// vectors from the encoder of `mover`, everything else from `model`, the encoder inside the prior from
/// `prior_encoder`. With the score, log q moves with `mover` too.
struct Terms {
  Matrix<double> z, log_px, log_pz, log_q;
};
Terms terms_of(const Vae<double>& model, const Network<double>& mover, const Network<double>& prior_encoder,
               const Matrix<double>& x, const StepContext& context, const Matrix<double>* fixed_z = nullptr,
               bool score = false) {
  const DiagonalNormal q;
  const Index n = x.cols() * model.options().samples, latent = model.latent_size();
  Terms t{Matrix<double>(latent, n), Matrix<double>(1, n), Matrix<double>(1, n), Matrix<double>(1, n)};
  Matrix<double> noise(latent, n);
  fill_normal(noise.data(), noise.size(), context.stream(Purpose::reparameterization));
  const Matrix<double> moved = mover.predict(x), h = score ? moved : model.encoder().predict(x);
  q.reparameterize(as_const(moved), as_const(noise), as_view(t.z));
  if (fixed_z) t.z = *fixed_z;
  const Matrix<double> logits = model.decoder().predict(t.z);
  Bernoulli{}.log_probability(as_const(x), as_const(logits), numbers(t.log_px));
  q.log_probability(as_const(t.z), as_const(h), numbers(t.log_q));
  const Network<double>& pseudo = model.parts().prior_learner()->network;
  const Index k = pseudo.input_shape().size();
  const Matrix<double> unit = Matrix<double>::Identity(k, k),
                       components = prior_encoder.predict(pseudo.predict(unit));
  Matrix<double> mixture(n, k);
  for (Index c = 0; c < k; ++c) {
    const Matrix<double> one = components.col(c);
    q.log_probability(as_const(t.z), as_const(one), numbers(mixture.data() + c * n, n));
  }
  t.log_pz = (mixture.array().exp().rowwise().mean().log()).matrix().transpose();
  return t;
}

/// The error of a step's gradient of the encoder against central differences of the surrogate: with the
/// weights of the parameters and of the path as they are at this point, Σ path · (log p(x|z) + log p(z) − log
/// q(z|x)) as a function of the z that the encoder makes and, with the score, of q; plus Σ parameters · log
/// p(z) as a function of the encoder inside the prior.
double surrogate_error(const Vae<double>& vae, const Matrix<double>& x, const StepContext& context,
                       const std::function<void(const Terms&, Matrix<double>&, Matrix<double>&)>& weigh,
                       double density, bool score) {
  Network<double> encoder = vae.encoder();
  const Terms now = terms_of(vae, encoder, encoder, x, context);
  Matrix<double> parameters(1, now.z.cols()), path(1, now.z.cols());
  weigh(now, parameters, path);
  const auto surrogate = [&] {
    const Terms moved = terms_of(vae, encoder, vae.encoder(), x, context, nullptr, score);
    const Terms prior = terms_of(vae, vae.encoder(), encoder, x, context, &now.z);
    return path.cwiseProduct(moved.log_px + density * (moved.log_pz - moved.log_q)).sum() +
           density * parameters.cwiseProduct(prior.log_pz).sum();
  };
  const Vector<double> expected =
      testing::central_differences(surrogate, encoder.parameters().data(), encoder.parameters().size());
  Vae<double> stepped = vae;
  stepped.train_step({x, {}}, context);
  const Index size = expected.size();
  const Vector<double> got = Eigen::Map<const Vector<double>>(vae.encoder().parameters().data(), size) -
                             Eigen::Map<const Vector<double>>(stepped.encoder().parameters().data(), size);
  return testing::relative_error(got, expected);
}

const StepContext context{.step = 2, .seed = 9};

}  // namespace

TEST_CASE("a VAE with a flow posterior: the gradient of a whole step is exact for every network", "[vae]") {
  for (const Index samples : {1, 3}) {
    auto vae = flow_vae(samples);
    const Matrix<double> x = testing::uniform_batch(6, 4, 1);
    vae.prepare(4);
    REQUIRE(vae.learners().size() == 3);
    for (const int learner : {0, 1, 2}) {
      CAPTURE(samples, learner);
      CHECK(gradient_error(vae, {x, {}}, context, "loss", learner) < 1e-6);
    }
  }
}

TEST_CASE("a VAE of two levels: the gradient of a whole step is exact for every network", "[vae]") {
  for (const auto& objective :
       {AnyObjective<double>(Iwae{}), AnyObjective<double>(Elbo{.beta = 2, .kl = KlTerm::sampled})}) {
    auto vae = chain_vae(objective, 3);
    const Matrix<double> x = testing::uniform_batch(6, 4, 1);
    vae.prepare(4);
    REQUIRE(vae.learners().size() == 4);
    for (const int learner : {0, 1, 2, 3}) {
      CAPTURE(objective.kind(), learner);
      CHECK(gradient_error(vae, {x, {}}, context, "loss", learner) < 1e-6);
    }
  }
}

TEST_CASE("a VAE with a VampPrior: the gradient of a whole step is exact for every network", "[vae]") {
  for (const auto& objective :
       {AnyObjective<double>(Iwae{}), AnyObjective<double>(Elbo{.beta = 2, .kl = KlTerm::sampled})}) {
    auto vae = vamp_vae(objective, 3);
    const Matrix<double> x = testing::uniform_batch(6, 4, 1);
    vae.prepare(4);
    for (const int learner : {0, 1, 2}) {
      CAPTURE(objective.kind(), learner);
      CHECK(gradient_error(vae, {x, {}}, context, "loss", learner) < 1e-6);
    }
  }
}

namespace {

/// A likelihood in a VAE: the decoder's layers behind the hidden ones, and what the data are.
struct Decoded {
  AnyLikelihood<double> likelihood;
  AnyLikelihood<float> fast;
  AnyLayer<double> head;
  AnyLayer<float> fast_head;
  double scale = 1;  ///< data are uniform in [0, scale], integers where the likelihood has them
};
template <class L, class Head>
Decoded decoded(L likelihood, Head head, double scale = 1) {
  return {likelihood, likelihood, head, head, scale};
}
/// Every likelihood, for samples of six values and a decoder whose hidden layer has `hidden`.
std::vector<Decoded> every_likelihood(Index values, Index hidden) {
  const auto outputs = [=](Index each) { return Linear{hidden, each * values}; };
  const Sequential shared{outputs(1), AppendParameter{1, -0.5}};
  return {
      decoded(ContinuousBernoulli{}, outputs(1)),
      decoded(Normal{0.5}, outputs(1)),
      decoded(Normal{{.spread = Spread::shared}}, shared),
      decoded(Normal{{.spread = Spread::per_feature, .scale = Scale::log_deviation}}, outputs(2)),
      decoded(Normal{{.spread = Spread::per_feature, .channels = 1}},
              Sequential{outputs(2), Reshape{2, 2, values / 2}}),
      decoded(Laplace{0.5}, outputs(1)),
      decoded(Laplace{{.spread = Spread::shared}}, shared),
      decoded(Laplace{{.spread = Spread::per_feature}}, outputs(2)),
      decoded(Categorical{4}, Sequential{outputs(4), Reshape{4, 2, values / 2}}, 3),
      decoded(Poisson{}, outputs(1), 6),
      decoded(BetaBinomial{9}, outputs(2), 9),
      decoded(DiscretizedLogisticMixture{3, 8}, Sequential{outputs(9), Reshape{9, 2, values / 2}}, 7),
  };
}
template <Scalar S>
Matrix<S> data_for(const Decoded& d, Index values, Index samples) {
  Matrix<S> x = testing::uniform_batch<S>(values, samples, 1) * static_cast<S>(d.scale);
  if (d.likelihood.support().integers) x = x.array().round();
  return x;
}

}  // namespace

TEST_CASE("a VAE with any likelihood: the gradient of a whole step is exact for every network", "[vae]") {
  for (const Decoded& d : every_likelihood(6, 5)) {
    CAPTURE(d.likelihood.kind());
    Vae<double> vae{Sequential{Linear{6, 5}, Tanh{}, Linear{5, 2 * 2}},
                    Sequential{Linear{2, 5}, Silu{}, d.head},
                    {.likelihood = d.likelihood, .optimizer = descent, .seed = 3}};
    const Matrix<double> x = data_for<double>(d, 6, 4);
    vae.prepare(4);
    CHECK(gradient_error(vae, {x, {}}, context, "loss", 0) < 1e-6);
    CHECK(gradient_error(vae, {x, {}}, context, "loss", 1) < 1e-6);
    CHECK(vae.sample(3).rows() == 6);
    CHECK(vae.reconstruct(x).allFinite());
  }
}

TEST_CASE(
    "a VAE with any likelihood learns, with the same bits on any number of threads, and allocates nothing",
    "[vae][threads][allocation]") {
  for (const Decoded& d : every_likelihood(100, 64)) {
    CAPTURE(d.likelihood.kind());
    const auto make = [&] {
      return Vae<float>{Sequential{Linear{100, 64}, Relu{}, Linear{64, 20}},
                        Sequential{Linear{10, 64}, Relu{}, d.fast_head},
                        {.likelihood = d.fast, .optimizer = Adam{3e-3}, .seed = 5}};
    };
    const Matrix<float> x = data_for<float>(d, 100, 64);
    same_bits_on_any_number_of_threads(make, {x, {}});
    no_step_after_the_first_allocates(make, {x, {}});
    Vae<float> vae = make();
    vae.prepare(64);
    const double before = vae.evaluate({x, {}}, {})["loss"];
    for (std::uint64_t step = 0; step < 20; ++step) vae.train_step({x, {}}, {.step = step, .seed = 9});
    CHECK(vae.evaluate({x, {}}, {})["loss"] < before);
  }
}

TEST_CASE(
    "estimators that are no gradient of their value: decoder and prior learn the exact gradient, the encoder that of the surrogate",
    "[vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 4, 1);
  const auto check = [&](AnyObjective<double> objective, const auto& weigh, double density,
                         bool score = false) {
    auto vae = vamp_vae(objective, 3);
    vae.prepare(4);
    CHECK(gradient_error(vae, {x, {}}, context, "loss", 0) < 1e-6);
    CHECK(gradient_error(vae, {x, {}}, context, "loss", 1) < 1e-6);
    CHECK(surrogate_error(vae, x, context, weigh, density, score) < 1e-6);
    // It is no gradient of the loss.
    CHECK(gradient_error(vae, {x, {}}, context, "loss", 2) > 1e-3);
  };
  check(
      Iwae{.doubly_reparameterized = true},
      [](const Terms& t, Matrix<double>& parameters, Matrix<double>& path) {
        const Matrix<double> w = (t.log_px + t.log_pz - t.log_q).array().exp();
        for (Index i = 0; i < w.size(); ++i) {
          const double share = w(i) / w.middleCols(i / 3 * 3, 3).sum();
          parameters(i) = -share / 4;
          path(i) = -share * share / 4;
        }
      },
      1);
  check(
      Elbo{.beta = 2, .kl = KlTerm::sampled, .sticking_the_landing = true},
      [](const Terms&, Matrix<double>& parameters, Matrix<double>& path) {
        parameters.setConstant(-1.0 / 12);
        path = parameters;
      },
      2);
  check(
      Piwae{3},
      [](const Terms& t, Matrix<double>& parameters, Matrix<double>& path) {
        const Matrix<double> w = (t.log_px + t.log_pz - t.log_q).array().exp();
        for (Index i = 0; i < w.size(); ++i) parameters(i) = -w(i) / w.middleCols(i / 3 * 3, 3).sum() / 4;
        path.setConstant(-1.0 / 12);
      },
      1, true);
}

TEST_CASE("a step in parts is the step of the whole batch, for every network", "[vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  for (const Vae<double>& vae : {flow_vae(3), chain_vae(Iwae{}, 3), vamp_vae(Iwae{true}, 3)})
    a_step_in_parts_is_the_whole(vae, {x, {}});
}

TEST_CASE("steps of VAEs with a flow, of two levels and with a VampPrior are PyTorch's", "[vae][golden]") {
  const auto check = [](const Golden& c, Vae<double> vae) { check_golden_gradients(vae, c); };
  for (const Golden& c : testing::load_golden("models/vae_chain").cases())
    check(c, chain_vae(c.boolean("importance_weighted") ? AnyObjective<double>(Iwae{})
                                                        : Elbo{.kl = KlTerm::sampled},
                       c.integer("samples")));
  for (const Golden& c : testing::load_golden("models/vae_flow").cases())
    check(c, flow_vae(c.integer("samples")));
  for (const Golden& c : testing::load_golden("models/vae_vamp").cases())
    check(c, vamp_vae(Iwae{c.boolean("doubly_reparameterized")}, c.integer("samples")));
}

TEST_CASE("steps of VAEs with other objectives are PyTorch's", "[vae][golden]") {
  const Golden bounds = testing::load_golden("models/vae_bounds"),
               elbos = testing::load_golden("models/vae_elbos");
  const auto check = [](const Golden& c, AnyObjective<double> objective, Index latent = 2) {
    Vae<double> vae{Sequential{Linear{6, 5}, Tanh{}, Linear{5, 2 * latent}},
                    Sequential{Linear{latent, 5}, Silu{}, Linear{5, 6}},
                    {.objective = objective, .optimizer = descent, .samples = c.integer("samples")}};
    check_golden_gradients(vae, c);
  };
  check(bounds["MIWAE"], Miwae{2});
  check(bounds["PIWAE"], Piwae{3});
  check(bounds["CIWAE"], Ciwae{0.3});
  check(bounds["capacity below"], ControlledCapacity{.gamma = 20, .nats = 6, .steps = 6});
  check(bounds["capacity above"], ControlledCapacity{.gamma = 20, .nats = 3, .steps = 100});
  check(bounds["cycles"], Elbo{.beta = 4, .schedule = KlSchedule::cycles({.steps = 11, .rise = 5.0 / 11})});
  check(elbos["sticking the landing"], Elbo{.kl = KlTerm::sampled, .sticking_the_landing = true});
  check(elbos["sticking the landing beta 2"],
        Elbo{.beta = 2, .kl = KlTerm::sampled, .sticking_the_landing = true});
  check(elbos["free bits"], Elbo{.beta = 3, .free_bits = 0.1}, 4);
}

namespace {

enum class Parts { flow, levels, vamp };
constexpr auto every_part = {Parts::flow, Parts::levels, Parts::vamp};

/// Models of the same kinds, wide enough for several threads.
Vae<float> wide(Parts parts) {
  VaeOptions options{.objective = Iwae{}, .optimizer = Adam{1e-3}, .samples = 4, .seed = 5};
  AnyLayer<float> decoder = Sequential{Linear{10, 64}, Relu{}, Linear{64, 100}};
  if (parts == Parts::flow)
    options.posterior = InverseAutoregressiveFlow{.steps = 3, .hidden = 64, .context = 8};
  if (parts == Parts::levels) {
    options.posterior = ChainPosterior{Sequential{Linear{10, 200}, Tanh{}, Linear{200, 2 * 5}}};
    options.prior = ChainPrior{Sequential{Linear{5, 200}, Tanh{}, Linear{200, 2 * 10}}};
    options.latent = 15;
    decoder = Sequential{SelectChannels{0, 10}, decoder};
  }
  if (parts == Parts::vamp) {
    options.prior = VampPrior{Sequential{Linear{20, 100}, Sigmoid{}}};
    options.objective = Iwae{.doubly_reparameterized = true};
  }
  return {Sequential{Linear{100, 64}, Relu{}, Linear{64, options.posterior.parameter_rows(10)}}, decoder,
          options};
}

}  // namespace

TEST_CASE("objectives that need no KL, or that of the dimensions alone, have exact gradients and figures",
          "[vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  const auto vae = [](AnyObjective<double> objective, AnyPosterior<double> posterior, Index rows) {
    return Vae<double>{Sequential{Linear{6, 5}, Tanh{}, Linear{5, rows}},
                       Sequential{Linear{2, 5}, Silu{}, Linear{5, 6}},
                       {.posterior = posterior, .objective = objective, .optimizer = descent, .seed = 3}};
  };
  auto alone = vae(Reconstruction{}, DeterministicPosterior{}, 2),
       first = vae(FirstDimension{}, DiagonalNormalPosterior{}, 4);
  for (auto* model : {&alone, &first}) {
    model->prepare(5);
    CHECK(gradient_error(*model, {x, {}}, {.step = 2, .seed = 9}, "loss", 0) < 1e-6);
    CHECK(gradient_error(*model, {x, {}}, {.step = 2, .seed = 9}, "loss", 1) < 1e-6);
  }
  CHECK(joined_names(alone.figures()) == "loss, reconstruction");
  CHECK(joined_names(first.figures()) == "loss, reconstruction, kl");
  const StepMetrics of_alone = alone.evaluate({x, {}}, {}), of_first = first.evaluate({x, {}}, {});
  CHECK_FALSE(of_alone.contains("kl"));
  CHECK(of_alone["loss"] == of_alone["reconstruction"]);
  CHECK(of_first["loss"] < of_first["reconstruction"] + of_first["kl"]);
  CHECK(of_first["loss"] > of_first["reconstruction"]);
}

TEST_CASE("VAEs with a flow, of two levels and with a VampPrior: the same bits on any number of threads",
          "[vae][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  for (const Parts parts : every_part) {
    CAPTURE(parts);
    same_bits_on_any_number_of_threads([&] { return wide(parts); }, {x, {}});
  }
}

TEST_CASE("VAEs with a flow, of two levels and with a VampPrior: no step after the first allocates",
          "[vae][allocation]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1);
  for (const Parts parts : every_part) {
    CAPTURE(parts);
    no_step_after_the_first_allocates([&] { return wide(parts); }, {x, {}});
  }
}

TEST_CASE("what a trained VAE with other parts does", "[vae]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1), some = x.leftCols(3);
  for (const Parts parts : every_part) {
    CAPTURE(parts);
    Vae<float> vae = wide(parts);
    const Matrix<float> all = vae.embed(x);
    CHECK(testing::relative_error(vae.embed(some), all.leftCols(3)) < 1e-5);
    CHECK(vae.reconstruct(some) == vae.decode(vae.embed(some)));
    CHECK(vae.sample(5).allFinite());
    CHECK(vae.sample(5) == vae.sample(5));
    CHECK(std::isfinite(vae.log_likelihood(some, 100)[2]));
    CHECK(vae.health({x, {}}, {}).size() <= 1);
    CHECK(vae.setup_warnings({x, {}}, {0, 1}).empty());
    if (parts == Parts::vamp)
      CHECK(vae.encode(some).mean == vae.embed(some));
    else
      support::refuses<ConfigError>([&] { vae.encode(some); },
                                    {"Vae", std::string(vae.options().posterior.kind()), "embed"});
  }
}

TEST_CASE("parts that do not fit each other are refused by name", "[vae]") {
  using support::refuses;
  const auto build = [](VaeOptions options, Index rows = 4) {
    return [=] { Vae<float>(Linear{6, rows}, Linear{2, 6}, options); };
  };
  const InverseAutoregressiveFlow flow{.steps = 1, .hidden = 4, .context = 2};
  const auto vamp = [](Index features) { return VampPrior{Linear{3, features}}; };
  CHECK_NOTHROW(build({.posterior = flow, .objective = Iwae{}}, 6)());
  CHECK_NOTHROW(build({.posterior = flow, .objective = Elbo{.kl = KlTerm::sampled}}, 6)());
  refuses<ConfigError>(build({.posterior = flow, .objective = Iwae{.doubly_reparameterized = true}}, 6),
                       {"Iwae", "InverseAutoregressiveFlow", "density"});
  refuses<ConfigError>(
      build({.posterior = flow, .objective = Elbo{.kl = KlTerm::sampled, .sticking_the_landing = true}}, 6),
      {"Elbo", "InverseAutoregressiveFlow", "density"});
  refuses<ConfigError>(build({.posterior = flow}, 6),
                       {"InverseAutoregressiveFlow", "StandardNormal", "KlTerm::sampled"});
  refuses<ConfigError>(build({.prior = vamp(6)}),
                       {"DiagonalNormalPosterior", "VampPrior", "KlTerm::sampled"});
  refuses<ConfigError>(build({.posterior = flow, .prior = vamp(6), .objective = Iwae{}}, 6),
                       {"VampPrior", "InverseAutoregressiveFlow", "density"});
  refuses<ShapeError>(build({.prior = vamp(5), .objective = Iwae{}}), {"VampPrior", "5 values", "takes 6"});
  refuses<ConfigError>(
      [&] {
        Vae<float>(Linear{6 + 2, 4}, Linear{2 + 2, 6}, {.prior = vamp(6), .objective = Iwae{}, .classes = 2});
      },
      {"VampPrior", "condition"});
  refuses<ShapeError>(build({.posterior = flow, .objective = Iwae{}}),
                      {"end in 6", "InverseAutoregressiveFlow", "got 4"});
  refuses<ConfigError>(build({.objective = Elbo{.beta = -1}}), {"Elbo", "beta", "got -1"});
  refuses<ConfigError>(build({.objective = Iwae{}, .beta = 2}), {"beta", "objective"});
  refuses<ConfigError>(build({.objective = Miwae{3}, .samples = 4}), {"4 samples", "3 groups", "Miwae"});
  refuses<ConfigError>(build({.posterior = DeterministicPosterior{}, .objective = ControlledCapacity{}}, 2),
                       {"ControlledCapacity", "DeterministicPosterior", "log q"});
}
