#include "eigenerate/adversarial/code_head.hpp"

#include "adversarial/term_check.hpp"
#include "eigenerate/layers/layers.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("a code head keeps the contract of terms", "[conformance]") {
  require_term_conformance(CodeHead{.code = {.categorical = 1, .categories = 3}});
  require_term_conformance(CodeHead{.code = {.continuous = 2}, .continuous_weight = 1.5});
  require_term_conformance(
      CodeHead{.code = {.categorical = 2, .categories = 3, .continuous = 2}, .weight = 0.7});
}

TEST_CASE("a code head is certain of what it says: cross-entropy and a normal density", "[adversary]") {
  const CodeHead term{
      .code = {.categorical = 1, .categories = 2, .continuous = 1}, .weight = 2, .continuous_weight = 3};
  const Matrix<double> latent = (Matrix<double>(4, 1) << 7, 0, 1, -0.5).finished();
  Matrix<double> d = Matrix<double>::Zero(4, 1);
  const auto value = [&](double log_variance) {
    const Matrix<double> head = (Matrix<double>(4, 1) << 1, 3, 0.5, log_variance).finished();
    TermSide<double> fake{.head = head};
    std::construct_at(&fake.d_head, d.data(), 4, 1);
    return term.fool<double>({.real = {}, .fake = {}, .latent = latent}, fake, {});
  };
  const double wrong = 1 / (1 + std::exp(2.0));  // the share of the first category
  const double expected =
      2 * -std::log(1 - wrong) + 3 * 0.5 * (std::log(2 * std::numbers::pi) + std::log(4.0) + 1.0 / 4);
  CHECK(std::abs(value(std::log(4.0)) - expected) < 1e-12);
  const Vector<double> gradient =
      (Vector<double>(4) << 2 * wrong, -2 * wrong, 3 * 1.0 / 4, 3 * 0.5 * (1 - 1.0 / 4)).finished();
  CHECK((d - gradient).cwiseAbs().maxCoeff() < 1e-12);
  // Beyond its range the log-variance has no gradient, and the mean has that of the end of the range.
  value(20);
  CHECK(d(3) == 0);
  CHECK(std::abs(d(2) - 3 * std::exp(-10.0)) < 1e-15);
}

TEST_CASE("a code head refuses what cannot work", "[adversary]") {
  using support::refuses;
  refuses<ConfigError>([] { CodeHead{.weight = -1}.validate(); }, {"CodeHead", "got -1"});
  refuses<ConfigError>([] { CodeHead{.continuous_weight = -1}.validate(); }, {"CodeHead", "and -1"});
  refuses<ConfigError>([] { CodeHead{.code = {}}.validate(); }, {"CodeHead", "at least one code"});
  refuses<ConfigError>([] { CodeHead{.code = {.categorical = 1, .categories = 1}}.validate(); },
                       {"CodeHead", "got 1"});
  refuses<ConfigError>([] { CodeHead{.code = {.continuous = -1}}.validate(); }, {"CodeHead", "0 and -1"});
  const Network<float> map(Conv2d{1, 3, {.kernel = 2}}, Shape{1, 3, 3}, {.name = "discriminator"});
  refuses<ConfigError>([&] { CodeHead{}.require(map); },
                       {"CodeHead", "discriminator ends in a map of shape 3×2×2"});
}
