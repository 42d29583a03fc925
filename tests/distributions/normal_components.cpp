#include "eigenerate/distributions/normal_components.hpp"

#include "eigenerate/core/threads.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using testing::relative_error;

namespace {

/// What all calls give, each pair by itself where `pairwise`.
template <Scalar S>
struct Outcome {
  Matrix<S> log_p, dx, d_parameters;
};

template <Scalar S>
Outcome<S> of_components(const DiagonalNormal& normal, const Matrix<S>& x, const Matrix<S>& parameters,
                         const Matrix<S>& weights, const Vector<S>& b, const Vector<S>& log_weights) {
  using Components = NormalComponents<S>;
  const Index k = parameters.cols(), n = x.cols(), rows = Components::rows(k);
  Vector<S> memory = Vector<S>::Constant(Components::memory(x.rows(), k), S(1e9));
  Components all(normal, x.rows(), k, memory.data());
  Matrix<S> log_p = Matrix<S>::Constant(rows, n, S(1e9)), padded = Matrix<S>::Zero(rows, n);
  padded.topRows(k) = weights;
  Outcome<S> o{{}, Matrix<S>::Constant(x.rows(), n, S(2)), Matrix<S>::Constant(2 * x.rows(), k, S(1e9))};
  all.load(parameters, numbers(log_weights));
  all.log_probability(x, as_view(log_p));
  all.backward_to_x(x, padded, numbers(b), as_view(o.dx));
  for (int time = 0; time < 2; ++time)  // the second gives the same
    all.backward(parameters, x, padded, numbers(b), as_view(o.d_parameters));
  o.log_p = log_p.topRows(k);
  o.dx.array() -= S(2);  // what was there before
  return o;
}

Outcome<double> of_pairs(const DiagonalNormal& normal, const Matrix<double>& x,
                         const Matrix<double>& parameters, const Matrix<double>& weights,
                         const Vector<double>& b, const Vector<double>& log_weights) {
  const Index k = parameters.cols(), n = x.cols();
  Outcome<double> o{Matrix<double>(k, n), Matrix<double>::Zero(x.rows(), n),
                    Matrix<double>::Zero(parameters.rows(), k)};
  for (Index c = 0; c < k; ++c) {
    const Matrix<double> of_c = parameters.col(c);
    const Vector<double> w = weights.row(c).transpose().cwiseProduct(b);
    Vector<double> log_p(n);
    Matrix<double> d(parameters.rows(), 1);
    normal.log_probability<double>(x, of_c, numbers(log_p));
    o.log_p.row(c) = log_p.transpose().array() + log_weights(c);
    normal.log_probability_backward_to_x<double>(x, of_c, numbers(w), as_view(o.dx));
    normal.log_probability_backward<double>(x, of_c, numbers(w), as_view(d));
    o.d_parameters.col(c) = d;
  }
  return o;
}

}  // namespace

TEST_CASE("NormalComponents: the densities of all pairs, and their gradients, are those of each pair",
          "[normal_components]") {
  const Index k = GENERATE(1, 5, 64, 70), features = GENERATE(1, 3), n = 4;
  const auto normal =
      GENERATE(DiagonalNormal{}, DiagonalNormal{-0.5, 0.6}, DiagonalNormal{-0.7, 0.6, Scale::log_deviation});
  CAPTURE(k, features, normal.max_log_variance);
  const Matrix<double> x = testing::normal_batch(features, n, 1),
                       parameters = 0.7 * testing::normal_batch(2 * features, k, 2),
                       weights = testing::uniform_batch(k, n, 3);
  const Vector<double> b = testing::normal_batch(n, 1, 4), log_weights = testing::normal_batch(k, 1, 5);
  const auto expected = of_pairs(normal, x, parameters, weights, b, log_weights);
  const auto got = of_components<double>(normal, x, parameters, weights, b, log_weights);
  CHECK(relative_error(got.log_p, expected.log_p) < 1e-13);
  CHECK(relative_error(got.dx, expected.dx) < 1e-12);
  CHECK(relative_error(got.d_parameters, expected.d_parameters) < 1e-12);
  const auto in_float =
      of_components<float>(normal, x.cast<float>(), parameters.cast<float>(), weights.cast<float>(),
                           b.cast<float>(), log_weights.cast<float>());
  CHECK(relative_error(in_float.log_p.cast<double>(), expected.log_p) < 2e-6);
  CHECK(relative_error(in_float.dx.cast<double>(), expected.dx) < 1e-5);
  CHECK(relative_error(in_float.d_parameters.cast<double>(), expected.d_parameters) < 1e-5);
}

TEST_CASE("NormalComponents: the same bits on any number of threads", "[normal_components]") {
  const Index k = 100, features = 40, n = 50;
  const Matrix<float> x = testing::normal_batch<float>(features, n, 1),
                      parameters = testing::normal_batch<float>(2 * features, k, 2),
                      weights = testing::uniform_batch<float>(k, n, 3);
  const Vector<float> b = testing::normal_batch<float>(n, 1, 4), none = Vector<float>::Zero(k);
  const auto on = [&](int threads) {
    set_num_threads(threads);
    const auto o = of_components<float>({}, x, parameters, weights, b, none);
    set_num_threads(0);
    return o;
  };
  const auto one = on(1), three = on(3);
  CHECK(one.log_p == three.log_p);
  CHECK(one.dx == three.dx);
  CHECK(one.d_parameters == three.d_parameters);
}

TEST_CASE("NormalComponents: views that do not fit are refused", "[normal_components]") {
  using support::refuses;
  const Index k = 3, features = 2, n = 4, rows = NormalComponents<double>::rows(k);
  Vector<double> memory(NormalComponents<double>::memory(features, k)), b(n), few(n - 1);
  NormalComponents<double> all({}, features, k, memory.data());
  Matrix<double> parameters = Matrix<double>::Zero(2 * features, k), x = Matrix<double>::Zero(features, n),
                 wide = Matrix<double>::Zero(features + 1, n), log_p(rows, n), unfilled(k, n);
  refuses<ShapeError>([&] { all.load(wide); }, {"DiagonalNormal"});
  refuses<ShapeError>([&] { all.load(parameters, numbers(b)); },
                      {"NormalComponents", "3 log-weights", "got 4"});
  all.load(parameters);
  refuses<ShapeError>([&] { all.log_probability(wide, as_view(log_p)); }, {"NormalComponents", "vectors"});
  refuses<ShapeError>([&] { all.log_probability(x, as_view(unfilled)); }, {"64 × 4, got 3 × 4"});
  refuses<ShapeError>([&] { all.backward_to_x(x, log_p, numbers(few), as_view(x)); }, {"factors", "got 3"});
  refuses<ShapeError>([&] { all.backward_to_x(x, log_p, numbers(b), as_view(wide)); }, {"dx"});
  refuses<ShapeError>([&] { all.backward(parameters, x, log_p, numbers(b), as_view(x)); }, {"d_parameters"});
}
