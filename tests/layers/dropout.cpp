#include "eigenerate/layers/dropout.hpp"

#include "eigenerate/layers/residual.hpp"
#include "layers/conformance.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

Matrix<float> outputs(double p, const RandomStream& stream, Index batch, Mode mode = Mode::train) {
  Network net(Dropout{p}, Shape{4, 5, 6});
  auto ws = net.make_workspace(batch);
  const Matrix<float> ones = Matrix<float>::Ones(120, batch);
  return net.forward({.x = ones,
                      .mode = mode,
                      .buffers = mode == Mode::train ? Buffers::update : Buffers::keep,
                      .random = stream},
                     ws);
}

const RandomStream stream = RandomStream{3, Purpose::dropout}.at(17);

}  // namespace

TEST_CASE("Dropout keeps the contract of a layer", "[dropout]") {
  require_conformance(Dropout{}, {7});
  require_conformance(Dropout{0.9}, {2, 3, 3}, {.batch = 1});
  require_conformance(Dropout{0}, {5});
}

TEST_CASE("Dropout keeps the expected value", "[dropout]") {
  for (const double p : {0.1, 0.5, 0.99}) {
    CAPTURE(p);
    const auto y = outputs(p, stream, 500);
    const auto kept = static_cast<float>(1 / (1 - p));
    CHECK((y.array() == 0 || y.array() == kept).all());
    const double n = static_cast<double>(y.size()), error = std::sqrt(p / (1 - p) / n);
    CHECK(std::abs(y.cast<double>().mean() - 1) <= testing::tolerance::standard_errors * error);
  }
}

TEST_CASE("Dropout is the identity in evaluation and at p = 0", "[dropout]") {
  CHECK((outputs(0.5, stream, 3, Mode::evaluate).array() == 1).all());
  CHECK((outputs(0, stream, 3).array() == 1).all());
}

TEST_CASE("Dropout's mask depends on seed, step, layer and element alone", "[dropout]") {
  const auto y = outputs(0.5, stream, 8);
  CHECK(outputs(0.5, stream, 8) == y);
  CHECK(outputs(0.5, stream, 5) == y.leftCols(5));  // not on the batch size
  CHECK(outputs(0.5, stream.at(18), 8) != y);
  CHECK(outputs(0.5, RandomStream{4, Purpose::dropout}.at(17), 8) != y);
  CHECK(y.col(0) != y.col(1));

  Network twice(Residual{Dropout{0.5}}, Shape{4, 5, 6});  // the same layer at another place of a network
  auto ws = twice.make_workspace(8);
  const Matrix<float> ones = Matrix<float>::Ones(120, 8);
  CHECK(Matrix<float>(twice.forward(
            {.x = ones, .mode = Mode::train, .buffers = Buffers::update, .random = stream}, ws)) != y + ones);
}

TEST_CASE("Dropout draws the same mask in double", "[dropout]") {
  auto net = Network<double>(Dropout{0.3}, Shape{120});
  auto ws = net.make_workspace(8);
  const Matrix<double> ones = Matrix<double>::Ones(120, 8);
  const auto y =
      net.forward({.x = ones, .mode = Mode::train, .buffers = Buffers::update, .random = stream}, ws);
  CHECK(((y.array() == 0) == (outputs(0.3, stream, 8).array() == 0)).all());
}

TEST_CASE("Dropout refuses what is no probability, and one", "[dropout]") {
  CHECK_THROWS_AS(Dropout{1}.plan({3}, "a"), ConfigError);
  CHECK_THROWS_AS(Dropout{-0.1}.plan({3}, "a"), ConfigError);
  CHECK_THROWS_AS(Dropout{std::nan("")}.plan({3}, "a"), ConfigError);
  CHECK_NOTHROW(Dropout{0.999999}.plan({3}, "a"));
}
