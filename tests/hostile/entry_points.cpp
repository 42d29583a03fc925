// Wrong shapes and values at the public entry points. Each is refused by a typed exception that names the
// place, what was expected and what came, and changes nothing. This program is compiled with NDEBUG, as
// users' are: no assertion stands in for a check.

#include <eigenerate/data/idx.hpp>
#include <eigenerate/data/mnist.hpp>
#include <eigenerate/data/toy.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <eigenerate/testing/testing.hpp>
#include <eigenerate/training/callbacks/checkpoints.hpp>
#include <eigenerate/training/callbacks/early_stopping.hpp>
#include <eigenerate/training/callbacks/sample_grid.hpp>
#include <limits>

#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/model_hash.hpp"
#include "support/refuses.hpp"

#ifndef NDEBUG
#error "these checks must hold without assertions"
#endif

using namespace eigenerate;

namespace {

using support::refuses;

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Index largest = std::numeric_limits<Index>::max();

Matrix<float> zeros(Index rows, Index cols) {
  return Matrix<float>::Zero(rows, cols);
}

template <class M>
std::string bytes_of(const M& m) {
  return {reinterpret_cast<const char*>(m.data()), static_cast<std::size_t>(m.size()) * sizeof(*m.data())};
}

auto small_net(std::uint64_t seed = 0) {
  return Network(Sequential{Linear{6, 4}, Tanh{}, Linear{4, 3}}, NetworkOptions{.name = "net", .seed = seed});
}
auto batch_norm_net() {
  return Network(Sequential{Linear{6, 4}, BatchNorm{4}}, NetworkOptions{.name = "normed"});
}

const std::vector<int> labels{0, 1, 2, 1};

Dataset labelled(Index n = 8, Index features = 6, Index classes = 3) {
  std::vector<int> all;
  for (Index i = 0; i < n; ++i) all.push_back(static_cast<int>(i % classes));
  return {"samples", {features}, testing::uniform_batch<float>(features, n, 1), all, classes};
}
Dataset unlabelled(Index n = 8, Index features = 6) {
  return {"plain", {features}, testing::uniform_batch<float>(features, n, 1)};
}

}  // namespace

// ---- Networks

TEST_CASE("networks refuse what does not fit", "[entry points]") {
  using Net = decltype(small_net());
  refuses<ConfigError>([] { Network(Relu{}, NetworkOptions{.name = "net"}); }, {"net", "input shape"});
  refuses<ConfigError>([] { Network(Relu{}, Shape{0}, NetworkOptions{.name = "net"}); },
                       {"net", "at least 1", "0×1×1"});
  refuses<ConfigError>(
      [] {
        Network(Relu{}, Shape{3, -1, 2}, NetworkOptions{.name = "net"});
      },
      {"net", "3×-1×2"});
  refuses<ShapeError>(
      [] {
        Network(Sequential{Linear{6, 4}, Linear{5, 3}}, NetworkOptions{.name = "net"});
      },
      {"net.1 (Linear)", "expected input 5", "got 4"});
  refuses<ShapeError>(
      [] {
        Network(Linear{6, 4}, Shape{1, 2, 3}, NetworkOptions{.name = "net"});
      },
      {"net (Linear)", "expected input 6", "got 1×2×3", "Flatten"});
  refuses<ConfigError>([] { AnySequential({}); }, {"AnySequential", "at least one layer"});

  Net net = small_net();
  const std::string before = bytes_of(net.parameters());
  refuses<ConfigError>([&] { net.make_workspace(0); }, {"net", "at least one sample", "got 0"});
  refuses<ConfigError>([&] { net.make_workspace(-7); }, {"net", "at least one sample", "got -7"});
  refuses<ConfigError>([&] { net.kind_of("net.9.weight"); }, {"net", "net.9.weight"});
  refuses<ConfigError>([&] { net.parameters()["weight"]; }, {"'weight'"});

  auto ws = net.make_workspace(4);
  const Matrix<float> x = testing::normal_batch<float>(6, 4, 1), dy = zeros(3, 4);
  Arena<float> gradients = net.parameters().like();
  const Matrix<float> five = zeros(5, 4), none = zeros(6, 0), many = zeros(6, 5), empty;
  for (const Mode mode : {Mode::train, Mode::evaluate}) {
    refuses<ShapeError>(
        [&] {
          net.forward(
              {.x = five, .mode = mode, .buffers = mode == Mode::train ? Buffers::update : Buffers::keep},
              ws);
        },
        {"net", "expected x of 6 × 4", "got 5 × 4"});
    refuses<ShapeError>(
        [&] {
          net.forward(
              {.x = none, .mode = mode, .buffers = mode == Mode::train ? Buffers::update : Buffers::keep},
              ws);
        },
        {"net", "1 to 4 samples", "batch of 0"});
    refuses<ShapeError>(
        [&] {
          net.forward(
              {.x = many, .mode = mode, .buffers = mode == Mode::train ? Buffers::update : Buffers::keep},
              ws);
        },
        {"net", "1 to 4 samples", "batch of 5"});
    refuses<ShapeError>(
        [&] {
          net.forward(
              {.x = empty, .mode = mode, .buffers = mode == Mode::train ? Buffers::update : Buffers::keep},
              ws);
        },
        {"net", "1 to 4 samples", "batch of 0"});
  }
  // Nothing is alive in the workspace yet.
  refuses<StateError>([&] { net.backward(dy, ws, {.parameters = &gradients}); }, {"net", "forward pass"});
  refuses<StateError>([&] { net.backward(dy, ws, {.x = true}).x; }, {"net", "forward pass"});
  refuses<StateError>([&] { net.backward(dy, ws, {.parameters = &gradients, .x = true}).x; },
                      {"net", "forward pass"});
  refuses<StateError>([&] { net.tangent(x, ws); }, {"net", "forward pass"});
  refuses<StateError>([&] { net.tangent_backward(dy, dy, ws, {.parameters = &gradients}); },
                      {"net", "tangent pass"});

  net.forward({x}, ws);
  const Matrix<float> two = zeros(2, 4), narrow = zeros(3, 3);
  for (const Matrix<float>* wrong : {&two, &narrow}) {
    const std::vector<std::string> parts{"net", "expected dy of 3 × 4",
                                         fmt::format("got {} × {}", wrong->rows(), wrong->cols())};
    refuses<ShapeError>([&] { net.backward(*wrong, ws, {.parameters = &gradients}); }, parts);
    refuses<ShapeError>([&] { net.backward(*wrong, ws, {.x = true}).x; }, parts);
    refuses<ShapeError>([&] { net.backward(*wrong, ws, {.parameters = &gradients, .x = true}).x; }, parts);
  }
  refuses<StateError>([&] { net.tangent(x, ws); }, {"net", "SecondOrder::yes"});

  Net other = small_net(1);
  Arena<float> foreign = other.parameters().like();
  auto foreign_ws = other.make_workspace(4);
  refuses<StateError>([&] { net.backward(dy, ws, {.parameters = &foreign}); }, {"net", "another network"});
  refuses<StateError>([&] { net.backward(dy, ws, {.parameters = &foreign, .x = true}).x; },
                      {"net", "another network"});
  refuses<StateError>([&] { net.forward({x}, foreign_ws); }, {"net", "another network"});
  refuses<StateError>([&] { net.backward(dy, foreign_ws, {.parameters = &gradients}); },
                      {"net", "another network"});
  refuses<StateError>([&] { net.backward(dy, foreign_ws, {.x = true}).x; }, {"net", "another network"});
  refuses<StateError>([&] { for_each_parameter([](auto&&...) {}, gradients, foreign); },
                      {"for_each_parameter"});

  auto second = net.make_workspace(4, SecondOrder::yes);
  net.forward({x}, second);
  refuses<ShapeError>([&] { net.tangent(five, second); }, {"net", "expected tx of 6 × 4", "got 5 × 4"});
  refuses<StateError>([&] { net.tangent_backward(dy, dy, second, {.parameters = &gradients}); },
                      {"net", "tangent pass"});
  refuses<StateError>([&] { net.tangent_backward(dy, dy, second, {.parameters = &gradients, .x = true}); },
                      {"net", "tangent pass"});
  net.tangent(x, second);
  refuses<ShapeError>([&] { net.tangent_backward(two, dy, second, {.parameters = &gradients}); },
                      {"net", "expected dy of 3 × 4", "got 2 × 4"});
  refuses<ShapeError>([&] { net.tangent_backward(dy, narrow, second, {.parameters = &gradients}); },
                      {"net", "expected dty of 3 × 4", "got 3 × 3"});
  refuses<ShapeError>([&] { net.tangent_backward(dy, two, second, {.parameters = &gradients, .x = true}); },
                      {"net", "expected dty of 3 × 4", "got 2 × 4"});
  refuses<StateError>([&] { net.tangent_backward(dy, dy, second, {.parameters = &foreign}); },
                      {"net", "another network"});

  CHECK(bytes_of(net.parameters()) == before);
  CHECK(bytes_of(gradients) == bytes_of(net.parameters().like()));

  auto normed = batch_norm_net();
  const std::string buffers = bytes_of(normed.buffers());
  refuses<ConfigError>([&] { normed.make_workspace(4, SecondOrder::yes); },
                       {"normed.1 (BatchNorm)", "tangent"});
  refuses<ConfigError>([&] { normed.require_tangent(); }, {"normed.1 (BatchNorm)", "tangent"});
  auto normed_ws = normed.make_workspace(4);
  const Matrix<float> one = x.leftCols(1);
  refuses<ShapeError>(
      [&] { normed.forward({.x = one, .mode = Mode::train, .buffers = Buffers::update}, normed_ws); },
      {"normed.1 (BatchNorm)", "at least 2", "batch of 1"});
  CHECK(bytes_of(normed.buffers()) == buffers);
}

TEST_CASE("every kind of layer refuses inputs and settings that cannot work", "[entry points]") {
  const auto plan_of = [](const auto& layer, const Shape& input) {
    return [layer, input] { (void)layer.plan(input, "some.path"); };
  };
  const auto wrong_shape = [&](const auto& layer, const Shape& input, std::vector<std::string> parts) {
    parts.push_back("some.path");
    parts.push_back("got " + to_string(input));
    refuses<ShapeError>(plan_of(layer, input), parts);
    // A layer chosen at run time says the same.
    refuses<ShapeError>(plan_of(AnyLayer(layer), input), parts);
  };
  const auto wrong_setting = [&](const auto& layer, const Shape& input, std::vector<std::string> parts) {
    parts.push_back("some.path");
    refuses<ConfigError>(plan_of(layer, input), parts);
    refuses<ConfigError>(plan_of(AnyLayer(layer), input), parts);
  };
  const Shape image{3, 8, 6};
  wrong_shape(Linear{6, 4}, {7}, {"(Linear)", "expected input 6"});
  wrong_shape(Linear{6, 4}, {6, 2, 1}, {"(Linear)", "expected input 6"});
  wrong_setting(Linear{0, 4}, {6}, {"(Linear)", "at least one", "got 0 and 4"});
  wrong_setting(Linear{6, -4}, {6}, {"(Linear)", "at least one", "got 6 and -4"});

  wrong_shape(Conv2d{4, 2}, image, {"(Conv2d)", "4"});
  wrong_shape(Conv2d{3, 2, {.kernel = 9}}, image, {"(Conv2d)", "at least 9×9", "padding of 0×0"});
  wrong_shape(Conv2d{3, 2, {.kernel = {8, 7}}}, image, {"(Conv2d)", "at least 8×7"});
  wrong_setting(Conv2d{0, 2}, image, {"(Conv2d)", "got 0 and 2"});
  wrong_setting(Conv2d{3, -2}, image, {"(Conv2d)", "got 3 and -2"});
  wrong_setting(Conv2d{3, 2, {.kernel = 0}}, image, {"(Conv2d)", "at least 1", "0×0"});
  wrong_setting(Conv2d{3, 2, {.stride = {1, 0}}}, image, {"(Conv2d)", "at least 1", "1×0"});
  wrong_setting(Conv2d{3, 2, {.padding = {0, -1}}}, image, {"(Conv2d)", "padding", "0×-1"});

  wrong_shape(ConvTranspose2d{4, 2}, image, {"(ConvTranspose2d)", "4"});
  wrong_shape(ConvTranspose2d{3, 2, {.kernel = 1, .padding = 4}}, image,
              {"(ConvTranspose2d)", "padding of 4×4"});
  wrong_setting(ConvTranspose2d{3, 0}, image, {"(ConvTranspose2d)", "got 3 and 0"});
  wrong_setting(ConvTranspose2d{3, 2, {.kernel = -3}}, image, {"(ConvTranspose2d)", "-3×-3"});
  wrong_setting(ConvTranspose2d{3, 2, {.padding = -1}}, image, {"(ConvTranspose2d)", "-1×-1"});
  wrong_setting(ConvTranspose2d{3, 2, {.stride = 2, .output_padding = 2}}, image,
                {"(ConvTranspose2d)", "output_padding", "got 2×2", "stride 2×2"});
  wrong_setting(ConvTranspose2d{3, 2, {.output_padding = -1}}, image, {"(ConvTranspose2d)", "got -1×-1"});

  wrong_shape(BatchNorm{4}, image, {"(BatchNorm)", "4"});
  wrong_setting(BatchNorm{0}, image, {"(BatchNorm)", "got 0"});
  wrong_setting(BatchNorm{3, {.epsilon = 0}}, image, {"(BatchNorm)", "epsilon", "got 0"});
  wrong_setting(BatchNorm{3, {.epsilon = nan_value}}, image, {"(BatchNorm)", "epsilon", "got nan"});
  wrong_setting(BatchNorm{3, {.momentum = 1.5}}, image, {"(BatchNorm)", "momentum", "1.5"});
  wrong_shape(LayerNorm{Shape{3, 8, 7}}, image, {"(LayerNorm)", "expected input 3×8×7"});
  wrong_setting(LayerNorm{0}, {6}, {"(LayerNorm)", "at least 1", "0×1×1"});
  wrong_setting(LayerNorm{6, {.epsilon = -1}}, {6}, {"(LayerNorm)", "epsilon", "got -1"});

  wrong_shape(MaxPool{7}, image, {"(MaxPool)", "at least 7×7"});
  wrong_setting(MaxPool{0}, image, {"(MaxPool)", "0, 0, 0"});
  wrong_setting(MaxPool{2, 2, 2}, image, {"(MaxPool)", "2, 2, 2"});
  wrong_shape(AveragePool{7}, image, {"(AveragePool)", "at least 7×7"});
  wrong_setting(AveragePool{2, 0}, image, {"(AveragePool)", "2, 0, 0"});
  wrong_setting(AveragePool{2, 1, -1}, image, {"(AveragePool)", "2, 1, -1"});
  wrong_setting(Upsample{0}, image, {"(Upsample)", "got 0"});
  wrong_shape(Reshape{3, 8, 7}, image, {"(Reshape)", "of 168 elements", "it has 144"});
  wrong_setting(Reshape{-12, -12}, image, {"(Reshape)", "at least 1", "-12×-12×1"});
  wrong_setting(Dropout{1}, image, {"(Dropout)", "[0, 1)", "got 1"});
  wrong_setting(Dropout{-0.1}, image, {"(Dropout)", "got -0.1"});
  wrong_setting(Dropout{nan_value}, image, {"(Dropout)", "got nan"});
  wrong_setting(Softplus{0}, image, {"(Softplus)", "beta > 0", "got 0"});
  refuses<ShapeError>(plan_of(Residual{Linear{6, 4}}, {6}), {"some.path (Residual)", "makes 4 of 6"});
  refuses<ShapeError>(plan_of(Residual{Linear{6, 4}}, {5}),
                      {"some.path.block (Linear)", "expected input 6", "got 5"});
  refuses<ShapeError>(plan_of(Sequential{Relu{}, Sequential{Flatten{}, Linear{9, 2}}}, image),
                      {"some.path.1.1 (Linear)", "expected input 9", "got 144"});
  // The shapes of nothing.
  for (const Shape& nothing : {Shape{0}, Shape{1, 0, 1}, Shape{1, 1, -1}}) {
    refuses<ConfigError>(plan_of(Relu{}, nothing), {"some.path (Relu)", "at least 1"});
    refuses<ConfigError>(plan_of(Flatten{}, nothing), {"some.path (Flatten)", "at least 1"});
  }
}

// ---- Data

TEST_CASE("datasets and batches refuse what does not fit", "[entry points]") {
  const auto make = [](const Shape& shape, Index rows, Index cols, std::vector<int> l = {},
                       Index classes = 0) {
    return [=] { Dataset("set", shape, zeros(rows, cols), l, classes); };
  };
  refuses<ConfigError>(make({0}, 6, 2), {"set", "0×1×1"});
  refuses<ConfigError>(make({6}, 6, 0), {"set", "at least one sample"});
  refuses<ShapeError>(make({6}, 5, 2), {"set", "expected 6", "got 5"});
  refuses<ShapeError>(make({1, 2, 3}, 7, 2), {"set", "expected 6", "1×2×3", "got 7"});
  refuses<ShapeError>(make({6}, 6, 2, {0}, 1), {"set", "2 samples", "1 labels"});
  refuses<ShapeError>(make({6}, 6, 2, {}, 3), {"set", "2 samples", "0 labels and 3 classes"});
  refuses<ConfigError>(make({6}, 6, 2, {0, 3}, 3), {"set", "[0, 3)", "got 3"});
  refuses<ConfigError>(make({6}, 6, 2, {-2, 0}, 3), {"set", "[0, 3)", "got -2"});

  const Dataset data = labelled(), plain = unlabelled();
  const std::uint64_t fingerprint = data.fingerprint();
  for (const Index out : {Index{-1}, Index{8}, largest}) {
    const std::vector<std::string> parts{"samples", fmt::format("position {}", out), "[0, 8)"};
    refuses<ShapeError>([&] { data.sample(out); }, parts);
    refuses<ShapeError>([&] { data.stored_sample(out); }, parts);
    refuses<ShapeError>([&] { data.label(out); }, parts);
    refuses<ShapeError>([&] { data.subset(std::vector<Index>{0, out}); }, parts);
    refuses<ShapeError>([&] { data.labelled_at(std::vector<Index>{0, out}); }, parts);
  }
  refuses<StateError>([&] { plain.label(0); }, {"plain", "no labels"});
  refuses<ConfigError>([&] { data.subset({}); }, {"samples", "at least one sample"});
  for (const Index n : {Index{0}, Index{-3}, Index{9}, largest})
    refuses<ShapeError>([&] { data.take(n); }, {"samples", "between 1 and 8", fmt::format("got {}", n)});
  refuses<ShapeError>([&] { data.take(3).sample(3); }, {"position 3", "[0, 3)"});
  for (const double fraction : {0.0, 1.0, -0.5, 2.0, 0.01, nan_value, infinity})
    refuses<ConfigError>([&] { data.split(fraction, 1); },
                         {"samples", fmt::format("{} of 8 samples", fraction)});
  const std::vector<Index> positions{0, 1, 2};
  Matrix<float> out = zeros(6, 2);
  refuses<ShapeError>([&] { data.gather<float>(positions, as_view(out)); },
                      {"samples", "6 × 3", "got 6 × 2"});
  Matrix<float> five = zeros(5, 3);
  refuses<ShapeError>([&] { data.gather<float>(positions, as_view(five)); },
                      {"samples", "6 × 3", "got 5 × 3"});
  std::vector<int> two(2);
  refuses<ShapeError>([&] { data.gather_labels(positions, two); }, {"samples", "3 labels", "got 2"});
  CHECK(data.fingerprint() == fingerprint);

  refuses<ConfigError>([&] { Batches<float>(data, {.batch_size = 0}); }, {"samples", "at least 1", "got 0"});
  refuses<ConfigError>([&] { Batches<float>(data, {.batch_size = -128}); },
                       {"samples", "at least 1", "got -128"});
  Batches<float> batches(data, {.batch_size = 3});
  for (const auto& [epoch, index] : {std::pair<Index, Index>{-1, 0}, {0, -1}, {0, 3}, {2, largest}})
    refuses<ShapeError>([&, epoch = epoch, index = index] { batches.batch(epoch, index); },
                        {"samples", "[0, 3)", fmt::format("batch {} of epoch {}", index, epoch)});
  refuses<ShapeError>(
      [&] {
        for (const auto& batch : batches.epoch(-1)) (void)batch;
      },
      {"samples", "epoch -1"});
  // The largest batch size of all is one batch.
  Batches<float> whole(data, {.batch_size = largest});
  CHECK(whole.batches_per_epoch() == 1);
  CHECK(whole.batch(0, 0).size() == 8);
}

TEST_CASE("labels, transforms, toy data and MNIST refuse what does not fit", "[entry points]") {
  Matrix<float> out = Matrix<float>::Constant(3, 4, 7);
  const std::string before = bytes_of(out);
  refuses<ShapeError>([&] { data::one_hot<float>(labels, 2, as_view(out)); },
                      {"one_hot", "2 × 4", "got 3 × 4"});
  refuses<ShapeError>([&] { data::one_hot<float>(std::vector<int>{0}, 3, as_view(out)); },
                      {"one_hot", "3 × 1", "got 3 × 4"});
  refuses<ShapeError>([&] { data::one_hot<float>(labels, -3, as_view(out)); },
                      {"one_hot", "-3 × 4", "got 3 × 4"});
  for (const int wrong : {-1, 3, std::numeric_limits<int>::max()})
    refuses<ConfigError>(
        [&] {
          data::one_hot<float>(std::vector<int>{0, 1, wrong, 0}, 3, as_view(out));
        },
        {"one_hot", "[0, 3)", fmt::format("got {}", wrong)});
  CHECK(bytes_of(out) == before);

  for (const float wrong : {1.5f, -0.1f, std::numeric_limits<float>::quiet_NaN()}) {
    Matrix<float> x = zeros(6, 3);
    x(2, 1) = wrong;
    const Dataset bad("bad", {6}, x);
    refuses<ConfigError>([&] { data::binarize_dynamic(bad, 1); }, {"bad", "sample 1", "[0, 1]"});
    refuses<ConfigError>([&] { data::binarize_static(bad, 1); }, {"bad", "sample 1", "[0, 1]"});
  }
  refuses<ConfigError>([&] { data::binarize_dynamic(data::scale_to_signed(unlabelled()), 1); },
                       {"plain", "before any other transform"});

  for (const Index n : {0, -1}) {
    const std::string got = fmt::format("got {}", n);
    refuses<ConfigError>([&] { data::gaussian_ring(n); }, {"gaussian_ring", "at least one sample", got});
    refuses<ConfigError>([&] { data::gaussian_grid(n); }, {"gaussian_grid", "at least one sample", got});
    refuses<ConfigError>([&] { data::two_moons(n); }, {"two_moons", "at least one sample", got});
    refuses<ConfigError>([&] { data::swiss_roll(n); }, {"swiss_roll", "at least one sample", got});
    refuses<ConfigError>([&] { data::gaussian_ring(9, {.modes = n}); }, {"ring_centers", "at least 1", got});
    refuses<ConfigError>([&] { data::gaussian_grid(9, {.side = n}); }, {"grid_centers", "at least 1", got});
    refuses<ConfigError>([&] { data::ring_centers({.modes = n}); }, {"ring_centers", "at least 1", got});
    refuses<ConfigError>([&] { data::grid_centers({.side = n}); }, {"grid_centers", "at least 1", got});
  }
  for (const double noise : {-1.0, nan_value, infinity}) {
    const std::string got = fmt::format("got {}", noise);
    refuses<ConfigError>([&] { data::gaussian_ring(9, {.sigma = noise}); }, {"gaussian_ring", ">= 0", got});
    refuses<ConfigError>([&] { data::gaussian_grid(9, {.sigma = noise}); }, {"gaussian_grid", ">= 0", got});
    refuses<ConfigError>([&] { data::two_moons(9, {.noise = noise}); }, {"two_moons", ">= 0", got});
    refuses<ConfigError>([&] { data::swiss_roll(9, {.noise = noise}); }, {"swiss_roll", ">= 0", got});
  }
  const support::TemporaryFolder folder;
  refuses<IoError>([&] { data::load_mnist(folder.path()); },
                   {folder.path().string(), "train-images-idx3-ubyte.gz"});
  refuses<IoError>([&] { data::load_mnist(folder / "missing"); }, {(folder / "missing").string()});
  refuses<IoError>([&] { data::read_idx(folder.path()); }, {folder.path().string()});
}

TEST_CASE("pictures refuse what does not fit", "[entry points]") {
  const Matrix<float> x = zeros(4, 3), none = zeros(4, 0);
  const auto grid = [](const Matrix<float>& m, const Shape& shape, const GridOptions& options = {}) {
    return [&m, shape, options] { image_grid(as_const(m), shape, options); };
  };
  refuses<ShapeError>(grid(x, {1, 2, 3}), {"image_grid", "6 × n", "got 4 × 3"});
  refuses<ShapeError>(grid(none, {1, 2, 2}), {"image_grid", "n >= 1", "got 4 × 0"});
  refuses<ConfigError>(grid(x, {2, 2, 1}), {"image_grid", "1 or 3 channels", "2×2×1"});
  refuses<ConfigError>(grid(x, {1, 0, 4}), {"image_grid", "1×0×4"});
  refuses<ConfigError>(grid(x, {1, 2, 2}, {.range = {1, 1}}), {"image_grid", "low < high", "1 and 1"});
  refuses<ConfigError>(grid(x, {1, 2, 2}, {.range = {nan_value, 1}}),
                       {"image_grid", "low < high", "nan and 1"});
  refuses<ConfigError>(grid(x, {1, 2, 2}, {.columns = -1}), {"image_grid", "columns", "-1"});
  refuses<ConfigError>(grid(x, {1, 2, 2}, {.padding = -2}), {"image_grid", "padding", "-2"});
  for (const Index padding : {Index{1} << 32, Index{1} << 61, largest})
    refuses<ConfigError>(grid(x, {1, 2, 2}, {.padding = padding}),
                         {"image_grid", "padding", fmt::format("{}", padding)});
  CHECK(image_grid(as_const(x), {1, 2, 2}, {.columns = largest}).width == 3 * 4 + 2);

  const support::TemporaryFolder folder;
  const auto path = folder / "x.png";
  const auto write = [&](Index width, Index height, Index channels, std::size_t bytes) {
    refuses<ConfigError>(
        [&] {
          write_png(path, {width, height, channels, std::vector<std::uint8_t>(bytes)});
        },
        {"write_png", fmt::format("{} × {} × {} and {} bytes", width, height, channels, bytes)});
  };
  write(0, 2, 1, 0);
  write(2, -2, 1, 4);
  write(2, 2, 2, 8);
  write(2, 2, 1, 3);
  write(2, 2, 3, 4);
  write(Index{1} << 32, Index{1} << 32, 1, 0);
  write(largest, 1, 3, 4);
  refuses<ShapeError>(
      [&] {
        write_image_grid(path, as_const(x), {1, 2, 3});
      },
      {"image_grid", "6 × n", "got 4 × 3"});
  refuses<IoError>([&] { write_png(folder / "no" / "x.png", {1, 1, 1, {0}}); }, {(folder / "no").string()});
  CHECK(folder.entries() == 0);
}

// ---- Losses and distributions

TEST_CASE("losses refuse what does not fit", "[entry points]") {
  const Matrix<float> x = zeros(3, 4), target = zeros(3, 5), none = zeros(3, 0);
  Matrix<float> dx = Matrix<float>::Constant(3, 5, 7), good = zeros(3, 4);
  const std::string before = bytes_of(dx);
  const auto pointwise = [&](const std::string& name, auto loss) {
    refuses<ShapeError>([&] { loss(as_const(x), as_const(target), unwanted<float>()); },
                        {name, "3 × 4", "got 3 × 5"});
    refuses<ShapeError>([&] { loss(as_const(x), as_const(x), as_view(dx)); }, {name, "3 × 4", "got 3 × 5"});
    refuses<ShapeError>([&] { loss(as_const(none), as_const(none), unwanted<float>()); },
                        {name, "at least one", "3 × 0"});
  };
  pointwise("mse", [](auto... a) { return mse<float>(a...); });
  pointwise("l1", [](auto... a) { return l1<float>(a...); });
  pointwise("bce_with_logits",
            [](ConstView<float> p, ConstView<float> t, View<float> d) { return bce_with_logits(p, t, d); });
  refuses<ShapeError>([&] { bce_with_logits(as_const(x), 1.0, as_view(dx)); },
                      {"bce_with_logits", "3 × 4", "got 3 × 5"});
  refuses<ShapeError>([&] { bce_with_logits(as_const(none), 1.0); },
                      {"bce_with_logits", "at least one", "3 × 0"});

  refuses<ShapeError>([&] { softmax_cross_entropy(as_const(x), std::vector<int>{0}); },
                      {"softmax_cross_entropy", "expected 4", "got 1"});
  for (const int wrong : {-1, 3})
    refuses<ShapeError>(
        [&] {
          softmax_cross_entropy(as_const(x), std::vector<int>{0, 1, 2, wrong}, as_view(good));
        },
        {"softmax_cross_entropy", "from 0 to 2", fmt::format("got {}", wrong)});
  refuses<ShapeError>([&] { softmax_cross_entropy(as_const(x), labels, as_view(dx)); },
                      {"softmax_cross_entropy", "3 × 4", "got 3 × 5"});
  CHECK(good == zeros(3, 4));

  const auto adversarial = [&](const std::string& name, const auto& loss) {
    const auto right = as_const(x);
    refuses<ShapeError>([&] { discriminator_loss(loss, right, right, as_view(dx)); },
                        {name, "3 × 4", "got 3 × 5"});
    refuses<ShapeError>([&] { discriminator_loss(loss, right, right, unwanted<float>(), as_view(dx)); },
                        {name, "3 × 4", "got 3 × 5"});
    refuses<ShapeError>([&] { discriminator_loss(loss, right, as_const(none)); },
                        {name, "at least one", "3 × 0"});
    refuses<ShapeError>([&] { generator_loss(loss, right, right, as_view(dx)); },
                        {name, "3 × 4", "got 3 × 5"});
    refuses<ShapeError>([&] { generator_loss(loss, as_const(none), right); },
                        {name, "at least one", "3 × 0"});
  };
  adversarial("Minimax", Minimax{});
  adversarial("NonSaturating", NonSaturating{});
  adversarial("Wasserstein", Wasserstein{});
  adversarial("Hinge", Hinge{});
  adversarial("LeastSquares", LeastSquares{});
  adversarial("RelativisticAverage", RelativisticAverage{Hinge{}});
  for (const double smoothing : {-0.1, 0.5, nan_value}) {
    const std::string got = fmt::format("got {}", smoothing);
    refuses<ConfigError>([&] { Minimax{smoothing}.validate(); }, {"Minimax", "0.5", got});
    refuses<ConfigError>([&] { NonSaturating{smoothing}.validate(); }, {"NonSaturating", "0.5", got});
  }
  for (const double wrong : {-1.0, nan_value, infinity}) {
    const std::string got = fmt::format("got {}", wrong);
    refuses<ConfigError>([&] { GradientPenalty{wrong}.validate(); }, {"GradientPenalty", "weight", got});
    refuses<ConfigError>([&] { GradientPenalty{1, wrong}.validate(); }, {"GradientPenalty", "target", got});
  }
  refuses<ShapeError>([&] { GradientPenalty{}(as_const(x), as_view(dx)); },
                      {"GradientPenalty", "3 × 4", "got 3 × 5"});
  refuses<ShapeError>([&] { GradientPenalty{}(as_const(none)); },
                      {"GradientPenalty", "at least one", "3 × 0"});

  const RandomStream random;
  refuses<ShapeError>([&] { interpolate(as_const(x), as_const(target), random, as_view(good)); },
                      {"interpolate", "3 × 4", "got 3 × 5"});
  refuses<ShapeError>([&] { interpolate(as_const(x), as_const(x), random, as_view(dx)); },
                      {"interpolate", "3 × 4", "got 3 × 5"});
  refuses<ShapeError>([&] { interpolate(as_const(x), as_const(x), random, unwanted<float>()); },
                      {"interpolate", "3 × 4"});
  CHECK(bytes_of(dx) == before);

  const auto critic =
      Network(Sequential{Linear{6, 4}, Tanh{}, Linear{4, 1}}, NetworkOptions{.name = "critic"});
  const auto other = Network(Sequential{Linear{5, 4}, Tanh{}, Linear{4, 1}}, NetworkOptions{.name = "other"});
  refuses<ConfigError>([&] { GradientPenaltyScratch<float>(critic, 0); },
                       {"critic", "at least one", "got 0"});
  refuses<ConfigError>([&] { GradientPenaltyScratch<float>(critic, -4); },
                       {"critic", "at least one", "got -4"});
  GradientPenaltyScratch<float> scratch(critic, 4), small(critic, 3), foreign(other, 4);
  auto second = critic.make_workspace(4, SecondOrder::yes), first = critic.make_workspace(4);
  Arena<float> gradients = critic.parameters().like();
  const Matrix<float> x_hat = testing::normal_batch<float>(6, 4, 1), five = zeros(5, 4);
  const auto penalize = [&](const Matrix<float>& at, Workspace<float>& ws, GradientPenaltyScratch<float>& s) {
    return [&] {
      accumulate_gradient_penalty(GradientPenalty{}, critic, ws,
                                  {.x = at, .mode = Mode::train, .random = random}, gradients, s);
    };
  };
  refuses<ShapeError>(penalize(five, second, scratch), {"critic", "6 × 4", "got 5 × 4"});
  refuses<ShapeError>(penalize(x_hat, second, small), {"critic", "3 samples", "batch of 4"});
  refuses<ShapeError>(penalize(x_hat, second, foreign), {"critic", "6", "got 5"});
  refuses<StateError>(penalize(x_hat, first, scratch), {"critic", "SecondOrder::yes"});
  CHECK(bytes_of(gradients) == bytes_of(critic.parameters().like()));
}

TEST_CASE("distributions refuse what does not fit", "[entry points]") {
  const Matrix<float> x = zeros(3, 4);
  Matrix<float> out = Matrix<float>::Constant(2, 4, 7);
  const std::string before = bytes_of(out);
  std::vector<float> four(4);
  const RandomStream random;
  const auto check = [&](const std::string& name, const auto& p, Index rows) {
    const Matrix<float> wrong_rows = zeros(rows + 1, 4), wrong_columns = zeros(rows, 3),
                        good = zeros(rows, 4), none = zeros(rows, 0);
    Matrix<float> d = zeros(rows, 4);
    const std::string needed = fmt::format("{} rows", rows), got = fmt::format("got {}", rows + 1);
    refuses<ShapeError>([&] { p.log_probability(as_const(x), as_const(wrong_rows), four); },
                        {name, needed, got});
    refuses<ShapeError>([&] { p.log_probability(as_const(x), as_const(wrong_columns), four); },
                        {name, "4 columns of x", "3 columns of parameters"});
    refuses<ShapeError>([&] { p.log_probability(as_const(x), as_const(none), four); },
                        {name, "4 columns", "0 columns"});
    refuses<ShapeError>(
        [&] { p.log_probability_backward(as_const(x), as_const(wrong_rows), four, as_view(d)); },
        {name, needed, got});
    const std::string extents = fmt::format("{} × 4", rows);
    refuses<ShapeError>([&] { p.log_probability_backward(as_const(x), as_const(good), four, as_view(out)); },
                        {name, extents, "got 2 × 4"});
    refuses<ShapeError>(
        [&] { p.log_probability_with_backward(as_const(x), as_const(good), four, four, as_view(out)); },
        {name, extents, "got 2 × 4"});
    refuses<ShapeError>(
        [&] { p.log_probability_with_backward(as_const(x), as_const(wrong_rows), four, four, as_view(d)); },
        {name, needed, got});
    std::vector<float> fewer(3);
    refuses<ShapeError>([&] { p.log_probability(as_const(x), as_const(good), fewer); },
                        {name, "expected 4", "got 3"});
    refuses<ShapeError>([&] { p.log_probability_backward(as_const(x), as_const(good), fewer, as_view(d)); },
                        {name, "expected 4 weights", "got 3"});
    refuses<ShapeError>(
        [&] { p.log_probability_with_backward(as_const(x), as_const(good), four, fewer, as_view(d)); },
        {name, "expected 4", "got 3"});
    refuses<ShapeError>(
        [&] { p.log_probability_with_backward(as_const(x), as_const(good), fewer, four, as_view(d)); },
        {name, "expected 4", "got 3"});
    refuses<ShapeError>([&] { p.mean(as_const(good), as_view(out)); }, {name, "3 × 4", "got 2 × 4"});
    refuses<ShapeError>([&] { p.sample(as_const(good), random, as_view(out)); },
                        {name, "3 × 4", "got 2 × 4"});
  };
  check("Bernoulli", Bernoulli{}, 3);
  check("UnitNormal", UnitNormal{}, 3);
  check("DiagonalNormal", DiagonalNormal{}, 6);

  const DiagonalNormal q;
  const Matrix<float> h = zeros(6, 4), odd = zeros(5, 4), noise = zeros(3, 4), five = zeros(3, 5),
                      two = zeros(3, 2);
  Matrix<float> z = zeros(3, 4), d = zeros(6, 4);
  refuses<ShapeError>([&] { q.mean(as_const(odd), as_view(z)); }, {"DiagonalNormal", "got 5 rows"});
  refuses<ShapeError>([&] { q.reparameterize(as_const(h), as_const(five), as_view(z)); },
                      {"DiagonalNormal", "5 columns", "4 columns"});
  refuses<ShapeError>([&] { q.reparameterize(as_const(h), as_const(two), as_view(z)); },
                      {"DiagonalNormal", "4 columns", "got 2"});
  refuses<ShapeError>([&] { q.reparameterize(as_const(odd), as_const(noise), as_view(z)); },
                      {"DiagonalNormal", "6 rows", "got 5"});
  refuses<ShapeError>([&] { q.reparameterize(as_const(h), as_const(noise), as_view(out)); },
                      {"DiagonalNormal", "3 × 4", "got 2 × 4"});
  refuses<ShapeError>(
      [&] { q.reparameterize_backward(as_const(h), as_const(noise), as_const(five), as_view(d)); },
      {"DiagonalNormal", "3 × 4", "got 3 × 5"});
  refuses<ShapeError>(
      [&] { q.reparameterize_backward(as_const(h), as_const(noise), as_const(noise), as_view(z)); },
      {"DiagonalNormal", "6 × 4", "got 3 × 4"});
  refuses<ShapeError>([&] { q.kl_to_standard(as_const(odd), four); }, {"DiagonalNormal", "got 5 rows"});
  refuses<ShapeError>([&] { q.kl_to_standard_backward(as_const(h), as_const(noise), as_view(z)); },
                      {"DiagonalNormal", "6 × 4", "got 3 × 4"});
  refuses<ShapeError>([&] { q.log_density_of_sample(as_const(h), as_const(five), four); },
                      {"DiagonalNormal", "5 columns", "4 columns"});
  refuses<ShapeError>(
      [&] { q.log_density_of_sample_backward(as_const(h), as_const(noise), four, as_view(z)); },
      {"DiagonalNormal", "6 × 4", "got 3 × 4"});
  refuses<ShapeError>([&] { standard_normal_log_probability_backward(as_const(noise), four, as_view(out)); },
                      {"standard normal", "3 × 4", "got 2 × 4"});
  std::vector<float> fewer(3);
  refuses<ShapeError>([&] { q.kl_to_standard(as_const(h), fewer); },
                      {"DiagonalNormal", "expected 4", "got 3"});
  refuses<ShapeError>([&] { q.log_density_of_sample(as_const(h), as_const(noise), fewer); },
                      {"DiagonalNormal", "expected 4", "got 3"});
  refuses<ShapeError>(
      [&] { q.log_density_of_sample_backward(as_const(h), as_const(noise), fewer, as_view(d)); },
      {"DiagonalNormal", "expected 4 weights", "got 3"});
  refuses<ShapeError>([&] { q.kl_to_standard_backward(as_const(h), as_const(out), as_view(d)); },
                      {"DiagonalNormal", "weights of 3 × 4", "got 2 × 4"});
  refuses<ShapeError>([&] { standard_normal_log_probability(as_const(noise), fewer); },
                      {"standard normal", "expected 4", "got 3"});
  refuses<ShapeError>([&] { standard_normal_log_probability_backward(as_const(noise), fewer, as_view(z)); },
                      {"standard normal", "expected 4 weights", "got 3"});
  CHECK(bytes_of(out) == before);
  CHECK(z == zeros(3, 4));
  CHECK(d == zeros(6, 4));
  for (const auto& [low, high] :
       {std::pair{5.0, -5.0}, {1.0, 1.0}, {-90.0, 1.0}, {1.0, 90.0}, {nan_value, 1.0}})
    refuses<ConfigError>(
        [low = low, high = high] {
          DiagonalNormal{low, high}.validate();
        },
        {"DiagonalNormal", fmt::format("got {} and {}", low, high)});
}

// ---- Optimisers

TEST_CASE("optimisers, clipping, averages and schedules refuse what cannot work", "[entry points]") {
  auto net = small_net(), other = small_net(1);
  const std::string before = bytes_of(net.parameters());
  const auto rule = [&](const std::string& name, const Optimizer& optimizer, const std::string& field,
                        double got) {
    const std::vector<std::string> parts{name, field, fmt::format("got {}", got)};
    refuses<ConfigError>([&] { std::visit([](const auto& r) { r.validate(); }, optimizer); }, parts);
    refuses<ConfigError>([&] { make_state(optimizer, net.parameters()); }, parts);
    refuses<ConfigError>([&] { Vae(Linear{6, 4}, Linear{2, 6}, {.optimizer = optimizer}); }, parts);
    refuses<ConfigError>([&] { Gan(Linear{2, 6}, Linear{6, 1}, {.generator_optimizer = optimizer}); }, parts);
    refuses<ConfigError>(
        [&] {
          Gan(Linear{2, 6}, Linear{6, 1}, {.discriminator_optimizer = optimizer});
        },
        parts);
  };
  for (const double wrong : {0.0, -1.0, nan_value, infinity}) {
    rule("Sgd", Sgd{wrong}, "learning_rate", wrong);
    rule("Adam", Adam{wrong}, "learning_rate", wrong);
    rule("AdamW", AdamW{wrong}, "learning_rate", wrong);
    rule("RmsProp", RmsProp{wrong}, "learning_rate", wrong);
    rule("Adam", Adam{.epsilon = wrong}, "epsilon", wrong);
    rule("AdamW", AdamW{.epsilon = wrong}, "epsilon", wrong);
    rule("RmsProp", RmsProp{.epsilon = wrong}, "epsilon", wrong);
  }
  for (const double wrong : {1.0, -0.1, nan_value}) {
    rule("Sgd", Sgd{.momentum = wrong}, "momentum", wrong);
    rule("Sgd", Sgd{.dampening = wrong}, "dampening", wrong);
    rule("Adam", Adam{.beta1 = wrong}, "beta1", wrong);
    rule("Adam", Adam{.beta2 = wrong}, "beta2", wrong);
    rule("AdamW", AdamW{.beta1 = wrong}, "beta1", wrong);
    rule("AdamW", AdamW{.beta2 = wrong}, "beta2", wrong);
    rule("RmsProp", RmsProp{.alpha = wrong}, "alpha", wrong);
    rule("RmsProp", RmsProp{.momentum = wrong}, "momentum", wrong);
  }
  for (const double wrong : {-0.1, nan_value, infinity}) {
    rule("Sgd", Sgd{.weight_decay = wrong}, "weight_decay", wrong);
    rule("Adam", Adam{.weight_decay = wrong}, "weight_decay", wrong);
    rule("AdamW", AdamW{.weight_decay = wrong}, "weight_decay", wrong);
    rule("RmsProp", RmsProp{.weight_decay = wrong}, "weight_decay", wrong);
  }
  rule("Sgd", Sgd{.nesterov = true}, "nesterov", 0);

  Arena<float> gradients = net.parameters().like(), foreign = other.parameters().like();
  for (const Optimizer& optimizer : {Optimizer{Sgd{}}, Optimizer{Sgd{.momentum = 0.9}}, Optimizer{Adam{}},
                                     Optimizer{AdamW{}}, Optimizer{RmsProp{}}}) {
    auto state = make_state(optimizer, net.parameters());
    refuses<StateError>([&] { step(optimizer, net.parameters(), foreign, state); },
                        {"optimizer step", "different networks"});
    refuses<StateError>([&] { step_and_clear(optimizer, net.parameters(), foreign, state); },
                        {"optimizer step", "different networks"});
    CHECK(state.step == 0);
  }
  auto of_sgd = make_state<float>(Sgd{}, net.parameters());
  auto of_adam = make_state<float>(Adam{}, net.parameters());
  auto of_other = make_state<float>(Adam{}, other.parameters());
  refuses<StateError>([&] { step(Adam{}, net.parameters(), gradients, of_sgd); },
                      {"optimizer step", "remembers 2", "has 0"});
  refuses<StateError>([&] { step(Sgd{}, net.parameters(), gradients, of_adam); },
                      {"optimizer step", "remembers 0", "has 2"});
  refuses<StateError>([&] { step(Adam{}, net.parameters(), gradients, of_other); },
                      {"optimizer step", "different networks"});
  for (const double factor : {nan_value, infinity, -1.0})
    refuses<ConfigError>([&] { step(Adam{}, net.parameters(), gradients, of_adam, factor); },
                         {"optimizer step", "learning_rate_factor", fmt::format("got {}", factor)});
  CHECK(of_sgd.step + of_adam.step + of_other.step == 0);

  for (const double limit : {0.0, -1.0, nan_value}) {
    const std::string got = fmt::format("got {}", limit);
    refuses<ConfigError>([&] { clip_by_value(gradients, limit); }, {"clip_by_value", "> 0", got});
    refuses<ConfigError>([&] { clip_by_global_norm(gradients, limit); }, {"clip_by_global_norm", "> 0", got});
    if (limit == 0) continue;
    const std::string both = fmt::format("{}", limit);
    refuses<ConfigError>(
        [&] {
          Vae(Linear{6, 4}, Linear{2, 6}, {.clipping = {.value = limit}});
        },
        {"GradientClipping", ">= 0", both});
    refuses<ConfigError>(
        [&] {
          Gan(Linear{2, 6}, Linear{6, 1}, {.clipping = {.norm = limit}});
        },
        {"GradientClipping", ">= 0", both});
  }
  for (const double decay : {1.0, -0.1, nan_value}) {
    const std::string got = fmt::format("got {}", decay);
    refuses<ConfigError>([&] { ema_update(net.parameters(), net.parameters(), decay); },
                         {"ema_update", "[0, 1)", got});
    refuses<ConfigError>(
        [&] {
          Vae(Linear{6, 4}, Linear{2, 6}, {.ema_decay = decay});
        },
        {"ema_decay", "[0, 1)", got});
    refuses<ConfigError>(
        [&] {
          Gan(Linear{2, 6}, Linear{6, 1}, {.ema_decay = decay});
        },
        {"ema_decay", "[0, 1)", got});
  }
  refuses<StateError>([&] { ema_update(net.parameters(), other.parameters(), 0.9); },
                      {"ema_update", "different networks"});
  CHECK(bytes_of(net.parameters()) == before);

  const auto schedule = [](const Schedule& wrong, std::vector<std::string> parts) {
    refuses<ConfigError>([&] { learning_rate_factor(wrong, 1, 10); }, parts);
    refuses<ConfigError>([&] { Trainer{{.schedule = wrong}}; }, parts);
  };
  schedule(StepSchedule{.every = 0}, {"StepSchedule", "every", ">= 1", "got 0"});
  schedule(StepSchedule{.every = 3, .gamma = 0}, {"StepSchedule", "gamma", "got 0"});
  schedule(StepSchedule{.every = 3, .gamma = nan_value}, {"StepSchedule", "gamma", "got nan"});
  schedule(CosineSchedule{-0.1}, {"CosineSchedule", "[0, 1]", "got -0.1"});
  schedule(CosineSchedule{nan_value}, {"CosineSchedule", "[0, 1]", "got nan"});
  schedule(WarmUp{.steps = -1}, {"WarmUp", ">= 0", "got -1"});
  schedule(WarmUp{.steps = 1, .then = StepSchedule{.every = 0}}, {"StepSchedule", "every", "got 0"});
}

// ---- Models

namespace {

/// Runs `f(model, refused)` and checks that the model is then the same to the bit.
template <class M, class F>
void unchanged(M& model, F&& f) {
  const std::uint64_t before = support::model_hash(model);
  f();
  CHECK(support::model_hash(model) == before);
  for (auto* learner : model.learners()) {
    bool zero = true;
    for (Index i = 0; i < learner->gradients.size(); ++i) zero = zero && learner->gradients.data()[i] == 0;
    CHECK(zero);
  }
}

/// What every model refuses in a batch.
template <class M>
void refuses_batches(M& model, const std::string& name) {
  const Matrix<float> x = testing::uniform_batch<float>(6, 4, 1), five = zeros(5, 4), none = zeros(6, 0),
                      many = zeros(6, 5);
  const auto try_all = [&](const Matrix<float>& samples, std::span<const int> l, auto&& check) {
    const Batch<float> batch{as_const(samples), l};
    check([&, batch] { model.train_step(batch, {}); });
    check([&, batch] { model.evaluate(batch, {}); });
  };
  const auto shape = [&](const Matrix<float>& samples, const std::vector<int>& l,
                         const std::vector<std::string>& parts) {
    try_all(samples, l, [&](auto&& call) { refuses<ShapeError>(call, parts); });
    if (samples.cols() > 1) {
      const Batch<float> batch{as_const(samples), l};
      refuses<ShapeError>([&] { model.health(batch, {}); }, parts);
    }
  };
  unchanged(model, [&] {
    if (model.classes() > 0) {
      shape(x, {}, {name, "3 classes", "expected 4 labels", "got 0"});
      shape(x, {0, 1, 2}, {name, "3 classes", "expected 4 labels", "got 3"});
      for (const int wrong : {-1, 3, std::numeric_limits<int>::min()}) {
        const std::vector<int> l{0, 1, wrong, 2};
        const std::vector<std::string> parts{name, "[0, 3)", fmt::format("got {}", wrong)};
        try_all(x, l, [&](auto&& call) { refuses<ConfigError>(call, parts); });
        const Batch<float> batch{as_const(x), l};
        refuses<ConfigError>([&] { model.health(batch, {}); }, parts);
      }
    }
    shape(five, labels, {name, "columns of 6 values", "got 5 × 4"});
    shape(none, {}, {name, "columns of 6 values", "got 6 × 0"});
    try_all(many, std::vector<int>{0, 1, 2, 1, 0}, [&](auto&& call) {
      refuses<StateError>(call, {name, "prepare(5)"});
    });
  });
}

}  // namespace

TEST_CASE("a VAE refuses what cannot be one", "[entry points]") {
  refuses<ShapeError>(
      [] {
        Vae(Linear{6, 4}, Linear{3, 6});
      },
      {"Vae", "latent vector of 3", "end in 6", "got 4"});
  refuses<ShapeError>(
      [] {
        Vae(Linear{6, 4}, Linear{2, 7});
      },
      {"encoder (Linear)", "expected input 6", "got 7"});
  refuses<ShapeError>(
      [] {
        Vae(Linear{6, 8}, Sequential{LayerNorm{Shape{1, 2, 2}}, Flatten{}, Linear{4, 6}});
      },
      {"Vae", "latent vector", "1×2×2"});
  refuses<ConfigError>(
      [] {
        Vae(Linear{6, 4}, Sequential{Relu{}, Linear{2, 6}});
      },
      {"decoder", "input shape"});
  refuses<ShapeError>(
      [] {
        Vae(Linear{6, 4}, Sequential{Linear{2, 5}, Linear{4, 6}});
      },
      {"decoder.1 (Linear)", "expected input 4", "got 5"});
  refuses<ShapeError>(
      [] {
        Vae(Sequential{Linear{6, 3}, Linear{4, 4}}, Linear{2, 6});
      },
      {"encoder.1 (Linear)", "expected input 4", "got 3"});
  refuses<ShapeError>(
      [] {
        Vae(Linear{6, 4}, Linear{2, 7}, {.likelihood = DiagonalNormal{}});
      },
      {"DiagonalNormal", "Flatten", "got 7"});
  const auto with = [](const VaeOptions& options, const std::vector<std::string>& parts) {
    refuses<ConfigError>([&] { Vae(Linear{6, 4}, Linear{2, 6}, options); }, parts);
  };
  with({.likelihood = DiagonalNormal{5, -5}}, {"DiagonalNormal", "got 5 and -5"});
  with({.samples = 0}, {"Vae", "samples", "in [1, ", "got 0"});
  with({.samples = -3}, {"Vae", "samples", "in [1, ", "got -3"});
  with({.beta = -1}, {"Vae", "beta", "got -1"});
  with({.beta = nan_value}, {"Vae", "beta", "got nan"});
  with({.classes = -1}, {"Vae", "classes", "got -1"});
  refuses<ShapeError>(
      [] {
        Vae(Linear{6, 4}, Linear{2, 6}, {.classes = 2});
      },
      {"decoder", "takes 2, but gets 4", "infer"});
  with({.bound = Bound::importance_weighted, .beta = 2}, {"Vae", "beta"});
  with({.bound = Bound::importance_weighted, .kl_warm_up_steps = 5}, {"Vae", "kl_warm_up_steps"});
}

TEST_CASE("a VAE refuses what does not fit it and stays as it is", "[entry points]") {
  for (const Index classes : {0, 3}) {
    Vae vae{Sequential{Linear{6 + classes, 5}, BatchNorm{5}, Tanh{}, Linear{5, 4}},
            Linear{2 + classes, 6},
            {.classes = classes, .ema_decay = 0.9}};
    const Matrix<float> x = testing::uniform_batch<float>(6, 4, 1), z = testing::normal_batch<float>(2, 4, 2),
                        five = zeros(5, 4), none = zeros(6, 0), one = x.leftCols(1);
    const std::vector<int> l = classes > 0 ? labels : std::vector<int>{};
    const Batch<float> batch{as_const(x), l};
    unchanged(vae, [&] {
      refuses<StateError>([&] { vae.train_step(batch, {}); }, {"Vae", "prepare(4)"});
      refuses<StateError>([&] { vae.evaluate(batch, {}); }, {"Vae", "prepare(4)"});
      for (const Index n : {0, -5})
        refuses<ConfigError>([&] { vae.prepare(n); }, {"at least one", fmt::format("got {}", n)});
    });
    vae.prepare(4);
    vae.train_step(batch, {});
    refuses_batches(vae, "Vae");
    unchanged(vae, [&] {
      const std::vector<std::string> of_encoder{"encoder", "6 values", "got 5 × 4"},
          of_decoder{"decoder", "2 values", "got 5 × 4"};
      refuses<ShapeError>([&] { vae.encode(as_const(five), l); }, of_encoder);
      refuses<ShapeError>([&] { vae.reconstruct(as_const(five), l); }, of_encoder);
      refuses<ShapeError>([&] { vae.decode(as_const(five), l); }, of_decoder);
      refuses<ShapeError>([&] { vae.log_likelihood(as_const(five), 5, l); },
                          {"Vae", "6 values", "got 5 × 4"});
      refuses<ShapeError>([&] { vae.encode(as_const(none), l); }, {"encoder", "got 6 × 0"});
      refuses<ShapeError>([&] { vae.log_likelihood(as_const(none), 5, l); }, {"Vae", "got 6 × 0"});
      for (const Index k : {0, -1})
        refuses<ConfigError>([&] { vae.log_likelihood(as_const(x), k, l); },
                             {"Vae", "at least one", fmt::format("got {}", k)});
      const std::optional<int> label = classes > 0 ? std::optional(1) : std::nullopt;
      for (const Index steps : {1, 0, -2})
        refuses<ConfigError>([&] { vae.interpolate(as_const(one), as_const(one), steps, label); },
                             {"Vae", "at least 2", fmt::format("got {}", steps)});
      refuses<ShapeError>([&] { vae.interpolate(as_const(x), as_const(one), 3, label); },
                          {"Vae", "got 4 and 1"});
      refuses<ShapeError>([&] { vae.interpolate(as_const(one), as_const(none), 3, label); },
                          {"Vae", "got 1 and 0"});
      const Matrix<float> narrow = zeros(5, 1);
      refuses<ShapeError>([&] { vae.interpolate(as_const(one), as_const(narrow), 3, label); },
                          {"encoder", "6 values", "got 5 × 1"});
      for (const Index n : {0, -9}) {
        const std::string got = fmt::format("got {}", n);
        refuses<ConfigError>([&] { vae.sample(n); }, {"sample", "at least one", got});
        refuses<ConfigError>([&] { vae.sample(n, 1); }, {"sample", "at least one", got});
      }
      refuses<ConfigError>([&] { vae.sample(std::vector<int>{}); }, {"sample", "at least one", "got 0"});
      if (classes == 0) return;
      refuses<ShapeError>([&] { vae.sample(4); }, {"decoder", "expected 4 labels", "got 0"});
      refuses<ConfigError>([&] { vae.sample(4, 3); }, {"decoder", "[0, 3)", "got 3"});
      refuses<ConfigError>([&] { vae.sample(std::vector<int>{0, -1}); }, {"decoder", "[0, 3)", "got -1"});
      const std::vector<int> three{0, 1, 2}, wrong{0, 1, 2, 3};
      for (const auto& refused : {std::pair{&three, "got 3"}, {&wrong, "got 3"}}) {
        const std::vector<int>& w = *refused.first;
        const auto call = [&](auto&& f, const std::string& name) {
          if (w.size() == 3)
            refuses<ShapeError>(f, {name, "expected 4 labels", refused.second});
          else
            refuses<ConfigError>(f, {name, "[0, 3)", refused.second});
        };
        call([&] { vae.encode(as_const(x), w); }, "encoder");
        call([&] { vae.decode(as_const(z), w); }, "decoder");
        call([&] { vae.reconstruct(as_const(x), w); }, "encoder");
        call([&] { vae.log_likelihood(as_const(x), 5, w); }, "Vae");
      }
      refuses<ShapeError>([&] { vae.interpolate(as_const(one), as_const(one), 3); },
                          {"encoder", "expected 1 labels", "got 0"});
      refuses<ConfigError>([&] { vae.interpolate(as_const(one), as_const(one), 3, 7); },
                           {"encoder", "[0, 3)", "got 7"});
    });
    if (classes == 0)
      refuses<ConfigError>([&] { vae.log_likelihood(as_const(x), 5, std::vector<int>{9}); },
                           {"Vae", "1 labels", "built without classes", "Seed{9}"});
  }
}

TEST_CASE("a GAN refuses what cannot be one", "[entry points]") {
  refuses<ShapeError>(
      [] {
        Gan(Linear{3, 6}, Linear{5, 1});
      },
      {"discriminator (Linear)", "expected input 5", "got 6"});
  refuses<ShapeError>([] { Gan(Linear{3, 6}, Linear{6, 2}); }, {"Gan", "one logit", "shape 2"});
  refuses<ShapeError>(
      [] {
        Gan(Sequential{LayerNorm{Shape{1, 1, 3}}, Flatten{}, Linear{3, 6}}, Linear{6, 1});
      },
      {"Gan", "latent vector", "1×1×3"});
  refuses<ConfigError>(
      [] {
        Gan(Sequential{Relu{}, Linear{3, 6}}, Linear{6, 1});
      },
      {"generator", "input shape"});
  refuses<ShapeError>(
      [] {
        Gan(Sequential{Linear{3, 5}, Linear{4, 6}}, Linear{6, 1});
      },
      {"generator.1 (Linear)", "expected input 4", "got 5"});
  refuses<ShapeError>(
      [] {
        Gan(Linear{3, 6}, Sequential{Flatten{}, Linear{7, 1}});
      },
      {"discriminator.1 (Linear)", "expected input 7", "got 6"});
  refuses<ConfigError>(
      [] {
        Gan(Linear{3, 6}, Sequential{Linear{6, 4}, BatchNorm{4}, Linear{4, 1}},
            {.gradient_penalty = GradientPenalty{}});
      },
      {"discriminator.1 (BatchNorm)", "statistics of the batch", "a gradient penalty"});
  const auto with = [](const GanOptions& options, const std::vector<std::string>& parts) {
    refuses<ConfigError>([&] { Gan(Linear{3, 6}, Linear{6, 1}, options); }, parts);
  };
  with({.loss = Minimax{0.7}}, {"Minimax", "got 0.7"});
  with({.loss = NonSaturating{-1}}, {"NonSaturating", "got -1"});
  with({.gradient_penalty = GradientPenalty{-1}}, {"GradientPenalty", "weight", "got -1"});
  with({.gradient_penalty = GradientPenalty{1, nan_value}}, {"GradientPenalty", "target", "got nan"});
  with({.discriminator_steps = 0}, {"Gan", "discriminator_steps", "at least 1", "got 0"});
  with({.classes = -1}, {"Gan", "classes", "got -1"});
  refuses<ShapeError>(
      [] {
        Gan(Linear{3, 6}, Linear{6, 1}, {.classes = 3});
      },
      {"generator", "takes 3, but gets 6", "infer"});
}

TEST_CASE("a GAN refuses what does not fit it and stays as it is", "[entry points]") {
  const auto check = [](auto& gan) {
    const Index classes = gan.classes();
    const Matrix<float> x = testing::uniform_batch<float>(6, 4, 1), z = testing::normal_batch<float>(3, 4, 2),
                        five = zeros(5, 4);
    const std::vector<int> l = classes > 0 ? labels : std::vector<int>{};
    const Batch<float> batch{as_const(x), l};
    unchanged(gan, [&] {
      refuses<StateError>([&] { gan.train_step(batch, {}); }, {"Gan", "prepare(4)"});
      refuses<StateError>([&] { gan.evaluate(batch, {}); }, {"Gan", "prepare(4)"});
      for (const Index n : {0, -5})
        refuses<ConfigError>([&] { gan.prepare(n); }, {"at least one", fmt::format("got {}", n)});
    });
    gan.prepare(4);
    gan.train_step(batch, {});
    refuses_batches(gan, "Gan");
    unchanged(gan, [&] {
      refuses<ShapeError>([&] { gan.decode(as_const(five), l); }, {"generator", "3 values", "got 5 × 4"});
      refuses<ShapeError>([&] { gan.discriminate(as_const(five), l); },
                          {"discriminator", "6 values", "got 5 × 4"});
      refuses<ConfigError>([&] { gan.sample(0); }, {"sample", "at least one", "got 0"});
      refuses<ConfigError>([&] { gan.sample(-1, 1); }, {"sample", "at least one", "got -1"});
      if (classes == 0) return;
      const std::vector<int> three{0, 1, 2}, wrong{0, 1, -2, 0};
      refuses<ShapeError>([&] { gan.sample(4); }, {"generator", "expected 4 labels", "got 0"});
      refuses<ConfigError>([&] { gan.sample(4, 3); }, {"generator", "[0, 3)", "got 3"});
      refuses<ShapeError>([&] { gan.decode(as_const(z), three); },
                          {"generator", "expected 4 labels", "got 3"});
      refuses<ConfigError>([&] { gan.decode(as_const(z), wrong); }, {"generator", "[0, 3)", "got -2"});
      refuses<ShapeError>([&] { gan.discriminate(as_const(x), three); },
                          {"discriminator", "expected 4 labels", "got 3"});
      refuses<ConfigError>([&] { gan.discriminate(as_const(x), wrong); },
                           {"discriminator", "[0, 3)", "got -2"});
    });
  };
  for (const Index k : {0, 3}) {
    Gan gan{Sequential{Linear{3 + k, 5}, BatchNorm{5}, Relu{}, Linear{5, 6}},
            Sequential{Linear{6 + k, 5}, BatchNorm{5}, LeakyRelu{0.2}, Linear{5, 1}},
            {.classes = k, .ema_decay = 0.9}};
    check(gan);
    Gan critic{Linear{3 + k, 6},
               Sequential{Linear{6 + k, 5}, LeakyRelu{0.2}, Linear{5, 1}},
               {.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}, .classes = k}};
    check(critic);
  }
}

TEST_CASE("predictions and snapshots refuse what does not fit", "[entry points]") {
  const auto net = small_net();
  const Matrix<float> x = testing::normal_batch<float>(6, 4, 1), five = zeros(5, 4), none = zeros(6, 0),
                      code = zeros(2, 4), three = zeros(2, 3), wide = zeros(3, 4);
  refuses<ShapeError>([&] { net.predict(five); }, {"net", "6 × 4", "got 5 × 4"});
  refuses<ShapeError>([&] { net.predict(none); }, {"net", "at least one sample", "got 6 × 0"});
  refuses<ConfigError>([&] { net.predict(x, code); }, {"net", "2 × 4", "built without one"});
  const Network given(JoinedInput<float>(Linear{8, 2}, Shape{2}), {.name = "given", .condition = Shape{2}});
  for (const Matrix<float>* wrong : {&three, &wide})
    refuses<ShapeError>([&] { given.predict(x, *wrong); },
                        {"given", "2 × 4", fmt::format("got {} × {}", wrong->rows(), wrong->cols())});
  refuses<ShapeError>([&] { given.predict(x); }, {"given", "2 × 4", "got 0 × 0"});
  refuses<ConfigError>([&] { Network(JoinCondition{}, {6}, {.name = "alone"}); },
                       {"alone (JoinCondition)", "needs a condition"});

  Vae vae{Linear{6, 4}, Linear{2, 6}}, larger{Linear{7, 4}, Linear{2, 7}},
      average{Linear{6, 4}, Linear{2, 6}, {.ema_decay = 0.5}};
  Gan gan{Linear{2, 6}, Linear{6, 1}};
  unchanged(vae, [&] {
    refuses<StateError>([&] { Snapshot(larger).restore(vae); }, {"Snapshot", "another model"});
    refuses<StateError>([&] { Snapshot(average).restore(vae); }, {"Snapshot", "another model"});
    refuses<StateError>([&] { Snapshot(gan).restore(vae); }, {"Snapshot", "another model"});
    refuses<StateError>([&] { Snapshot().restore(vae); }, {"Snapshot", "another model"});
    auto values = Snapshot(vae).values();
    values.pop_back();
    refuses<StateError>([&] { Snapshot(values).restore(vae); }, {"Snapshot", "another model"});
  });
  StepMetrics metrics;
  refuses<ConfigError>([&] { metrics.set(std::string(32, 'm'), 1); }, {"metrics", "31"});
  refuses<ConfigError>([&] { (void)metrics["fid"]; }, {"metrics", "'fid'"});
  for (int i = 0; i < 16; ++i) metrics.set(fmt::format("m{}", i), i);
  refuses<ConfigError>([&] { metrics.set("seventeenth", 1); }, {"metrics", "'seventeenth'", "16"});
}

// ---- Training

TEST_CASE("the Trainer and its callbacks refuse options that cannot work", "[entry points]") {
  refuses<ConfigError>([] { Trainer{{.epochs = -1}}; }, {"Trainer", "epochs", "got -1"});
  for (const Index wrong : {0, -3}) {
    const std::string got = fmt::format("got {}", wrong);
    refuses<ConfigError>([&] { Trainer{{.batch_size = wrong}}; },
                         {"Trainer", "batch_size", "at least 1", got});
    refuses<ConfigError>([&] { Trainer{{.evaluate_every = wrong}}; },
                         {"Trainer", "evaluate_every", "at least 1", got});
    refuses<ConfigError>([&] { EarlyStopping{{.patience = wrong}}; },
                         {"EarlyStopping", "patience", "at least 1", got});
    refuses<ConfigError>([&] { SampleGrid("x.png", {.rows = wrong}); },
                         {"SampleGrid", "rows", fmt::format("{}", wrong)});
    refuses<ConfigError>([&] { SampleGrid("x.png", {.columns = wrong}); },
                         {"SampleGrid", "columns", fmt::format("{}", wrong)});
    refuses<ConfigError>([&] { SampleGrid("x.png", {.every = wrong}); },
                         {"SampleGrid", "every", fmt::format("{}", wrong)});
    refuses<ConfigError>([&] { Checkpoints("x", {.every_epochs = wrong}); },
                         {"Checkpoints", "every_epochs", fmt::format("{}", wrong)});
  }
  refuses<ConfigError>(
      [] {
        SampleGrid("x.png", {.range = ValueRange{1, -1}});
      },
      {"SampleGrid", "low < high", "1 and -1"});
  refuses<ConfigError>([] { Checkpoints("x", {.every_steps = -1}); }, {"Checkpoints", "every_steps", "-1"});
  for (const double wrong : {-0.5, nan_value})
    refuses<ConfigError>([&] { Trainer{{.max_seconds = wrong}}; },
                         {"Trainer", "max_seconds", fmt::format("got {}", wrong)});
  for (const double wrong : {-0.5, nan_value})
    refuses<ConfigError>([&] { EarlyStopping{{.min_delta = wrong}}; },
                         {"EarlyStopping", "min_delta", fmt::format("got {}", wrong)});
}

TEST_CASE("a fit or an evaluation with data that do not fit the model changes nothing", "[entry points]") {
  Vae vae{Linear{6 + 3, 4}, Linear{2 + 3, 6}, {.classes = 3}};
  Trainer trainer{{.epochs = 2, .batch_size = 4}};
  const Dataset good = labelled();
  unchanged(vae, [&] {
    refuses<ShapeError>([&] { trainer.fit(vae, labelled(8, 5)); }, {"Vae", "6 values", "got 5 × 4"});
    refuses<ShapeError>([&] { trainer.fit(vae, unlabelled()); }, {"Vae", "expected 4 labels", "got 0"});
    refuses<ConfigError>([&] { trainer.fit(vae, labelled(8, 6, 4)); }, {"3 classes", "[0, 3)", "got 3"});
    refuses<ShapeError>([&] { trainer.fit(vae, good, labelled(8, 5)); },
                        {"Trainer", "shape 6", "held out 5"});
    refuses<ShapeError>([&] { evaluate(vae, labelled(8, 5)); }, {"Vae", "6 values", "got 5 × 8"});
    for (const Index size : {0, -1})
      refuses<ConfigError>([&] { evaluate(vae, good, size); },
                           {"samples", "at least 1", fmt::format("got {}", size)});
    refuses<ConfigError>(
        [&] {
          Trainer{{.epochs = 1}, EarlyStopping{}}.fit(vae, good);
        },
        {"EarlyStopping", "held-out"});
  });
}

// ---- The rest

TEST_CASE("process-wide settings refuse names that are none and survive any number", "[entry points]") {
  for (const char* name : {"", "High", "float32", "highest "})
    refuses<ConfigError>([&] { (void)matmul_precision_of(name); },
                         {fmt::format("'{}'", name), "highest, high or medium"});
  const int before = num_threads();
  for (const int threads : {0, -1, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
    set_num_threads(threads);
    CHECK(num_threads() >= 1);
    CHECK(num_threads() <= 1024);
  }
  set_num_threads(before);
}

TEST_CASE("the tools for proving layers refuse what does not fit", "[entry points]") {
  refuses<ShapeError>(
      [] {
        testing::check_layer(Linear{6, 4}, {5});
      },
      {"layer (Linear)", "expected input 6", "got 5"});
  for (const Index batch : {0, -2})
    refuses<ConfigError>(
        [&] {
          testing::check_layer(Linear{6, 4}, {6}, {.batch = batch});
        },
        {"check_layer", "at least one", fmt::format("got {}", batch)});
  double p[2] = {1, 2};
  refuses<ConfigError>([&] { testing::central_differences([] { return 1.0; }, p, -1); },
                       {"central_differences", "got -1"});
  CHECK(testing::relative_error(Vector<double>::Ones(3), Vector<double>::Ones(2)) ==
        std::numeric_limits<double>::max());
}
