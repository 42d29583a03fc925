#include "eigenerate/metrics/linear_classifier.hpp"

#include "support/golden.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("the linear classifier agrees with SciPy's minimum", "[golden]") {
  for (const Golden& c : load_golden("metrics/linear_classifier").cases()) {
    CAPTURE(c.path());
    const Matrix<double> x = c.batch<double>("features");
    const std::vector<int> labels = c.list<int>("labels");
    const LinearClassifier found = fit_linear_classifier(x, labels, 3, c.number("ridge"));
    const std::vector<double> weights = c.list("weights"), biases = c.list("biases");
    for (Index i = 0; i < 9; ++i)
      CHECK(std::abs(found.weights(i) - weights[static_cast<std::size_t>(i)]) < 1e-5);
    const Vector<double> own = found.weights.col(3).array() - found.weights.col(3).mean();
    for (Index i = 0; i < 3; ++i) CHECK(std::abs(own(i) - biases[static_cast<std::size_t>(i)]) < 1e-5);
    CHECK(found.predict(x) == c.list<int>("told"));
  }
}

TEST_CASE("classes far apart are told apart, and the fit ends") {
  Matrix<double> x(1, 6);
  x << -1e3, -900, 0, 1, 800, 1e3;
  const std::vector<int> labels{0, 0, 1, 1, 2, 2};
  CHECK(fit_linear_classifier(x, labels, 3, 1e-6).predict(x) == labels);
  CHECK(fit_linear_classifier(Matrix<double>::Zero(2, 6), labels, 4).weights.allFinite());
}

TEST_CASE("what the linear classifier refuses") {
  const LinearClassifier of_two{Matrix<double>::Zero(3, 2 + 1)};
  CHECK_THROWS_AS(of_two.predict(Matrix<double>::Zero(3, 5)), ShapeError);
  const Matrix<double> x = Matrix<double>::Ones(2, 3);
  const std::vector<int> labels{0, 1, 2};
  support::refuses<ShapeError>([&] { fit_linear_classifier(x, std::span(labels).first(2), 3); },
                               {"3 columns", "got 2"});
  support::refuses<ConfigError>([&] { fit_linear_classifier(x, labels, 2); }, {"[0, 2)", "got 2"});
  CHECK_THROWS_AS(fit_linear_classifier(x, labels, 3, 0), ConfigError);
}
