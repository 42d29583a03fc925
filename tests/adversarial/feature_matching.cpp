#include "eigenerate/adversarial/feature_matching.hpp"

#include "adversarial/term_check.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("feature matching keeps the contract of terms", "[conformance]") {
  require_term_conformance(FeatureMatching{.features = 5});
  require_term_conformance(FeatureMatching{.weight = 0.3, .features = 1});
}

TEST_CASE("features are those of a channel at a pixel, matched in their means", "[adversary]") {
  // One feature, two pixels, two samples: means (2, 3) against (1, 5).
  const Matrix<double> x(1, 2), real = (Matrix<double>(1, 4) << 1, 2, 3, 4).finished(),
                                fake = (Matrix<double>(1, 4) << 0, 5, 2, 5).finished();
  Matrix<double> d = Matrix<double>::Zero(1, 4);
  TermSide<double> of_fake{.x = x, .head = fake};
  std::construct_at(&of_fake.d_head, d.data(), 1, 4);
  const FeatureMatching term{.weight = 2, .features = 1};
  CHECK(term.fool<double>({}, of_fake, {.x = x, .head = real}) == 2 * (1 + 4));
  CHECK(d == (Matrix<double>(1, 4) << -2, 4, -2, 4).finished());
}

TEST_CASE("feature matching refuses what cannot work", "[adversary]") {
  using support::refuses;
  refuses<ConfigError>([] { FeatureMatching{.weight = -1}.validate(); }, {"FeatureMatching", "got -1"});
  refuses<ConfigError>([] { FeatureMatching{.features = 0}.validate(); }, {"FeatureMatching", "got 0"});
}
