#include "eigenerate/layers/plan.hpp"

#include <map>
#include <set>

#include "eigenerate/layers/bilinear_upsample.hpp"
#include "eigenerate/layers/instance_norm.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/layers/masked_conv2d.hpp"
#include "eigenerate/layers/pixel_shuffle.hpp"
#include "eigenerate/layers/prelu.hpp"
#include "eigenerate/layers/random_contrast.hpp"
#include "eigenerate/layers/random_saturation.hpp"
#include "eigenerate/layers/reflection_pad.hpp"
#include "eigenerate/layers/rescale.hpp"
#include "eigenerate/layers/vector_quantizer.hpp"
#include "layers/conformance.hpp"
#include "structure/source_tree.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

struct Counted {
  Index planned, expected;
};

/// What a layer's plan counts in a network with a condition of 5, and what the formula gives.
template <class L>
Counted counted(const L& layer, const Shape& input, Index expected) {
  return {layer.plan(input, Place("layer", Shape{5})).multiply_adds, expected};
}

/// By the header of each layer: products that are added up, per sample.
std::map<std::string, Counted> all_layers() {
  const Shape image{3, 6, 8};
  const Index size = 3 * 6 * 8;
  return {
      {"any_layer.hpp", counted(AnyLayer<float>(Linear{4, 7}), {4}, 4 * 7)},
      {"any_sequential.hpp", counted(AnySequential<float>({Linear{4, 7}, Linear{7, 2}}), {4}, 4 * 7 + 7 * 2)},
      {"append_parameter.hpp", counted(AppendParameter{2}, image, 0)},
      {"average_pool.hpp", counted(AveragePool{2}, image, 0)},
      {"batch_norm.hpp", counted(BatchNorm{3}, image, size)},
      {"bilinear_upsample.hpp", counted(BilinearUpsample{2}, image, 4 * 4 * size)},
      {"concat.hpp", counted(Concat{Linear{4, 3}, Identity{}, Linear{4, 2}}, {4}, 4 * 3 + 4 * 2)},
      // 3 × 7 outputs per channel.
      {"conv2d.hpp",
       counted(Conv2d{3, 4, {.kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0}}}, image, 3 * 4 * 6 * 21)},
      {"conv_transpose2d.hpp",
       counted(ConvTranspose2d{3, 4, {.kernel = {3, 2}, .stride = 2}}, image, 3 * 4 * 6 * 6 * 8)},
      {"cutout.hpp", counted(Cutout{}, image, 0)},
      {"dropout.hpp", counted(Dropout{}, image, 0)},
      {"elu.hpp", counted(Elu{}, image, 0)},
      {"flatten.hpp", counted(Flatten{}, image, 0)},
      {"gelu.hpp", counted(Gelu{}, image, 0)},
      {"identity.hpp", counted(Identity{}, image, 0)},
      {"instance_noise.hpp", counted(InstanceNoise{}, image, 0)},
      {"instance_norm.hpp", counted(InstanceNorm{3}, image, size)},
      {"join_condition.hpp", counted(JoinCondition{}, image, 0)},
      {"layer_norm.hpp", counted(LayerNorm{image}, image, size)},
      {"leaky_relu.hpp", counted(LeakyRelu{}, image, 0)},
      {"linear.hpp", counted(Linear{4, 7}, {4}, 4 * 7)},
      {"masked_conv2d.hpp", counted(MaskedConv2d{3, 4}, image, 9 * 3 * 4 * 48)},
      {"masked_linear.hpp", counted(MaskedLinear{{1, 2, 3}, {1, 2}}, {3}, 3 * 2)},
      {"max_pool.hpp", counted(MaxPool{2}, image, 0)},
      {"maxout.hpp", counted(Maxout{3}, image, 0)},
      {"minibatch_discrimination.hpp", counted(MinibatchDiscrimination{4, 3, 5}, {4}, 4 * 3 * 5)},
      {"minibatch_std.hpp", counted(MinibatchStd{}, image, 0)},
      {"modulate.hpp", counted(Modulate{}, image, 5 * 2 * 3 + size)},
      {"pack_channels.hpp", counted(PackChannels{2}, image, 0)},
      {"pixel_shuffle.hpp", counted(PixelShuffle{2}, {12, 3, 4}, 0)},
      {"prelu.hpp", counted(PRelu{}, image, 0)},
      {"project_condition.hpp", counted(ProjectCondition{}, image, 5 * 3 + size)},
      {"random_brightness.hpp", counted(RandomBrightness{}, image, 0)},
      {"random_contrast.hpp", counted(RandomContrast{}, image, 0)},
      {"random_saturation.hpp", counted(RandomSaturation{}, image, 0)},
      {"random_translation.hpp", counted(RandomTranslation{}, image, 0)},
      {"reflection_pad.hpp", counted(ReflectionPad{2}, image, 0)},
      {"relu.hpp", counted(Relu{}, image, 0)},
      {"rescale.hpp", counted(Rescale{2, 1}, image, 0)},
      {"reshape.hpp", counted(Reshape{size}, image, 0)},
      {"residual.hpp", counted(Residual{Sequential{Linear{4, 6}, Linear{6, 4}}}, {4}, 2 * 4 * 6)},
      {"select_channels.hpp", counted(SelectChannels{1, 2}, image, 0)},
      {"sequential.hpp", counted(Sequential{Linear{4, 7}, Relu{}, Linear{7, 2}}, {4}, 4 * 7 + 7 * 2)},
      {"sigmoid.hpp", counted(Sigmoid{}, image, 0)},
      {"silu.hpp", counted(Silu{}, image, 0)},
      {"softplus.hpp", counted(Softplus{}, image, 0)},
      {"spectral_norm.hpp", counted(SpectralNorm{Conv2d{3, 4, {.kernel = 1}}}, image, 4 * size)},
      {"tanh.hpp", counted(Tanh{}, image, 0)},
      {"upsample.hpp", counted(Upsample{2}, image, 0)},
      {"vector_quantizer.hpp", counted(VectorQuantizer{10}, image, 10 * size)},
      {"with_condition.hpp", counted(WithCondition{Linear{5, 2}, Sequential{Modulate{}, Linear{4, 7}}}, {4},
                                     5 * 2 + (2 * 2 * 4 + 4) + 4 * 7)},
  };
}

/// `y = s ∘ x ∘ inner(x)`, with slots and parameters on both sides of the inner layer's.
template <Layer L>
struct Around : RefusesTangent {
  L inner;

  struct Parameter {
    enum : Index { unused, s };
  };
  struct Cache {
    enum : Index { inner_output, input };
  };
  struct Scratch {
    enum : Index { dy_input, dx_direct };
  };

  explicit Around(L layer) : inner(std::move(layer)) {}

  std::optional<Shape> input_shape() const { return inner.input_shape(); }

  LayerPlan plan(const Shape& input, const Place& place) const {
    LayerPlan plan(place, "Around", input, input);
    plan.refuses_tangent = "is a layer of a test";
    plan.add_parameter("unused", Role::scale, {3}).initial_center = 1;
    plan.cache.add({input.size(), 3});
    plan.scratch.add({input.size(), 3});
    plan.add_child(inner.plan(input, place.child("inner")));
    plan.add_parameter("s", Role::scale, {input.size()}).initial_center = 1;
    plan.cache.add({input.size(), 0});
    plan.scratch.add({input.size(), 0});
    return plan;
  }

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const Index n = x.rows();
    const View<S> f = pass.matrix(pass.cache_slot(Cache::inner_output), n);
    View<S> input = pass.matrix(pass.cache_slot(Cache::input), n);
    input = x;
    inner.forward(pass.child(0), x, f);
    for (Index j = 0; j < pass.batch; ++j)
      for (Index i = 0; i < n; ++i) y(i, j) = pass.parameter(Parameter::s)[i] * input(i, j) * f(i, j);
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    const Index n = dy.rows();
    const View<S> f = pass.matrix(pass.cache_slot(Cache::inner_output), n),
                  x = pass.matrix(pass.cache_slot(Cache::input), n);
    View<S> df = pass.matrix(pass.scratch_slot(Scratch::dy_input), n),
            direct = pass.matrix(pass.scratch_slot(Scratch::dx_direct), n);
    const S* const s = pass.parameter(Parameter::s);
    for (Index j = 0; j < pass.batch; ++j)
      for (Index i = 0; i < n; ++i) {
        df(i, j) = s[i] * x(i, j) * dy(i, j);
        direct(i, j) = s[i] * f(i, j) * dy(i, j);
        if (pass.wants_gradients()) pass.gradient(Parameter::s)[i] += x(i, j) * f(i, j) * dy(i, j);
      }
    inner.backward(pass.child(0), as_const(x), as_const(f), as_const(df), dx);
    if (wanted(dx)) dx += direct;
  }
};

}  // namespace

TEST_CASE("a composite may declare slots and parameters after a child", "[layers]") {
  require_conformance(Around{Sequential{Linear{4, 6}, Tanh{}, Linear{6, 4}}}, {4});
  require_conformance(Around{Around{Sequential{Linear{4, 4}, Tanh{}}}}, {4});
}

TEST_CASE("every layer counts its multiply-adds", "[layers]") {
  const auto layers = all_layers();
  for (const auto& [header, count] : layers) {
    CAPTURE(header);
    CHECK(count.planned == count.expected);
  }

  // A new layer is asked too.
  const std::set<std::string> others{"affine_map.hpp",
                                     "element_map.hpp",
                                     "prediction_step.hpp",
                                     "prediction_steps.hpp",
                                     "elementwise.hpp",
                                     "height_width.hpp",
                                     "infer.hpp",
                                     "layer.hpp",
                                     "layer_sequence.hpp",
                                     "linear_map.hpp",
                                     "pass.hpp",
                                     "place.hpp",
                                     "plan.hpp",
                                     "pooling_window.hpp",
                                     "refuses_tangent.hpp"};
  std::set<std::string> known(others);
  for (const auto& entry : layers) known.insert(entry.first);
  CHECK(structure::table_of(std::string(EIGENERATE_SOURCE_DIR) + "/include/eigenerate/layers/layers.hpp") ==
        known);
}
