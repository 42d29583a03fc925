#include "eigenerate/models/gan_residual.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::refuses;

namespace {

constexpr Index features = 3;

/// Images of 4×4 under a discriminator of a map of 2×2, of a logit and three features each.
Gan<double> of_maps() {
  return {Sequential{Linear{2, 16}, Reshape{1, 4, 4}},
          Sequential{Conv2d{1, features, {.kernel = 2, .stride = 2}},
                     Concat{Conv2d{features, 1, {.kernel = 1}}, Identity{}}},
          {.terms = {FeatureMatching{.weight = 0, .features = features}}, .seed = 4}};
}

}  // namespace

TEST_CASE("gan_residual: values by hand, features as the discriminator puts them out", "[gan_residual]") {
  const Gan<double> gan = of_maps();
  const Matrix<double> x = testing::normal_batch(16, 5, 1), made = testing::normal_batch(16, 5, 2);
  const GanResidual found = gan_residual(gan, x, made);
  const Matrix<double> of_x = gan.discriminate(x), of_made = gan.discriminate(made);
  REQUIRE(of_x.rows() == 4 * (1 + features));
  for (Index j = 0; j < 5; ++j) {
    double squares = 0;
    for (Index pixel = 0; pixel < 4; ++pixel)
      for (Index f = 1; f <= features; ++f)
        squares += std::pow(of_x(4 * pixel + f, j) - of_made(4 * pixel + f, j), 2);
    CHECK(std::abs(found.of_values(j) - (x.col(j) - made.col(j)).array().square().mean()) < 1e-14);
    CHECK(std::abs(found.of_features(j) - squares / (4 * features)) < 1e-14);
    CHECK(found.of_features(j) > 0);
  }
  const GanResidual same = gan_residual(gan, x, x);
  CHECK(same.of_values.isZero(0));
  CHECK(same.of_features.isZero(0));
}

TEST_CASE("gan_residual: a discriminator of logits alone has no features", "[gan_residual]") {
  const Gan<double> gan{Linear{2, 4}, Linear{4, 1}};
  const Matrix<double> x = testing::normal_batch(4, 3, 1), made = testing::normal_batch(4, 3, 2);
  CHECK(gan_residual(gan, x, made).of_features.isZero(0));
  CHECK(gan_residual(gan, x, made).of_values.minCoeff() > 0);
}

TEST_CASE("gan_residual refuses what has no features of a sample", "[gan_residual]") {
  const Matrix<double> x = testing::normal_batch(4, 4, 1);
  const Gan<double> labels{Linear{infer, 4}, Linear{infer, 1}, {.classes = 3, .latent = 2}};
  refuses<ConfigError>([&] { gan_residual(labels, x, x); }, {"gan_residual", "3 classes"});
  const Gan<double> packs{Linear{2, 4}, Linear{8, 1}, {.packing = 2}};
  refuses<ConfigError>([&] { gan_residual(packs, x, x); }, {"gan_residual", "packs of 2"});
  const Gan<double> gan{Linear{2, 4}, Linear{4, 1}};
  refuses<ShapeError>([&] { gan_residual(gan, x, x.leftCols(3).eval()); }, {"what is made of them", "4 × 3"});
}
