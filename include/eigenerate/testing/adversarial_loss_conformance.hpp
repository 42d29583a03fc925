#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/adversarial/any_adversarial_loss.hpp"
#include "eigenerate/testing/detail/suite.hpp"

namespace eigenerate::testing {

/// What an adversarial loss is tried with. The sides differ in size, so that neither is divided by the
/// other's; those of a loss that pairs them have `real` logits each.
struct AdversarialLossOptions {
  Index real = 9, fake = 7;  ///< logits of each side
  double scale = 2;          ///< of the logits, which are normal; both sides of a margin should occur
  std::uint64_t seed = 1;
  double tolerance = 1e-6;        ///< relative, for derivatives in double
  double float_tolerance = 2e-5;  ///< float against double: some hundred roundings of 2^-24
};

/// The proof that an adversarial loss keeps its contract: an empty list of failures.
///
/// Of both functions, the discriminator's and the generator's: gradients with respect to both sides against
/// central differences in double; poisoned and absent outputs; a batch given twice over; a loss that does not
/// compare but looks at the real logits, or says that it compares and does not; a NaN on either side; a
/// larger logit means "real"; float against double; the same bits for one and three threads; zero
/// allocations. A loss that pairs the sides refuses those of different sizes.
///
/// **Errors** what `validate` throws.
template <AdversarialLoss L>
class AdversarialLossConformance : detail::Suite {
 public:
  AdversarialLossConformance(L loss, AdversarialLossOptions options = {})
      : Suite(options.seed),
        loss_(std::move(loss)),
        options_(sized(options)),
        real_(normal<double>(options_.real, 0)),
        fake_(normal<double>(options_.fake, 1)) {}

  std::vector<std::string> run() {
    loss_.validate();
    for (const Function f : {Function::discriminator, Function::generator}) {
      function_ = f;
      check_gradients();
      check_outputs();
      check_mean();
      check_real_side();
      check_nan();
      check_direction();
      check_pairs();
      check_float_and_threads();
    }
    return failures_;
  }

 private:
  enum class Function { discriminator, generator };
  enum class Wanted { none, real, fake, both };

  template <class S>  // clang 14 stops at a constraint here
  struct Result {
    double value;
    Matrix<S> d_real, d_fake;  // NaN where it was not wanted
  };

  static constexpr bool pairs = eigenerate::detail::pairs<L>();
  static AdversarialLossOptions sized(AdversarialLossOptions options) {
    if (pairs) options.fake = options.real;
    return options;
  }

  template <Scalar S>
  Matrix<S> normal(Index n, std::uint64_t lane) const {
    Matrix<S> m(1, n);
    fill_normal(m.data(), n, RandomStream{options_.seed}.lane(lane));
    return static_cast<S>(options_.scale) * m;
  }
  template <Scalar S>
  double call(const Matrix<S>& real, const Matrix<S>& fake, View<S> d_real, View<S> d_fake) const {
    const ConstView<S> r(real.data(), 1, real.cols()), f(fake.data(), 1, fake.cols());
    return function_ == Function::discriminator ? discriminator_loss(loss_, r, f, d_real, d_fake)
                                                : generator_loss(loss_, f, r, d_fake, d_real);
  }
  template <Scalar S>
  Result<S> evaluate(const Matrix<S>& real, const Matrix<S>& fake, Wanted wanted = Wanted::both) const {
    const S poison = not_a_number<S>();
    Result<S> r{0, Matrix<S>::Constant(1, real.cols(), poison), Matrix<S>::Constant(1, fake.cols(), poison)};
    const View<S> d_real(r.d_real.data(), 1, real.cols()), d_fake(r.d_fake.data(), 1, fake.cols());
    r.value = call(real, fake, wanted == Wanted::fake || wanted == Wanted::none ? unwanted<S>() : d_real,
                   wanted == Wanted::real || wanted == Wanted::none ? unwanted<S>() : d_fake);
    return r;
  }
  double value(const Matrix<double>& real, const Matrix<double>& fake) const {
    return evaluate(real, fake, Wanted::none).value;
  }

  std::string where() const override {
    return function_ == Function::discriminator ? "discriminator: " : "generator: ";
  }

  void check_gradients() {
    const Result<double> r = evaluate(real_, fake_);
    const auto compare = [&](Matrix<double>& x, const Matrix<double>& d, std::string_view what) {
      const auto numeric = central_differences([&] { return value(real_, fake_); }, x.data(), x.size());
      expect_close(relative_error(d, numeric), what, options_.tolerance);
    };
    compare(real_, r.d_real, "the gradient towards real logits");
    compare(fake_, r.d_fake, "the gradient towards generated logits");
  }

  void check_outputs() {
    const Result<double> both = evaluate(real_, fake_), real = evaluate(real_, fake_, Wanted::real),
                         fake = evaluate(real_, fake_, Wanted::fake),
                         none = evaluate(real_, fake_, Wanted::none);
    expect(both.value == none.value && both.value == real.value && both.value == fake.value,
           "the value depends on which gradients are wanted");
    expect(both.d_real == real.d_real && both.d_fake == fake.d_fake,
           "a gradient depends on whether the other is wanted");
    expect(both.d_real.allFinite() && both.d_fake.allFinite(), "a gradient is not written, or added to");
    Matrix<double> d_real = real_, d_fake = fake_;
    expect(!allocates([&] { call(real_, fake_, as_view(d_real), as_view(d_fake)); }),
           "it allocates on the heap");
  }

  void check_mean() {
    Matrix<double> real(1, 2 * real_.cols()), fake(1, 2 * fake_.cols());
    real << real_, real_;
    fake << fake_, fake_;
    const Result<double> once = evaluate(real_, fake_), twice = evaluate(real, fake);
    expect(std::abs(twice.value - once.value) <= 1e-12 * std::max(1.0, std::abs(once.value)),
           "a batch given twice over has another value: it is no mean");
    expect(relative_error(2 * twice.d_real.leftCols(real_.cols()), once.d_real) <= 1e-12 &&
               relative_error(2 * twice.d_fake.leftCols(fake_.cols()), once.d_fake) <= 1e-12,
           "a batch given twice over has not half the gradients");
  }

  void check_real_side() {
    if (function_ == Function::discriminator) return;
    const bool looks = value(Matrix<double>(-real_), fake_) != value(real_, fake_);
    if (eigenerate::detail::compares<L>())
      expect(looks, "says that it compares, and does not look at the real logits");
    else
      expect(!looks, "says that it does not compare, and looks at the real logits");
  }

  void check_nan() {
    Matrix<double> bad_real = real_, bad_fake = fake_;
    bad_real(2) = bad_fake(2) = not_a_number<double>();
    expect(is_nan(value(real_, bad_fake)), "a NaN among the generated logits does not reach the value");
    if (function_ == Function::discriminator || eigenerate::detail::compares<L>())
      expect(is_nan(value(bad_real, fake_)), "a NaN among the real logits does not reach the value");
  }

  void check_direction() {
    const Matrix<double> real = Matrix<double>::Constant(1, options_.real, 0.5),
                         fake = Matrix<double>::Constant(1, options_.fake, 0.5);
    const Result<double> r = evaluate(real, fake);
    if (function_ == Function::discriminator)
      expect(r.d_real.sum() < 0 && r.d_fake.sum() > 0, "a larger logit does not mean real");
    else
      expect(r.d_fake.sum() < 0, "it does not seek larger logits of generated samples");
  }

  void check_pairs() {
    if (!pairs) return;
    try {
      value(real_, Matrix<double>(fake_.leftCols(options_.fake - 1)));
      expect(false, "pairs the sides, and takes those of different sizes");
    } catch (const ShapeError&) {
    }
  }

  void check_float_and_threads() {
    const Index many = 5000;  // pieces for several threads
    const Matrix<float> real = normal<float>(many + (pairs ? 0 : 100), 2), fake = normal<float>(many, 3);
    const auto run = [&] { return evaluate(real, fake); };
    const Result<float> one = on_threads(1, run), three = on_threads(3, run);
    expect(one.value == three.value && one.d_real == three.d_real && one.d_fake == three.d_fake,
           "three threads give other bits than one");
    const Result<double> r =
        evaluate(Matrix<double>(real.cast<double>()), Matrix<double>(fake.cast<double>()));
    const double error =
        std::max({std::abs(one.value - r.value) / std::max(1.0, std::abs(r.value)),
                  relative_error(one.d_real, r.d_real, 1e-8), relative_error(one.d_fake, r.d_fake, 1e-8)});
    expect_float(error, options_.float_tolerance);
  }

  L loss_;
  AdversarialLossOptions options_;
  Matrix<double> real_, fake_;
  Function function_ = Function::discriminator;
};

/// The list of ways in which an adversarial loss breaks its contract; empty for one that is done.
template <AdversarialLoss L>
std::vector<std::string> check_adversarial_loss(L loss, AdversarialLossOptions options = {}) {
  return AdversarialLossConformance<L>(std::move(loss), options).run();
}

}  // namespace eigenerate::testing
