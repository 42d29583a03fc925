#include "eigenerate/distributions/any_likelihood.hpp"

#include <cmath>

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/testing/likelihood_conformance.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

/// A user's likelihood, with no more than the contract asks for: p(x) = e⁻|x − m| / 2.
struct OwnLaplace {
  static constexpr std::string_view kind = "OwnLaplace";
  ValueRange support() const { return ValueRange::everything(); }
  ValueRange parameter_range(const ValueRange& data) const { return data; }
  Shape sample_shape(const Shape& parameters) const { return parameters; }
  Index parameter_rows(Index features) const { return features; }

  template <Scalar S>
  void log_probability(ConstView<S> x, ConstView<S> m, Numbers<S> out) const {
    const auto pairing = eigenerate::detail::pair_columns(kind, x, m, x.rows());
    eigenerate::detail::require_count(kind, "log-probabilities", out, pairing.pairs);
    for (Index j = 0; j < pairing.pairs; ++j)
      out[static_cast<std::size_t>(j)] =
          -(x.col(pairing.x(j)) - m.col(pairing.parameter(j))).template lpNorm<1>() -
          static_cast<S>(x.rows()) * std::log(S(2));
  }
  template <Scalar S>
  void log_probability_backward(ConstView<S> x, ConstView<S> m, ConstNumbers<S> weights, View<S> d) const {
    const auto pairing = eigenerate::detail::pair_columns(kind, x, m, x.rows());
    eigenerate::detail::require_count(kind, "weights", weights, pairing.pairs);
    eigenerate::detail::require_extents(kind, "d_parameters", d, m.rows(), m.cols());
    d.setZero();
    for (Index j = 0; j < pairing.pairs; ++j)
      for (Index i = 0; i < x.rows(); ++i) {
        const S e = x(i, pairing.x(j)) - m(i, pairing.parameter(j));
        d(i, pairing.parameter(j)) += weights[static_cast<std::size_t>(j)] * (e > 0   ? S(1)
                                                                              : e < 0 ? S(-1)
                                                                                      : e);
      }
  }
  template <Scalar S>
  void mean(ConstView<S> m, View<S> out) const {
    eigenerate::detail::require_extents(kind, "the mean", out, m.rows(), m.cols());
    out = m;
  }
  template <Scalar S>
  void sample(ConstView<S> m, const RandomStream& random, View<S> out) const {
    eigenerate::detail::require_extents(kind, "samples", out, m.rows(), m.cols());
    fill_uniform(out.data(), out.size(), random);
    for (Index i = 0; i < out.size(); ++i) {
      const S u = out.data()[i] - S(0.5);
      out.data()[i] = m.data()[i] - std::copysign(std::log1p(-2 * std::abs(u)), u);
    }
  }
};

}  // namespace

TEST_CASE("an erased likelihood is the wrapped one to the bit, and copies share it", "[likelihood]") {
  const DiagonalNormal normal{-1, 1};
  const AnyLikelihood<float> any = normal, copy = any;
  const Matrix<float> x = normal_batch<float>(5, 4, 1), parameters = normal_batch<float>(10, 4, 2);
  std::vector<float> expected(4), got(4);
  normal.log_probability(as_const(x), as_const(parameters), expected);
  copy.log_probability(as_const(x), as_const(parameters), got);
  CHECK(got == expected);
  CHECK(copy.kind() == "DiagonalNormal");
  CHECK(copy.sample_shape(Shape{10}) == Shape{5});
  CHECK(copy.parameter_rows(5) == 10);
  CHECK(copy.clamped_share(as_const(parameters)) == normal.clamped_share(as_const(parameters)));
  CHECK(copy.clamped_share(as_const(parameters)) > 0);
  support::refuses<ConfigError>(
      [] {
        AnyLikelihood<float>(DiagonalNormal{2, 1}).validate();
      },
      {"DiagonalNormal"});
  support::refuses<ShapeError>([&] { copy.sample_shape(Shape{7}); }, {"DiagonalNormal", "Flatten", "got 7"});
  support::refuses<ShapeError>([&] { copy.sample_shape(Shape{2, 4, 4}); }, {"DiagonalNormal", "Flatten"});
}

TEST_CASE("a user's likelihood needs no more than the contract, and is proved by the suite", "[likelihood]") {
  // The density has a kink, so the trapezoidal rule is less exact.
  CHECK(check_likelihood(OwnLaplace{}, {.tolerance = 5e-6, .mass_tolerance = 5e-6}) ==
        std::vector<std::string>{});
  const AnyLikelihood<double> p = OwnLaplace{};
  CHECK_NOTHROW(p.validate());
  CHECK(p.clamped_share(as_const(Matrix<double>(Matrix<double>::Zero(3, 2)))) == 0);
}

TEST_CASE("a likelihood that was moved from says so", "[likelihood]") {
  AnyLikelihood<float> p = Bernoulli{};
  const AnyLikelihood<float> other = std::move(p);
  CHECK(other.kind() == "Bernoulli");
  support::refuses<StateError>([&] { p.kind(); }, {"likelihood"});
}
