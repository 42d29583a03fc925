#include "eigenerate/models/truncation.hpp"

#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

/// A GAN whose samples are its latent vectors.
Gan<float> transparent(Index classes = 0) {
  Gan<float> gan(Linear{3 + classes, 3, false}, Linear{3 + classes, 1}, {.classes = classes});
  gan.generator().parameters()["generator.weight"].setZero();
  for (Index i = 0; i < 3; ++i) gan.generator().parameters()["generator.weight"](i * (3 + classes) + i) = 1;
  return gan;
}

}  // namespace

TEST_CASE("samples from truncated latent vectors", "[sampling]") {
  const Gan<float> gan = transparent();
  Matrix<float> z = gan.sample(200, Seed{3}), cut = gan.sample(200, Truncation{0.5}, Seed{3});
  CHECK(z.cwiseAbs().maxCoeff() > 2);
  CHECK(cut.cwiseAbs().maxCoeff() <= 0.5f);
  truncate_normal(as_view(z), 0.5);
  CHECK(cut == z);
  CHECK(gan.sample(4, Truncation{0.5}) == gan.sample(4, Truncation{0.5}, RandomStream{0, Purpose::sampling}));

  const auto sampler = gan.make_sampler();
  Matrix<float> into(3, 200);
  sampler.sample_into(into, {}, RandomStream{3, Purpose::sampling}, Truncation{0.5});
  CHECK(into == cut);
  CHECK(sampler.sample(200, Truncation{0.5}, Seed{3}) == cut);

  const std::vector<int> labels{0, 1, 1, 0};
  const Gan<float> conditional = transparent(2);
  CHECK(conditional.sample(labels, Truncation{0.5}, Seed{3}) == cut.leftCols(4));
  CHECK(conditional.sample(labels, Truncation{0.5}) != conditional.sample(labels));
}

TEST_CASE("truncation refuses what cannot be cut off", "[sampling]") {
  const Gan<float> gan = transparent();
  CHECK_THROWS_AS(gan.sample(4, Truncation{0}), ConfigError);
  CHECK_THROWS_AS(gan.sample(0, Truncation{1}), ConfigError);
  const Vae standard{Linear{6, 4}, Linear{2, 6}},
      vamp{Linear{6, 4}, Linear{2, 6}, {.prior = VampPrior{Linear{5, 6}}, .objective = Iwae{}}};
  CHECK_NOTHROW(standard.sample(4, Truncation{1}));
  CHECK_NOTHROW(standard.make_sampler().sample(4, Truncation{1}));
  support::refuses<ConfigError>([&] { vamp.sample(4, Truncation{1}); }, {"standard normal", "another one"});
  support::refuses<ConfigError>([&] { vamp.make_sampler().sample(4, Truncation{1}); }, {"standard normal"});
}
