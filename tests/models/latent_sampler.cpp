#include "eigenerate/models/latent_sampler.hpp"

#include <vector>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

auto make_vae(Index classes) {
  return Vae{Linear{6 + classes, 4}, Linear{2 + classes, 6}, {.classes = classes}};
}
auto make_gan(Index classes) {
  return Gan{Linear{2 + classes, 6}, Linear{6 + classes, 1}, {.classes = classes}};
}

}  // namespace

TEST_CASE("a seed chooses the samples", "[sampling]") {
  const auto check = [](const auto& model, const auto& conditional) {
    CHECK(model.sample(4, Seed{42}) == model.sample(4, Seed{42}));
    CHECK(model.sample(4, Seed{42}) == model.sample(4, RandomStream{42, Purpose::sampling}));
    CHECK(model.sample(4, Seed{42}) != model.sample(4, Seed{43}));
    CHECK(model.sample(4, Seed{}) == model.sample(4));
    CHECK(conditional.sample(4, 1, Seed{42}) ==
          conditional.sample(4, 1, RandomStream{42, Purpose::sampling}));
    CHECK(conditional.sample(4, 1, Seed{42}) != conditional.sample(4, 2, Seed{42}));
    const std::vector<int> labels{0, 1, 2, 1};
    CHECK(conditional.sample(labels, Seed{42}) != conditional.sample(labels, Seed{7}));
    CHECK(conditional.sample(labels, Seed{}) == conditional.sample(labels));
  };
  check(make_vae(0), make_vae(3));
  check(make_gan(0), make_gan(3));
}

TEST_CASE("labels that a model does not look at are refused, with advice", "[sampling]") {
  const auto check = [](const auto& model) {
    const std::string message = support::message_of<ConfigError>([&] { model.sample(16, 42); });
    INFO(message);
    CHECK(support::contains(message, "built without classes"));
    CHECK(support::contains(message, "Seed{42}"));
    CHECK_FALSE(support::message_of<ConfigError>([&] { model.sample(16, -5); }).empty());
    const Matrix<float> z = Matrix<float>::Zero(2, 2);
    const std::vector<int> three{0, 1, 2}, two{0, 1};
    CHECK_FALSE(support::message_of<ConfigError>([&] { model.decode(as_const(z), three); }).empty());
    CHECK_FALSE(support::message_of<ConfigError>([&] { model.decode(as_const(z), two); }).empty());
  };
  check(make_vae(0));
  check(make_gan(0));
  const auto vae = make_vae(0);
  const Matrix<float> x = Matrix<float>::Zero(6, 2), one = x.leftCols(1);
  const std::vector<int> labels{0, 1};
  CHECK_FALSE(support::message_of<ConfigError>([&] { vae.encode(as_const(x), labels); }).empty());
  CHECK_FALSE(support::message_of<ConfigError>([&] { vae.reconstruct(as_const(x), labels); }).empty());
  CHECK_FALSE(support::message_of<ConfigError>([&] { vae.log_likelihood(as_const(x), 3, labels); }).empty());
  CHECK_FALSE(
      support::message_of<ConfigError>([&] { vae.interpolate(as_const(one), as_const(one), 3, 1); }).empty());
  CHECK_FALSE(
      support::message_of<ConfigError>([&] { make_gan(0).discriminate(as_const(x), labels); }).empty());
}

TEST_CASE("a label outside the classes reads like a seed", "[sampling]") {
  CHECK(support::contains(support::message_of<ConfigError>([] { make_vae(3).sample(16, 42); }),
                          "expected labels in [0, 3), got 42 (a seed is written Seed{42})"));
  CHECK_FALSE(support::message_of<ConfigError>([] { make_gan(3).sample(16, -5); }).empty());
}

TEST_CASE("a dataset's labels do not keep a model without classes from learning", "[sampling]") {
  const Matrix<float> x = Matrix<float>::Constant(6, 2, 0.5f);
  const std::vector<int> labels{0, 1};
  auto vae = make_vae(0);
  vae.prepare(2);
  CHECK_NOTHROW(vae.train_step({as_const(x), labels}, {}));
  auto gan = make_gan(0);
  gan.prepare(2);
  CHECK_NOTHROW(gan.train_step({as_const(x), labels}, {}));
  CHECK_NOTHROW(gan.evaluate({as_const(x), labels}, {}));
}
