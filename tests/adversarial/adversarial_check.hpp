#pragma once
// What every adversarial loss is checked for: its contract, and PyTorch's numbers.

#include "eigenerate/testing/adversarial_loss_conformance.hpp"
#include "support/loss_check.hpp"

/// The one line that calls a loss done.
template <eigenerate::AdversarialLoss L>
void require_conformance(L loss) {
  std::string all;
  for (const auto& failure : eigenerate::testing::check_adversarial_loss(std::move(loss)))
    all += failure + "\n";
  INFO(all);
  REQUIRE(all.empty());
}

/// One golden case: both functions with the gradients towards both sides, and through the erased loss the
/// same bits.
template <eigenerate::Scalar S, eigenerate::AdversarialLoss L>
void check_adversarial_golden(const eigenerate::testing::Golden& c, const L& loss) {
  using namespace eigenerate;
  using namespace eigenerate::testing;
  CAPTURE(c.path(), sizeof(S));
  const double tolerance = std::same_as<S, float> ? tolerance::golden_float : tolerance::golden;
  const Matrix<S> real = c.batch<S>("real"), fake = c.batch<S>("fake");
  const AnyAdversarialLoss<S> any = loss;
  const auto check = [&](const std::string& function, const auto& call, const auto& call_any) {
    Matrix<S> d_real = poison<S>(1, real.cols()), d_fake = poison<S>(1, fake.cols()), any_real = d_real,
              any_fake = d_fake;
    const double value = call(as_view(d_real), as_view(d_fake));
    CAPTURE(function, value);
    CHECK(near(value, c[function].number("value"), tolerance));
    const auto near_all = [&](const Matrix<S>& d, const Matrix<double>& expected) {
      return (d.template cast<double>() - expected).cwiseAbs().maxCoeff() <=
             tolerance * std::max(1e-3, expected.cwiseAbs().maxCoeff());
    };
    CHECK(near_all(d_real, c[function].template batch<double>("d_real")));
    CHECK(near_all(d_fake, c[function].template batch<double>("d_fake")));
    CHECK(call_any(as_view(any_real), as_view(any_fake)) == value);
    CHECK(any_real == d_real);
    CHECK(any_fake == d_fake);
  };
  check(
      "discriminator",
      [&](View<S> r, View<S> f) { return discriminator_loss(loss, as_const(real), as_const(fake), r, f); },
      [&](View<S> r, View<S> f) { return any.discriminator(as_const(real), as_const(fake), r, f); });
  check(
      "generator",
      [&](View<S> r, View<S> f) { return generator_loss(loss, as_const(fake), as_const(real), f, r); },
      [&](View<S> r, View<S> f) { return any.generator(as_const(fake), as_const(real), f, r); });
}

/// A golden file; "smoothed" and "two-sided" in a case's name ask for those.
template <eigenerate::AdversarialLoss L>
void check_adversarial_goldens(const std::string& file, const L& loss, const L& smoothed,
                               const L& two_sided) {
  for (const auto& c : eigenerate::testing::load_golden("adversarial/" + file).cases()) {
    const L& played = c.name().ends_with("smoothed")    ? smoothed
                      : c.name().ends_with("two-sided") ? two_sided
                                                        : loss;
    check_adversarial_golden<double>(c, played);
    check_adversarial_golden<float>(c, played);
  }
}
template <eigenerate::AdversarialLoss L>
void check_adversarial_goldens(const std::string& file, const L& loss) {
  check_adversarial_goldens(file, loss, loss, loss);
}
