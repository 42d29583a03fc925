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
// | network.hpp      | `Network`: forward, backward, tangent and its reverse                                |
// | pass_input.hpp   | `PassInput`, `Wanted`, `InputGradients`: what a pass takes and gives                 |
// | predictor.hpp    | `Predictor`: what a trained network predicts, made once for many calls               |
// | predictor_options.hpp | `PredictorOptions`: how it is made                                             |
// | summary.hpp      | `summary`: layers, parameters, memory and arithmetic of a network, as a table        |
// | workspace.hpp    | `Workspace`: caches, activations, deltas and scratch of one pass                     |

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/layers/any_layer.hpp"
#include "eigenerate/layers/prediction_steps.hpp"
#include "eigenerate/layers/refuses_tangent.hpp"
#include "eigenerate/network/arena.hpp"
#include "eigenerate/network/detail/samples.hpp"
#include "eigenerate/network/detail/spare_workspaces.hpp"
#include "eigenerate/network/initializers.hpp"
#include "eigenerate/network/pass_input.hpp"
#include "eigenerate/network/workspace.hpp"

namespace eigenerate {

/// How a network is named and initialised.
struct NetworkOptions {
  std::string name = {};  ///< prefix of its parameters' names; `decoder` gives `decoder.0.weight`
  /// For parameters of role `weight`; the others keep their default.
  Initializer initializer = DefaultInit{};
  std::uint64_t seed = 0;
  /// Of its products; none: `matmul_precision()` at each pass.
  std::optional<MatmulPrecision> precision = {};
  std::optional<Shape> condition = {};  ///< of a second input, where there is one
};

/// One architecture with its own parameters and buffers, and where wanted a moving average of the parameters.
///
/// A pass with `Mode::train` computes with the parameters, one with `Mode::evaluate` with the average where
/// one is kept; the backward and tangent passes of a workspace follow its forward pass. So there is one
/// answer to what a network predicts, whether it is asked alone or as a part of a model.
///
/// The architecture is any layer; `Network net{Sequential{Linear{3, 4}, Relu{}}}` is a `Network<float>`.
///
/// **Errors** `ShapeError` while building, naming the layer's path and both shapes, and in every pass whose
/// views do not fit; `StateError` for a backward without its forward.
template <Scalar S = float>
class Network {
 public:
  /// Builds for the input shape that the first layer asks for; `ConfigError` where it accepts any (`infer`).
  explicit Network(AnyLayer<S> layer, NetworkOptions options = {})
      : Network(layer, required_input(layer, options.name), options) {}

  Network(AnyLayer<S> layer, const Shape& input, const NetworkOptions& options = {});

  const std::string& name() const { return name_; }
  const Shape& input_shape() const { return plan().input; }
  const Shape& output_shape() const { return plan().output; }
  const LayerPlan& plan() const {
    if (!plan_) fail_moved_from("network");
    return *plan_;
  }
  /// Of its products; none: `matmul_precision()` at each pass.
  const std::optional<MatmulPrecision>& precision() const { return precision_; }
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
  void restart_average();

  /// From now on no step changes the tensors whose names begin with `part`, as in `encoder.0`; with `train`,
  /// they learn again. Every other tensor stays as it is in this respect. A setting of the program: files do
  /// not hold it.
  ///
  /// **Errors** `ConfigError` where there is no such tensor.
  void freeze(std::string_view part) { set_frozen(part, true); }
  void train(std::string_view part) { set_frozen(part, false); }
  /// The ranges of the parameters that steps change.
  std::span<const ArenaRange> trained() const { return trained_; }
  /// Sets the gradients of frozen tensors to zero.
  void clear_frozen(Arena<S>& gradients) const;

  /// Number of trainable scalars, alignment padding not counted.
  Index parameter_count() const;

  /// The kind of the layer that a parameter or buffer belongs to, as in `Conv2d`; `ConfigError` where there
  /// is no tensor of that name.
  const std::string& kind_of(std::string_view tensor) const;

  /// Fills parameters and buffers afresh; tensor `i` draws from lane `i`, so adding a layer at the end leaves
  /// the earlier ones unchanged.
  void initialize(const Initializer& initializer, std::uint64_t seed);

  /// Memory for one pass of up to `max_batch` samples.
  Workspace<S> make_workspace(Index max_batch, SecondOrder second_order = SecondOrder::no) const;

  /// `y = f(x)`, or `f(x, condition)`. With `Mode::train` batch statistics are used, and layers with noise
  /// draw it from `in.random`; with `Buffers::update` running statistics move. The returned view lies in the
  /// workspace.
  ConstView<S> forward(const PassInput<S>& in, Workspace<S>& ws);
  /// The same on a network that must not change, which refuses to update its buffers (`StateError`).
  ConstView<S> forward(const PassInput<S>& in, Workspace<S>& ws) const;

  /// `f(x)`, or `f(x, condition)`, with running statistics and without noise, for any number of samples, in
  /// chunks of bounded memory that the network keeps for the next call. Safe to call from several threads at
  /// once.
  ///
  /// **Shapes** x: input × n, condition: as for `PassInput` → output × n.
  Matrix<S> predict(ConstView<S> x, ConstView<S> condition = {}) const;

  /// What `predict` does now, as steps with copies of all that they need, and a last one where there is one:
  /// what a `Predictor` is made of. `ConfigError` for weights that this scalar does not have.
  PredictionSteps<S> prediction_steps(std::unique_ptr<PredictionStep<S>> last = nullptr,
                                      WeightPrecision weights = WeightPrecision::full) const;

  /// The reverse of the forward pass that is alive in `ws`, as far as it is wanted: adds `(∂y/∂p)ᵀ dy` to the
  /// gradients of the parameters, and returns `(∂y/∂x)ᵀ dy` and the same for the condition, which lie in the
  /// workspace.
  InputGradients<S> backward(ConstView<S> dy, Workspace<S>& ws, const Wanted<S>& wanted) const;

  /// `ty = (∂y/∂x) tx` for the forward pass that is alive in `ws`; the condition is held fixed.
  ConstView<S> tangent(ConstView<S> tx, Workspace<S>& ws) const;

  /// The reverse of forward and tangent: given the gradients of a scalar with respect to `y` and `ty`, those
  /// with respect to the parameters, `x`, `tx` and the condition, as far as they are wanted (`x` stands for
  /// both).
  TangentGradients<S> tangent_backward(ConstView<S> dy, ConstView<S> dty, Workspace<S>& ws,
                                       const Wanted<S>& wanted) const;

  /// Throws `ConfigError` naming the first layer without a tangent pass, where there is one.
  void require_tangent() const;
  /// Throws `ConfigError` naming the first layer that couples the samples of a batch, where there is one;
  /// `who` needs each output to depend on its own sample alone.
  void require_independent_samples(std::string_view who) const;

 private:
  using Stage = typename Workspace<S>::Stage;

  static Shape required_input(const AnyLayer<S>& layer, const std::string& name);

  /// Flattens the tree of plans into the tables; afterwards offsets in the tables count from the arena's
  /// start.
  static void collect(LayerPlan& plan, Index parameter_base, Index buffer_base, Index& next_id,
                      Table& parameters, Table& buffers);

  template <class F>
  static const LayerPlan* find_layer(const LayerPlan& plan, const F& is_it) {
    if (is_it(plan)) return &plan;
    for (const LayerPlan& child : plan.children)
      if (const LayerPlan* found = find_layer(child, is_it)) return found;
    return nullptr;
  }
  static const LayerPlan* layer_of(const LayerPlan& plan, std::string_view tensor);

  void require_view(const ConstView<S>& v, const Shape& shape, Index batch, std::string_view what) const {
    detail::require_samples(name_, v, shape, batch, what);
  }
  void require_stage(const Workspace<S>& ws, Stage needed, std::string_view message) const;

  Pass<S> make_pass(Workspace<S>& ws) const;
  Pass<S> make_backward_pass(Workspace<S>& ws, const Wanted<S>& wanted) const;

  ConstView<S> run_forward(const PassInput<S>& in, Workspace<S>& ws, S* buffer_updates) const;

  void set_frozen(std::string_view part, bool frozen);

  AnyLayer<S> layer_;
  std::string name_;
  std::optional<MatmulPrecision> precision_;
  std::shared_ptr<const LayerPlan> plan_;
  Arena<S> parameters_;
  std::optional<Arena<S>> average_;
  Arena<S> buffers_;
  std::vector<bool> frozen_;  // of each segment
  std::vector<ArenaRange> trained_;
  mutable detail::SpareWorkspaces<Workspace<S>> spare_;
};

template <Layer L>
explicit Network(L, NetworkOptions = {}) -> Network<ScalarOf<L>>;
template <Layer L>
Network(L, const Shape&, const NetworkOptions& = {}) -> Network<ScalarOf<L>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(NETWORK)
#include "eigenerate/network/detail/network.hpp"
#endif
