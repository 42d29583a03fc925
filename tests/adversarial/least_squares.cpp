#include "eigenerate/adversarial/least_squares.hpp"

#include "adversarial/adversarial_check.hpp"

using namespace eigenerate;

TEST_CASE("the least-squares game keeps the contract", "[conformance]") {
  require_conformance(LeastSquares{});
}

TEST_CASE("the least-squares game agrees with PyTorch", "[golden]") {
  check_adversarial_goldens("least_squares", LeastSquares{});
}
