#include "eigenerate/layers/masked_linear.hpp"

#include "layers/conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("MaskedLinear keeps the contract of a layer", "[masked linear]") {
  require_conformance(MaskedLinear{{1, 2, 0, 3}, {0, 1, 3}}, {4});
  require_conformance(MaskedLinear{{1, 2, 0, 3}, {0, 1, 3}, true}, {4});
}

TEST_CASE("an output of a MaskedLinear sees the inputs up to its degree, or below it, and no others",
          "[masked linear]") {
  const std::vector<Index> in{1, 2, 0, 3}, out{0, 1, 3};
  for (const bool strict : {false, true}) {
    Network<double> net{MaskedLinear{in, out, strict}, {.name = "net", .seed = 3}};
    const Matrix<double> x = Matrix<double>::Ones(4, 1), y = net.predict(x);
    for (Index i = 0; i < 4; ++i) {
      Matrix<double> other = x;
      other(i) = 2;
      const Matrix<double> changed = net.predict(other);
      for (Index o = 0; o < 3; ++o) {
        const Index from = in[static_cast<std::size_t>(i)], to = out[static_cast<std::size_t>(o)];
        CHECK((changed(o) != y(o)) == (strict ? from < to : from <= to));
      }
    }
  }
}

TEST_CASE("what a MaskedLinear cannot be is refused", "[masked linear]") {
  support::refuses<ConfigError>(
      [] {
        Network<float>{MaskedLinear{{}, {1}}, Shape{1}};
      },
      {"MaskedLinear", "at least one"});
  support::refuses<ShapeError>(
      [] {
        Network<float>{MaskedLinear{{1}, {1}}, Shape{2}};
      },
      {"MaskedLinear", "expected input 1"});
}
