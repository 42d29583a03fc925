#include "eigenerate/distributions/full_normal.hpp"

#include "support/distribution_check.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEMPLATE_TEST_CASE("FullNormal agrees with PyTorch", "", float, double) {
  using S = TestType;
  // Triangular solves of dimensions that depend on each other lose some of the digits.
  const double tolerance = std::same_as<S, float> ? 10 * tolerance::golden_float : 10 * tolerance::golden;
  for (const Golden& c : load_golden("distributions/full_normal").cases()) {
    CAPTURE(c.path());
    const FullNormal q{-c.number("range"), c.number("range")};
    const auto x = c.batch<S>("x"), parameters = c.batch<S>("parameters");
    const auto weights = c.list<S>("weights");
    REQUIRE(q.parameter_rows(x.rows()) == parameters.rows());

    Matrix<S> value = poison<S>(1, static_cast<Index>(weights.size()));
    q.log_probability(as_const(x), as_const(parameters), numbers(value));
    CHECK(relative_error(value, c.batch<double>("log_probability")) <= tolerance);
    Matrix<S> d = poison<S>(parameters.rows(), parameters.cols()), dx = Matrix<S>::Zero(x.rows(), x.cols());
    q.log_probability_backward(as_const(x), as_const(parameters), weights, as_view(d));
    CHECK(relative_error(d, c.batch<double>("d_parameters")) <= tolerance);
    q.log_probability_backward_to_x(as_const(x), as_const(parameters), weights, as_view(dx));
    CHECK(relative_error(dx, c.batch<double>("dx")) <= tolerance);

    Matrix<S> kl = poison<S>(1, parameters.cols()), shares = poison<S>(x.rows(), parameters.cols());
    q.kl_to_standard(as_const(parameters), numbers(kl));
    CHECK(relative_error(kl, c.batch<double>("kl")) <= tolerance);
    q.kl_to_standard_by_dimension(as_const(parameters), as_view(shares));
    CHECK(relative_error(shares.colwise().sum(), kl) <= tolerance);
    const auto kl_weights = c.list<S>("kl_weights");
    const Matrix<S> of_dimensions =
        Eigen::Map<const Matrix<S>>(kl_weights.data(), 1, parameters.cols()).replicate(x.rows(), 1);
    d.setZero();
    q.kl_to_standard_backward(as_const(parameters), as_const(of_dimensions), as_view(d));
    CHECK(relative_error(d, c.batch<double>("d_parameters_of_kl")) <= tolerance);
  }
}

TEST_CASE("FullNormal draws in place, with the covariance that L makes") {
  const Index n = 3, draws = 50000;
  const FullNormal q;
  const Matrix<double> parameters =
      (Matrix<double>(9, 1) << 1, -2, 3, 0.5, -0.5, 0.2, 0.8, -0.4, 0.6).finished();
  Matrix<double> z(n, draws);
  fill_normal(z.data(), z.size(), RandomStream{1});
  q.reparameterize(as_const(parameters), as_const(z), as_view(z));
  Matrix<double> lower = Matrix<double>::Zero(n, n);
  lower << 1, 0, 0, 0.8, 1, 0, -0.4, 0.6, 1;
  lower =
      (Vector<double>(n) << std::exp(0.25), std::exp(-0.25), std::exp(0.1)).finished().asDiagonal() * lower;
  const Vector<double> mean = z.rowwise().mean();
  const Matrix<double> centered = z.colwise() - mean;
  CHECK((mean - parameters.topRows(n)).cwiseAbs().maxCoeff() < 0.03);
  CHECK((centered * centered.transpose() / draws - lower * lower.transpose()).cwiseAbs().maxCoeff() < 0.05);
}

TEST_CASE("FullNormal passes a NaN on, and refuses what does not fit") {
  using support::refuses;
  const FullNormal q;
  Matrix<float> parameters = normal_batch<float>(9, 3, 1);
  const Matrix<float> x = normal_batch<float>(3, 3, 2);
  std::vector<float> out(3), weights(3, 1.0f);
  for (Index row = 0; row < 9; ++row) {
    Matrix<float> with_nan = parameters, d(9, 3);
    with_nan(row, 1) = std::numeric_limits<float>::quiet_NaN();
    q.log_probability(as_const(x), as_const(with_nan), out);
    CHECK((!std::isnan(out[0]) && std::isnan(out[1]) && !std::isnan(out[2])));
    q.log_probability_backward(as_const(x), as_const(with_nan), weights, as_view(d));
    CHECK(std::isnan(d.col(1).sum()));
    CHECK(d.col(0).allFinite());
  }
  const Matrix<float> short_of = parameters.topRows(8);
  refuses<ShapeError>([&] { q.log_probability(as_const(x), as_const(short_of), out); },
                      {"FullNormal", "9 rows"});
  refuses<ShapeError>([&] { q.kl_to_standard(as_const(short_of), out); }, {"FullNormal", "got 8"});
  const Matrix<float> one = x.leftCols(1);
  refuses<ShapeError>([&] { q.log_density_of_sample(as_const(parameters), as_const(one), out); },
                      {"FullNormal", "3 columns", "got 1"});
  Matrix<float> wrong(8, 3);
  refuses<ShapeError>(
      [&] { q.log_probability_backward(as_const(x), as_const(parameters), weights, as_view(wrong)); },
      {"FullNormal", "d_parameters"});
}
