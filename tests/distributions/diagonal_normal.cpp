#include "eigenerate/distributions/diagonal_normal.hpp"

#include <cmath>

#include "support/distribution_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("DiagonalNormal as a likelihood agrees with PyTorch") {
  check_likelihood_golden<double>("distributions/diagonal_normal", DiagonalNormal{}, tolerance::golden);
  check_likelihood_golden<float>("distributions/diagonal_normal", DiagonalNormal{}, tolerance::golden_float);
}

TEST_CASE("DiagonalNormal: derivative, errors, NaN") {
  check_likelihood_derivative(DiagonalNormal{}, 70);
  check_likelihood_errors(DiagonalNormal{});
  check_likelihood_propagates_nan(DiagonalNormal{});
  // Where about half of the log-variances are outside.
  check_likelihood_derivative(DiagonalNormal{-1, 1}, 20);
}

TEMPLATE_TEST_CASE("DiagonalNormal as a posterior agrees with PyTorch", "", float, double) {
  using S = TestType;
  const double tolerance = std::same_as<S, float> ? tolerance::golden_float : tolerance::golden;
  const DiagonalNormal q;
  for (const Golden& c : load_golden("distributions/posterior").cases()) {
    CAPTURE(c.path());
    const auto parameters = c.batch<S>("parameters"), noise = c.batch<S>("noise"), dz = c.batch<S>("dz");

    Matrix<S> z = poison<S>(noise.rows(), noise.cols());
    q.reparameterize(as_const(parameters), as_const(noise), as_view(z));
    CHECK(relative_error(z, c.batch<double>("z")) <= tolerance);
    Matrix<S> in_place = noise;
    q.reparameterize(as_const(parameters), as_const(in_place), as_view(in_place));
    CHECK(in_place == z);

    // Every backward adds: it starts from ones, which are taken off again.
    const auto added = [&](const auto& backward) {
      Matrix<S> d = Matrix<S>::Ones(parameters.rows(), parameters.cols());
      backward(as_view(d));
      return Matrix<S>(d.array() - S(1));
    };
    CHECK(relative_error(added([&](View<S> d) {
                           q.reparameterize_backward(as_const(parameters), as_const(noise), as_const(dz), d);
                         }),
                         c.batch<double>("d_parameters_of_z")) <= tolerance);

    Matrix<S> kl = poison<S>(1, parameters.cols());
    q.kl_to_standard(as_const(parameters), numbers(kl));
    CHECK(relative_error(kl, c.batch<double>("kl")) <= tolerance);
    Matrix<S> shares = poison<S>(noise.rows(), parameters.cols());
    q.kl_to_standard_by_dimension(as_const(parameters), as_view(shares));
    CHECK(relative_error(shares.colwise().sum(), c.batch<double>("kl").reshaped().transpose()) <= tolerance);
    const auto kl_weights =
        c.list<S>("kl_weights");  // one for each column: the same for all of its dimensions
    const Matrix<S> weight_matrix =
        Eigen::Map<const Matrix<S>>(kl_weights.data(), 1, parameters.cols()).replicate(noise.rows(), 1);
    CHECK(relative_error(added([&](View<S> d) {
                           q.kl_to_standard_backward(as_const(parameters), as_const(weight_matrix), d);
                         }),
                         c.batch<double>("d_parameters_of_kl")) <= tolerance);

    Matrix<S> density = poison<S>(1, noise.cols());
    q.log_density_of_sample(as_const(parameters), as_const(noise), numbers(density));
    CHECK(relative_error(density, c.batch<double>("log_density")) <= tolerance);
    const auto density_weights = c.list<S>("density_weights");
    CHECK(relative_error(added([&](View<S> d) {
                           q.log_density_of_sample_backward(as_const(parameters), as_const(noise),
                                                            density_weights, d);
                         }),
                         c.batch<double>("d_parameters_of_density")) <= tolerance);
  }
}

TEST_CASE("DiagonalNormal: derivatives of the posterior against central differences") {
  const Index features = 70, columns = 3, k = 2;
  const DiagonalNormal q{-1, 1};  // about a third of the log-variances are clamped
  Matrix<double> parameters = normal_batch(2 * features, columns, 1);
  const Matrix<double> noise = normal_batch(features, columns * k, 2),
                       dz = normal_batch(features, columns * k, 3);
  const Matrix<double> w = normal_batch(1, columns * k, 4);
  const auto numeric = [&](const auto& f) {
    return central_differences(f, parameters.data(), parameters.size());
  };
  const auto analytic = [&](const auto& backward) {
    Matrix<double> d = Matrix<double>::Zero(parameters.rows(), parameters.cols());
    backward(as_view(d));
    return d;
  };

  SECTION("sample") {
    Matrix<double> z(features, columns * k);
    const auto f = [&] {
      q.reparameterize(as_const(parameters), as_const(noise), as_view(z));
      return (z.array() * dz.array()).sum();
    };
    const auto d = analytic([&](View<double> out) {
      q.reparameterize_backward(as_const(parameters), as_const(noise), as_const(dz), out);
    });
    CHECK(relative_error(d, numeric(f)) <= tolerance::derivative);
  }
  SECTION("KL, each dimension with its own weight") {
    const Matrix<double> weights = normal_batch(features, columns, 4);
    const auto f = [&] {
      Matrix<double> kl(features, columns);
      q.kl_to_standard_by_dimension(as_const(parameters), as_view(kl));
      return (kl.array() * weights.array()).sum();
    };
    const auto d = analytic(
        [&](View<double> out) { q.kl_to_standard_backward(as_const(parameters), as_const(weights), out); });
    CHECK(relative_error(d, numeric(f)) <= tolerance::derivative);
  }
  SECTION("density elsewhere, with respect to x") {
    for (const auto& [x_columns, parameter_columns] :
         {std::pair<Index, Index>{3, 3}, {6, 3}, {2, 6}, {4, 1}}) {
      Matrix<double> x = normal_batch(features, x_columns, 5);
      const Matrix<double> p = normal_batch(2 * features, parameter_columns, 6);
      const Matrix<double> weights = normal_batch(1, std::max(x_columns, parameter_columns), 7);
      const auto f = [&] {
        Matrix<double> log_p(1, weights.cols());
        q.log_probability(as_const(x), as_const(p), numbers(log_p));
        return (log_p.array() * weights.array()).sum();
      };
      Matrix<double> dx = Matrix<double>::Ones(features, x_columns);
      q.log_probability_backward_to_x(as_const(x), as_const(p), numbers(weights), as_view(dx));
      CHECK(relative_error((dx.array() - 1).matrix().eval(),
                           central_differences(f, x.data(), x.size()).reshaped(features, x_columns)) <=
            tolerance::derivative);
    }
  }
  SECTION("density of the sample") {
    const auto f = [&] {
      Matrix<double> density(1, columns * k);
      q.log_density_of_sample(as_const(parameters), as_const(noise), numbers(density));
      return (density.array() * w.array()).sum();
    };
    const auto d = analytic([&](View<double> out) {
      q.log_density_of_sample_backward(as_const(parameters), as_const(noise), numbers(w), out);
    });
    CHECK(relative_error(d, numeric(f)) <= tolerance::derivative);
  }
}

TEST_CASE("DiagonalNormal: the density of a sample from its noise is its log-probability") {
  const DiagonalNormal q{-1, 1};
  const Matrix<double> parameters = normal_batch(10, 3, 1), noise = normal_batch(5, 12, 2);
  Matrix<double> z(5, 12), from_noise(1, 12), from_z(1, 12);
  q.reparameterize(as_const(parameters), as_const(noise), as_view(z));
  q.log_density_of_sample(as_const(parameters), as_const(noise), numbers(from_noise));
  q.log_probability(as_const(z), as_const(parameters), numbers(from_z));
  CHECK(relative_error(from_noise, from_z) <= tolerance::golden);
}

TEMPLATE_TEST_CASE("DiagonalNormal: KL is never negative, and zero at the prior", "", float, double) {
  using S = TestType;
  const DiagonalNormal q;
  Matrix<S> parameters = Matrix<S>::Zero(2, 4000);
  for (Index j = 0; j < 2000; ++j) {
    parameters(1, 2 * j) = static_cast<S>(std::pow(10.0, -12 + 0.006 * static_cast<double>(j)));
    parameters(1, 2 * j + 1) = -parameters(1, 2 * j);
  }
  std::vector<S> kl(4000);
  q.kl_to_standard(as_const(parameters), kl);
  // expm1(v) − v in double is within an ULP of v, so below −2⁻⁵² nothing may be.
  for (const S value : kl) CHECK(value >= static_cast<S>(-0x1p-52));
  // ½ (v²/2 + v³/6): at 1e-4 a float formula with exp(v) − 1 would have lost every digit.
  const Matrix<S> small = Matrix<S>::Constant(2, 1, static_cast<S>(1e-4)).cwiseProduct(Vector<S>::Unit(2, 1));
  q.kl_to_standard(as_const(small), std::span(kl).first(1));
  CHECK(std::abs(static_cast<double>(kl[0]) / (0.25e-8 + 1e-12 / 12) - 1) <= 1e-5);

  // 7.5 ULP for the log-variance's share, some roundings for the rest.
  const double tolerance = 10 * static_cast<double>(std::numeric_limits<S>::epsilon());
  for (Index j = 0; j < 4000; ++j) {
    const long double mean = static_cast<long double>(j % 7) / 8;
    parameters(0, j) = static_cast<S>(mean);
    parameters(1, j) = static_cast<S>(-19 + 0.0095 * static_cast<double>(j));
  }
  q.kl_to_standard(as_const(parameters), kl);
  double worst = 0;
  for (Index j = 0; j < 4000; ++j) {
    const long double mean = parameters(0, j), v = parameters(1, j),
                      exact = (mean * mean + std::expm1(v) - v) / 2;
    const long double error = std::abs(static_cast<long double>(kl[static_cast<std::size_t>(j)]) - exact);
    // In double the loss near zero stays: there it does not matter.
    worst = std::max(worst, static_cast<double>(error / (exact + (sizeof(S) == 8 ? 1 : 0))));
  }
  CAPTURE(worst / tolerance);
  CHECK(worst <= tolerance);

  const Matrix<S> prior = Matrix<S>::Zero(8, 1);
  q.kl_to_standard(as_const(prior), std::span(kl).first(1));
  CHECK(kl[0] == 0);
}

TEST_CASE("DiagonalNormal of log-deviations is that of the log-variances twice as large") {
  // The range clamps some of both alike.
  const DiagonalNormal by_variance{-2, 2}, by_deviation{-2, 2, Scale::log_deviation};
  const Index n = 5, columns = 3;
  const Matrix<double> deviations = normal_batch(2 * n, columns, 1), noise = normal_batch(n, 2 * columns, 2),
                       z = normal_batch(n, 2 * columns, 3), kl_weights = normal_batch(n, columns, 4),
                       w = normal_batch(1, 2 * columns, 5);
  Matrix<double> variances = deviations;
  variances.bottomRows(n) *= 2;
  const auto same = [&](const auto& f) {
    const Matrix<double> a = f(by_deviation, deviations), b = f(by_variance, variances);
    CHECK(a == b);
  };
  same([&](const DiagonalNormal& q, const Matrix<double>& p) {
    Matrix<double> out(1, 2 * columns);
    q.log_probability(as_const(z), as_const(p), numbers(out));
    return out;
  });
  same([&](const DiagonalNormal& q, const Matrix<double>& p) {
    Matrix<double> out(1, 2 * columns);
    q.log_density_of_sample(as_const(p), as_const(noise), numbers(out));
    return out;
  });
  same([&](const DiagonalNormal& q, const Matrix<double>& p) {
    Matrix<double> out(1, columns);
    q.kl_to_standard(as_const(p), numbers(out));
    return out;
  });
  same([&](const DiagonalNormal& q, const Matrix<double>& p) {
    Matrix<double> out(n, columns);
    q.log_variance(as_const(p), as_view(out));
    return out;
  });
  same([&](const DiagonalNormal& q, const Matrix<double>& p) {
    Matrix<double> out(n, 2 * columns);
    q.reparameterize(as_const(p), as_const(noise), as_view(out));
    return out;
  });
  same([&](const DiagonalNormal& q, const Matrix<double>& p) {
    Matrix<double> out = Matrix<double>::Zero(n, 2 * columns);
    q.log_probability_backward_to_x(as_const(z), as_const(p), numbers(w), as_view(out));
    return out;
  });
  same([&](const DiagonalNormal& q, const Matrix<double>& p) {
    return Matrix<double>::Constant(1, 1, q.clamped_share(as_const(p)));
  });
  // Their gradients are twice as large too.
  const auto twice = [&](const auto& f) {
    Matrix<double> a = Matrix<double>::Zero(2 * n, columns), b = a;
    f(by_deviation, deviations, as_view(a));
    f(by_variance, variances, as_view(b));
    b.bottomRows(n) *= 2;
    CHECK(relative_error(a, b) <= tolerance::golden);
    CHECK(a.bottomRows(n).norm() > 0);
  };
  twice([&](const DiagonalNormal& q, const Matrix<double>& p, View<double> d) {
    q.log_probability_backward(as_const(z), as_const(p), numbers(w), d);
  });
  twice([&](const DiagonalNormal& q, const Matrix<double>& p, View<double> d) {
    q.reparameterize_backward(as_const(p), as_const(noise), as_const(z), d);
  });
  twice([&](const DiagonalNormal& q, const Matrix<double>& p, View<double> d) {
    q.kl_to_standard_backward(as_const(p), as_const(kl_weights), d);
  });
  twice([&](const DiagonalNormal& q, const Matrix<double>& p, View<double> d) {
    q.log_density_of_sample_backward(as_const(p), as_const(noise), numbers(w), d);
  });
}

TEST_CASE("DiagonalNormal: mean and samples") {
  Matrix<float> parameters(6, 1);
  parameters << -2, 0, 5, -4, 0, 1;
  Matrix<float> mean = poison<float>(3, 1);
  DiagonalNormal{}.mean(as_const(parameters), as_view(mean));
  CHECK(mean == parameters.topRows(3));
  check_sample_moments(DiagonalNormal{}, parameters, {-2, 0, 5}, {std::exp(-4.0), 1, std::exp(1.0)}, 3);
}

TEST_CASE("DiagonalNormal: the log-variance that is given is the one that is used") {
  Matrix<float> parameters(4, 1), v = poison<float>(2, 1);
  parameters << 1, 2, -30, 0.5f;
  DiagonalNormal{}.log_variance(as_const(parameters), as_view(v));
  CHECK(v(0) == -20);
  CHECK(v(1) == 0.5f);
}

TEST_CASE("DiagonalNormal: what is refused") {
  CHECK_NOTHROW(DiagonalNormal{}.validate());
  CHECK_THROWS_AS((DiagonalNormal{2, 1}.validate()), ConfigError);
  CHECK_THROWS_AS((DiagonalNormal{-90, 1}.validate()), ConfigError);
  CHECK_THROWS_AS((DiagonalNormal{std::nan(""), 1}.validate()), ConfigError);

  const DiagonalNormal q;
  const Matrix<float> parameters = Matrix<float>::Zero(6, 4), odd = Matrix<float>::Zero(5, 4);
  const Matrix<float> noise = Matrix<float>::Zero(3, 2), more = Matrix<float>::Zero(3, 8);
  Matrix<float> z(3, 4);
  std::vector<float> out(8);
  CHECK_THROWS_AS(q.reparameterize(as_const(parameters), as_const(noise), as_view(z)),
                  ShapeError);  // fewer samples
  CHECK_THROWS_AS(q.reparameterize(as_const(parameters), as_const(more), as_view(z)), ShapeError);
  CHECK_THROWS_AS(q.kl_to_standard(as_const(odd), out), ShapeError);
}
