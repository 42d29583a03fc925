#pragma once

#include "eigenerate/network/network.hpp"

#include <algorithm>

namespace eigenerate {

namespace detail {

/// Scalars of a sample's largest result between two layers.
EIGENERATE_INLINE Index largest_result(const LayerPlan& plan) {
  Index size = 0;
  for (const LayerPlan& child : plan.children)
    size = std::max({size, child.output.size(), largest_result(child)});
  return size;
}

}  // namespace detail

template <Scalar S>
Network<S>::Network(AnyLayer<S> layer, const Shape& input, const NetworkOptions& options)
    : layer_(std::move(layer)) {
  require_valid(input, options.name + ": input shape");
  if (options.condition) require_valid(*options.condition, options.name + ": the condition's shape");
  auto plan = std::make_shared<LayerPlan>(layer_.plan(input, Place(options.name, options.condition)));
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
  frozen_.assign(parameters_.segments().size(), false);
  trained_ = {{0, parameters_.size()}};
  initialize(options.initializer, options.seed);
}

template <Scalar S>
void Network<S>::restart_average() {
  if (average_) std::copy_n(parameters_.data(), parameters_.size(), average_->data());
}

template <Scalar S>
void Network<S>::clear_frozen(Arena<S>& gradients) const {
  Index end = 0;
  for (const ArenaRange& range : trained_) {
    std::fill(gradients.data() + end, gradients.data() + range.begin, S(0));
    end = range.end;
  }
  std::fill(gradients.data() + end, gradients.data() + gradients.size(), S(0));
}

template <Scalar S>
Index Network<S>::parameter_count() const {
  Index n = 0;
  for (const Segment& s : parameters_.segments()) n += s.size;
  return n;
}

template <Scalar S>
const std::string& Network<S>::kind_of(std::string_view tensor) const {
  if (const LayerPlan* layer = layer_of(plan(), tensor)) return layer->kind;
  fail<ConfigError>("{}: no tensor named '{}'", name_, tensor);
}

template <Scalar S>
void Network<S>::initialize(const Initializer& initializer, std::uint64_t seed) {
  const RandomStream stream{seed, Purpose::initialization};
  initialize_arena(parameters_, initializer, stream);
  initialize_arena(buffers_, DefaultInit{}, stream);
  restart_average();
}

template <Scalar S>
Workspace<S> Network<S>::make_workspace(Index max_batch, SecondOrder second_order) const {
  if (second_order == SecondOrder::yes) require_tangent();
  plan();  // there is one
  return Workspace<S>(plan_, max_batch, second_order);
}

template <Scalar S>
ConstView<S> Network<S>::forward(const PassInput<S>& in, Workspace<S>& ws) {
  return run_forward(in, ws, in.buffers == Buffers::update ? buffers_.data() : nullptr);
}

template <Scalar S>
ConstView<S> Network<S>::forward(const PassInput<S>& in, Workspace<S>& ws) const {
  if (in.buffers == Buffers::update)
    fail<StateError>("{}: a constant network cannot update its buffers", name_);
  return run_forward(in, ws, nullptr);
}

template <Scalar S>
Matrix<S> Network<S>::predict(ConstView<S> x, ConstView<S> condition) const {
  if (x.cols() < 1)
    fail<ShapeError>("{}: expected at least one sample, got {} × {}", name_, x.rows(), x.cols());
  require_view(x, input_shape(), x.cols(), "x");
  detail::require_condition(name_, plan().condition, condition, x.cols());
  const detail::Portions<S> portions(x, condition, detail::portion_of(detail::largest_result(plan())));
  auto ws = spare_.take(portions.largest(), [this](Index batch) { return make_workspace(batch); });
  Matrix<S> y(output_shape().size(), x.cols());
  portions.for_each([&](Index first, const ConstView<S>& some, const ConstView<S>& its_condition) {
    y.middleCols(first, some.cols()) = forward({.x = some, .condition = its_condition}, *ws);
  });
  spare_.give_back(std::move(ws));
  return y;
}

template <Scalar S>
PredictionSteps<S> Network<S>::prediction_steps(std::unique_ptr<PredictionStep<S>> last,
                                                WeightPrecision weights) const {
  if (weights == WeightPrecision::bf16 && !std::is_same_v<S, float>)
    fail<ConfigError>("{}: weights in bf16 are for networks of floats, not of doubles", name_);
  Workspace<S> memory = make_workspace(1);
  Pass<S> pass = make_pass(memory);
  pass.batch = 1;
  pass.weights = weights;
  PredictionSteps<S> steps;
  layer_.add_steps(pass, steps);
  if (last) steps.add(std::move(last));
  steps.prepare(pass);
  return steps;
}

template <Scalar S>
InputGradients<S> Network<S>::backward(ConstView<S> dy, Workspace<S>& ws, const Wanted<S>& wanted) const {
  require_stage(ws, Stage::forward, "backward needs a forward pass in its workspace");
  require_view(dy, output_shape(), ws.batch_, "dy");
  const View<S> dx = wanted.x ? ws.dx() : unwanted<S>();
  const Pass<S> pass = make_backward_pass(ws, wanted);
  layer_.backward(pass, ws.x(), ws.y(), dy, dx);
  return {dx, pass.d_condition ? ConstView<S>(pass.condition_gradient()) : ConstView<S>()};
}

template <Scalar S>
ConstView<S> Network<S>::tangent(ConstView<S> tx, Workspace<S>& ws) const {
  require_stage(ws, Stage::forward, "tangent needs a forward pass in its workspace");
  if (!ws.has_tangents_)
    fail<StateError>("{}: this workspace has no memory for tangents; make it with SecondOrder::yes", name_);
  require_view(tx, input_shape(), ws.batch_, "tx");
  const View<S> ty(ws.ty_.data(), output_shape().size(), ws.batch_);
  layer_.tangent(make_pass(ws), ws.x(), ws.y(), tx, ty);
  ws.tx_ = tx;
  ws.stage_ = Stage::tangent;
  return ty;
}

template <Scalar S>
TangentGradients<S> Network<S>::tangent_backward(ConstView<S> dy, ConstView<S> dty, Workspace<S>& ws,
                                                 const Wanted<S>& wanted) const {
  require_stage(ws, Stage::tangent, "tangent_backward needs a tangent pass in its workspace");
  require_view(dy, output_shape(), ws.batch_, "dy");
  require_view(dty, output_shape(), ws.batch_, "dty");
  const View<S> dx = wanted.x ? ws.dx() : unwanted<S>();
  const View<S> dtx = wanted.x ? View<S>(ws.dtx_.data(), dx.rows(), dx.cols()) : unwanted<S>();
  const Pass<S> pass = make_backward_pass(ws, wanted);
  layer_.tangent_backward(pass, ws.x(), ws.y(), ws.tx_,
                          ConstView<S>(ws.ty_.data(), output_shape().size(), ws.batch_), dy, dty, dx, dtx);
  return {dx, dtx, pass.d_condition ? ConstView<S>(pass.condition_gradient()) : ConstView<S>()};
}

template <Scalar S>
void Network<S>::require_tangent() const {
  if (const LayerPlan* layer =
          find_layer(plan(), [](const LayerPlan& l) { return !l.refuses_tangent.empty(); }))
    RefusesTangent::refuse(*layer);
}

template <Scalar S>
void Network<S>::require_independent_samples(std::string_view who) const {
  if (const LayerPlan* layer =
          find_layer(plan(), [](const LayerPlan& l) { return !l.couples_samples.empty(); }))
    fail<ConfigError>("{} ({}): {}, but {} needs outputs that depend on their own sample alone", layer->path,
                      layer->kind, layer->couples_samples, who);
}

template <Scalar S>
Shape Network<S>::required_input(const AnyLayer<S>& layer, const std::string& name) {
  if (const auto shape = layer.input_shape()) return *shape;
  fail<ConfigError>(
      "{}: the first layer accepts any input shape, so the network cannot know its own; give the layer its width, as in "
      "Linear{{784, 400}}, begin with Reshape{{channels, height, width}}, or tell the input shape: "
      "Network{{layer, Shape{{784}}}}, .latent of a model's options",
      name);
}

template <Scalar S>
void Network<S>::collect(LayerPlan& plan, Index parameter_base, Index buffer_base, Index& next_id,
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

template <Scalar S>
const LayerPlan* Network<S>::layer_of(const LayerPlan& plan, std::string_view tensor) {
  const auto holds = [tensor](const std::vector<Segment>& list) {
    return std::any_of(list.begin(), list.end(), [&](const Segment& s) { return s.name == tensor; });
  };
  return find_layer(plan, [&](const LayerPlan& l) { return holds(l.parameters) || holds(l.buffers); });
}

template <Scalar S>
void Network<S>::require_stage(const Workspace<S>& ws, Stage needed, std::string_view message) const {
  if (ws.plan_.get() != &plan()) fail<StateError>("{}: the workspace was made for another network", name_);
  if (ws.stage_ < needed) fail<StateError>("{}: {}", name_, message);
}

template <Scalar S>
Pass<S> Network<S>::make_pass(Workspace<S>& ws) const {
  Pass<S> pass;
  pass.plan = &plan();
  pass.batch = ws.batch_;
  pass.capacity = ws.capacity_;
  pass.mode = ws.mode_;
  pass.precision = precision_.value_or(matmul_precision());
  pass.random = ws.random_;
  pass.progress = ws.progress_;
  pass.condition = ws.condition_;
  pass.parameters = parameters(ws.mode_).data();
  pass.buffers = buffers_.data();
  pass.cache = ws.cache_.data();
  pass.tangents = ws.tangents_.data();
  pass.scratch = ws.scratch_.data();
  return pass;
}

template <Scalar S>
Pass<S> Network<S>::make_backward_pass(Workspace<S>& ws, const Wanted<S>& wanted) const {
  Pass<S> pass = make_pass(ws);
  if (wanted.parameters) {
    if (!wanted.parameters->same_table(parameters_))
      fail<StateError>("{}: the gradients are of another network", name_);
    pass.gradients = wanted.parameters->data();
  }
  if (wanted.condition) {
    if (!plan().condition) fail<ConfigError>("{}: has no condition, so there is no gradient of it", name_);
    pass.d_condition = ws.d_condition_.data();
    std::fill_n(pass.d_condition, ws.condition_.size(), S(0));
  }
  return pass;
}

template <Scalar S>
ConstView<S> Network<S>::run_forward(const PassInput<S>& in, Workspace<S>& ws, S* buffer_updates) const {
  require_stage(ws, Stage::empty, "");
  if (in.x.cols() < 1 || in.x.cols() > ws.max_batch_)
    fail<ShapeError>("{}: the workspace holds 1 to {} samples, got a batch of {}", name_, ws.max_batch_,
                     in.x.cols());
  require_view(in.x, input_shape(), in.x.cols(), "x");
  detail::require_condition(name_, plan().condition, in.condition, in.x.cols());
  ws.begin(in);
  Pass<S> pass = make_pass(ws);
  pass.buffer_updates = buffer_updates;
  const View<S> y(ws.y_.data(), output_shape().size(), ws.batch_);
  layer_.forward(pass, in.x, y);
  ws.stage_ = Stage::forward;
  return y;
}

template <Scalar S>
void Network<S>::set_frozen(std::string_view part, bool frozen) {
  bool found = false;
  const auto& segments = parameters_.segments();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string& name = segments[i].name;
    if (!name.starts_with(part) || (name.size() > part.size() && !part.empty() && name[part.size()] != '.'))
      continue;
    frozen_[i] = frozen;
    found = true;
  }
  if (!found) fail<ConfigError>("{}: no tensor whose name begins with '{}'", name_, part);
  trained_.clear();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (frozen_[i]) continue;
    const Index begin = segments[i].offset, end = begin + aligned(segments[i].size);
    if (!trained_.empty() && trained_.back().end == begin)
      trained_.back().end = end;
    else
      trained_.push_back({begin, end});
  }
}

EIGENERATE_INSTANTIATE_CLASS(Network)

}  // namespace eigenerate
