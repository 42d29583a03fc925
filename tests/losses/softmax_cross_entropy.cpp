#include "eigenerate/losses/softmax_cross_entropy.hpp"

#include <vector>

#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("softmax cross-entropy agrees with PyTorch") {
  for (const Golden& c : load_golden("losses/softmax_cross_entropy").cases()) {
    const auto labels = c.list<int>("labels");
    const auto loss = [&](auto l, auto d) { return softmax_cross_entropy(l, labels, d); };
    check_loss_golden<double>(c, loss);
    check_loss_golden<float>(c, loss);
  }
}

TEST_CASE("softmax cross-entropy: derivative, errors, NaN") {
  const std::vector<int> labels{2, 0, 6};
  check_loss_derivative(normal_batch(7, 3, 1, 2),
                        [&](auto l, auto d) { return softmax_cross_entropy(l, labels, d); });
  const std::vector<int> zeros(4, 0);
  check_loss_errors([&](auto l, auto d) {
    return softmax_cross_entropy(l, std::span(zeros).first(static_cast<std::size_t>(l.cols())), d);
  });

  const Matrix<float> logits = Matrix<float>::Zero(7, 3);
  const auto loss = [&](std::vector<int> wrong) { return softmax_cross_entropy(as_const(logits), wrong); };
  CHECK_THROWS_AS(loss({0, 1}), ShapeError);
  CHECK_THROWS_AS(loss({0, 1, 7}), ShapeError);
  CHECK_THROWS_AS(loss({0, -1, 2}), ShapeError);
}
