// One interface for the latent space of every model that has one.

#include "eigenerate/models/latent_walks.hpp"

#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/complete.hpp"
#include "eigenerate/models/complete_by_search.hpp"
#include "eigenerate/models/embed_dataset.hpp"
#include "eigenerate/models/inverted_gan.hpp"
#include "eigenerate/models/ladder_vae.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::refuses;
using testing::relative_error;

namespace {

/// Samples of 4 values, latent vectors of 2 dimensions.
AnyLayer<double> encoder(Index out) {
  return Sequential{Linear{infer, 8}, Tanh{}, Linear{8, out}};
}
AnyLayer<double> decoder() {
  return Sequential{Linear{infer, 8}, Tanh{}, Linear{8, 4}};
}
AnyLayer<double> judge(Index out) {
  return Sequential{Linear{infer, 8}, Tanh{}, Linear{8, out}};
}

/// Calls `f(model)` for every kind, with so many classes.
template <class F>
void for_each_latent_space(Index classes, F&& f) {
  {
    INFO("Vae");
    f(Vae<double>{
        encoder(4), decoder(), {.likelihood = Bernoulli{}, .classes = classes, .latent = 2, .seed = 1}});
  }
  {
    INFO("AdversarialAutoencoder");
    f(AdversarialAutoencoder<double>{
        encoder(2), decoder(), judge(1), {.classes = classes, .latent = 2, .seed = 2}});
  }
  {
    INFO("Bigan");
    f(Bigan<double>{encoder(2), decoder(), judge(1), {.classes = classes, .latent = 2, .seed = 3}});
  }
  if (classes == 0) {  // it has none
    INFO("VaeGan");
    f(VaeGan<double>{encoder(4),
                     decoder(),
                     Sequential{Linear{4, 5}, Tanh{}, Concat{Linear{5, 1}, Identity{}}},
                     {.terms = {FeatureReconstruction{.features = 5}}, .latent = 2, .seed = 4}});
  }
  {
    INFO("LadderVae");  // of one level, where decoding the embedded sample reconstructs it
    f(LadderVae<double>{{LadderLevel<double>{encoder(8), encoder(4), decoder()}},
                        {.likelihood = Bernoulli{}, .classes = classes, .sample = Shape{4}, .seed = 6}});
  }
  {
    INFO("InvertedGan");
    const Gan<double> gan{decoder(), judge(1), {.classes = classes, .latent = 2, .seed = 5}};
    f(InvertedGan<double>{gan, {.steps = 30}});
  }
}

template <class M>
Matrix<double> decoded(const M& model, const Matrix<double>& z, const std::vector<int>& labels) {
  return model.decode(as_const(z), labels);
}

}  // namespace

TEST_CASE("the ways through a latent space are those of decoded latent vectors, in every model",
          "[latent_walks]") {
  const Index classes = GENERATE(0, 3);
  CAPTURE(classes);
  const Matrix<double> x = testing::uniform_batch(4, 4, 1), one = x.leftCols(1), other = x.col(1);
  const std::vector<int> labels = classes > 0 ? std::vector<int>{0, 1, 2, 1} : std::vector<int>{};
  const std::optional<int> label = classes > 0 ? std::optional(1) : std::nullopt;
  const auto same = [&](Index n) { return std::vector<int>(label ? static_cast<std::size_t>(n) : 0, 1); };
  for_each_latent_space(classes, [&](const auto& model) {
    const auto embedded = [&](const Matrix<double>& of, const std::vector<int>& l) -> Matrix<double> {
      return model.embed(as_const(of), l);
    };
    CHECK(model.reconstruct(x, labels) == decoded(model, embedded(x, labels), labels));
    const Dataset data("four", Shape{4}, Matrix<float>(x.cast<float>()), labels, classes);
    CHECK(relative_error(embed_dataset(model, data).samples().template cast<double>(), embedded(x, labels)) <
          1e-5);

    const Vector<double> a = embedded(one, same(1)), b = embedded(other, same(1));
    for (const LatentPath path : {LatentPath::straight, LatentPath::spherical}) {
      const Matrix<double> between = model.interpolate(one, other, 5, {.path = path, .label = label});
      CHECK(between == decoded(model, latent_path<double>(path, a, b, 5), same(5)));
      CHECK(relative_error(between.col(4), model.reconstruct(other, same(1))) < 1e-12);
    }
    CHECK(model.interpolate(one, other, 5, label) ==
          model.interpolate(one, other, 5, {.path = LatentPath::straight, .label = label}));

    const Matrix<double> corners =
        model.interpolate(x, 3, 4, {.path = LatentPath::spherical, .label = label});
    REQUIRE(corners.cols() == 12);
    const Matrix<double> ends = model.reconstruct(x, same(4));
    for (const auto& [at, corner] : {std::pair{0, 0}, {3, 1}, {8, 2}, {11, 3}})
      CHECK(relative_error(corners.col(at), ends.col(corner)) < 1e-10);

    const Matrix<double> along = model.traverse(x, LatentDimension{1}, 3, labels, {.reach = 2});
    REQUIRE(along.cols() == 12);
    Matrix<double> z = embedded(x, labels).col(2).replicate(1, 3);
    z.row(1) << -2, 0, 2;
    const std::vector<int> of_z = classes > 0 ? std::vector<int>(3, 2) : std::vector<int>{};
    CHECK(relative_error(along.middleCols(6, 3), decoded(model, z, of_z)) < 1e-12);

    const std::vector<int> attributes{0, 1, 2, 1};
    const Vector<double> direction = model.direction(x, attributes, 2, 1);
    const Matrix<double> codes = embedded(x, labels);
    CHECK(relative_error(direction, (codes.col(1) + codes.col(3)) / 2 - codes.col(2)) < 1e-12);
    CHECK(relative_error(model.shift(x, direction, 0.5, labels),
                         decoded(model, codes.colwise() + 0.5 * direction, labels)) < 1e-12);
  });
}

TEST_CASE("what needs no sample to begin with, in every model", "[latent_walks]") {
  const Index classes = GENERATE(0, 3);
  CAPTURE(classes);
  const std::optional<int> label = classes > 0 ? std::optional(2) : std::nullopt;
  const auto same = [&](Index n) { return std::vector<int>(label ? static_cast<std::size_t>(n) : 0, 2); };
  for_each_latent_space(classes, [&](const auto& model) {
    Matrix<double> z(2, 4);
    model.draw_latent({7, Purpose::sampling}, as_view(z));
    const Matrix<double> rows = model.traverse(LatentDimension{0}, 5, 4, {.label = label, .seed = 7});
    REQUIRE(rows.cols() == 20);
    Matrix<double> third = z.col(3).replicate(1, 5);
    for (Index i = 0; i < 5; ++i) third(0, i) = normal_quantile((static_cast<double>(i) + 0.5) / 5);
    CHECK(relative_error(rows.rightCols(5), decoded(model, third, same(5))) < 1e-12);
    CHECK(model.traverse(LatentDimension{0}, 5, 4, {.label = label, .seed = 8}) != rows);

    const Matrix<double> all = model.manifold(3, 5, label);
    CHECK(all == decoded(model, LatentPlane<double>::of_dimensions(2, 0, 1).grid(3, 5), same(15)));
    LatentPlane<double> plane = LatentPlane<double>::of_dimensions(2, 1, 0);
    plane.origin(0) = 3;
    if constexpr (requires { model.make_sampler(); }) {
      const auto sampler = model.make_sampler();
      CHECK(relative_error(sampler.manifold(3, 5, label), all) < 1e-5);
      CHECK(relative_error(sampler.traverse(LatentDimension{0}, 5, 4, {.label = label, .seed = 7}), rows) <
            1e-5);
    }
    CHECK(model.manifold(plane, 3, 5, label) == decoded(model, plane.grid(3, 5), same(15)));
  });
}

TEST_CASE("hidden values are completed, in every model", "[latent_walks]") {
  const Index classes = GENERATE(0, 3);
  const Matrix<double> x = testing::uniform_batch(4, 3, 1);
  Matrix<double> mask = Matrix<double>::Ones(4, 1);
  mask(1) = mask(2) = 0;
  const std::vector<int> labels = classes > 0 ? std::vector<int>{0, 1, 2} : std::vector<int>{};
  const auto check = [&](const Matrix<double>& made, const Matrix<double>& from, const auto& model) {
    const Matrix<double> whole = decoded(model, from, labels);
    CHECK(made.row(0) == x.row(0));
    CHECK(made.row(3) == x.row(3));
    CHECK(relative_error(made.middleRows(1, 2), whole.middleRows(1, 2)) < 1e-12);
  };
  for_each_latent_space(classes, [&](const auto& model) {
    if constexpr (requires { complete_by_search(model, x, mask, labels); }) {
      const auto found = complete_by_search(model, x, mask, labels);
      check(found.x, found.z, model);
    }
    if constexpr (requires { complete(model, x, mask, labels); }) {
      bool has_density = true;
      if constexpr (requires { model.parts(); }) has_density = model.parts().posterior().has_density();
      CAPTURE(has_density);
      const auto drawn = complete(model, x, mask, labels, {.rounds = has_density ? 3 : 0});
      check(drawn.x, drawn.z, model);
      CHECK(drawn.effective_draws.minCoeff() >= 1 - 1e-12);
    }
  });
}

TEST_CASE("ways that lead nowhere are refused, in every model", "[latent_walks]") {
  const Matrix<double> x = testing::uniform_batch(4, 4, 1), one = x.leftCols(1), narrow = x.topRows(3);
  const std::vector<int> attributes{0, 1, 0, 1}, fewer{0, 1};
  const Vector<double> three = Vector<double>::Zero(3);
  for_each_latent_space(0, [&](const auto& model) {
    const std::string name(model.name());
    refuses<ConfigError>([&] { model.interpolate(one, one, 1); }, {name, "at least 2 steps", "got 1"});
    refuses<ShapeError>([&] { model.interpolate(x, one, 3); }, {name, "got 4 and 1"});
    refuses<ConfigError>([&] { model.interpolate(x, 1, 3); }, {name, "1 rows and 3 columns"});
    refuses<ShapeError>([&] { model.interpolate(one, 3, 3); }, {name, "four corners", "got 1"});
    refuses<ShapeError>([&] { model.reconstruct(narrow); }, {"4 values"});
    refuses<ConfigError>([&] { model.traverse(x, LatentDimension{2}, 3); }, {"2 latent dimensions", "got 2"});
    refuses<ConfigError>([&] { model.traverse(LatentDimension{-1}, 3, 1); }, {"got -1"});
    refuses<ConfigError>([&] { model.traverse(LatentDimension{0}, 0, 1); }, {"one step", "got 0"});
    refuses<ConfigError>([&] { model.traverse(LatentDimension{0}, 3, 0); }, {"one row", "got 0"});
    refuses<ConfigError>([&] { model.traverse(LatentDimension{0}, 3, 1, {.reach = std::nan("")}); },
                         {"reach"});
    refuses<ConfigError>([&] { model.traverse(LatentDimension{0}, 3, 1, {.label = 1}); },
                         {"without classes"});
    refuses<ConfigError>([&] { model.manifold(0, 3); }, {"0 × 3"});
    refuses<ShapeError>([&] { model.direction(x, fewer, 0, 1); }, {"4 codes", "got 2"});
    refuses<ConfigError>([&] { model.direction(x, attributes, 0, 5); }, {"label 5"});
    refuses<ShapeError>([&] { model.shift(x, three); }, {name, "2 values", "got 3"});
  });
}

TEST_CASE("a prior of its own has no quantiles, a code its own traversal, three dimensions no plane",
          "[latent_walks]") {
  const Vae<double> vamp{encoder(4),
                         decoder(),
                         {.likelihood = Bernoulli{},
                          .prior = VampPrior{Sequential{Linear{3, 4}, Sigmoid{}}},
                          .objective = Elbo{.kl = KlTerm::sampled},
                          .latent = 2}};
  refuses<ConfigError>([&] { vamp.traverse(LatentDimension{0}, 3, 1); }, {"prior", "reach"});
  CHECK(vamp.traverse(LatentDimension{0}, 3, 1, {.reach = 1}).cols() == 3);
  refuses<ConfigError>([&] { vamp.manifold(3, 3); }, {"another prior", "LatentPlane"});
  CHECK(vamp.manifold(LatentPlane<double>::of_dimensions(2, 0, 1), 3, 3).cols() == 9);
  const Vae<double> three{encoder(6), decoder(), {.likelihood = Bernoulli{}, .latent = 3}};
  refuses<ConfigError>([&] { three.manifold(3, 3); }, {"2 dimensions, these have 3", "LatentPlane"});
  const Gan<double> info{decoder(),
                         judge(1 + 3),
                         {.terms = {CodeHead{.code = {.categorical = 1, .categories = 3}}}, .latent = 5}};
  CHECK(info.traverse(LatentDimension{1}, 3, 2).cols() == 6);
  refuses<ConfigError>([&] { info.traverse(LatentDimension{2}, 3, 2); },
                       {"belongs to the code", "2 dimensions"});
}

TEST_CASE("an inverted GAN is the GAN, and refuses options that its search would", "[latent_walks]") {
  const Gan<double> gan{decoder(), judge(1), {.latent = 2, .seed = 5}};
  const InversionOptions options{.steps = 20, .seed = 3};
  const InvertedGan inverted{gan, options};
  const Matrix<double> x = testing::uniform_batch(4, 3, 1);
  CHECK(inverted.embed(x) == gan.invert(x, options).z);
  CHECK(inverted.sample(3, Seed{1}) == gan.sample(3, Seed{1}));
  CHECK(inverted.latent_size() == 2);
  CHECK(inverted.classes() == 0);
  CHECK(inverted.sample_shape() == gan.sample_shape());
  CHECK(inverted.sample_range() == gan.sample_range());
  CHECK(&inverted.gan() == &gan);
  refuses<ConfigError>([&] { InvertedGan{gan, InversionOptions{.steps = 0}}; }, {"invert"});
}
