#include "eigenerate/network/network.hpp"

#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;

namespace {

Network<> small(const std::string& name = "net") {
  return Network(Sequential{Linear{3, 5}, Linear{5, 2}}, NetworkOptions{.name = name});
}

}  // namespace

TEST_CASE("a network computes what its layers say", "[network]") {
  auto net = small();
  auto ws = net.make_workspace(4);
  const Matrix<float> x = Matrix<float>::Random(3, 4);
  auto& p = net.parameters();
  const Eigen::Map<Matrix<float>> w0(p["net.0.weight"].data(), 3, 5), w1(p["net.1.weight"].data(), 5, 2);
  const Matrix<float> h = (w0.transpose() * x).colwise() + p["net.0.bias"];
  const Matrix<float> expected = (w1.transpose() * h).colwise() + p["net.1.bias"];
  CHECK((net.forward({x}, ws) - expected).cwiseAbs().maxCoeff() < 1e-6f);
}

TEST_CASE("shapes are checked when a network is built, with path and both shapes", "[network]") {
  CHECK(support::error_of<ShapeError>([] {
          Network(Sequential{Linear{3, 5}, Linear{4, 2}}, {.name = "decoder"});
        }) == "decoder.1 (Linear): expected input 4, got 5");
  CHECK(support::error_of<ShapeError>([] {
          Network(Linear{3, 5}, Shape{1, 28, 28}, {.name = "encoder"});
        }) == "encoder (Linear): expected input 3, got 1×28×28; put Flatten{} before it");
  CHECK(support::error_of<ConfigError>([] {
          Network(Linear{3, 0}, {.name = "encoder"});
        }) == "encoder (Linear): needs at least one input and one output feature, got 3 and 0");
}

TEST_CASE("passes refuse views and workspaces that do not fit, in Release too", "[network]") {
  auto net = small();
  const auto other = small("other");
  auto ws = net.make_workspace(4), foreign = other.make_workspace(4);
  const Matrix<float> x = Matrix<float>::Random(3, 4), five = Matrix<float>::Random(3, 5),
                      tall = Matrix<float>::Random(4, 4), dy = Matrix<float>::Random(2, 4);
  Arena<float> gradients = net.parameters().like(), foreign_gradients = other.parameters().like();
  CHECK(support::error_of<StateError>([&] { net.backward(dy, ws, {.parameters = &gradients}); }) ==
        "net: backward needs a forward pass in its workspace");
  CHECK(support::error_of<StateError>([&] { net.forward({x}, foreign); }) ==
        "net: the workspace was made for another network");
  CHECK(support::error_of<ShapeError>([&] { net.forward({five}, ws); }) ==
        "net: the workspace holds 1 to 4 samples, got a batch of 5");
  CHECK(support::error_of<ShapeError>([&] { net.forward({tall}, ws); }) ==
        "net: expected x of 3 × 4 (one sample of shape 3 per column), got 4 × 4");
  net.forward({x}, ws);
  CHECK(support::error_of<ShapeError>([&] { net.backward(x, ws, {.parameters = &gradients}); }) ==
        "net: expected dy of 2 × 4 (one sample of shape 2 per column), got 3 × 4");
  CHECK(support::error_of<StateError>([&] { net.backward(dy, ws, {.parameters = &foreign_gradients}); }) ==
        "net: the gradients are of another network");
  CHECK(support::error_of<StateError>([&] { net.tangent(x, ws); }) ==
        "net: this workspace has no memory for tangents; make it with SecondOrder::yes");
  auto second = net.make_workspace(4, SecondOrder::yes);
  net.forward({x}, second);
  CHECK(support::error_of<StateError>([&] {
          net.tangent_backward(dy, dy, second, {.parameters = &gradients});
        }) == "net: tangent_backward needs a tangent pass in its workspace");
  CHECK_THROWS_AS(net.make_workspace(0), ConfigError);
}

TEST_CASE("two workspaces are two passes alive at once", "[network]") {
  auto net = small();
  auto first = net.make_workspace(2), second = net.make_workspace(2);
  const Matrix<float> a = Matrix<float>::Random(3, 2), b = Matrix<float>::Random(3, 2),
                      dy = Matrix<float>::Ones(2, 2);
  Arena<float> expected = net.parameters().like(), gradients = net.parameters().like();
  net.forward({a}, first);
  net.backward(dy, first, {.parameters = &expected});
  net.forward({a}, first);
  net.forward({b}, second);
  net.backward(dy, first, {.parameters = &gradients});
  CHECK(std::equal(gradients.data(), gradients.data() + gradients.size(), expected.data()));
}

TEST_CASE("a copied network shares nothing but its plan", "[network]") {
  auto net = small();
  auto copy = net;
  copy.parameters()["net.0.weight"].setZero();
  CHECK_FALSE(net.parameters()["net.0.weight"].isZero(0));
  auto ws = copy.make_workspace(1);
  const Matrix<float> x = Matrix<float>::Random(3, 1);
  CHECK_NOTHROW(net.forward({x}, ws));
}

TEST_CASE("evaluating passes compute with the average where one is kept, training ones never", "[network]") {
  auto net = Network(Sequential{Linear{3, 5}, BatchNorm{5}, Linear{5, 2}}, NetworkOptions{.name = "net"});
  auto ws = net.make_workspace(4, SecondOrder::no);
  const Matrix<float> x = Matrix<float>::Random(3, 4), dy = Matrix<float>::Random(2, 4);
  struct Outcome {
    Matrix<float> y, dx;
    Vector<float> gradients;
    bool operator==(const Outcome&) const = default;
  };
  const auto pass = [&](const auto& network, Mode mode) {
    Arena<float> gradients = network.parameters().like();
    const Matrix<float> y = network.forward({.x = x, .mode = mode}, ws);
    const Matrix<float> dx = network.backward(dy, ws, {.parameters = &gradients, .x = true}).x;
    return Outcome{y, dx, Eigen::Map<Vector<float>>(gradients.data(), gradients.size())};
  };
  const auto plain = net;
  net.keep_average();
  for (const Mode mode : {Mode::train, Mode::evaluate}) CHECK(pass(net, mode) == pass(plain, mode));

  // A network of the average's values says what evaluating passes must give, backward included.
  auto averaged = plain;
  net.average()->operator[]("net.0.weight").setRandom();
  averaged.parameters()["net.0.weight"] = (*net.average())["net.0.weight"];
  CHECK(pass(net, Mode::train) == pass(plain, Mode::train));
  CHECK(pass(net, Mode::evaluate) == pass(averaged, Mode::evaluate));
  CHECK_FALSE(pass(net, Mode::evaluate) == pass(plain, Mode::evaluate));
  // Statistics are no parameters: there is one copy of them, which training moves and both read.
  net.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, ws);
  averaged.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, ws);
  CHECK(net.buffers()["net.1.num_batches_tracked"](0) == 1);
  averaged.buffers() = net.buffers();
  CHECK(pass(net, Mode::evaluate) == pass(averaged, Mode::evaluate));

  auto copy = net;
  CHECK(pass(copy, Mode::evaluate) == pass(net, Mode::evaluate));
  copy.average()->set_zero();
  CHECK_FALSE(pass(copy, Mode::evaluate) == pass(net, Mode::evaluate));
  copy.drop_average();
  CHECK(copy.average() == nullptr);
  CHECK(&copy.parameters(Mode::evaluate) == &copy.parameters());
}

TEST_CASE("an average starts again where parameters are set rather than trained", "[network]") {
  auto net = small();
  net.restart_average();
  CHECK(net.average() == nullptr);
  net.keep_average();
  net.parameters()["net.0.bias"].setConstant(3);
  CHECK((*net.average())["net.0.bias"] != net.parameters()["net.0.bias"]);
  net.restart_average();
  CHECK((*net.average())["net.0.bias"] == net.parameters()["net.0.bias"]);
  net.initialize(DefaultInit{}, 8);
  CHECK((*net.average())["net.0.bias"] == net.parameters()["net.0.bias"]);
  CHECK((*net.average())["net.0.bias"] != small().parameters()["net.0.bias"]);
}

TEST_CASE("a constant network refuses to move its buffers, and another one moves them when it is told to",
          "[network]") {
  Network net(Sequential{Linear{3, 5}, BatchNorm{5}}, NetworkOptions{.name = "net"});
  const Network constant = net;
  auto ws = net.make_workspace(4);
  const Matrix<float> x = Matrix<float>::Random(3, 4);
  CHECK(support::error_of<StateError>([&] {
          constant.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, ws);
        }) == "net: a constant network cannot update its buffers");
  const Matrix<float> kept = net.forward({.x = x, .mode = Mode::train}, ws);
  CHECK(net.buffers()["net.1.num_batches_tracked"](0) == 0);
  CHECK(net.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, ws) == kept);
  CHECK(net.buffers()["net.1.num_batches_tracked"](0) == 1);
}

TEST_CASE("frozen tensors stay, and nothing else", "[network]") {
  Network net(Sequential{Linear{3, 5}, Tanh{}, Linear{5, 4}, Linear{4, 2}}, NetworkOptions{.name = "net"});
  const auto ranges = [&] {
    std::vector<std::pair<Index, Index>> list;
    for (const ArenaRange& r : net.trained()) list.emplace_back(r.begin, r.end);
    return list;
  };
  const auto all = ranges();
  net.freeze("net.2");
  net.freeze("net.0.bias");
  CHECK(ranges().size() == 2);
  Arena<float> gradients = net.parameters().like();
  std::fill_n(gradients.data(), gradients.size(), 1.0f);
  net.clear_frozen(gradients);
  for (const Segment& s : gradients.segments()) {
    const bool frozen = s.name == "net.0.bias" || s.name.starts_with("net.2.");
    CHECK((gradients[s.name].array() == (frozen ? 0.0f : 1.0f)).all());
  }
  net.train("net");
  CHECK(ranges() == all);
  net.freeze("");
  CHECK(ranges().empty());
  CHECK(support::error_of<ConfigError>([&] { net.freeze("net.20"); }) ==
        "net: no tensor whose name begins with 'net.20'");
}
