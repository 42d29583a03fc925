#include "eigenerate/layers/minibatch_discrimination.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("MinibatchDiscrimination keeps the contract of a layer", "[minibatch_discrimination]") {
  require_conformance(MinibatchDiscrimination{4, 3, 2}, {4}, {.batch = 5});
  require_conformance(MinibatchDiscrimination{infer, 2, 4}, {3}, {.batch = 4});
  require_conformance(MinibatchDiscrimination{2, 1, 1}, {2}, {.batch = 1});
  require_conformance(Sequential{Linear{3, 4}, Tanh{}, MinibatchDiscrimination{4, 3, 2}, Linear{7, 1}}, {3},
                      {.batch = 4});
}

TEST_CASE("MinibatchDiscrimination gives PyTorch's numbers", "[minibatch_discrimination]") {
  const auto golden = testing::load_golden("layers/minibatch_discrimination");
  check_golden_passes<double>(MinibatchDiscrimination{4, 2, 3}, {4}, golden["two features of three"]);
  check_golden_passes<float>(MinibatchDiscrimination{4, 2, 3}, {4}, golden["two features of three"]);
}

TEST_CASE("of samples that are all alike every closeness is one", "[minibatch_discrimination]") {
  const Network<double> net(MinibatchDiscrimination{3, 2, 4}, {.name = "d"});
  const Matrix<double> x = Matrix<double>::Ones(3, 6), y = net.predict(x);
  CHECK(y.bottomRows(2) == Matrix<double>::Constant(2, 6, 6));
}

TEST_CASE("MinibatchDiscrimination says that it couples samples, and refuses what cannot work",
          "[minibatch_discrimination]") {
  const Network<float> net(Sequential{MinibatchDiscrimination{3, 2, 4}, Linear{5, 1}}, {.name = "d"});
  CHECK_NOTHROW(net.require_tangent());
  support::refuses<ConfigError>([&] { net.require_independent_samples("a penalty"); },
                                {"d.0 (MinibatchDiscrimination)", "a penalty"});
  CHECK_THROWS_AS((MinibatchDiscrimination{3, 0, 1}.plan({3}, "a")), ConfigError);
  CHECK_THROWS_AS((MinibatchDiscrimination{3, 1, 65}.plan({3}, "a")), ConfigError);
  support::refuses<ShapeError>(
      [] {
        MinibatchDiscrimination{infer, 1, 1}.plan({3, 2, 2}, "a");
      },
      {"Flatten{}"});
}
