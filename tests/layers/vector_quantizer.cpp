#include "eigenerate/layers/vector_quantizer.hpp"

#include <set>

#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

const VectorQuantizerOptions by_gradient{.learning = CodebookLearning::gradient};

/// A quantizer of single pixels with its last pass.
template <Scalar S = double>
struct Quantizer {
  Network<S> net;
  Workspace<S> ws;

  Quantizer(VectorQuantizer layer, const Shape& shape, Index batch)
      : net(layer, shape, {.name = "q"}), ws(net.make_workspace(batch)) {}

  Matrix<S> operator()(const Matrix<S>& x, Buffers buffers, std::uint64_t seed = 0) {
    return net.forward({.x = x, .mode = Mode::train, .buffers = buffers, .random = RandomStream{seed}}, ws);
  }
  std::vector<Index> codes(Index n) const {
    const S* const first = ws.cache_slot(VectorQuantizer::Cache::nearest);
    return {first, first + n};
  }
};

/// Vectors around as many centers, each as often.
Matrix<double> clusters(Index centers, Index n, std::uint64_t lane) {
  Matrix<double> x = testing::normal_batch(2, n, lane, 0.1);
  for (Index i = 0; i < n; ++i) {
    x(0, i) += 10 * static_cast<double>(i % centers % 4);
    x(1, i) += 10 * static_cast<double>(i % centers / 4);
  }
  return x;
}

}  // namespace

TEST_CASE("VectorQuantizer keeps the contract of a layer, but for a gradient that is an estimate",
          "[vector_quantizer]") {
  const auto check = [](const VectorQuantizer& layer, const Shape& input, Index batch) {
    require_conformance(layer, input, {.batch = batch, .straight_through = true});
  };
  check(VectorQuantizer{4}, {3, 2, 2}, 3);
  check(VectorQuantizer{30}, {2, 2, 2}, 2);  // more codes than vectors
  check(VectorQuantizer{5, {.decay = 0.5, .revival = 0.9}}, {4}, 7);
  check(VectorQuantizer{4, by_gradient}, {3, 2, 2}, 3);
  check(VectorQuantizer{3, by_gradient}, {2, 1, 5}, 130);  // more pixels than a block has
}

TEST_CASE("VectorQuantizer gives PyTorch's numbers", "[vector_quantizer]") {
  for (const auto& c : testing::load_golden("layers/vector_quantizer").cases()) {
    CAPTURE(c.path());
    const auto check = [&]<Scalar S>(S) {
      const auto close = [](const auto& got, const auto& expected) {
        CHECK(testing::relative_error(got, expected) <= golden_tolerance<S>());
      };
      const auto flat = [](const Arena<S>& a) {
        return Vector<S>(Eigen::Map<const Vector<S>>(a.data(), a.size()));
      };
      const bool gradient = c.boolean("gradient");
      const VectorQuantizer layer{
          c.integer("codes"),
          {.learning = gradient ? CodebookLearning::gradient : CodebookLearning::averages,
           .decay = c.number("decay"),
           .smoothing = c.number("smoothing"),
           .revival = 0}};
      const auto& shape = c.tensor("x").shape;
      Network<S> net(layer, {shape.at(1), shape.at(2), shape.at(3)}, {.name = "layer"});
      if (gradient)
        c["parameters"].fill(net.parameters(), "layer");
      else
        c["buffers"].fill(net.buffers(), "layer");
      const auto x = c.batch<S>("x"), dy = c.batch<S>("dy");
      auto ws = net.make_workspace(x.cols());
      auto gradients = net.parameters().like();
      close(net.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, ws), c.batch<S>("y"));
      close(net.backward(dy, ws, {.parameters = &gradients, .x = true}).x, c.batch<S>("dx"));
      if (gradient)
        close(flat(gradients), flat(c["gradients"].arena(net.parameters(), "layer")));
      else
        close(flat(net.buffers()), flat(c["moved buffers"].arena(net.buffers(), "layer")));
    };
    check(double{});
    check(float{});
  }
}

TEST_CASE("of equally near codes VectorQuantizer takes the first", "[vector_quantizer]") {
  Quantizer<> q(VectorQuantizer{4, by_gradient}, {1}, 3);
  q.net.parameters()["q.codebook"] = Eigen::Vector4d(2, 1, -1, 1);
  const Matrix<double> x = (Matrix<double>(1, 3) << 0, 1, 1.5).finished();
  CHECK(q(x, Buffers::keep) == (Matrix<double>(1, 3) << 1, 1, 2).finished());
  CHECK(q.codes(3) == std::vector<Index>{1, 1, 0});
}

TEST_CASE(
    "VectorQuantizer's codes move only where a pass updates buffers, and follow what earlier ones brought",
    "[vector_quantizer]") {
  Quantizer<> q(VectorQuantizer{2, {.decay = 0.5, .revival = 0}}, {1}, 4);
  const Matrix<double> x = (Matrix<double>(1, 4) << 0, 0, 8, 8).finished(), later = x.array() + 2;
  CHECK(q(x, Buffers::keep).isZero(0));
  CHECK(q.net.buffers()["q.counts"].isZero(0));
  // The first codes are vectors of the batch, far from each other.
  CHECK((q(x, Buffers::update) - x).cwiseAbs().maxCoeff() < 1e-4);  // the smoothing
  CHECK((q(later, Buffers::keep) - x).cwiseAbs().maxCoeff() < 1e-4);
  CHECK((q(later, Buffers::update) - x).cwiseAbs().maxCoeff() < 1e-4);
  const Matrix<double> half_way = q(later, Buffers::update);
  // 0.75 vectors at x and 1 at x + 2 for each code.
  CHECK((half_way - x).array().isApproxToConstant(2 / 1.75, 1e-4));
}

TEST_CASE("VectorQuantizer finds all clusters, and revives codes that nothing is near to",
          "[vector_quantizer]") {
  const Index k = 8, n = 400;
  const Matrix<double> x = clusters(k, n, 1);
  Quantizer<> q(VectorQuantizer{k, {.decay = 0.9}}, {2}, n);
  const auto used = [&] {
    const auto codes = q.codes(n);
    return std::set<Index>(codes.begin(), codes.end()).size();
  };
  for (std::uint64_t step = 0; step < 50; ++step) q(clusters(k, n, step), Buffers::update, step);
  q(x, Buffers::keep);
  CHECK(used() == 8);

  // All codes but one are far away from the data.
  const auto train = [&](VectorQuantizerOptions options) {
    Quantizer<> other(VectorQuantizer{k, options}, {2}, n);
    other.net.buffers()["q.counts"].setOnes();
    other.net.buffers()["q.sums"].tail(2 * (k - 1)).setConstant(1000);
    for (std::uint64_t step = 0; step < 60; ++step) other(clusters(k, n, step), Buffers::update, step);
    other(x, Buffers::keep);
    const auto codes = other.codes(n);
    return std::set<Index>(codes.begin(), codes.end()).size();
  };
  CHECK(train({.decay = 0.9}) == 8);
  CHECK(train({.decay = 0.9, .revival = 0}) == 1);
}

TEST_CASE("where codes are placed depends on the pass's stream alone", "[vector_quantizer]") {
  const auto placed = [](std::uint64_t seed, int threads) {
    set_num_threads(threads);
    Quantizer<float> q(VectorQuantizer{64, {.decay = 0.5, .revival = 0.5}}, {8, 5, 5}, 200);
    for (std::uint64_t step = 0; step < 3; ++step)
      q(testing::normal_batch(200, 200, step).cast<float>(), Buffers::update, seed);
    set_num_threads(0);
    const auto& buffers = q.net.buffers();
    return std::vector<float>(buffers.data(), buffers.data() + buffers.size());
  };
  const auto expected = placed(1, 1);
  for (const int threads : {2, 3, 8}) CHECK(placed(1, threads) == expected);
  CHECK(placed(2, 1) != expected);
}

TEST_CASE("what a VectorQuantizer cannot be is refused", "[vector_quantizer]") {
  const auto plan = [](const VectorQuantizer& layer) {
    return [=] { (void)layer.plan({3, 2, 2}, "quantizer"); };
  };
  support::refuses<ConfigError>(plan(VectorQuantizer{0}), {"quantizer (VectorQuantizer)", "codes, got 0"});
  support::refuses<ConfigError>(plan(VectorQuantizer{4, {.decay = 1}}), {"decay", "got 1"});
  support::refuses<ConfigError>(plan(VectorQuantizer{4, {.smoothing = 0}}), {"smoothing", "and 0"});
  support::refuses<ConfigError>(plan(VectorQuantizer{4, {.revival = -1}}), {"revival", "-1"});
}
