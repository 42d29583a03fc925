// The suite that proves layers is itself proved here: a correct layer passes, and each of its planted errors
// is reported as what it is.

#include "eigenerate/testing/layer_conformance.hpp"

#include <cmath>
#include <memory>
#include <vector>

#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/relu.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

enum class Fault {
  none,
  dx_factor,
  dx_depends_on_dp,
  dp_missing_term,
  dp_overwritten,
  dp_divided_by_batch,
  cache_written,
  cache_unwritten,
  output_added,
  capacity_as_batch,
  allocation,
  tangent_factor,
  second_order_dx,
  second_order_dtx,
  second_order_dp,
  any_shape,
  nameless_error,
  float_rounding,
  hidden_state,
  backward_reads_buffers,
  tangent_backward_reads_buffers,
  kept_buffers_moved,
  buffers_moved_after_use,
};

/// y = s ⊙ x², with a cache of x² and a buffer that counts training passes; every line that a fault changes
/// is marked by its name.
struct ScaledSquare {
  Index features;
  Fault fault = Fault::none;

  std::optional<Shape> input_shape() const { return Shape{features}; }

  LayerPlan plan(const Shape& input, const Place& place) const {
    if (input != Shape{features} && fault != Fault::any_shape)
      fail_input(fault == Fault::nameless_error ? Place("") : place, "ScaledSquare",
                 to_string(Shape{features}), input);
    LayerPlan plan(place, "ScaledSquare", input, input);
    plan.add_parameter("weight", Role::scale, {features}).initial_center = 1;
    plan.add_buffer("passes", {1}, 0);
    plan.cache.add({features, 0});
    return plan;
  }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    View<S> squares = pass.matrix(pass.cache_slot(0), features);
    squares = x.cwiseProduct(x);
    if (fault == Fault::float_rounding && sizeof(S) == 4) squares *= S(1.001);
    if (fault == Fault::hidden_state)
      squares *= S(1) + S(1e-3) * static_cast<S>(pass.layer_random().words(0)[0] % 100 + calls()++);
    for (Index b = 0; b < pass.batch; ++b)
      for (Index i = 0; i < features; ++i) {
        const S value = pass.parameter(0)[i] * squares(i, b);
        y(i, b) = fault == Fault::output_added ? y(i, b) + value : value;
      }
    if (fault == Fault::buffers_moved_after_use) y *= S(1) + pass.buffer(0)[0];
    if (pass.buffer_updates) pass.buffer_update(0)[0] += S(1);
    if (fault == Fault::kept_buffers_moved) const_cast<S*>(pass.buffer(0))[0] += S(1);
    if (fault == Fault::cache_unwritten) squares(0, 0) = std::numeric_limits<S>::quiet_NaN();
    if (fault == Fault::capacity_as_batch) y(0, 0) += static_cast<S>(pass.capacity);
    if (fault == Fault::allocation) allocate();
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    const View<S> squares = pass.matrix(pass.cache_slot(0), features);
    for (Index i = 0; i < features; ++i)
      for (Index b = 0; b < pass.batch; ++b) {
        S ds = dy(i, b) * squares(i, b);
        if (fault == Fault::dp_missing_term && b == 0) ds = 0;
        if (fault == Fault::dp_divided_by_batch) ds /= static_cast<S>(pass.batch);
        if (pass.wants_gradients() && fault == Fault::dp_overwritten && b == 0) pass.gradient(0)[i] = 0;
        if (pass.wants_gradients()) pass.gradient(0)[i] += ds;
        if (!wanted(dx)) continue;
        dx(i, b) = S(2) * pass.parameter(0)[i] * x(i, b) * dy(i, b);
        if (fault == Fault::dx_factor) dx(i, b) *= S(1.00001);
        if (fault == Fault::backward_reads_buffers) dx(i, b) *= pass.buffer(0)[0];
        if (fault == Fault::dx_depends_on_dp && !pass.wants_gradients()) dx(i, b) = 0;
      }
    if (fault == Fault::cache_written) pass.cache_slot(0)[0] *= S(2);
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    for (Index b = 0; b < pass.batch; ++b)
      for (Index i = 0; i < features; ++i)
        ty(i, b) = S(fault == Fault::tangent_factor ? 1 : 2) * pass.parameter(0)[i] * x(i, b) * tx(i, b);
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    for (Index b = 0; b < pass.batch; ++b)
      for (Index i = 0; i < features; ++i) {
        const S s = pass.parameter(0)[i], twice = 2 * s;
        const S curvature = fault == Fault::second_order_dx ? S(0) : twice * tx(i, b) * dty(i, b);
        if (wanted(dx)) dx(i, b) = twice * x(i, b) * dy(i, b) + curvature;
        if (wanted(dtx)) dtx(i, b) = (fault == Fault::second_order_dtx ? s : twice) * x(i, b) * dty(i, b);
        const S along = fault == Fault::second_order_dp ? S(0) : S(2) * x(i, b) * tx(i, b) * dty(i, b);
        const S of_buffers = fault == Fault::tangent_backward_reads_buffers ? pass.buffer(0)[0] : S(1);
        if (pass.wants_gradients())
          pass.gradient(0)[i] += of_buffers * (dy(i, b) * x(i, b) * x(i, b) + along);
      }
  }

 private:
  static void allocate() { std::vector<int>(100).swap(keep()); }
  static std::vector<int>& keep() {
    static std::vector<int> kept;
    return kept;
  }
  static std::uint64_t& calls() {
    static std::uint64_t count = 0;
    return count;
  }
};

enum class ConditionFault { none, factor, first_sample, overwritten, tangent_term, unwanted_dx };

/// y = c ⊙ x, for a condition of the size of x.
struct ScaleByCondition {
  ConditionFault fault = ConditionFault::none;

  std::optional<Shape> input_shape() const { return std::nullopt; }
  static constexpr bool takes_condition() { return true; }

  LayerPlan plan(const Shape& input, const Place& place) const {
    LayerPlan plan(place, "ScaleByCondition", input, input);
    if (plan.use_condition() != input)
      fail_input(place, "ScaleByCondition", to_string(*place.condition), input);
    return plan;
  }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    for (Index b = 0; b < pass.batch; ++b)
      y.col(b) = pass.condition.col(pass.condition_of(b)).cwiseProduct(x.col(b));
  }
  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (wanted(dx)) forward(pass, dy, dx);
    if (pass.d_condition && !(fault == ConditionFault::unwanted_dx && !wanted(dx))) add(pass, x, dy);
  }
  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    forward(pass, tx, ty);
  }
  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    if (wanted(dx)) forward(pass, dy, dx);
    if (wanted(dtx)) forward(pass, dty, dtx);
    if (!pass.d_condition) return;
    add(pass, x, dy);
    if (fault != ConditionFault::tangent_term) add(pass, tx, dty);
  }

 private:
  template <Scalar S>
  void add(const Pass<S>& pass, ConstView<S> x, ConstView<S> dy) const {
    View<S> dc = pass.condition_gradient();
    if (fault == ConditionFault::overwritten) dc.setZero();
    for (Index b = 0; b < pass.batch; ++b) {
      const Index c = pass.condition_of(b);
      if (fault == ConditionFault::first_sample && b > 0 && pass.condition_of(b - 1) == c) continue;
      dc.col(c) += S(fault == ConditionFault::factor ? 1.00001 : 1) * dy.col(b).cwiseProduct(x.col(b));
    }
  }
};

enum class PredictionFault {
  none,
  epsilon,
  first_channel,
  rows_of_images,
  no_mean,
  lost,
  moved_twice,
  scratch_unwritten,
  capacity_as_batch,
  allocation,
  keeps_activation
};

/// A normalization whose steps in a prediction are its own.
struct PredictedNorm : BatchNorm {
  PredictionFault fault;

  explicit PredictedNorm(PredictionFault f) : BatchNorm(3), fault(f) {}

  template <Scalar S>
  bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    const Index across = pass.plan->input.channels, pixels = pass.plan->input.pixels();
    ElementMap map;
    for (Index i = 0; i < pass.plan->input.size(); ++i) {
      Index c = fault == PredictionFault::rows_of_images ? i / pixels : i % across;
      if (fault == PredictionFault::first_channel) c = 0;
      const double variance = static_cast<double>(pass.buffer(1)[c]),
                   mean = fault == PredictionFault::no_mean ? 0 : static_cast<double>(pass.buffer(0)[c]),
                   epsilon = fault == PredictionFault::epsilon ? 0 : options.epsilon;
      map.scale.push_back(static_cast<double>(pass.parameter(0)[c]) / std::sqrt(variance + epsilon));
      map.shift.push_back(static_cast<double>(pass.parameter(1)[c]) - map.scale.back() * mean);
      if (fault == PredictionFault::moved_twice) map.source.push_back((i + across) % (across * pixels));
    }
    return steps.map_elements(map) || fault == PredictionFault::lost;
  }
};

/// y = x³, by a step of its own.
struct PredictedCube : Elementwise<PredictedCube> {
  static constexpr std::string_view kind = "PredictedCube";
  PredictionFault fault;

  explicit PredictedCube(PredictionFault f) : fault(f) {}

  template <Scalar S>
  S value(S x) const {
    return x * x * x;
  }
  template <Scalar S>
  S derivative(S x, S) const {
    return S(3) * x * x;
  }
  template <Scalar S>
  S curvature(S x, S) const {
    return S(6) * x;
  }

  template <Scalar S>
  bool add_steps(const Pass<S>& pass, PredictionSteps<S>& steps) const {
    steps.add(std::make_unique<Step<S>>(fault, pass.plan->output.size()));
    return true;
  }

 private:
  template <Scalar S>
  class Step final : public PredictionStep<S> {
   public:
    Step(PredictionFault fault, Index size) : fault_(fault), size_(size) {}
    Index output_size() const override { return size_; }
    Extent memory() const override { return {size_, 0}; }
    bool uses_condition() const override { return false; }
    void run(const Pass<S>& pass, ConstView<S> x, View<S> y) const override {
      View<S> cubes = pass.matrix(pass.scratch, size_);
      if (fault_ == PredictionFault::scratch_unwritten)
        cubes.array() += x.array().cube();
      else
        cubes = x.array().cube();
      y = cubes;
      if (fault_ == PredictionFault::capacity_as_batch) y(0, 0) += static_cast<S>(pass.capacity);
      if (fault_ == PredictionFault::allocation) std::vector<S>(100).swap(kept());
    }
    bool activate(kernels::Activation) override { return fault_ == PredictionFault::keeps_activation; }

   private:
    static std::vector<S>& kept() {
      static std::vector<S> values;
      return values;
    }
    PredictionFault fault_;
    Index size_;
  };
};

/// Its plan says that it applies activations, but a pass that it replaces does not.
struct ForgetfulLinear : Linear {
  bool in_forward, in_backward;

  ForgetfulLinear(bool forward_, bool backward_)
      : Linear(4, 3), in_forward(forward_), in_backward(backward_) {}

  template <Scalar S>
  void forward(Pass<S> pass, ConstView<S> x, View<S> y) const {
    if (in_forward) pass.activation = {};
    Linear::forward(pass, x, y);
  }
  template <Scalar S>
  void backward(Pass<S> pass, ConstView<S> x, ConstView<S> y, ConstView<S> dy, View<S> dx) const {
    if (in_backward) pass.activation = {};
    Linear::backward(pass, x, y, dy, dx);
  }
};

/// Whole numbers, whose gradient is zero and is estimated by that of the identity.
struct Rounding : RefusesTangent {
  double factor = 1;  // the fault: of that estimate

  std::optional<Shape> input_shape() const { return Shape{4}; }
  LayerPlan plan(const Shape& input, const Place& place) const {
    if (input != Shape{4}) fail_input(place, "Rounding", "4", input);
    LayerPlan plan(place, "Rounding", input, input);
    plan.refuses_tangent = "has an estimate of a first derivative";
    return plan;
  }
  template <Scalar S>
  void forward(const Pass<S>&, ConstView<S> x, View<S> y) const {
    y = x.array().round();
  }
  template <Scalar S>
  void backward(const Pass<S>&, ConstView<S>, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (wanted(dx)) dx = static_cast<S>(factor) * dy;
  }
};

template <class L>
std::string failures(const L& layer, const testing::ConformanceOptions& options = {},
                     const Shape& input = {4}) {
  std::string all;
  for (const auto& failure : testing::check_layer(layer, input, options)) all += failure + "; ";
  return all;
}
std::string failures(Fault fault) {
  return failures(ScaledSquare{4, fault});
}
/// Two of them, so that what one adds to the gradient of the condition meets what the other did.
std::string failures(ConditionFault fault) {
  return failures(Sequential{ScaleByCondition{}, ScaleByCondition{fault}},
                  {.batch = 4, .condition = Shape{4}, .samples_per_condition = 2}) +
         failures(Sequential{ScaleByCondition{fault}, ScaleByCondition{fault}}, {.condition = Shape{4}});
}
/// What is wrong with the predictions of either.
std::string failures(PredictionFault fault) {
  return failures(PredictedNorm{fault}, {}, {3, 2, 2}) + failures(Sequential{PredictedCube{fault}, Relu{}});
}

}  // namespace

TEST_CASE("the conformance suite passes a correct layer", "[conformance]") {
  CHECK(failures(Fault::none) == "");
}

TEST_CASE("the conformance suite reports each planted error", "[conformance][mutation]") {
  const auto [fault, words] = GENERATE(table<Fault, std::string>({
      {Fault::dx_factor, "mode: dx: relative error"},
      {Fault::dx_depends_on_dp, "dx without dp differs"},
      {Fault::dp_missing_term, "mode: dp: relative error"},
      {Fault::dp_overwritten, "backward twice does not give twice dp"},
      {Fault::dp_divided_by_batch, "mode: dp: relative error"},
      {Fault::cache_written, "backward writes its cache"},
      {Fault::cache_unwritten, "mode: dp: relative error 1.80e+308"},
      {Fault::output_added, "a pass reads workspace memory that it did not write"},
      {Fault::capacity_as_batch, "a smaller batch in a larger workspace gives other numbers"},
      {Fault::tangent_factor, "tangent: relative error"},
      {Fault::second_order_dx, "tangent_backward, dx: relative error"},
      {Fault::second_order_dtx, "tangent_backward, dtx: relative error"},
      {Fault::second_order_dp, "tangent_backward, dp: relative error"},
      {Fault::any_shape, "accepts a wrong input shape"},
      {Fault::nameless_error, "does not name the path"},
      {Fault::float_rounding, "float differs from double"},
      {Fault::hidden_state, "a pass reads workspace memory that it did not write"},
      {Fault::backward_reads_buffers, ": backward reads the buffers"},
      {Fault::tangent_backward_reads_buffers, "tangent_backward reads the buffers"},
      {Fault::kept_buffers_moved, "a pass that is to keep the buffers changes them"},
      {Fault::buffers_moved_after_use, "a pass that keeps the buffers gives other outputs"},
  }));
  INFO(failures(fault));
  CHECK(failures(fault).find(words) != std::string::npos);
}

TEST_CASE("the conformance suite knows an estimate for a derivative where it is told so",
          "[conformance][mutation]") {
  CHECK(failures(Rounding{}, {.straight_through = true}) == "");
  for (const auto& [layer, options] : {std::pair{Rounding{}, testing::ConformanceOptions{}},
                                       {Rounding{{}, 1.00001}, {.straight_through = true}}})
    CHECK(failures(layer, options).find("mode: dx: relative error") != std::string::npos);
}

TEST_CASE("the conformance suite reports each planted error of a condition", "[conformance][mutation]") {
  CHECK(failures(ConditionFault::none) == "");
  const auto [fault, words] = GENERATE(table<ConditionFault, std::string>({
      {ConditionFault::factor, "mode: d_condition: relative error"},
      {ConditionFault::first_sample, "mode: d_condition: relative error"},
      {ConditionFault::overwritten, "mode: d_condition: relative error"},
      {ConditionFault::tangent_term, "tangent_backward, d_condition: relative error"},
      {ConditionFault::unwanted_dx, "the condition's gradient without dx differs"},
  }));
  INFO(failures(fault));
  CHECK(failures(fault).find(words) != std::string::npos);
}

TEST_CASE("the conformance suite reports each planted error of a prediction", "[conformance][mutation]") {
  CHECK(failures(PredictionFault::none) == "");
  const auto [fault, words] = GENERATE(table<PredictionFault, std::string>({
      {PredictionFault::epsilon, "behind a convolution: the prediction of all samples: relative error"},
      {PredictionFault::first_channel, "behind a convolution: the prediction of all samples: relative error"},
      {PredictionFault::rows_of_images, "behind a reshaped Linear: the prediction of all samples: relative"},
      {PredictionFault::no_mean, "behind a convolution: the prediction of one sample: relative error"},
      {PredictionFault::lost, "alone: the prediction of all samples: relative error"},
      {PredictionFault::moved_twice, "behind a reshaped Linear: the prediction of all samples: relative"},
      {PredictionFault::scratch_unwritten, "alone: the prediction of all samples: relative error 1.80e+308"},
      {PredictionFault::capacity_as_batch, "alone: the prediction of one sample: relative error"},
      {PredictionFault::keeps_activation, "alone: the prediction of all samples: relative error"},
  }));
  INFO(failures(fault));
  CHECK(failures(fault).find(words) != std::string::npos);
}

TEST_CASE("the conformance suite reports an activation that is not applied", "[conformance][mutation]") {
  CHECK(failures(ForgetfulLinear(false, false)) == "");
  CHECK(failures(ForgetfulLinear(true, false)).find("between activations: forward: relative") !=
        std::string::npos);
  CHECK(failures(ForgetfulLinear(false, true)).find("between activations: dx: relative") !=
        std::string::npos);
}

TEST_CASE("the conformance suite reports a heap allocation", "[conformance][mutation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  CHECK(failures(Fault::allocation).find("a pass allocates on the heap") != std::string::npos);
  CHECK(failures(PredictionFault::allocation).find("alone: a prediction allocates on the heap") !=
        std::string::npos);
}
