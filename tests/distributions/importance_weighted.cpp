// The importance-weighted bound, put together from the distributions alone, with a decoder of one matrix: the
// interface carries the whole of it.

#include <cmath>

#include "support/distribution_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the importance-weighted bound and its gradients agree with PyTorch") {
  const auto c = load_golden("distributions/importance_weighted")["case"];
  const Index k = c.integer("samples");
  const auto x = c.batch<double>("x"), parameters = c.batch<double>("parameters"),
             noise = c.batch<double>("noise");
  const Matrix<double> weight = c.batch<double>("weight").transpose();  // features × latent
  const Index pairs = noise.cols();
  const DiagonalNormal q;

  Matrix<double> z(noise.rows(), pairs);
  q.reparameterize(as_const(parameters), as_const(noise), as_view(z));
  const Matrix<double> logits = weight * z;
  Matrix<double> likelihood(1, pairs), prior(1, pairs), density(1, pairs);
  Bernoulli{}.log_probability(as_const(x), as_const(logits), numbers(likelihood));
  standard_normal_log_probability(as_const(z), numbers(prior));
  q.log_density_of_sample(as_const(parameters), as_const(noise), numbers(density));
  const Matrix<double> log_w = likelihood + prior - density;
  CHECK(relative_error(log_w, c.batch<double>("log_w")) <= tolerance::golden);

  // Each sample's share of its input's bound is its normalized importance weight, over the batch.
  Matrix<double> share(1, pairs);
  double bound = 0;
  for (Index i = 0; i < x.cols(); ++i) {
    const auto w = log_w.middleCols(i * k, k).array();
    const double largest = w.maxCoeff(), log_sum = largest + std::log((w - largest).exp().sum());
    bound += (log_sum - std::log(static_cast<double>(k))) / static_cast<double>(x.cols());
    share.middleCols(i * k, k) = ((w - log_sum).exp() / static_cast<double>(x.cols())).matrix();
  }
  CHECK(std::abs(bound - c.number("bound")) <= tolerance::golden * std::abs(bound));

  Matrix<double> d_logits = poison(logits.rows(), pairs);
  Bernoulli{}.log_probability_backward(as_const(x), as_const(logits), numbers(share), as_view(d_logits));
  const Matrix<double> d_weight = d_logits * z.transpose();
  CHECK(relative_error(Matrix<double>(d_weight.transpose()), c.batch<double>("d_weight")) <=
        tolerance::golden);

  Matrix<double> dz = weight.transpose() * d_logits;
  standard_normal_log_probability_backward(as_const(z), numbers(share), as_view(dz));
  Matrix<double> d_parameters = Matrix<double>::Zero(parameters.rows(), parameters.cols());
  q.reparameterize_backward(as_const(parameters), as_const(noise), as_const(dz), as_view(d_parameters));
  const Matrix<double> minus_share = -share;
  q.log_density_of_sample_backward(as_const(parameters), as_const(noise), numbers(minus_share),
                                   as_view(d_parameters));
  CHECK(relative_error(d_parameters, c.batch<double>("d_parameters")) <= tolerance::golden);
}
