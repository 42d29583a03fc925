#include "eigenerate/distributions/likelihood.hpp"

#include <utility>
#include <vector>

#include "eigenerate/distributions/standard_normal.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE(
    "all likelihoods work through the variant, without allocating, with the same bits on any number of "
    "threads") {
  const Index features = 784, x_columns = 16, parameter_columns = 64;
  const Matrix<float> x = uniform_batch<float>(features, x_columns, 1);
  const std::vector<float> weights(static_cast<std::size_t>(parameter_columns), 0.5f);
  for (const Likelihood& likelihood :
       {Likelihood{Bernoulli{}}, Likelihood{UnitNormal{}}, Likelihood{DiagonalNormal{}}}) {
    CAPTURE(likelihood.index());
    const Index rows = std::visit([&](const auto& p) { return p.parameter_rows(features); }, likelihood);
    const Matrix<float> parameters = normal_batch<float>(rows, parameter_columns, 2);
    struct Results {
      Matrix<float> value, d, mean, sample;
    };
    const auto run = [&](Results& r) {
      std::visit(
          [&](const auto& p) {
            p.log_probability(as_const(x), as_const(parameters), r.value.data());
            p.log_probability_backward(as_const(x), as_const(parameters), weights.data(), as_view(r.d));
            p.mean(as_const(parameters), as_view(r.mean));
            p.sample(as_const(parameters), RandomStream{1}, as_view(r.sample));
          },
          likelihood);
    };
    const Results empty{poison<float>(1, parameter_columns), poison<float>(rows, parameter_columns),
                        poison<float>(features, parameter_columns),
                        poison<float>(features, parameter_columns)};
    Results one = empty, three = empty;
    set_num_threads(1);
    run(one);
    set_num_threads(3);
    run(three);  // starts the threads
    const AllocationGuard guard;
    run(three);
    if (AllocationGuard::available()) CHECK(guard.count() == 0);
    set_num_threads(0);
    CHECK(!one.value.hasNaN());
    CHECK(one.value == three.value);
    CHECK(one.d == three.d);
    CHECK(one.mean == three.mean);
    CHECK(one.sample == three.sample);
  }
}

TEMPLATE_TEST_CASE("value and derivative in one call are what two calls give", "", float, double) {
  using S = TestType;
  const Index features = 70;
  for (const auto& [x_columns, parameter_columns] : {std::pair<Index, Index>{5, 5}, {5, 20}, {20, 5}}) {
    const Index pairs = std::max(x_columns, parameter_columns);
    const Matrix<S> x = uniform_batch<S>(features, x_columns, 1), weights = normal_batch<S>(1, pairs, 3);
    for (const Likelihood& likelihood :
         {Likelihood{Bernoulli{}}, Likelihood{UnitNormal{}}, Likelihood{DiagonalNormal{}}}) {
      CAPTURE(likelihood.index(), x_columns, parameter_columns);
      const Index rows = std::visit([&](const auto& p) { return p.parameter_rows(features); }, likelihood);
      const Matrix<S> parameters = normal_batch<S>(rows, parameter_columns, 2);
      Matrix<S> value = poison<S>(1, pairs), together = value, d = poison<S>(rows, parameter_columns),
                d_together = d;
      std::visit(
          [&](const auto& p) {
            p.log_probability(as_const(x), as_const(parameters), value.data());
            p.log_probability_backward(as_const(x), as_const(parameters), weights.data(), as_view(d));
            p.log_probability_with_backward(as_const(x), as_const(parameters), weights.data(),
                                            together.data(), as_view(d_together));
          },
          likelihood);
      // The compiler may fuse products in one and not in the other.
      const double tolerance = tolerance::rounding<S>(8);
      CHECK(relative_error(together, value) <= tolerance);
      CHECK(relative_error(d_together, d) <= tolerance);
    }
  }
  const Matrix<S> x = Matrix<S>::Zero(3, 2);
  Matrix<S> wrong(3, 1), out(1, 2);
  CHECK_THROWS_AS(Bernoulli{}.log_probability_with_backward(as_const(x), as_const(x), out.data(), out.data(),
                                                            as_view(wrong)),
                  ShapeError);
}

TEST_CASE("the posterior's functions allocate nothing") {
  if (!AllocationGuard::available()) return;
  const DiagonalNormal q;
  const Matrix<float> parameters = normal_batch<float>(40, 128, 1), noise = normal_batch<float>(20, 512, 2);
  Matrix<float> z(20, 512), d = Matrix<float>::Zero(40, 128);
  std::vector<float> out(512), weights(512, 1.0f);
  const auto run = [&] {
    q.reparameterize(as_const(parameters), as_const(noise), as_view(z));
    q.reparameterize_backward(as_const(parameters), as_const(noise), as_const(z), as_view(d));
    q.kl_to_standard(as_const(parameters), out.data());
    q.kl_to_standard_backward(as_const(parameters), weights.data(), as_view(d));
    q.log_density_of_sample(as_const(parameters), as_const(noise), out.data());
    q.log_density_of_sample_backward(as_const(parameters), as_const(noise), weights.data(), as_view(d));
    standard_normal_log_probability(as_const(z), out.data());
    standard_normal_log_probability_backward(as_const(z), weights.data(), as_view(z));
  };
  run();
  const AllocationGuard guard;
  run();
  CHECK(guard.count() == 0);
}
