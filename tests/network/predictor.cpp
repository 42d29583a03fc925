#include "eigenerate/network/predictor.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>
#include <utility>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "kernels/kernel_test.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

template <Scalar S>
Matrix<S> normal(Index rows, Index cols, std::uint64_t lane = 0) {
  Matrix<S> x(rows, cols);
  fill_normal(x.data(), x.size(), RandomStream{5}.lane(lane));
  return x;
}

/// A network whose parameters and running statistics are not what it began with.
template <Scalar S>
struct Trained {
  Network<S> network;

  Trained(AnyLayer<S> layer, const Shape& input, std::optional<Shape> condition_ = {})
      : network(std::move(layer), input, {.name = "net", .seed = 3, .condition = condition_}) {
    Arena<S>& p = network.parameters();
    const Matrix<S> jitter = normal<S>(p.size(), 1, 1);
    for_each_parameter(
        [&](const Segment& s, S* values) {
          for (Index i = 0; i < s.size; ++i) values[i] += S(0.1) * jitter(s.offset + i);
        },
        p);
    auto ws = network.make_workspace(32);
    for (std::uint64_t step = 0; step < 3; ++step)
      network.forward({.x = normal<S>(input.size(), 32, 10 + step),
                       .condition = condition(32),
                       .mode = Mode::train,
                       .buffers = Buffers::update},
                      ws);
  }

  Matrix<S> x(Index n) const { return normal<S>(network.input_shape().size(), n, 2); }
  Matrix<S> condition(Index n) const {
    const auto& shape = network.plan().condition;
    return shape ? normal<S>(shape->size(), n, 3) : Matrix<S>();
  }
};

struct Case {
  std::string name;
  AnyLayer<double> layer;
  Shape input;
  std::optional<Shape> condition = {};
};

/// The generator of a small DCGAN.
template <Scalar S>
AnyLayer<S> image_generator() {
  return AnySequential<S>({Linear{6, 8 * 9}, Reshape{8, 3, 3}, BatchNorm{8}, Relu{},
                           ConvTranspose2d{8, 4, {.kernel = 4, .stride = 2, .padding = 1, .bias = false}},
                           BatchNorm{4}, Relu{},
                           ConvTranspose2d{4, 1, {.kernel = 4, .stride = 2, .padding = 1}}, Tanh{}});
}

/// All kinds of layers, most of them where something folds.
std::vector<Case> all_kinds() {
  using Any = std::vector<AnyLayer<double>>;
  const auto in_a_row = [](Any layers) { return AnyLayer<double>(AnySequential<double>(std::move(layers))); };
  const Shape image{3, 6, 6};
  std::vector<Case> cases;
  cases.push_back({"generator", image_generator<double>(), {6}});
  cases.push_back({"activations",
                   in_a_row({Linear{5, 9}, BatchNorm{9}, LeakyRelu{0.2}, Linear{9, 8, false}, BatchNorm{8},
                             Elu{}, LayerNorm{8}, Gelu{}, Dropout{0.5}, Silu{}, Softplus{}, Identity{},
                             Linear{8, 7}, Dropout{0.1}, Relu{}, BatchNorm{7, {.affine = false}}, Sigmoid{}}),
                   {5}});
  cases.push_back(
      {"convolutions",
       in_a_row({Conv2d{3, 5, {.kernel = 3, .padding = 1}}, BatchNorm{5}, Relu{}, MaxPool{2}, Upsample{2},
                 Conv2d{5, 4, {.kernel = 3, .bias = false}}, BatchNorm{4, {.affine = false}}, AveragePool{2},
                 Flatten{}, BatchNorm{infer}, Linear{infer, 12}, Relu{}, Reshape{3, 2, 2}, BatchNorm{3}}),
       image});
  cases.push_back({"shapes",
                   in_a_row({Linear{12, 12}, Reshape{3, 2, 2}, Reshape{2, 3, 2}, BatchNorm{2}, Flatten{},
                             Reshape{12}, BatchNorm{12}, Relu{}, Reshape{3, 2, 2}, Flatten{}, Tanh{},
                             Reshape{2, 2, 3}, LeakyRelu{}, Flatten{}}),
                   {12}});
  cases.push_back({"normalizations first", in_a_row({BatchNorm{5}, Dropout{}, BatchNorm{5}, Relu{}}), {5}});
  cases.push_back({"nothing but dropout", in_a_row({Dropout{0.5}, Identity{}}), {5}});
  cases.push_back({"one layer", Linear{4, 3}, {4}});
  cases.push_back(
      {"residuals",
       in_a_row({Linear{4, 6}, BatchNorm{6},
                 Residual{Sequential{Linear{6, 6}, BatchNorm{6}, Relu{}, Residual{Linear{6, 6}}, Dropout{}}},
                 BatchNorm{6}, Residual{Identity{}}}),
       {4}});
  cases.push_back(
      {"U-Net",
       in_a_row({Concat{Identity{},
                        Sequential{Conv2d{3, 4, {.kernel = 2, .stride = 2}}, BatchNorm{4}, Relu{},
                                   Concat{Identity{}, Sequential{Conv2d{4, 4, {.kernel = 3, .padding = 1}},
                                                                 BatchNorm{4}, Dropout{0.5}}},
                                   ConvTranspose2d{8, 2, {.kernel = 2, .stride = 2}}, BatchNorm{2}}},
                 BatchNorm{5}, Conv2d{5, 1, {.kernel = 1}}}),
       image});
  cases.push_back(
      {"masks and spectral norms",
       in_a_row({MaskedLinear{{1, 2, 3}, {1, 1, 2, 3}}, BatchNorm{4}, Relu{}, SpectralNorm{Linear{4, 8}},
                 Reshape{2, 2, 2}, SpectralNorm{Conv2d{2, 3, {.kernel = 1}}}, BatchNorm{3}, Relu{}}),
       {3}});
  cases.push_back({"a condition of the first layer",
                   in_a_row({JoinCondition{}, Linear{infer, 8}, BatchNorm{8}, Modulate{}, Relu{}}),
                   {4},
                   Shape{3}});
  cases.push_back({"an embedded condition",
                   WithCondition{Sequential{Linear{3, 5}, BatchNorm{5}, Relu{}},
                                 Sequential{Linear{4, 6}, BatchNorm{6}, Modulate{}, Linear{6, 2}}},
                   {4},
                   Shape{3}});
  cases.push_back({"a projected condition",
                   in_a_row({Linear{4, 6}, BatchNorm{6}, SpectralNorm{ProjectCondition{}}}),
                   {4},
                   Shape{3}});
  return cases;
}

double largest(const auto& values) {
  return static_cast<double>(values.cwiseAbs().maxCoeff());
}

}  // namespace

TEST_CASE("a predictor predicts what the network does, with every kind of layer", "[predictor]") {
  for (const Case& c : all_kinds()) {
    INFO(c.name);
    const Trained<double> t(c.layer, c.input, c.condition);
    const Predictor<double> predictor(t.network);
    for (const Index n : {1, 2, 17}) {
      const Matrix<double> x = t.x(n), condition = t.condition(n), y = t.network.predict(x, condition);
      CHECK(testing::relative_error(predictor.predict(x, condition), y) <= 1e-12);
      CHECK(largest(predictor(x, condition) - y) <= 1e-12 * largest(y));
    }
  }
}

TEST_CASE("in float too, to some roundings of the largest output", "[predictor]") {
  // Each of three products of up to 72 terms is within (k + 4)·eps of its sum of magnitudes, about √k times
  // its result; the folded weights add 2·eps.
  const Trained<float> t(image_generator<float>(), {6});
  const Predictor<float> predictor(t.network);
  for (const Index n : {1, 3, 64}) {
    const Matrix<float> y = t.network.predict(t.x(n));
    CHECK(largest(predictor(t.x(n)) - y) <= testing::tolerance::rounding<float>(3 * 4) * largest(y));
  }
}

TEST_CASE("where nothing is folded, the bits are those of the network", "[predictor]") {
  const AnyLayer<float> layers[] = {
      AnySequential<float>(
          {Linear{7, 50}, Relu{}, Linear{50, 40, false}, Relu{}, LayerNorm{40}, Linear{40, 9}, Softplus{}}),
      AnySequential<float>({Reshape{1, 7, 1}, Conv2d{1, 4, {.kernel = {3, 1}}}, Relu{}, Flatten{}, Dropout{},
                            Residual{Sequential{Linear{20, 20}, Relu{}}}}),
      AnySequential<float>({Linear{7, 12}, Reshape{3, 2, 2}, Conv2d{3, 2, {.kernel = 1}}, Tanh{}})};
  for (const auto& layer : layers) {
    const Trained<float> t(layer, {7});
    const Predictor<float> predictor(t.network);
    for (const Index n : {1, 5, 257, 300}) CHECK(predictor(t.x(n)) == t.network.predict(t.x(n)));
  }
}

TEST_CASE("convolutions packed for one precision or instruction set have the network's bits in all",
          "[predictor]") {
  // Kernels that cover their image, that are added up, that have phases; odd channels, depths of several
  // blocks.
  const AnyLayer<float> layer = AnySequential<float>(
      {Reshape{9, 1, 1}, ConvTranspose2d{9, 70, {.kernel = 4}}, Relu{},
       ConvTranspose2d{70, 33, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{},
       Residual{Sequential{Conv2d{33, 130, {.kernel = 3, .padding = 1}}, Relu{},
                           ConvTranspose2d{130, 33, {.kernel = 1}}}},
       ConvTranspose2d{33, 17, {.kernel = 3, .stride = 2, .padding = 1, .output_padding = 1}}, Relu{},
       Conv2d{17, 3, {.kernel = 5, .stride = 2}}, Tanh{}});
  const Trained<float> t(layer, {9});
  const MatmulPrecision before = matmul_precision();
  kernel_test::for_each_isa([&] {
    const kernels::Isa here = kernels::isa();
    for (const auto made_for : {MatmulPrecision::highest, MatmulPrecision::medium}) {
      set_matmul_precision(made_for);
      const Predictor<float> predictor(t.network);
      for (const auto precision :
           {MatmulPrecision::highest, MatmulPrecision::high, MatmulPrecision::medium}) {
        CAPTURE(precision_name(made_for), precision_name(precision));
        set_matmul_precision(precision);
        for (const Index n : {1, 2, 21}) {
          const Matrix<float> x = t.x(n), y = t.network.predict(x);
          const auto predict = [&] {
            const Matrix<float> got = predictor(x);
            return std::vector<float>(got.data(), got.data() + got.size());
          };
          CHECK(predict() == std::vector<float>(y.data(), y.data() + y.size()));
          CHECK(kernel_test::same_bits_on_any_threads(predict));
          kernels::set_isa(kernels::Isa::Scalar);
          CHECK(predictor(x) == t.network.predict(x));
          kernels::set_isa(here);
        }
      }
    }
  });
  set_matmul_precision(before);
}

TEST_CASE("with weights in bf16 a predictor is that of the network with the weights of its Linears rounded",
          "[predictor]") {
  const AnyLayer<float> layer = AnySequential<float>(
      {Linear{7, 50}, Relu{}, Linear{50, 36, false}, Residual{Sequential{Linear{36, 36}, LeakyRelu{}}},
       Reshape{4, 3, 3}, Conv2d{4, 3, {.kernel = 2}}, Flatten{}, Linear{infer, 520}, Tanh{}});
  const Trained<float> t(layer, {7});
  Network<float> rounded = t.network;
  Index linears = 0;
  for_each_parameter(
      [&](const Segment& s, float* values) {
        if (s.role != Role::weight || s.shape.size() > 2) return;
        ++linears;
        for (Index i = 0; i < s.size; ++i) values[i] = to_float(to_bf16(values[i]));
      },
      rounded.parameters());
  REQUIRE(linears == 4);
  kernel_test::for_each_isa([&] {
    const Predictor predictor{t.network, {.weights = WeightPrecision::bf16}};
    for (const Index n : {1, 2, 40}) {
      CHECK(predictor(t.x(n)) == Predictor{rounded}(t.x(n)));
      CHECK(predictor(t.x(n)) != Predictor{t.network}(t.x(n)));
    }
  });
}

TEST_CASE("weights are rounded to bf16 once all is folded into them", "[predictor]") {
  Trained<float> t(AnySequential<float>({Linear{40, 64}, BatchNorm{64}}), {40});
  const Predictor predictor{t.network, {.weights = WeightPrecision::bf16}};
  // What the map makes of a large number in one place: the weights, with a shift that is small beside them.
  const Matrix<float> ones = Matrix<float>::Identity(40, 40), zero = Matrix<float>::Zero(40, 1);
  Index inexact = 0;
  for (Index i = 0; i < 40; ++i) {
    const Matrix<float> weights = predictor(Matrix<float>(1024 * 1024 * ones.col(i))),
                        full = Predictor{t.network}(Matrix<float>(1024 * 1024 * ones.col(i)));
    const Matrix<float> shift = predictor(zero);
    for (Index o = 0; o < 64; ++o) {
      const double weight = static_cast<double>(weights(o)) - static_cast<double>(shift(o)),
                   exact = static_cast<double>(full(o)) - static_cast<double>(shift(o));
      CHECK(std::abs(weight - exact) <= 0x1p-8 * std::abs(exact) + 0x1p-22 * std::abs(exact));
      inexact += std::abs(weight - exact) > 0x1p-20 * std::abs(exact);
    }
  }
  CHECK(inexact > 64 * 40 / 2);
}

TEST_CASE("weights in bf16 are refused for networks of doubles, by name", "[predictor]") {
  const Trained<double> t(Linear{4, 3}, {4});
  CHECK(support::error_of<ConfigError>([&] {
          Predictor{t.network, {.weights = WeightPrecision::bf16}};
        }) == "net: weights in bf16 are for networks of floats, not of doubles");
}

TEST_CASE("what follows a product is folded into it", "[predictor]") {
  const auto steps = [](AnyLayer<float> layer, const Shape& input) {
    return Network<float>(std::move(layer), input).prediction_steps().size();
  };
  CHECK(steps(image_generator<float>(), {6}) == 4);  // the Tanh remains
  CHECK(steps(AnySequential<float>({Linear{4, 6}, Dropout{}, BatchNorm{6}, Reshape{6}, Relu{}, Identity{},
                                    Reshape{2, 3, 1}, Flatten{}}),
              {4}) == 1);
  CHECK(steps(AnySequential<float>({Conv2d{2, 3}, BatchNorm{3}, Reshape{3, 4, 4}, BatchNorm{3}}),
              {2, 6, 6}) == 1);
  CHECK(steps(AnySequential<float>({Linear{4, 6}, Relu{}, BatchNorm{6}}), {4}) == 2);
  CHECK(steps(AnySequential<float>({Linear{4, 6}, Relu{}, Relu{}}), {4}) == 2);
  CHECK(steps(AnySequential<float>({Linear{4, 6}, Tanh{}, Reshape{3, 2, 1}, Elu{}, Flatten{}}), {4}) == 3);
  CHECK(steps(AnySequential<float>({BatchNorm{4}, Linear{4, 6}}), {4}) == 2);
  CHECK(steps(AnySequential<float>({Conv2d{2, 3}, Flatten{}}), {2, 6, 6}) == 2);
  CHECK(steps(AnySequential<float>({Dropout{}, Flatten{}}), {6}) == 0);
}

TEST_CASE("portions are even: they hold all samples in order, and none is left over alone", "[predictor]") {
  for (const Index n : {1, 2, 32, 33, 65, 257, 1025, 65537}) {
    for (const Index most : {32, 256}) {
      CAPTURE(n, most);
      const Matrix<float> x = normal<float>(1, n);
      const detail::Portions<float> portions(x, ConstView<float>(), most);
      Index next = 0, smallest = n, largest = 0;
      portions.for_each([&](Index first, const ConstView<float>& some, const ConstView<float>&) {
        CHECK((first == next && some.data() == x.data() + first));
        next += some.cols();
        smallest = std::min(smallest, some.cols());
        largest = std::max(largest, some.cols());
      });
      CHECK(next == n);
      CHECK(largest == portions.largest());
      CHECK(largest <= most);
      CHECK(largest - smallest <= 1);
    }
  }
}

TEST_CASE("any number of samples, in portions, with conditions that they share", "[predictor]") {
  const Trained<double> t(AnySequential<double>({JoinCondition{}, Linear{infer, 5}, BatchNorm{5}}), {4},
                          Shape{3});
  const Predictor<double> predictor(t.network);
  for (const auto& [n, columns] :
       {std::pair<Index, Index>{600, 600}, {600, 2}, {600, 1}, {600, 300}, {257, 257}, {12, 4}}) {
    auto ws = t.network.make_workspace(n);  // for all of them at once
    const Matrix<double> x = t.x(n), condition = t.condition(columns);
    const Matrix<double> y = std::as_const(t.network).forward({.x = x, .condition = condition}, ws);
    CHECK(testing::relative_error(predictor(x, condition), y) <= 1e-12);
    CHECK(testing::relative_error(t.network.predict(x, condition), y) <= 1e-12);
  }
}

TEST_CASE("a predictor stays as it was made", "[predictor]") {
  Trained<float> t(image_generator<float>(), {6});
  const Matrix<float> x = t.x(3), as_trained = t.network.predict(x);
  t.network.keep_average();
  const Predictor<float> predictor(t.network);
  const Matrix<float> before = predictor(x);
  t.network.parameters().data()[0] += 1;  // the average is what predictions compute with
  CHECK(Predictor<float>(t.network)(x) == before);
  t.network.average()->data()[0] += 1;
  for (Index i = 0; i < t.network.buffers().size(); ++i) t.network.buffers().data()[i] += 1;
  CHECK(predictor(x) == before);
  CHECK(Predictor<float>(t.network)(x) != before);
  const Predictor<float> copy = predictor;
  CHECK(copy(x) == before);
  CHECK(largest(as_trained - before) < 1e-4);
}

TEST_CASE("several threads predict at once, after reserve without an allocation", "[predictor]") {
  const Trained<float> t(image_generator<float>(), {6});
  const Predictor<float> predictor(t.network);
  predictor.reserve(16, 4);
  constexpr int rounds = 50;
  std::vector<Matrix<float>> inputs, expected;
  for (Index n = 1; n <= 4; ++n) {
    inputs.push_back(normal<float>(6, 4 * n, static_cast<std::uint64_t>(n)));
    expected.push_back(predictor(inputs.back()));
  }
  std::vector<Matrix<float>> outputs(4);
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  for (std::size_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      outputs[i].resize(expected[i].rows(), expected[i].cols());
      predictor.predict_into(outputs[i], inputs[i]);  // the packing buffer of this thread
      ready.fetch_add(1);
      while (!go.load()) std::this_thread::yield();
      for (int round = 0; round < rounds; ++round) {
        outputs[i].setZero();
        predictor.predict_into(outputs[i], inputs[i]);
        wrong[i] += outputs[i] != expected[i];
      }
    });
  while (ready.load() < 4) std::this_thread::yield();
  const testing::AllocationGuard guard;
  go.store(true);
  for (auto& thread : threads) thread.join();
  if (testing::AllocationGuard::available()) CHECK(guard.count() == 0);
  CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("a prediction allocates nothing after the first", "[predictor]") {
  if (!testing::AllocationGuard::available()) return;
  for (const Case& c : all_kinds()) {
    INFO(c.name);
    const Trained<double> t(c.layer, c.input, c.condition);
    const Predictor<double> predictor(t.network);
    const Matrix<double> x = t.x(300), condition = t.condition(300);
    Matrix<double> y(t.network.output_shape().size(), 300), one(y.rows(), 1);
    predictor.predict_into(y, x, condition);
    const testing::AllocationGuard guard;
    predictor.predict_into(y, x, condition);
    predictor.predict_into(one, x.leftCols(1), condition.leftCols(c.condition ? 1 : 0));
    CHECK(guard.count() == 0);
  }
  const Trained<float> t(image_generator<float>(), {6});
  t.network.predict(t.x(1));  // this thread's packing buffer
  const Predictor<float> predictor(t.network);
  const Matrix<float> x = t.x(40);
  Matrix<float> y(t.network.output_shape().size(), 40);
  const Predictor rounded{t.network, {.weights = WeightPrecision::bf16}};
  Matrix<float> one(y.rows(), 1);
  predictor.reserve(40);
  rounded.reserve(40);
  const testing::AllocationGuard guard;
  predictor.predict_into(y, x);
  rounded.predict_into(y, x);
  rounded.predict_into(one, x.leftCols(1));
  CHECK(guard.count() == 0);
}

TEST_CASE("products have the network's precision", "[predictor]") {
  const AnyLayer<float> layer = AnySequential<float>({Linear{64, 64}, Tanh{}, Linear{64, 64}});
  const Matrix<float> x = normal<float>(64, 64);
  Matrix<float> of[2];
  for (const auto precision : {MatmulPrecision::highest, MatmulPrecision::medium}) {
    const Network<float> network(layer, {.seed = 1, .precision = precision});
    const Matrix<float> y = Predictor<float>(network)(x);
    CHECK(y == network.predict(x));
    of[precision == MatmulPrecision::medium] = y;
  }
  const Network<float> network(layer, {.seed = 1});
  const Predictor<float> predictor(network);
  const MatmulPrecision before = matmul_precision();
  set_matmul_precision(MatmulPrecision::medium);
  CHECK(predictor(x) == of[1]);  // what is set when it is asked
  set_matmul_precision(before);
  CHECK(predictor(x) == of[0]);
}

TEST_CASE("outputs go where the caller wants them", "[predictor]") {
  const Trained<float> t(AnySequential<float>({Linear{4, 3}, BatchNorm{3}}), {4});
  const Predictor<float> predictor(t.network);
  const Matrix<float> x = t.x(5), expected = predictor(x);
  Matrix<float> more = Matrix<float>::Constant(3, 7, 9);
  predictor.predict_into(more.middleCols(1, 5), x);
  CHECK(more.middleCols(1, 5) == expected);
  CHECK((more.col(0).array() == 9 && more.col(6).array() == 9).all());
  std::vector<float> memory(15);
  predictor.predict_into(View<float>(memory.data(), 3, 5), x);
  CHECK(View<float>(memory.data(), 3, 5) == expected);
  Vector<float> one(3);
  predictor.predict_into(one, x.col(2));
  CHECK(largest(one - expected.col(2)) < 1e-6);
}

TEST_CASE("a predictor refuses what does not fit, by name", "[predictor]") {
  const Trained<float> t(AnySequential<float>({JoinCondition{}, Linear{infer, 3}}), {4}, Shape{2});
  Predictor<float> predictor(t.network);
  CHECK(predictor.name() == "net");
  CHECK(predictor.input_shape() == Shape{4});
  CHECK(predictor.output_shape() == Shape{3});
  CHECK(predictor.condition_shape() == Shape{2});
  const Matrix<float> x = t.x(6), c = t.condition(6);
  Matrix<float> y(3, 6), tall(4, 6), few(3, 5);
  CHECK(support::error_of<ShapeError>([&] { predictor(Matrix<float>(5, 6), c); }) ==
        "net: expected x of 4 × 6 (one sample of shape 4 per column), got 5 × 6");
  CHECK(support::error_of<ShapeError>([&] { predictor(Matrix<float>(4, 0), c); }) ==
        "net: expected at least one sample, got 4 × 0");
  CHECK(support::error_of<ShapeError>([&] { predictor.predict_into(few, x, c); }) ==
        "net: expected y of 3 × 6 (one sample of shape 3 per column), got 3 × 5");
  CHECK_THROWS_AS(predictor.predict_into(tall, x, c), ShapeError);
  CHECK_THROWS_AS(predictor.predict_into(tall.topRows(3), x, c), ShapeError);
  CHECK(support::error_of<ShapeError>([&] { predictor(x, t.condition(4)); }) ==
        "net: expected a condition of 2 × 6 or a divisor of 6 (shape 2), got 2 × 4");
  CHECK_THROWS_AS(predictor(x), ShapeError);
  const Network<float> plain(Linear{4, 3}, {.name = "plain"});
  CHECK(support::error_of<ConfigError>([&] { Predictor<float>{plain}(x, c); }) ==
        "plain: got a condition of 2 × 6, but the network was built without one");
  CHECK(support::error_of<ConfigError>([&] { predictor.reserve(0); }) ==
        "net: reserve needs at least one sample and 1 to 64 threads, got 0 and 1");
  CHECK_THROWS_AS(predictor.reserve(1, 65), ConfigError);

  const Predictor<float> taken = std::move(predictor);
  CHECK(taken(x, c).cols() == 6);
  CHECK(support::contains(support::error_of<StateError>([&] { predictor(x, c); }),
                          "this predictor was moved from"));
  Network<float> network = t.network;
  const Network<float> other = std::move(network);
  CHECK_THROWS_AS(Predictor<float>(network), StateError);
}

TEST_CASE("numbers that are not finite are predicted as the network does", "[predictor]") {
  Trained<float> t(image_generator<float>(), {6});
  Matrix<float> x = t.x(2);
  x(0, 1) = std::numeric_limits<float>::quiet_NaN();
  const Matrix<float> y = Predictor<float>(t.network)(x);
  CHECK(y.col(0).allFinite());
  CHECK(y.col(1).array().isNaN().any());
}
