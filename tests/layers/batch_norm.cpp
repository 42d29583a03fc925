#include "eigenerate/layers/batch_norm.hpp"

#include "eigenerate/layers/sequential.hpp"
#include "layers/conformance.hpp"
#include "layers/golden_passes.hpp"

using namespace eigenerate;

namespace {

template <Scalar S>
void check_golden(const testing::Golden& c) {
  const auto close = [](const auto& got, const auto& expected) {
    CHECK(testing::relative_error(got, expected) <= golden_tolerance<S>());
  };
  const auto passes = c["passes"].cases();
  const auto shape = passes.front().tensor("x").shape;
  const Shape input = shape.size() == 2 ? Shape{shape[1]} : Shape{shape[1], shape[2], shape[3]};
  const BatchNorm layer{input.channels, {c.number("epsilon"), c.number("momentum"), c.boolean("affine")}};
  auto net = Network<S>(layer, input, NetworkOptions{.name = "layer"});
  c["parameters"].fill(net.parameters(), "layer");
  auto gradients = net.parameters().like();
  auto ws = net.make_workspace(5);
  for (const auto& pass : passes) {
    CAPTURE(pass.path());
    const auto x = pass.batch<S>("x"), dy = pass.batch<S>("dy");
    gradients.set_zero();
    close(net.forward({.x = x,
                       .mode = pass.boolean("train") ? Mode::train : Mode::evaluate,
                       .buffers = (pass.boolean("train") ? Mode::train : Mode::evaluate) == Mode::train
                                      ? Buffers::update
                                      : Buffers::keep},
                      ws),
          pass.batch<S>("y"));
    close(net.backward(dy, ws, {.parameters = &gradients, .x = true}).x, pass.batch<S>("dx"));
    for (const Segment& s : gradients.segments()) {
      CAPTURE(s.name);
      close(gradients[s.name], Matrix<S>(pass["gradients"].batch<S>(s.name.substr(6)).transpose()));
    }
    for (const char* name : {"running_mean", "running_var"}) {
      CAPTURE(name);
      close(net.buffers()[std::string("layer.") + name],
            Matrix<S>(pass["buffers"].batch<S>(name).transpose()));
    }
    CHECK(net.buffers()["layer.num_batches_tracked"](0) == pass["buffers"].number("num_batches_tracked"));
  }
}

template <Scalar S>
Matrix<S> normal(Index rows, Index columns, std::uint64_t seed) {
  Matrix<S> m(rows, columns);
  fill_normal(m.data(), m.size(), RandomStream{seed});
  return m;
}

}  // namespace

TEST_CASE("BatchNorm keeps the contract of a layer", "[batch_norm]") {
  require_conformance(BatchNorm{3}, {3}, {.batch = 4});
  require_conformance(BatchNorm{5, {.affine = false}}, {5}, {.batch = 2});
  require_conformance(BatchNorm{2}, {2, 3, 5});
  require_conformance(BatchNorm{17, {.epsilon = 0.1, .momentum = 0.5}}, {17, 2, 1}, {.batch = 2});
  require_conformance(BatchNorm{3, {.affine = false}}, {3, 2, 2}, {.batch = 1});
}

TEST_CASE("BatchNorm gives PyTorch's numbers and running statistics", "[batch_norm]") {
  for (const auto& c : testing::load_golden("layers/batch_norm").cases()) {
    CAPTURE(c.path());
    check_golden<double>(c);
    check_golden<float>(c);
  }
}

TEST_CASE("BatchNorm declares PyTorch's names, shapes and initial values", "[batch_norm]") {
  const Network net(Sequential{BatchNorm{4}}, {4, 2, 2}, {.name = "generator", .initializer = NormalInit{}});
  std::string names;
  for (const Segment& s : net.parameters().segments()) names += s.name + " ";
  for (const Segment& s : net.buffers().segments()) names += s.name + " ";
  CHECK(names ==
        "generator.0.weight generator.0.bias generator.0.running_mean generator.0.running_var "
        "generator.0.num_batches_tracked ");
  CHECK(net.parameters().segment("generator.0.weight").role == Role::scale);
  CHECK(net.parameters().segment("generator.0.bias").role == Role::shift);
  CHECK(net.buffers().segment("generator.0.num_batches_tracked").shape.empty());
  CHECK((net.parameters()["generator.0.weight"].array() == 1).all());
  CHECK((net.parameters()["generator.0.bias"].array() == 0).all());
  CHECK((net.buffers()["generator.0.running_mean"].array() == 0).all());
  CHECK((net.buffers()["generator.0.running_var"].array() == 1).all());
  CHECK(net.buffers()["generator.0.num_batches_tracked"](0) == 0);
}

TEST_CASE("BatchNorm's variance survives a mean far from zero", "[batch_norm]") {
  const Index count = 4000;
  const Matrix<double> offset = Matrix<double>::Constant(1, count, 1e6);
  const auto x = normal<double>(1, count, 3);
  auto net = Network<double>(BatchNorm{1, {.epsilon = 1e-12}}, Shape{1}, NetworkOptions{.name = "a"});
  auto near = net.make_workspace(count), far = net.make_workspace(count);
  const Matrix<double> expected =
      net.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, near);
  const Matrix<double> moved = x + offset;
  // The sum behind the mean errs by at most count · 2^-53 · 1e6 per value = 4.4e-7; the sum of squares in one
  // pass would lose up to count · 2^-53 · 1e12 = 0.4 of the variance.
  const double bound = static_cast<double>(count) * std::ldexp(1e6, -53);
  CHECK(testing::relative_error(
            net.forward({.x = moved, .mode = Mode::train, .buffers = Buffers::update}, far), expected) <=
        bound);
}

TEST_CASE("BatchNorm gives the same bits for any number of threads", "[batch_norm]") {
  // In double: floats are rounded from sums in double, which hides most changes of their order.
  const Index channels = 70, batch = 40;  // several chunks, and more channels than one block of rows
  const Shape shape{channels, 7, 7};
  const Matrix<double> x = normal<double>(shape.size(), batch, 1),
                       dy = normal<double>(shape.size(), batch, 2);
  const auto run = [&](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    auto net = Network<double>(BatchNorm{channels}, shape, NetworkOptions{.name = "a"});
    auto ws = net.make_workspace(batch);
    auto gradients = net.parameters().like();
    const Matrix<double> y = net.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, ws);
    const Matrix<double> dx = net.backward(dy, ws, {.parameters = &gradients, .x = true}).x;
    set_num_threads(before);
    Vector<double> all(y.size() + dx.size() + gradients.size() + net.buffers().size());
    all << y.reshaped(), dx.reshaped(), Eigen::Map<const Vector<double>>(gradients.data(), gradients.size()),
        Eigen::Map<const Vector<double>>(net.buffers().data(), net.buffers().size());
    return all;
  };
  const Vector<double> one = run(1);
  CHECK(one.allFinite());
  CHECK(one == run(2));
  CHECK(one == run(5));
}

TEST_CASE("BatchNorm refuses what it cannot take, with advice", "[batch_norm]") {
  const auto error_of = [](const BatchNorm& layer, const Shape& input) -> std::string {
    try {
      (void)layer.plan(input, "generator.1");
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  };
  CHECK(error_of(BatchNorm{128}, {6272}) ==
        "generator.1 (BatchNorm): expected input of 128 channels, got 6272; put Reshape{128, height, width} "
        "before it");
  // No image of five channels has four numbers, and this one has its shape.
  CHECK(error_of(BatchNorm{5}, {4}) == "generator.1 (BatchNorm): expected input of 5 channels, got 4");
  CHECK(error_of(BatchNorm{5}, {4, 2, 2}) ==
        "generator.1 (BatchNorm): expected input of 5 channels, got 4×2×2");
  CHECK(error_of(BatchNorm{0}, {1}) == "generator.1 (BatchNorm): needs at least one channel, got 0");
  CHECK(error_of(BatchNorm{1, {.epsilon = 0}}, {1}) ==
        "generator.1 (BatchNorm): epsilon must be positive and momentum in [0, 1], got 0 and 0.1");
  CHECK_THROWS_AS((BatchNorm{2}.plan({3}, "a")), ShapeError);
  CHECK_THROWS_AS((BatchNorm{2, {.momentum = 1.5}}.plan({2}, "a")), ConfigError);
  CHECK_THROWS_AS((BatchNorm{2, {.epsilon = std::numeric_limits<double>::quiet_NaN()}}.plan({2}, "a")),
                  ConfigError);
}

TEST_CASE("BatchNorm trains on no single value, but evaluates one", "[batch_norm]") {
  Network net(BatchNorm{3}, {3}, {.name = "layer"});
  auto ws = net.make_workspace(2);
  const auto x = normal<float>(3, 1, 1);
  try {
    net.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, ws);
    FAIL("a batch of one value per channel was normalized");
  } catch (const ShapeError& e) {
    CHECK(std::string(e.what()) ==
          "layer (BatchNorm): a training pass needs at least 2 values per channel for their variance, got a "
          "batch of "
          "1 with shape 3; train with larger batches");
  }
  CHECK(net.buffers()["layer.num_batches_tracked"](0) == 0);
  CHECK(net.forward({.x = x}, ws).allFinite());
}

TEST_CASE("BatchNorm's gradient in an evaluating pass does not depend on x, infinite or not",
          "[batch_norm]") {
  for (const Shape& shape : {Shape{1}, Shape{3}, Shape{40}, Shape{2, 3, 3}}) {
    CAPTURE(to_string(shape));
    auto net = Network<float>(BatchNorm{shape.channels}, shape, NetworkOptions{.name = "layer"});
    net.buffers()["layer.running_var"].setConstant(1.4288f);
    auto ws = net.make_workspace(5);
    const auto dy = normal<float>(shape.size(), 5, 2);
    auto x = normal<float>(shape.size(), 5, 1);
    x(0, 0) = std::numeric_limits<float>::infinity();
    x(shape.size() - 1, 4) = -x(0, 0);
    net.forward({.x = x}, ws);
    const Matrix<float> dx = net.backward(dy, ws, {.x = true}).x;
    // PyTorch 1.13: 0.8366 for dy = 1, x = inf and this variance.
    const float factor = static_cast<float>(1 / std::sqrt(1.4288 + 1e-5));
    CHECK(std::abs(factor - 0.8366f) < 1e-4f);
    CHECK((dx - factor * dy).cwiseAbs().maxCoeff() <= 1e-6f);
  }
}

TEST_CASE("BatchNorm says why no gradient penalty passes through it", "[batch_norm]") {
  const Network net(BatchNorm{3}, {3}, {.name = "critic"});
  try {
    (void)net.make_workspace(2, SecondOrder::yes);
    FAIL("a second-order workspace was made");
  } catch (const ConfigError& e) {
    CHECK(
        std::string(e.what()) ==
        "critic (BatchNorm): has no tangent pass, so no gradient penalty can reach through it: it has only a first "
        "derivative");
  }
}
