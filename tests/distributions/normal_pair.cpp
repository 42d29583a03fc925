#include "eigenerate/distributions/normal_pair.hpp"

#include "eigenerate/distributions/diagonal_normal.hpp"
#include "support/distribution_check.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

/// What a backward adds: it starts from ones, which are taken off again.
template <Scalar S, class Backward>
std::pair<Matrix<S>, Matrix<S>> added(const Matrix<S>& like, const Backward& backward) {
  Matrix<S> a = Matrix<S>::Ones(like.rows(), like.cols()), b = a;
  backward(as_view(a), as_view(b));
  return {a.array() - S(1), b.array() - S(1)};
}

}  // namespace

TEMPLATE_TEST_CASE("NormalPair agrees with PyTorch", "", float, double) {
  using S = TestType;
  const double tolerance = std::same_as<S, float> ? tolerance::golden_float : tolerance::golden;
  const NormalPair pair;
  for (const Golden& c : load_golden("distributions/normal_pair").cases()) {
    CAPTURE(c.path());
    const auto a = c.batch<S>("a"), b = c.batch<S>("b"), d = c.batch<S>("d");
    Matrix<S> product = poison<S>(a.rows(), a.cols());
    pair.product(as_const(a), as_const(b), as_view(product));
    CHECK(relative_error(product, c.batch<double>("product")) <= tolerance);
    const auto [d_a, d_b] = added(
        a, [&](View<S> x, View<S> y) { pair.product_backward(as_const(a), as_const(b), as_const(d), x, y); });
    CHECK(relative_error(d_a, c.batch<double>("d_a_of_product")) <= tolerance);
    CHECK(relative_error(d_b, c.batch<double>("d_b_of_product")) <= tolerance);

    Matrix<S> kl = poison<S>(1, a.cols());
    pair.kl(as_const(a), as_const(b), numbers(kl));
    CHECK(relative_error(kl, c.batch<double>("kl")) <= tolerance);
    const S weight = static_cast<S>(c.number("weight"));
    const auto [d_q, d_p] =
        added(a, [&](View<S> x, View<S> y) { pair.kl_backward(as_const(a), as_const(b), weight, x, y); });
    CHECK(relative_error(d_q, c.batch<double>("d_a_of_kl")) <= tolerance);
    CHECK(relative_error(d_p, c.batch<double>("d_b_of_kl")) <= tolerance);
    // The first alone.
    Matrix<S> alone = Matrix<S>::Ones(a.rows(), a.cols());
    pair.kl_backward(as_const(a), as_const(b), weight, as_view(alone), unwanted<S>());
    CHECK((alone.array() - S(1)).matrix() == d_q);
  }
}

TEST_CASE("NormalPair: derivatives against central differences") {
  const NormalPair pair{-1, 1};  // about a third of the log-variances are clamped
  Matrix<double> a = normal_batch(140, 3, 1), b = normal_batch(140, 3, 2);
  const Matrix<double> d = normal_batch(140, 3, 3);
  const auto check = [&](const auto& f, const auto& backward) {
    const auto [d_a, d_b] = added(a, backward);
    CHECK(relative_error(d_a, central_differences(f, a.data(), a.size()).reshaped(140, 3)) <=
          tolerance::derivative);
    CHECK(relative_error(d_b, central_differences(f, b.data(), b.size()).reshaped(140, 3)) <=
          tolerance::derivative);
  };
  check(
      [&] {
        Matrix<double> product(140, 3);
        pair.product(as_const(a), as_const(b), as_view(product));
        return (product.array() * d.array()).sum();
      },
      [&](View<double> x, View<double> y) {
        pair.product_backward(as_const(a), as_const(b), as_const(d), x, y);
      });
  check(
      [&] {
        Matrix<double> kl(1, 3);
        pair.kl(as_const(a), as_const(b), numbers(kl));
        return 0.3 * kl.sum();
      },
      [&](View<double> x, View<double> y) { pair.kl_backward(as_const(a), as_const(b), 0.3, x, y); });
}

TEST_CASE("NormalPair: the product is proportional to both densities") {
  const Matrix<double> a = normal_batch(10, 1, 1), b = normal_batch(10, 1, 2), z = normal_batch(5, 40, 3);
  Matrix<double> product(10, 1);
  NormalPair{}.product(as_const(a), as_const(b), as_view(product));
  const auto log_p = [&](const Matrix<double>& parameters) {
    Matrix<double> out(1, 40);
    DiagonalNormal{}.log_probability(as_const(z), as_const(parameters), numbers(out));
    return out;
  };
  const Matrix<double> constant = log_p(a) + log_p(b) - log_p(product);
  CHECK((constant.array() - constant(0)).abs().maxCoeff() < 1e-10);
}

TEMPLATE_TEST_CASE("NormalPair: the same twice, ends of the range, and the standard normal", "", float,
                   double) {
  using S = TestType;
  const NormalPair pair;
  const Matrix<S> a = normal_batch<S>(10, 7, 1), standard = Matrix<S>::Zero(10, 7);
  Matrix<S> kl = poison<S>(1, 7), expected(1, 7), product = poison<S>(10, 7);
  pair.kl(as_const(a), as_const(a), numbers(kl));
  CHECK(kl.isZero(0));
  pair.kl(as_const(a), as_const(standard), numbers(kl));
  DiagonalNormal{}.kl_to_standard(as_const(a), numbers(expected));
  CHECK(relative_error(kl, expected) <= tolerance::rounding<S>(10));
  pair.product(as_const(a), as_const(a), as_view(product));
  CHECK(product.topRows(5) == a.topRows(5));
  CHECK((product.bottomRows(5) - a.bottomRows(5)).array().isApproxToConstant(-std::log(S(2)), S(1e-6)));

  Matrix<S> narrow(2, 1), wide(2, 1), d = Matrix<S>::Zero(2, 1), out(2, 1);
  narrow << 3, -100;  // clamped to −20
  wide << -5, 100;    // clamped to 20
  pair.product(as_const(wide), as_const(narrow), as_view(out));
  CHECK(std::abs(out(0) - 3) < 1e-6);
  CHECK(std::abs(out(1) + 20) < 1e-5);
  const Matrix<S> ones = Matrix<S>::Ones(2, 1);
  Matrix<S> d_other = d;
  pair.product_backward(as_const(wide), as_const(narrow), as_const(ones), as_view(d), as_view(d_other));
  CHECK(d(1) == 0);
  CHECK(d_other(1) == 0);
  CHECK(std::abs(d_other(0) - 1) < 1e-6);
}

TEST_CASE("NormalPair: what does not fit is refused, and NaNs pass") {
  const NormalPair pair;
  const Matrix<float> a = normal_batch<float>(6, 3, 1), odd = normal_batch<float>(5, 3, 1),
                      fewer = normal_batch<float>(6, 2, 1);
  Matrix<float> out(6, 3), short_one(4, 3);
  std::vector<float> kl(3), two(2);
  using support::refuses;
  refuses<ShapeError>([&] { pair.product(as_const(odd), as_const(odd), as_view(out)); }, {"NormalPair", "5"});
  refuses<ShapeError>([&] { pair.product(as_const(a), as_const(fewer), as_view(out)); }, {"6 × 3", "6 × 2"});
  refuses<ShapeError>([&] { pair.product(as_const(a), as_const(a), as_view(short_one)); }, {"4 × 3"});
  refuses<ShapeError>([&] { pair.kl(as_const(a), as_const(a), two); }, {"divergences"});
  refuses<ShapeError>(
      [&] { pair.kl_backward(as_const(a), as_const(a), 1.0f, as_view(out), as_view(short_one)); }, {"d_p"});
  refuses<ShapeError>(
      [&] { pair.product_backward(as_const(a), as_const(a), as_const(a), as_view(out), as_view(short_one)); },
      {"4 × 3"});
  for (Index row = 0; row < 6; ++row) {
    Matrix<float> b = a;
    b(row, 1) = std::numeric_limits<float>::quiet_NaN();
    pair.product(as_const(a), as_const(b), as_view(out));
    CHECK(out.col(1).hasNaN());
    CHECK(!out.col(0).hasNaN());
    for (const bool first : {true, false}) {
      pair.kl(as_const(first ? b : a), as_const(first ? a : b), kl);
      CHECK(std::isnan(kl[1]));
      CHECK(!std::isnan(kl[2]));
    }
  }
}
