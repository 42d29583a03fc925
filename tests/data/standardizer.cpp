#include "eigenerate/data/standardizer.hpp"

#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("standardizer: every feature gets mean 0 and deviation 1, and back") {
  const Index n = 1000;  // several portions
  Matrix<float> x = Matrix<float>::Random(4, n);
  x.row(1) = 1e4f + 30 * x.row(1).array();
  x.row(2).setConstant(0.1f);  // whose mean is not exactly it
  const Dataset data("x", {4}, x);
  const data::Standardizer standardizer(data);
  const Matrix<float> y = standardizer.apply(data).samples();
  const Vector<double> mean = y.cast<double>().rowwise().mean();
  const Vector<double> deviation =
      (y.cast<double>().colwise() - mean).rowwise().norm() / std::sqrt(double(n));
  CHECK((mean.array().abs() < 1e-4).all());
  for (const Index i : {0, 1, 3}) CHECK(std::abs(deviation[i] - 1) < 1e-5);
  CHECK(standardizer.scale()[2] == 1);
  CHECK(y.row(2).cwiseAbs().maxCoeff() < 1e-6);
  const Matrix<float> back = standardizer.invert(y);
  CHECK((back - x).cwiseAbs().maxCoeff() <= 4e-3f);  // two roundings at 10,000
  CHECK((back.row(0) - x.row(0)).cwiseAbs().maxCoeff() < 1e-6f);
}

TEST_CASE("standardizer: other data are brought by the figures of the first") {
  const Dataset train("train", {1}, Matrix<float>{{1, 3}});
  const data::Standardizer standardizer(train);
  CHECK(standardizer.mean()[0] == 2);
  CHECK(standardizer.scale()[0] == 1);
  CHECK(standardizer.apply(Dataset("test", {1}, Matrix<float>{{7}})).sample(0)[0] == 5);
  support::refuses<ShapeError>(
      [&] { (void)standardizer.apply(Dataset("x", {2}, Matrix<float>::Zero(2, 1))); },
      {"Standardizer: expected samples of 1 features, got 2"});
  support::refuses<ShapeError>([&] { (void)standardizer.invert(Matrix<float>{{1}, {2}}); }, {"got 2"});
}
