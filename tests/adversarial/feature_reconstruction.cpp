#include "eigenerate/adversarial/feature_reconstruction.hpp"

#include "adversarial/term_check.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("feature reconstruction keeps the contract of terms", "[conformance]") {
  require_term_conformance(FeatureReconstruction{.features = 5});
  require_term_conformance(FeatureReconstruction{.weight = 0.3, .features = 1});
}

TEST_CASE("features are compared sample by sample, of a channel at a pixel", "[adversary]") {
  // One feature, two pixels, two samples, whose means are equal: 1 + 4 of the first, 1 + 4 of the second.
  const Matrix<double> x(1, 2), real = (Matrix<double>(1, 4) << 1, 2, 3, 4).finished(),
                                fake = (Matrix<double>(1, 4) << 0, 4, 4, 2).finished();
  Matrix<double> d = Matrix<double>::Zero(1, 4);
  TermSide<double> of_fake{.x = x, .head = fake};
  std::construct_at(&of_fake.d_head, d.data(), 1, 4);
  const FeatureReconstruction term{.weight = 2, .features = 1};
  CHECK(term.fool<double>({.real = {}, .fake = {}}, of_fake, {.x = x, .head = real}) == 5);
  CHECK(d == (Matrix<double>(1, 4) << -1, 2, 1, -2).finished());
}

TEST_CASE("feature reconstruction refuses what cannot work", "[adversary]") {
  using support::refuses;
  refuses<ConfigError>([] { FeatureReconstruction{.weight = -1}.validate(); },
                       {"FeatureReconstruction", "got -1"});
  refuses<ConfigError>([] { FeatureReconstruction{.features = 0}.validate(); },
                       {"FeatureReconstruction", "got 0"});
}
