#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/network/predictor.hpp"
#include "eigenerate/testing/detail/suite.hpp"

namespace eigenerate::testing {

/// What a layer is tried with.
struct ConformanceOptions {
  Index batch = 3;                      ///< samples; batch norm needs at least 2
  std::optional<Shape> condition = {};  ///< of the second input, where the layer takes one
  Index samples_per_condition = 1;      ///< neighbouring samples that share a column of it; divides the batch
  std::uint64_t seed = 1;               ///< of inputs, directions and parameters
  double tolerance = 1e-6;              ///< relative, for derivatives in double
  /// Relative, float against double (about 1000 roundings of 2^-24 with margin).
  double float_tolerance = 2e-4;
  /// Whether dx is no derivative but an estimate of one: that of the identity, `dx = dy`.
  bool straight_through = false;
};

/// Fills a whole workspace with NaN, so that a pass that reads what it did not write is found out, and hashes
/// its cache, so that a backward that writes it is.
struct WorkspaceProbe {
  template <Scalar S>
  static void poison(Workspace<S>& ws) {
    for (AlignedArray<S>* memory :
         {&ws.cache_, &ws.scratch_, &ws.tangents_, &ws.y_, &ws.dx_, &ws.d_condition_, &ws.ty_, &ws.dtx_})
      std::fill_n(reinterpret_cast<unsigned char*>(memory->data()),
                  static_cast<std::size_t>(memory->size()) * sizeof(S), 0xFF);
  }
  template <Scalar S>
  static std::string_view cache_bytes(const Workspace<S>& ws) {
    return {reinterpret_cast<const char*>(ws.cache_.data()),
            static_cast<std::size_t>(ws.cache_.size()) * sizeof(S)};
  }
};

/// The proof that a layer keeps its contract: an empty list of failures.
///
/// In double, for both modes: `dx`, `dp`, the gradient of the condition, the tangent and the reverse of
/// forward-and-tangent against central differences; poisoned outputs and workspace; absent outputs; backward
/// twice and an untouched cache; a smaller batch in a larger workspace; parameters copied by name; zero
/// allocations; a refused input shape; and float against double (where the layer computes in both), with the
/// same bits for one and for three threads. Layers that refuse the tangent pass are checked to refuse it by
/// name. A `Predictor` predicts what the network does, alone and between layers that fold into each other;
/// and a layer whose plan says that it applies activations does.
///
/// **Cost** about 8·(parameters + 2·input·batch) forward passes: use small shapes.
template <LayerOf<double> L>
class LayerConformance : detail::Suite {
 public:
  LayerConformance(L layer, const Shape& input, ConformanceOptions options = {})
      : Suite(options.seed),
        layer_(std::move(layer)),
        options_(checked(options)),
        net_(layer_, input, {.name = "layer", .seed = options.seed, .condition = options.condition}),
        x_(normal(input.size(), 0)),
        condition_(normal_condition()),
        tx_(normal(input.size(), 1)),
        dy_(normal(net_.output_shape().size(), 2)),
        dty_(normal(net_.output_shape().size(), 3)) {}

  std::vector<std::string> run() {
    jitter_parameters();
    begin_training();
    for (const Mode mode : {Mode::train, Mode::evaluate}) {
      mode_ = mode;
      check_first_order();
      check_contract();
      if (refuses_tangent()) continue;
      check_second_order();
    }
    check_refusals();
    check_copy_by_name();
    check_predictions();
    if (net_.plan().applies_activations) check_activations();
    if constexpr (LayerOf<L, float>) check_float_and_threads();
    return failures_;
  }

 private:
  /// Some ten roundings of 2^-53 in sums of up to 1e3 terms.
  static constexpr double prediction_tolerance = 1e-12;

  using Net = Network<double>;
  using Values = Vector<double>;

  struct Result {
    Values y, dx, dp, dc;
    bool operator==(const Result& o) const { return y == o.y && dx == o.dx && dp == o.dp && dc == o.dc; }
  };

  static ConformanceOptions checked(const ConformanceOptions& options) {
    if (options.batch < 1)
      fail<ConfigError>("check_layer: needs a batch of at least one sample, got {}", options.batch);
    if (options.samples_per_condition < 1 || options.batch % options.samples_per_condition != 0)
      fail<ConfigError>("check_layer: needs a batch that {} divides, got {}", options.samples_per_condition,
                        options.batch);
    return options;
  }
  M normal(Index rows, std::uint64_t lane) const { return Suite::normal(rows, options_.batch, lane); }
  Matrix<double> normal_condition() const {
    if (!options_.condition) return {};
    return normal(options_.condition->size(), 4).leftCols(options_.batch / options_.samples_per_condition);
  }
  /// What a pass takes; in training it moves the buffers.
  PassInput<double> input() const {
    PassInput<double> in = keeping_input();
    if (mode_ == Mode::train) in.buffers = Buffers::update;
    return in;
  }
  /// The same for a pass that leaves them: derivatives hold them fixed.
  PassInput<double> keeping_input() const {
    return {.x = x_, .condition = condition_, .mode = mode_, .random = noise()};
  }
  Wanted<double> everything(Arena<double>& gradients) const {
    return {.parameters = &gradients, .x = true, .condition = options_.condition.has_value()};
  }
  RandomStream noise() const { return {options_.seed, Purpose::dropout}; }

  /// Moves every parameter off its initial value: zeros and ones hide missing factors.
  void jitter_parameters() {
    std::uint64_t lane = 10;
    for_each_parameter(
        [&](const Segment& s, double* p) {
          Values noise(s.size);
          fill_normal(noise.data(), s.size, RandomStream{options_.seed}.lane(lane++));
          for (Index i = 0; i < s.size; ++i) p[i] += 0.2 * noise(i);
        },
        net_.parameters());
  }

  /// Moves the buffers off their initial values.
  void begin_training() {
    auto ws = net_.make_workspace(options_.batch);
    net_.forward(input(), ws);
  }

  std::string where() const override { return mode_ == Mode::train ? "train mode: " : "evaluate mode: "; }
  void expect_close(const Values& got, const Values& expected, std::string_view what) {
    Suite::expect_close(relative_error(got, expected), what, options_.tolerance);
  }
  bool refuses_tangent() const {
    try {
      net_.require_tangent();
      return false;
    } catch (const ConfigError&) {
      return true;
    }
  }

  static Values flat(const ConstView<double>& v) { return Eigen::Map<const Values>(v.data(), v.size()); }
  static Values flat(const Arena<double>& a) { return Eigen::Map<const Values>(a.data(), a.size()); }

  double dot_forward(Workspace<double>& ws) {
    return net_.forward(keeping_input(), ws).cwiseProduct(dy_).sum();
  }

  Result forward_backward(Workspace<double>& ws) {
    Result r;
    Arena<double> gradients = net_.parameters().like();
    r.y = flat(net_.forward(input(), ws));
    const auto d = net_.backward(dy_, ws, everything(gradients));
    r.dx = flat(d.x);
    r.dc = flat(d.condition);
    r.dp = flat(gradients);
    return r;
  }

  void check_first_order() {
    const Arena<double> buffers = net_.buffers();
    auto ws = net_.make_workspace(options_.batch);
    const Result r = forward_backward(ws);
    const auto objective = [&] { return dot_forward(ws); };
    expect_close(r.dx,
                 options_.straight_through ? flat(dy_) : central_differences(objective, x_.data(), x_.size()),
                 "dx");
    expect_close(r.dp, central_differences(objective, net_.parameters().data(), net_.parameters().size()),
                 "dp");
    if (options_.condition)
      expect_close(r.dc, central_differences(objective, condition_.data(), condition_.size()), "d_condition");
    net_.buffers() = buffers;
  }

  void check_second_order() {
    auto ws = net_.make_workspace(options_.batch, SecondOrder::yes);
    WorkspaceProbe::poison(ws);
    const Arena<double> buffers = net_.buffers();
    net_.forward(input(), ws);
    const Arena<double> moved = net_.buffers();
    const Values ty = flat(net_.tangent(tx_, ws));
    Arena<double> gradients = net_.parameters().like();
    const auto d = net_.tangent_backward(dy_, dty_, ws, everything(gradients));
    const Values dx = flat(d.x), dtx = flat(d.tx), dc = flat(d.condition), dp = flat(gradients);

    // Absent outputs leave the present one as it is.
    Arena<double> again = net_.parameters().like();
    net_.tangent_backward(dy_, dty_, ws, {.parameters = &again});
    expect(flat(again) == dp, "tangent_backward without dx changes dp");
    perturb_buffers();
    again.set_zero();
    net_.tangent_backward(dy_, dty_, ws, everything(again));
    expect(flat(again) == dp, "tangent_backward reads the buffers");
    net_.buffers() = moved;

    const Matrix<double> x = x_;
    const double h = 1e-5;
    x_ = x + h * tx_;
    const Values above = flat(net_.forward(keeping_input(), ws));
    x_ = x - h * tx_;
    const Values below = flat(net_.forward(keeping_input(), ws));
    x_ = x;
    expect_close(ty, (above - below) / (2 * h), "tangent");

    const auto objective = [&] {
      const double value = dot_forward(ws);
      return value + net_.tangent(tx_, ws).cwiseProduct(dty_).sum();
    };
    expect_close(dx, central_differences(objective, x_.data(), x_.size()), "tangent_backward, dx");
    expect_close(dtx, central_differences(objective, tx_.data(), tx_.size()), "tangent_backward, dtx");
    expect_close(dp, central_differences(objective, net_.parameters().data(), net_.parameters().size()),
                 "tangent_backward, dp");
    if (options_.condition)
      expect_close(dc, central_differences(objective, condition_.data(), condition_.size()),
                   "tangent_backward, d_condition");
    net_.buffers() = buffers;
  }

  void check_contract() {
    const Arena<double> buffers = net_.buffers();
    auto ws = net_.make_workspace(options_.batch);
    const Result reference = forward_backward(ws);
    const Arena<double> updated = net_.buffers();
    expect(mode_ == Mode::train || flat(updated) == flat(buffers), "an evaluating pass changes buffers");
    expect(flat(net_.forward(keeping_input(), ws)) == reference.y,
           "a pass that keeps the buffers gives other outputs");
    expect(flat(net_.buffers()) == flat(updated), "a pass that is to keep the buffers changes them");
    const auto rerun = [&](Workspace<double>& w) {
      net_.buffers() = buffers;
      return forward_backward(w);
    };

    WorkspaceProbe::poison(ws);
    expect(rerun(ws) == reference, "a pass reads workspace memory that it did not write");
    auto larger = net_.make_workspace(options_.batch + 32);
    WorkspaceProbe::poison(larger);
    expect(rerun(larger) == reference, "a smaller batch in a larger workspace gives other numbers");

    const std::string cache(WorkspaceProbe::cache_bytes(ws));
    Arena<double> gradients = net_.parameters().like();
    std::fill_n(gradients.data(), gradients.size(), 1.0);
    net_.backward(dy_, ws, {.parameters = &gradients});
    expect_close(flat(gradients).array() - 1, reference.dp, "dp without dx, added to ones");
    expect(flat(net_.backward(dy_, ws, {.x = true}).x) == reference.dx, "dx without dp differs");
    if (options_.condition)
      expect(flat(net_.backward(dy_, ws, {.condition = true}).condition) == reference.dc,
             "the condition's gradient without dx differs");
    gradients.set_zero();
    net_.backward(dy_, ws, {.parameters = &gradients});
    net_.backward(dy_, ws, {.parameters = &gradients});
    expect_close(flat(gradients), 2 * reference.dp, "backward twice does not give twice dp");
    gradients.set_zero();
    perturb_buffers();
    expect(flat(net_.backward(dy_, ws, everything(gradients)).x) == reference.dx &&
               flat(gradients) == reference.dp,
           "backward reads the buffers");
    expect(WorkspaceProbe::cache_bytes(ws) == cache, "backward writes its cache");

    gradients.set_zero();
    const AllocationGuard guard;
    net_.forward(input(), ws);
    net_.backward(dy_, ws, everything(gradients));
    expect(guard.count() == 0, "a pass allocates on the heap");
    net_.buffers() = buffers;
  }

  /// As running statistics do between a forward pass and its backward.
  void perturb_buffers() {
    for (Index i = 0; i < net_.buffers().size(); ++i) net_.buffers().data()[i] += 0.5;
  }

  void check_refusals() {
    const Shape right = net_.input_shape(), wrong{right.channels + 1, right.height, right.width};
    try {
      const auto plan = layer_.plan(wrong, Place("some.path", options_.condition));
      expect(!layer_.input_shape().has_value() && plan.input == wrong, "accepts a wrong input shape");
    } catch (const ShapeError& e) {
      expect(std::string_view(e.what()).find("some.path") != std::string_view::npos,
             "the error for a wrong input shape does not name the path");
    }
    if (!refuses_tangent()) return;
    try {
      auto ws = net_.make_workspace(1, SecondOrder::yes);
      expect(false, "makes a second-order workspace without a tangent pass");
    } catch (const ConfigError& e) {
      expect(std::string_view(e.what()).find("layer") != std::string_view::npos,
             "the refusal of a tangent pass does not name the layer");
    }
  }

  void check_copy_by_name() {
    Net other(layer_, net_.input_shape(),
              {.name = "layer", .seed = options_.seed + 1, .condition = options_.condition});
    for (const Segment& s : net_.parameters().segments())
      other.parameters()[s.name] = net_.parameters()[s.name];
    for (const Segment& s : net_.buffers().segments()) other.buffers()[s.name] = net_.buffers()[s.name];
    auto a = net_.make_workspace(options_.batch), b = other.make_workspace(options_.batch);
    const PassInput<double> in{.x = x_, .condition = condition_};
    expect(flat(net_.forward(in, a)) == flat(other.forward(in, b)),
           "a network with the same named tensors gives other outputs");
  }

  /// The steps that the layer adds to a prediction, alone, behind a convolution and behind a change of shape,
  /// and what follows it.
  void check_predictions() {
    const Shape in = net_.input_shape();
    check_prediction(net_, "alone");
    check_prediction(between({Conv2d{in.channels, in.channels, {.kernel = 1}}}, in), "behind a convolution");
    check_prediction(
        between({Linear{in.size(), in.size()}, Reshape{in.channels, in.height, in.width}}, Shape{in.size()}),
        "behind a reshaped Linear");
  }
  /// The layer behind others and before a normalization and a rectifier, with running statistics that moved.
  Net between(std::vector<AnyLayer<double>> layers, const Shape& input) const {
    layers.insert(layers.end(), {layer_, BatchNorm{infer}, Relu{}});
    Net net(AnySequential<double>(std::move(layers)), input,
            {.name = "layer", .seed = options_.seed + 2, .condition = options_.condition});
    const Matrix<double> x = samples_for(net), c = condition_.replicate(1, 2);
    auto ws = net.make_workspace(x.cols());
    if (x.cols() >= net.plan().least_training_batch)
      net.forward({.x = x, .condition = c, .mode = Mode::train, .buffers = Buffers::update}, ws);
    return net;
  }
  Matrix<double> samples_for(const Net& net) const {
    return Suite::normal(net.input_shape().size(), 2 * options_.batch, 5);
  }
  void check_prediction(const Net& net, std::string_view where) {
    const Matrix<double> x = samples_for(net), c = condition_.replicate(1, 2);
    const Predictor<double> predictor(net);
    Matrix<double> y(net.output_shape().size(), x.cols());
    predictor.predict_into(y, Suite::poison(x.rows(), x.cols()), c);
    const AllocationGuard guard;
    predictor.predict_into(y, x, c);
    const long allocations = guard.count();
    expect(allocations == 0, fmt::format("{}: a prediction allocates on the heap", where));
    const auto compare = [&](const Matrix<double>& got, const Matrix<double>& expected, std::string_view of) {
      Suite::expect_close(relative_error(got, expected), fmt::format("{}: the prediction of {}", where, of),
                          prediction_tolerance);
    };
    compare(y, net.predict(x, c), "all samples");
    compare(predictor.predict(x.leftCols(1), c.leftCols(std::min<Index>(1, c.cols()))),
            net.predict(x.leftCols(1), c.leftCols(std::min<Index>(1, c.cols()))), "one sample");
  }

  /// Between two activations, by itself and in a sequence of its own, where it is not asked to apply them.
  void check_activations() {
    const Shape& input = net_.input_shape();
    const LeakyRelu around{0.25};
    const auto passes = [&](AnyLayer<double> layer) {
      Net net(AnySequential<double>({around, std::move(layer), around}), input,
              {.name = "layer", .seed = options_.seed, .condition = options_.condition});
      std::copy_n(net_.parameters().data(), net_.parameters().size(), net.parameters().data());
      std::copy_n(net_.buffers().data(), net_.buffers().size(), net.buffers().data());
      auto ws = net.make_workspace(options_.batch);
      Result r;
      Arena<double> gradients = net.parameters().like();
      r.y = flat(net.forward({.x = x_, .condition = condition_}, ws));
      const auto d = net.backward(dy_, ws, everything(gradients));
      r.dx = flat(d.x);
      r.dp = flat(gradients);
      return r;
    };
    const Result got = passes(layer_), expected = passes(AnySequential<double>({layer_}));
    const auto compare = [&](const Values& a, const Values& b, std::string_view what) {
      Suite::expect_close(relative_error(a, b), fmt::format("between activations: {}", what),
                          prediction_tolerance);
    };
    compare(got.y, expected.y, "forward");
    compare(got.dx, expected.dx, "dx");
    compare(got.dp, expected.dp, "dp");
  }

  void check_float_and_threads() {
    mode_ = Mode::train;
    Network<float> small(layer_, net_.input_shape(), {.name = "layer", .condition = options_.condition});
    std::copy_n(net_.parameters().data(), net_.parameters().size(), small.parameters().data());
    const Matrix<float> x = x_.cast<float>(), dy = dy_.cast<float>(), condition = condition_.cast<float>();
    const auto run = [&] {
      std::copy_n(net_.buffers().data(), net_.buffers().size(), small.buffers().data());
      auto ws = small.make_workspace(options_.batch);
      Arena<float> gradients = small.parameters().like();
      const Matrix<float> y = small.forward(
          {.x = x, .condition = condition, .mode = mode_, .buffers = Buffers::update, .random = noise()}, ws);
      const auto d = small.backward(
          dy, ws, {.parameters = &gradients, .x = true, .condition = options_.condition.has_value()});
      Vector<float> all(y.size() + d.x.size() + d.condition.size() + gradients.size());
      all << y.reshaped(), d.x.reshaped(), d.condition.reshaped(),
          Eigen::Map<const Vector<float>>(gradients.data(), gradients.size());
      return all;
    };
    const Vector<float> one = on_threads(1, run);
    expect(one == on_threads(3, run), "three threads give other bits than one");
    auto ws = net_.make_workspace(options_.batch);
    const Result r = forward_backward(ws);
    Values all(one.size());
    all << r.y, r.dx, r.dc, r.dp;
    expect_float(relative_error(one, all), options_.float_tolerance);
  }

  L layer_;
  ConformanceOptions options_;
  Net net_;
  Matrix<double> x_, condition_, tx_, dy_, dty_;
  Mode mode_ = Mode::train;
};

/// The list of ways in which `layer` breaks its contract on inputs of that shape; empty for a layer that is
/// done.
template <LayerOf<double> L>
std::vector<std::string> check_layer(L layer, const Shape& input, ConformanceOptions options = {}) {
  return LayerConformance<L>(std::move(layer), input, options).run();
}

}  // namespace eigenerate::testing
