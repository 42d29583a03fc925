#pragma once
// network: one architecture with its parameters, and the memory of a pass through it.
//
// A Network owns its parameters and buffers and shares them with nobody; a Workspace owns what one pass
// writes. Passes look nothing up by name and allocate nothing.
//
// | header           | what it holds                                                                        |
// |------------------|--------------------------------------------------------------------------------------|
// | arena.hpp        | `Arena`: a flat array with a table of named tensors; `for_each_parameter`            |
// | initializers.hpp | `DefaultInit`, `GlorotInit`, `HeInit`, `NormalInit`, `OrthogonalInit`, `ConstantInit` |
// | network.hpp      | `Network`: forward, backward, input gradient, tangent and its reverse                |
// | workspace.hpp    | `Workspace`: caches, activations, deltas and scratch of one pass                     |

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "eigenerate/layers/layer.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"
#include "eigenerate/network/arena.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/network/workspace.hpp"

namespace eigenerate {

/// How a network is named and initialised.
struct NetworkOptions {
  std::string name;  ///< prefix of its parameters' names; `decoder` gives `decoder.0.weight`
  Initializer initializer =
      DefaultInit{};  ///< for parameters of role `weight`; the others keep their default
  std::uint64_t seed = 0;
  std::optional<MatmulPrecision> precision{};  ///< of its products; none: `matmul_precision()` at each pass
};

/// One architecture with its own parameters and buffers, and where wanted a moving average of the parameters.
///
/// A pass with `Mode::train` computes with the parameters, one with `Mode::evaluate` with the average where
/// one is kept; the backward and tangent passes of a workspace follow its forward pass. So there is one
/// answer to what a network predicts, whether it is asked alone or as a part of a model.
///
/// **Errors** `ShapeError` while building, naming the layer's path and both shapes, and in every pass whose
/// views do not fit; `StateError` for a backward without its forward.
template <Layer L, Scalar S = float>
class Network {
 public:
  /// Builds for the input shape that the first layer asks for; `ConfigError` where it accepts any.
  explicit Network(L layer, NetworkOptions options = {})
      : Network(layer, required_input(layer, options.name), options) {}

  Network(L layer, const Shape& input, const NetworkOptions& options = {}) : layer_(std::move(layer)) {
    require_valid(input, options.name + ": input shape");
    auto plan = std::make_shared<LayerPlan>(layer_.plan(input, options.name));
    auto parameters = std::make_shared<Table>(), buffers = std::make_shared<Table>();
    Index next_id = 0;
    collect(*plan, 0, 0, next_id, *parameters, *buffers);
    parameters->size = plan->parameter_size;
    buffers->size = plan->buffer_size;
    plan_ = std::move(plan);
    name_ = options.name;
    precision_ = options.precision;
    parameters_ = Arena<S>(std::move(parameters));
    buffers_ = Arena<S>(std::move(buffers));
    initialize(options.initializer, options.seed);
  }

  const std::string& name() const { return name_; }
  const Shape& input_shape() const { return plan().input; }
  const Shape& output_shape() const { return plan().output; }
  const LayerPlan& plan() const {
    if (!plan_) fail_moved_from("network");
    return *plan_;
  }
  Arena<S>& parameters() { return parameters_; }
  const Arena<S>& parameters() const { return parameters_; }
  /// What passes of that mode compute with, and with `Mode::evaluate` what weight files hold.
  const Arena<S>& parameters(Mode mode) const {
    return mode == Mode::evaluate && average_ ? *average_ : parameters_;
  }
  Arena<S>& buffers() { return buffers_; }
  const Arena<S>& buffers() const { return buffers_; }

  /// The moving average of the parameters; null where none is kept.
  Arena<S>* average() { return average_ ? &*average_ : nullptr; }
  const Arena<S>* average() const { return average_ ? &*average_ : nullptr; }
  /// Keeps an average from now on. It starts as a copy of the parameters, and whoever trains them moves it.
  void keep_average() { average_ = parameters_; }
  void drop_average() { average_.reset(); }
  /// To be called when the parameters were set rather than trained: the average, where one is kept, starts
  /// from them again.
  void restart_average() {
    if (average_) std::copy_n(parameters_.data(), parameters_.size(), average_->data());
  }

  /// Number of trainable scalars, alignment padding not counted.
  Index parameter_count() const {
    Index n = 0;
    for (const Segment& s : parameters_.segments()) n += s.size;
    return n;
  }

  /// The kind of the layer that a parameter or buffer belongs to, as in `Conv2d`; `ConfigError` where there
  /// is no tensor of that name.
  const std::string& kind_of(std::string_view tensor) const {
    if (const LayerPlan* layer = layer_of(plan(), tensor)) return layer->kind;
    fail<ConfigError>("{}: no tensor named '{}'", name_, tensor);
  }

  /// Fills parameters and buffers afresh; tensor `i` draws from lane `i`, so adding a layer at the end leaves
  /// the earlier ones unchanged.
  void initialize(const Initializer& initializer, std::uint64_t seed) {
    const RandomStream stream{seed, Purpose::initialization};
    initialize_arena(parameters_, initializer, stream);
    initialize_arena(buffers_, DefaultInit{}, stream);
    restart_average();
  }

  /// Memory for one pass of up to `max_batch` samples.
  Workspace<S> make_workspace(Index max_batch, SecondOrder second_order = SecondOrder::no) const {
    if (second_order == SecondOrder::yes) require_tangent();
    plan();  // there is one
    return Workspace<S>(plan_, max_batch, second_order);
  }

  /// `y = f(x)`. With `Mode::train` batch statistics are used and the buffers that follow them updated, and
  /// layers with noise draw it from `random`. The returned view lies in the workspace.
  ConstView<S> forward(ConstView<S> x, Workspace<S>& ws, Mode mode, const RandomStream& random = {}) {
    return run_forward(x, ws, mode, random, mode == Mode::train ? buffers_.data() : nullptr);
  }
  /// The same on a network that must not change: even with `Mode::train` no buffer is updated.
  ConstView<S> forward(ConstView<S> x, Workspace<S>& ws, Mode mode = Mode::evaluate,
                       const RandomStream& random = {}) const {
    return run_forward(x, ws, mode, random, nullptr);
  }

  /// `gradients += (∂y/∂p)ᵀ dy` for the forward pass that is alive in `ws`.
  void backward(ConstView<S> dy, Workspace<S>& ws, Arena<S>& gradients) const {
    run_backward(dy, ws, gradient_pointer(gradients), unwanted<S>());
  }
  /// `(∂y/∂x)ᵀ dy`; parameters' gradients are not computed.
  ConstView<S> input_gradient(ConstView<S> dy, Workspace<S>& ws) const {
    return run_backward(dy, ws, nullptr, View<S>(ws.dx_.data(), input_shape().size(), ws.batch_));
  }
  /// Both: adds to `gradients` and returns `(∂y/∂x)ᵀ dy`.
  ConstView<S> backward_to_input(ConstView<S> dy, Workspace<S>& ws, Arena<S>& gradients) const {
    return run_backward(dy, ws, gradient_pointer(gradients),
                        View<S>(ws.dx_.data(), input_shape().size(), ws.batch_));
  }

  /// `ty = (∂y/∂x) tx` for the forward pass that is alive in `ws`.
  ConstView<S> tangent(ConstView<S> tx, Workspace<S>& ws) const {
    require_stage(ws, Workspace<S>::Stage::forward, "tangent needs a forward pass in its workspace");
    if (!ws.has_tangents_)
      fail<StateError>("{}: this workspace has no memory for tangents; make it with SecondOrder::yes", name_);
    require_view(tx, input_shape(), ws.batch_, "tx");
    View<S> ty(ws.ty_.data(), output_shape().size(), ws.batch_);
    layer_.tangent(make_pass(ws, nullptr, nullptr), x_of(ws), y_of(ws), tx, ty);
    ws.tx_ = tx.data();
    ws.stage_ = Workspace<S>::Stage::tangent;
    return as_const(ty);
  }
  /// The reverse of forward and tangent: given the gradients of a scalar with respect to `y` and `ty`, adds
  /// those with respect to the parameters.
  void tangent_backward(ConstView<S> dy, ConstView<S> dty, Workspace<S>& ws, Arena<S>& gradients) const {
    run_tangent_backward(dy, dty, ws, gradient_pointer(gradients), unwanted<S>(), unwanted<S>());
  }
  /// The same, and also the gradients with respect to `x` and `tx`.
  struct InputGradients {
    ConstView<S> x, tx;
  };
  InputGradients tangent_backward_to_input(ConstView<S> dy, ConstView<S> dty, Workspace<S>& ws,
                                           Arena<S>& gradients) const {
    View<S> dx(ws.dx_.data(), input_shape().size(), ws.batch_), dtx(ws.dtx_.data(), dx.rows(), dx.cols());
    run_tangent_backward(dy, dty, ws, gradient_pointer(gradients), dx, dtx);
    return {as_const(dx), as_const(dtx)};
  }

  /// Throws `ConfigError` naming the first layer without a tangent pass, where there is one.
  void require_tangent() const { require_tangent(plan()); }

 private:
  using Stage = typename Workspace<S>::Stage;

  static Shape required_input(const L& layer, const std::string& name) {
    if (const auto shape = layer.input_shape()) return *shape;
    fail<ConfigError>(
        "{}: the first layer accepts any input shape, so the network cannot know its own; begin with "
        "Reshape{{channels, height, width}} or pass the input shape",
        name);
  }

  /// Flattens the tree of plans into the tables; afterwards offsets in the tables count from the arena's
  /// start.
  static void collect(LayerPlan& plan, Index parameter_base, Index buffer_base, Index& next_id,
                      Table& parameters, Table& buffers) {
    plan.id = next_id++;
    const auto append = [](const std::vector<Segment>& from, Index base, Table& to) {
      for (Segment s : from) {
        s.offset += base;
        to.segments.push_back(std::move(s));
      }
    };
    append(plan.parameters, parameter_base, parameters);
    append(plan.buffers, buffer_base, buffers);
    for (LayerPlan& child : plan.children)
      collect(child, parameter_base + child.parameter_offset, buffer_base + child.buffer_offset, next_id,
              parameters, buffers);
  }

  static const LayerPlan* layer_of(const LayerPlan& plan, std::string_view tensor) {
    for (const auto* list : {&plan.parameters, &plan.buffers})
      for (const Segment& s : *list)
        if (s.name == tensor) return &plan;
    for (const LayerPlan& child : plan.children)
      if (const LayerPlan* found = layer_of(child, tensor)) return found;
    return nullptr;
  }

  static void require_tangent(const LayerPlan& plan) {
    if (!plan.refuses_tangent.empty()) RefusesTangent::refuse(plan);
    for (const LayerPlan& child : plan.children) require_tangent(child);
  }

  void require_view(const ConstView<S>& v, const Shape& shape, Index batch, std::string_view what) const {
    if (v.rows() != shape.size() || v.cols() != batch)
      fail<ShapeError>("{}: expected {} of {} × {} (one sample of shape {} per column), got {} × {}", name_,
                       what, shape.size(), batch, to_string(shape), v.rows(), v.cols());
  }
  void require_stage(const Workspace<S>& ws, Stage needed, std::string_view message) const {
    if (ws.plan_.get() != &plan()) fail<StateError>("{}: the workspace was made for another network", name_);
    if (ws.stage_ < needed) fail<StateError>("{}: {}", name_, message);
  }
  S* gradient_pointer(Arena<S>& gradients) const {
    if (!gradients.same_table(parameters_))
      fail<StateError>("{}: the gradients are of another network", name_);
    return gradients.data();
  }

  ConstView<S> x_of(const Workspace<S>& ws) const { return {ws.x_, input_shape().size(), ws.batch_}; }
  ConstView<S> y_of(const Workspace<S>& ws) const { return {ws.y_.data(), output_shape().size(), ws.batch_}; }

  Pass<S> make_pass(Workspace<S>& ws, S* buffer_updates, S* gradients) const {
    Pass<S> pass;
    pass.plan = &plan();
    pass.batch = ws.batch_;
    pass.capacity = ws.capacity_;
    pass.mode = ws.mode_;
    pass.precision = precision_.value_or(matmul_precision());
    pass.random = ws.random_;
    pass.parameters = parameters(ws.mode_).data();
    pass.buffers = buffers_.data();
    pass.buffer_updates = buffer_updates;
    pass.cache = ws.cache_.data();
    pass.tangents = ws.tangents_.data();
    pass.scratch = ws.scratch_.data();
    pass.gradients = gradients;
    return pass;
  }

  ConstView<S> run_forward(ConstView<S> x, Workspace<S>& ws, Mode mode, const RandomStream& random,
                           S* buffer_updates) const {
    require_stage(ws, Stage::empty, "");
    if (x.cols() < 1 || x.cols() > ws.max_batch_)
      fail<ShapeError>("{}: the workspace holds 1 to {} samples, got a batch of {}", name_, ws.max_batch_,
                       x.cols());
    require_view(x, input_shape(), x.cols(), "x");
    ws.stage_ = Stage::empty;
    ws.x_ = x.data();
    ws.batch_ = x.cols();
    ws.mode_ = mode;
    ws.random_ = random;
    View<S> y(ws.y_.data(), output_shape().size(), ws.batch_);
    layer_.forward(make_pass(ws, buffer_updates, nullptr), x, y);
    ws.stage_ = Stage::forward;
    return as_const(y);
  }

  ConstView<S> run_backward(ConstView<S> dy, Workspace<S>& ws, S* gradients, View<S> dx) const {
    require_stage(ws, Stage::forward, "backward needs a forward pass in its workspace");
    require_view(dy, output_shape(), ws.batch_, "dy");
    layer_.backward(make_pass(ws, nullptr, gradients), x_of(ws), y_of(ws), dy, dx);
    return as_const(dx);
  }

  void run_tangent_backward(ConstView<S> dy, ConstView<S> dty, Workspace<S>& ws, S* gradients, View<S> dx,
                            View<S> dtx) const {
    require_stage(ws, Stage::tangent, "tangent_backward needs a tangent pass in its workspace");
    require_view(dy, output_shape(), ws.batch_, "dy");
    require_view(dty, output_shape(), ws.batch_, "dty");
    layer_.tangent_backward(make_pass(ws, nullptr, gradients), x_of(ws), y_of(ws),
                            ConstView<S>(ws.tx_, input_shape().size(), ws.batch_),
                            ConstView<S>(ws.ty_.data(), output_shape().size(), ws.batch_), dy, dty, dx, dtx);
  }

  L layer_;
  std::string name_;
  std::optional<MatmulPrecision> precision_;
  std::shared_ptr<const LayerPlan> plan_;
  Arena<S> parameters_;
  std::optional<Arena<S>> average_;
  Arena<S> buffers_;
};

/// A network in another scalar than float: `make_network<double>(layer, …)`.
template <Scalar S, Layer L, class... Args>
Network<L, S> make_network(L layer, Args&&... args) {
  return Network<L, S>(std::move(layer), std::forward<Args>(args)...);
}

}  // namespace eigenerate
