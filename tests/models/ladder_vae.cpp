#include "eigenerate/models/ladder_vae.hpp"

#include <functional>

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/io/weights.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/complete.hpp"
#include "eigenerate/models/measure_log_likelihood.hpp"
#include "models/faulty_layer.hpp"
#include "models/golden_step.hpp"
#include "models/linear_gaussian.hpp"
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
using support::refuses;
using testing::Golden;
using testing::memory_of;

namespace {

const StepContext context{.step = 2, .seed = 9};

/// Samples of 6, latent vectors of these sizes, the first nearest to the samples.
LadderVae<double> small(const std::vector<Index>& sizes, LadderVae<double>::Options options = {}) {
  std::vector<LadderLevel<double>> levels;
  Index made = 6;
  for (const Index size : sizes) {
    levels.push_back({Sequential{Linear{infer, 5}, Tanh{}}, Linear{infer, 2 * size},
                      Sequential{Linear{infer, 4}, Silu{}, Linear{4, made}}});
    made = 2 * size;
  }
  options.sample = Shape{6};
  options.seed = 3;
  return {levels, options};
}

}  // namespace

TEST_CASE("LadderVae: the gradients of a whole step are those of its loss", "[ladder_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 4, 1);
  for (const std::vector<Index>& sizes : {std::vector<Index>{2}, {3, 2}, {2, 4, 3}}) {
    const auto model = small(sizes, {.beta = 0.7, .schedule = KlSchedule::warm_up(5), .optimizer = descent});
    auto ready = model;
    ready.prepare(4);
    const int learners = static_cast<int>(model.learners().size());
    CHECK(learners == 3 * static_cast<int>(sizes.size()));
    for (int i = 0; i < learners; ++i) {
      CAPTURE(sizes.size(), i, model.learners()[static_cast<std::size_t>(i)]->network.name());
      CHECK(gradient_error(ready, {x, {}}, context, "loss", i) < testing::tolerance::derivative);
    }
  }
  // With labels.
  const std::vector<int> labels{2, 0, 1, 1};
  auto conditional = small({3, 2}, {.classes = 3, .optimizer = descent});
  conditional.prepare(4);
  for (int i = 0; i < 6; ++i)
    CHECK(gradient_error(conditional, {x, labels}, context, "loss", i) < testing::tolerance::derivative);
  // What free bits hide: only the levels above their KL learn from it.
  auto model = small({3, 2}, {.free_bits = 0.5, .optimizer = descent});
  model.head(1).parameters()["level1.head.weight"] *= 3;
  model.prepare(4);
  auto probe = model;
  const StepMetrics m = probe.train_step({x, {}}, context);
  CAPTURE(m["kl_1"], m["kl_2"]);
  CHECK(m["kl_1"] > 0.5);
  CHECK(m["kl_2"] < 0.5);
  CHECK(std::abs(m["loss"] - m["reconstruction"] - m["kl_1"] - 0.5) < 1e-12);
  for (int i = 0; i < 6; ++i)
    CHECK(gradient_error(model, {x, {}}, context, "loss", i) < testing::tolerance::derivative);
}

TEST_CASE("a ladder's step is PyTorch's", "[ladder_vae][golden]") {
  for (const Golden& c : testing::load_golden("models/ladder_vae").cases()) {
    auto model = small({3, 2}, {.beta = c.number("beta"),
                                .free_bits = c.number("free_bits"),
                                .classes = c.integer("classes"),
                                .optimizer = descent});
    CHECK(joined_names(model.figures()) == "loss, reconstruction, kl, kl_1, kl_2");
    check_golden_gradients(model, c);
  }
}

TEST_CASE("a ladder of one level is a VAE", "[ladder_vae]") {
  const Index classes = GENERATE(0, 3);
  CAPTURE(classes);
  const auto make = [&](auto& optimizer) {
    return std::pair<LadderVae<double>, Vae<double>>{
        small({3},
              {.beta = 0.8, .schedule = KlSchedule::warm_up(4), .classes = classes, .optimizer = optimizer}),
        Vae<double>(
            Sequential{Sequential{Linear{infer, 5}, Tanh{}}, Linear{5, 6}},
            Sequential{Linear{infer, 4}, Silu{}, Linear{4, 6}},
            {.optimizer = optimizer, .beta = 0.8, .kl_warm_up_steps = 4, .classes = classes, .latent = 3})};
  };
  const Optimizer adam = Adam{1e-2};
  auto [ladder, vae] = make(adam);
  const auto segments_of_ladder = [](LadderVae<double>& model) {
    std::vector<std::pair<double*, Index>> all;
    for (auto* network : {&model.up(1), &model.head(1), &model.down(1)})
      for (const Segment& s : network->parameters().segments())
        all.emplace_back(network->parameters().data() + s.offset, s.size);
    return all;
  };
  std::vector<std::pair<double*, Index>> of_vae;
  for (auto* network : {&vae.encoder(), &vae.decoder()})
    for (const Segment& s : network->parameters().segments())
      of_vae.emplace_back(network->parameters().data() + s.offset, s.size);
  const auto of_ladder = segments_of_ladder(ladder);
  REQUIRE(of_ladder.size() == of_vae.size());
  for (std::size_t i = 0; i < of_vae.size(); ++i) {
    REQUIRE(of_ladder[i].second == of_vae[i].second);
    std::copy_n(of_vae[i].first, of_vae[i].second, of_ladder[i].first);
  }
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  const std::vector<int> all{2, 0, 1, 1, 0}, labels(all.begin(), all.begin() + (classes > 0 ? 5 : 0));
  const Batch<double> batch{x, labels};
  ladder.prepare(5);
  vae.prepare(5);
  const auto same = [](const StepMetrics& a, const StepMetrics& b) {
    for (const char* figure : {"loss", "reconstruction", "kl"})
      CHECK(std::abs(a[figure] - b[figure]) < 1e-12 * std::abs(b[figure]));
  };
  for (std::uint64_t step = 0; step < 10; ++step)
    same(ladder.train_step(batch, {.step = step, .seed = 9}),
         vae.train_step(batch, {.step = step, .seed = 9}));
  same(ladder.evaluate(batch, context), vae.evaluate(batch, context));
  for (std::size_t i = 0; i < of_vae.size(); ++i)
    for (Index j = 0; j < of_vae[i].second; ++j)
      CHECK(std::abs(of_ladder[i].first[j] - of_vae[i].first[j]) < 1e-9);
  const auto close = [](const Matrix<double>& a, const Matrix<double>& b) {
    CHECK(testing::relative_error(a, b) < 1e-9);
  };
  close(ladder.embed(x, labels), vae.embed(x, labels));
  close(ladder.reconstruct(x, labels), vae.reconstruct(x, labels));
  if (classes > 0) {
    close(ladder.sample(labels, Seed{4}), vae.sample(labels, Seed{4}));
    close(ladder.sample(20, 2, Seed{4}), vae.sample(20, 2, Seed{4}));
  } else {
    close(ladder.sample(20, Seed{4}), vae.sample(20, Seed{4}));
    close(ladder.traverse(LatentDimension{1}, 3, 2), vae.traverse(LatentDimension{1}, 3, 2));
  }
  const auto a = ladder.log_likelihood(x, 100, labels, 7), b = vae.log_likelihood(x, 100, labels, 7);
  for (std::size_t i = 0; i < 5; ++i) CHECK(std::abs(a[i] - b[i]) < 1e-9);
  Matrix<double> mask = Matrix<double>::Ones(6, 1);
  mask.bottomRows(3).setZero();
  const CompletionOptions options{.draws = 20, .rounds = 2, .completions = 3};
  const auto of_ladder_completed = complete(ladder, x, mask, labels, options),
             of_vae_completed = complete(vae, x, mask, labels, options);
  close(of_ladder_completed.x, of_vae_completed.x);
  close(of_ladder_completed.z, of_vae_completed.z);
  close(of_ladder_completed.log_probability, of_vae_completed.log_probability);
}

TEST_CASE("LadderVae: labels reach every level", "[ladder_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 4, 1), z = testing::normal_batch(2, 4, 2);
  auto model = small({3, 2}, {.classes = 3});
  const std::vector<int> labels{2, 0, 1, 1}, others{2, 1, 1, 1};
  const auto differ_in_the_second = [](const Matrix<double>& a, const Matrix<double>& b) {
    CHECK(a.col(0) == b.col(0));
    CHECK(a.col(1) != b.col(1));
    CHECK(a.rightCols(2) == b.rightCols(2));
  };
  differ_in_the_second(model.embed(x, labels), model.embed(x, others));
  differ_in_the_second(model.decode(z, labels), model.decode(z, others));
  differ_in_the_second(model.reconstruct(x, labels), model.reconstruct(x, others));
  differ_in_the_second(model.sample(labels, Seed{1}), model.sample(others, Seed{1}));
  const auto a = model.log_likelihood(x, 300, labels), b = model.log_likelihood(x, 300, others);
  CHECK(a[0] == b[0]);
  CHECK(a[1] != b[1]);
  a_step_in_parts_is_the_whole(small({3, 2}, {.classes = 3, .optimizer = descent}), {x, labels});
  const Dataset data("labelled", {6}, x.cast<float>(), labels, 3);
  CHECK(std::abs(measure_log_likelihood(model, data, {.samples = 300}).mean.value -
                 (a[0] + a[1] + a[2] + a[3]) / 4) < 0.3);

  refuses<ShapeError>([&] { model.embed(x); }, {"LadderVae", "expected 4 labels, got 0"});
  refuses<ShapeError>([&] { model.sample(4, Seed{1}); }, {"expected 4 labels, got 0"});
  refuses<ConfigError>([&] { model.decode(z, std::vector<int>{0, 1, 2, 3}); }, {"[0, 3)", "got 3"});
  refuses<ConfigError>([&] { small({2}, {.classes = -1}); }, {"LadderVae", "classes", "-1"});
}

TEST_CASE("LadderVae: what users do with a ladder", "[ladder_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 7, 1);
  const auto model = small({2, 4, 3});
  CHECK(model.levels() == 3);
  CHECK(model.latent_size() == 3);
  CHECK(model.latent_size(1) == 2);
  CHECK(model.sample_shape() == Shape{6});
  CHECK(*model.sample_range() == ValueRange{0, 1});

  // By the networks, one after another.
  const auto means = [](const Matrix<double>& h) { return Matrix<double>(h.topRows(h.rows() / 2)); };
  const Matrix<double> d1 = model.up(1).predict(x), d2 = model.up(2).predict(d1),
                       d3 = model.up(3).predict(d2);
  const Matrix<double> z3 = means(model.head(3).predict(d3));
  CHECK(model.embed(x) == z3);
  const Matrix<double> p2 = model.down(3).predict(z3), h2 = model.head(2).predict(d2);
  const auto decoded = [&](const Matrix<double>& z1) {
    const Matrix<double> logits = model.down(1).predict(z1);
    return Matrix<double>((1 + (-logits.array()).exp()).inverse());
  };
  const auto close = [](const Matrix<double>& a, const Matrix<double>& b) {
    CHECK(testing::relative_error(a, b) < 1e-12);
  };
  close(model.decode(z3), decoded(means(model.down(2).predict(means(p2)))));
  const auto corrected = [&](const Matrix<double>& h, const Matrix<double>& p) {
    const Index n = h.rows() / 2;
    const Eigen::ArrayXXd a = (-h.bottomRows(n).array()).exp(), b = (-p.bottomRows(n).array()).exp();
    return Matrix<double>((h.topRows(n).array() * a + p.topRows(n).array() * b) / (a + b));
  };
  const Matrix<double> z2 = corrected(h2, p2);
  const Matrix<double> z1 = corrected(model.head(1).predict(d1), model.down(2).predict(z2));
  close(model.reconstruct(x), decoded(z1));
  CHECK(model.interpolate(x.col(0), x.col(1), 4).cols() == 4);
  close(model.interpolate(x.col(0), x.col(1), 4).col(3), model.decode(z3.col(1)));

  // Samples: every level is drawn.
  const Matrix<double> samples = model.sample(500, Seed{1});
  CHECK(samples == model.sample(500, Seed{1}));
  CHECK(samples != model.sample(500, Seed{2}));
  Matrix<double> top(3, 500);
  fill_normal(top.data(), top.size(), RandomStream{1, Purpose::sampling});
  CHECK(samples == model.decode_drawn(top, {}, RandomStream{1, Purpose::sampling}));
  const Matrix<double> cut_off = model.sample(500, Truncation{0.5}, Seed{1});
  Matrix<double> short_ones = top;
  truncate_normal(as_view(short_ones), 0.5);
  CHECK(cut_off == model.decode_drawn(short_ones, {}, RandomStream{1, Purpose::sampling}));
  const Matrix<double> spread = samples - model.decode(top);
  CHECK(spread.rowwise().norm().minCoeff() > 1e-3);

  refuses<ConfigError>([&] { model.embed(x, std::vector<int>(7, 0)); }, {"LadderVae", "without classes"});
  refuses<ShapeError>([&] { model.decode(x); }, {"LadderVae", "columns of 3 values"});
  refuses<ShapeError>([&] { model.reconstruct(z3); }, {"LadderVae", "columns of 6 values"});
  refuses<ConfigError>([&] { model.down(4); }, {"a level from 1 to 3, got 4"});
  refuses<ConfigError>([&] { model.sample(0, Seed{1}); }, {"at least one sample"});
  refuses<ConfigError>([&] { model.log_likelihood(x, 0); }, {"LadderVae", "got 0"});
}

TEST_CASE("LadderVae: a ladder of normals finds its likelihood, and more samples a tighter bound",
          "[ladder_vae][likelihood]") {
  // z2 ~ N(0, I), z1 = A z2 + a + s1 ε, x = W z1 + b + s ε: x ~ N(W a + b, W (A Aᵀ + s1² I) Wᵀ + s² I).
  using support::LinearGaussian;
  const Index low = 3, high = 2, features = 5;
  const double deviation = 0.7, deviation_1 = 0.8;
  const Matrix<double> w = testing::normal_batch(features, low, 1),
                       a_map = testing::normal_batch(low, high, 2);
  const Vector<double> b = testing::normal_batch(features, 1, 3), a = testing::normal_batch(low, 1, 4);
  LadderVae<double> model({{Linear{features, features}, Linear{features, 2 * low}, Linear{low, features}},
                           {Linear{features, features}, Linear{features, 2 * high}, Linear{high, 2 * low}}},
                          {.likelihood = Normal{deviation}});
  const auto stacked = [](const Eigen::MatrixXd& upper) {
    Eigen::MatrixXd both = Eigen::MatrixXd::Zero(2 * upper.rows(), upper.cols());
    both.topRows(upper.rows()) = upper;
    return both;
  };
  const auto with_log_variances = [](const Eigen::VectorXd& mean, const Eigen::VectorXd& variances) {
    Eigen::VectorXd both(2 * mean.size());
    both << mean, variances.array().log().matrix();
    return both;
  };
  LinearGaussian::set(model.down(1), w, b);
  LinearGaussian::set(model.down(2), stacked(a_map),
                      with_log_variances(a, Vector<double>::Constant(low, deviation_1 * deviation_1)));
  for (const Index level : {1, 2})
    LinearGaussian::set(model.up(level), Eigen::MatrixXd::Identity(features, features),
                        Eigen::VectorXd::Zero(features));
  // The posterior of z2 but for its correlations; what x says of z1, roughly: least squares.
  const Eigen::MatrixXd of_z1 = a_map * a_map.transpose() +
                                deviation_1 * deviation_1 * Eigen::MatrixXd::Identity(low, low),
                        covariance = w * of_z1 * w.transpose() +
                                     deviation * deviation * Eigen::MatrixXd::Identity(features, features),
                        gain = a_map.transpose() * w.transpose() * covariance.inverse(),
                        rest = Eigen::MatrixXd::Identity(high, high) - gain * w * a_map;
  LinearGaussian::set(model.head(2), stacked(gain),
                      with_log_variances(-gain * (w * a + b), 1.5 * rest.diagonal()));
  const Eigen::MatrixXd squares = (w.transpose() * w).inverse(), least = squares * w.transpose();
  LinearGaussian::set(model.head(1), stacked(least),
                      with_log_variances(-least * b, deviation * deviation * squares.diagonal()));

  const Index n = 40;
  const Matrix<double> z1 = ((a_map * testing::normal_batch(high, n, 5)).colwise() + a) +
                            deviation_1 * testing::normal_batch(low, n, 6);
  const Matrix<double> x = ((w * z1).colwise() + b) + deviation * testing::normal_batch(features, n, 7);
  const Dataset data("ladder", {features}, x.cast<float>());
  const Eigen::LLT<Eigen::MatrixXd> root(covariance);
  const double log_det = 2 * Eigen::MatrixXd(root.matrixL()).diagonal().array().log().sum();
  const auto exact = [&](Index i) {
    const Vector<double> away = data.sample(i).cast<double>() - w * a - b;
    return -0.5 * (static_cast<double>(features) * std::log(2 * std::acos(-1.0)) + log_det +
                   away.dot(root.solve(away)));
  };
  const LogLikelihoodFigures found = measure_log_likelihood(model, data, {.samples = 10000});
  double truth = 0;
  for (Index i = 0; i < n; ++i) {
    const Estimate& e = found.of_samples[static_cast<std::size_t>(i)];
    CHECK(e.standard_error < 0.1);
    CHECK(std::abs(e.value - exact(i)) < testing::tolerance::standard_errors * e.standard_error);
    truth += exact(i) / static_cast<double>(n);
  }
  CHECK(std::abs(found.mean.value - truth) < testing::tolerance::standard_errors * found.monte_carlo_error);
  CHECK(found.least_effective_count > 50);

  double last = -1e9;
  for (const Index k : {1, 5, 50}) {
    const double bound = measure_log_likelihood(model, data, {.samples = k, .seed = 1}).mean.value;
    CHECK(bound > last);
    last = bound;
  }
  // The hidden features of a normal vector, given the seen ones, are normal, too.
  const std::vector<Index> seen{0, 3}, hidden{1, 2, 4};
  Matrix<double> mask = Matrix<double>::Zero(features, 1);
  for (const Index i : seen) mask(i) = 1;
  const Matrix<double> some = x.leftCols(3);
  const Eigen::MatrixXd of_seen = covariance(seen, seen),
                        regression = covariance(hidden, seen) * of_seen.inverse(),
                        spread = (w * of_z1 * w.transpose())(hidden, hidden) -
                                 regression * (w * of_z1 * w.transpose())(seen, hidden);
  for (const Index rounds : {0, 3}) {
    CAPTURE(rounds);
    const auto completed =
        complete(model, some, mask, {.draws = rounds == 0 ? 4000 : 600, .rounds = rounds, .seed = 3});
    for (Index j = 0; j < 3; ++j) {
      const double effective = completed.effective_draws(j);
      CAPTURE(effective);
      CHECK(effective > 60);
      const Eigen::VectorXd away = (some.col(j) - w * a - b)(seen),
                            exact_mean = (w * a + b)(hidden) + regression * away;
      for (Index i = 0; i < 3; ++i)
        CHECK(std::abs(completed.mean(hidden[static_cast<std::size_t>(i)], j) - exact_mean(i)) <
              testing::tolerance::standard_errors * std::sqrt(spread(i, i) / effective));
      const double log_seen = -0.5 * (2 * std::log(2 * std::acos(-1.0)) + std::log(of_seen.determinant()) +
                                      away.dot(of_seen.inverse() * away));
      CHECK(std::abs(completed.log_probability(j) - log_seen) <
            testing::tolerance::standard_errors / std::sqrt(effective));
      for (const Index i : seen) CHECK(completed.x(i, j) == some(i, j));
    }
  }

  // The first bound is the ELBO, in closed form but for the noise.
  model.prepare(n);
  double elbo = 0;
  for (std::uint64_t step = 0; step < 50; ++step)
    elbo -= model.evaluate({x, {}}, {.step = step})["loss"] / 50;
  double one = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    one += measure_log_likelihood(model, data, {.samples = 1, .seed = seed}).mean.value / 50;
  CAPTURE(elbo, one, truth);
  CHECK(std::abs(elbo - one) < 0.15);
  CHECK(elbo < truth);
}

TEST_CASE("LadderVae: evaluation learns nothing, and weighs the KL in full", "[ladder_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 30, 1);
  auto model = small({3, 2}, {.beta = 5, .free_bits = 3});
  model.prepare(30);
  const auto before = bytes_of_learners(model);
  const StepMetrics m = model.evaluate({x, {}}, {});
  CHECK(bytes_of_learners(model) == before);
  CHECK(m.size() == 5);
  CHECK(std::abs(m["loss"] - m["reconstruction"] - m["kl"]) < 1e-12);
  CHECK(std::abs(m["kl"] - m["kl_1"] - m["kl_2"]) < 1e-12);
  CHECK(*model.best_figure() == "loss");
  // As many levels as one likes; the figures of the first thirteen.
  auto deep = small(std::vector<Index>(15, 2));
  deep.prepare(30);
  const StepMetrics all = deep.train_step({x, {}}, {});
  CHECK(all.size() == StepMetrics::capacity);
  CHECK(deep.figures().size() == StepMetrics::capacity);
  CHECK(deep.figures().back().view() == "kl_13");
}

TEST_CASE("LadderVae: a level that says nothing is warned of", "[ladder_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 30, 1);
  auto model = small({3, 2});
  for (const Index level : {1, 2}) model.head(level).parameters().data()[0] += 5;
  CHECK(model.health({x, {}}, {}).empty());
  model.head(2).parameters().set_zero();
  const auto warnings = model.health({x, {}}, {});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].kind == WarningKind::posterior_collapse);
  CHECK(warnings[0].message.find("level 2 of 2") != std::string::npos);
}

TEST_CASE("LadderVae: a step in parts is the step of the whole batch", "[ladder_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  a_step_in_parts_is_the_whole(small({3, 4, 2}, {.optimizer = descent}), {x, {}});
}

TEST_CASE("LadderVae: a step that fails leaves everything as it was", "[ladder_vae]") {
  const Matrix<float> x = testing::uniform_batch<float>(6, 6, 1);
  for (const bool in_forward : {true, false}) {
    FaultyLayer faulty;
    LadderVae vae{{LadderLevel{Sequential{Linear{6, 4}, BatchNorm{4}}, Linear{4, 4}, Linear{2, 6}},
                   LadderLevel{Linear{4, 4}, Linear{4, 4}, Sequential{Linear{2, 4}, faulty}}},
                  {.seed = 1}};
    vae.prepare(6);
    vae.train_step({x, {}}, {});
    const auto before = bytes_of_learners(vae);
    if (in_forward)
      faulty.fault->forward = std::numeric_limits<float>::quiet_NaN();
    else
      faulty.fault->backward = std::numeric_limits<float>::infinity();
    CHECK_THROWS_AS(vae.train_step({x, {}}, {.step = 1}), DivergenceError);
    CHECK(bytes_of_learners(vae) == before);
  }
}

TEST_CASE("LadderVae: what does not fit is refused, naming the level", "[ladder_vae]") {
  using Level = LadderLevel<float>;
  const auto build = [](std::vector<Level> levels, LadderVaeOptions options = {}) {
    return [=] { LadderVae<float>(levels, options); };
  };
  const Level first{Linear{6, 5}, Linear{5, 4}, Linear{2, 6}},
      second{Linear{5, 5}, Linear{5, 6}, Linear{3, 4}};
  CHECK_NOTHROW(build({first, second})());
  CHECK_NOTHROW(
      build({{Linear{infer, 5}, Linear{infer, 4}, Linear{infer, 6}}, second}, {.sample = Shape{6}})());
  refuses<ConfigError>(build({}), {"LadderVae", "at least one level"});
  refuses<ShapeError>(build({first, {Linear{4, 5}, Linear{5, 6}, Linear{3, 4}}}), {"level2.up", "4", "5"});
  refuses<ShapeError>(build({first, {Linear{5, 5}, Linear{6, 6}, Linear{3, 4}}}), {"level2.head"});
  refuses<ShapeError>(build({first, {Linear{5, 5}, Linear{5, 6}, Linear{2, 4}}}), {"level2.down"});
  refuses<ShapeError>(build({first, {Linear{5, 5}, Linear{5, 6}, Linear{3, 6}}}),
                      {"level1.head and level2.down", "level 1", "got 4 and 6"});
  refuses<ShapeError>(build({{Linear{6, 5}, Linear{5, 3}, Linear{2, 6}}}), {"level1.head", "got 3"});
  refuses<ShapeError>(build({{Linear{7, 5}, Linear{5, 4}, Linear{2, 6}}}), {"level 1", "shape 7", "makes 6"});
  const Level images{Conv2d{1, 2, {.kernel = 2, .stride = 2}}, Sequential{Flatten{}, Linear{infer, 4}},
                     Sequential{Linear{2, 16}, Reshape{1, 4, 4}}};
  CHECK_NOTHROW(build({images}, {.sample = Shape{1, 4, 4}})());
  refuses<ConfigError>(build({images}), {"LadderVae", ".sample = Shape{1, 28, 28}"});

  const Matrix<double> x = testing::uniform_batch(6, 3, 1);
  auto model = small({3, 2});
  refuses<StateError>([&] { model.train_step({x, {}}, {}); }, {"LadderVae", "prepare(3)"});
  model.prepare(3);
  const Matrix<double> short_ones = x.topRows(2);
  refuses<ShapeError>([&] { model.train_step({short_ones, {}}, {}); }, {"LadderVae", "6 values"});
  refuses<ConfigError>([&] { model.require_values({0, 255}, "data"); }, {"data", "Bernoulli"});
  CHECK(model.setup_warnings({x, {}}, {0, 1}).empty());
  const LadderVae<float> bounded(
      {{Linear{6, 5}, Sequential{Linear{5, 4}, Tanh{}}, Sequential{Linear{2, 6}, Sigmoid{}}},
       {Linear{5, 5}, Linear{5, 6}, Sequential{Linear{3, 4}, Tanh{}}}});
  const Matrix<float> of_floats = x.cast<float>();
  const auto warnings = bounded.setup_warnings({of_floats, {}}, {0, 1});
  REQUIRE(warnings.size() == 3);
  for (const auto& w : warnings) CHECK(w.kind == WarningKind::bounded_outputs);

  auto taken = std::move(model);
  const Matrix<double> z = testing::normal_batch(2, 3, 2), mask = Matrix<double>::Ones(6, 1);
  for (const auto& use : std::vector<std::function<void()>>{
           [&] {
             model.train_step({x, {}}, {});
           },
           [&] { model.embed(x); }, [&] { model.reconstruct(x); }, [&] { model.decode(z); },
           [&] { model.sample(2, Seed{1}); }, [&] { model.log_likelihood(x, 2); },
           [&] { complete(model, x, mask); }})
    refuses<StateError>(use, {"moved from"});
  CHECK_NOTHROW(taken.embed(x));
  CHECK_NOTHROW(taken.train_step({x, {}}, {}));
}

TEST_CASE("LadderVae: a weight file holds every level", "[ladder_vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 5, 1);
  auto model = small({3, 2});
  model.prepare(5);
  model.train_step({x, {}}, {});
  auto other = small({3, 2});
  const support::TemporaryFolder folder;
  save_weights(folder / "weights.safetensors", model);
  CHECK(other.reconstruct(x) != model.reconstruct(x));
  load_weights(folder / "weights.safetensors", other);
  CHECK(other.reconstruct(x) == model.reconstruct(x));
}

namespace {

/// Wide enough for several threads, with batch normalization and dropout.
LadderVae<float> wide(Index classes = 0) {
  const auto block = [](Index out) {
    return Sequential{Linear{infer, out}, BatchNorm{out}, LeakyRelu{0.1}, Dropout{0.1}};
  };
  return LadderVae<float>({{block(128), Linear{128, 64}, Sequential{block(128), Linear{128, 256}}},
                           {block(64), Linear{64, 32}, Sequential{block(64), Linear{64, 64}}},
                           {block(64), Linear{64, 16}, Sequential{block(64), Linear{64, 32}}}},
                          {.schedule = KlSchedule::warm_up(6),
                           .free_bits = 0.1,
                           .classes = classes,
                           .sample = Shape{256},
                           .ema_decay = 0.9,
                           .seed = 5});
}

}  // namespace

TEST_CASE("LadderVae: the same bits on any number of threads, and no step after the first allocates",
          "[ladder_vae][threads][allocation]") {
  const Matrix<float> x = testing::uniform_batch<float>(256, 48, 1);
  const std::vector<int> labels(48, 1);
  for (const Index classes : {0, 3}) {
    const Batch<float> batch{x, classes > 0 ? std::span(labels) : std::span<const int>{}};
    same_bits_on_any_number_of_threads([=] { return wide(classes); }, batch);
    no_step_after_the_first_allocates([=] { return wide(classes); }, batch);
  }
}

TEST_CASE("LadderVae: a run that was stopped and resumed ends with the bits of one that was not",
          "[ladder_vae][resume]") {
  const Dataset data("uniform", {256}, testing::uniform_batch<float>(256, 40, 1));
  a_resumed_run_is_the_whole_one([] { return wide(); }, data);
}
