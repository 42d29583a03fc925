#pragma once

#include "eigenerate/layers/plan.hpp"

namespace eigenerate {

EIGENERATE_INLINE Extent Region::reserve(Extent size) {
  const Extent start = total_;
  total_ = total_ + Extent{size.per_sample, aligned(size.fixed)};
  return start;
}

EIGENERATE_INLINE LayerPlan::LayerPlan(const Place& place, std::string_view kind_, const Shape& input_,
                                       const Shape& output_)
    : path(place.path), kind(kind_), input(input_), output(output_), condition(place.condition) {
  require_valid(output, path + " (" + kind + ")");
}

EIGENERATE_INLINE Shape LayerPlan::use_condition() {
  if (!condition)
    fail<ConfigError>(
        "{} ({}): needs a condition, and the network has none; give it one (NetworkOptions::condition, "
        ".classes of a model)",
        path, kind);
  uses_condition = true;
  return *condition;
}

EIGENERATE_INLINE void LayerPlan::forget_refused_tangents() {
  refuses_tangent.clear();
  for (LayerPlan& child : children) child.forget_refused_tangents();
}

EIGENERATE_INLINE Segment& LayerPlan::add_parameter(std::string_view name, Role role,
                                                    std::vector<Index> shape,
                                                    std::vector<Index> memory_order) {
  return add_segment(parameters, parameter_size, name, role, std::move(shape), std::move(memory_order));
}

EIGENERATE_INLINE Segment& LayerPlan::add_buffer(std::string_view name, std::vector<Index> shape,
                                                 double initial) {
  Segment& segment = add_segment(buffers, buffer_size, name, Role::statistic, std::move(shape), {});
  segment.initial_center = initial;
  return segment;
}

EIGENERATE_INLINE void LayerPlan::add_child(LayerPlan child) {
  child.parameter_offset = parameter_size;
  child.buffer_offset = buffer_size;
  child.cache_offset = cache.reserve(child.cache.total());
  child.tangent_offset = tangents.reserve(child.tangents.total());
  grow(parameter_size, child.parameter_size);
  grow(buffer_size, child.buffer_size);
  child_scratch = larger(child_scratch, child.total_scratch());
  least_training_batch = std::max(least_training_batch, child.least_training_batch);
  uses_condition = uses_condition || child.uses_condition;
  multiply_adds = capped_sum(multiply_adds, child.multiply_adds);
  children.push_back(std::move(child));
}

EIGENERATE_INLINE void LayerPlan::grow(Index& total, Index size) const {
  total = capped_sum(total, size);
  if (total > max_scalars)
    fail<ConfigError>("{} ({}): more than 2^{} scalars", path, kind, max_scalars_exponent);
}

EIGENERATE_INLINE Segment& LayerPlan::add_segment(std::vector<Segment>& list, Index& total,
                                                  std::string_view name, Role role, std::vector<Index> shape,
                                                  std::vector<Index> memory_order) {
  Segment s;
  s.name = child_path(path, name);
  s.role = role;
  s.size = std::accumulate(shape.begin(), shape.end(), Index{1}, capped_product);
  if (s.size > max_scalars)
    fail<ConfigError>("{} ({}): more than 2^{} scalars", s.name, kind, max_scalars_exponent);
  if (memory_order.empty()) {
    memory_order.resize(shape.size());
    std::iota(memory_order.begin(), memory_order.end(), Index{0});
  }
  s.shape = std::move(shape);
  s.memory_order = std::move(memory_order);
  s.offset = total;
  grow(total, aligned(s.size));
  return list.emplace_back(std::move(s));
}

}  // namespace eigenerate
