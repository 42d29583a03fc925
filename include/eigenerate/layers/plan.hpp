#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/memory.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/place.hpp"

namespace eigenerate {

/// What a parameter is to its layer; initialisers and optimisers may treat the roles differently. A `count`
/// is an integer, in files too.
enum class Role { weight, bias, scale, shift, statistic, count };

/// One named tensor inside an arena.
struct Segment {
  std::string name;  ///< PyTorch's state-dict path, `discriminator.3.weight`
  Role role = Role::weight;
  std::vector<Index> shape;         ///< PyTorch's extents, slowest first
  std::vector<Index> memory_order;  ///< PyTorch's dimensions as they stand in our memory, slowest first
  bool any_unit_extents = false;    ///< whether a file may give the shape with more or fewer extents of 1
  Index fan_in = 0;                 ///< inputs that one output sums over, for initialisers
  Index fan_out = 0;                ///< outputs that one input reaches
  Index output_dimension = 0;       ///< which of PyTorch's dimensions of a weight counts outputs
  double initial_bound = 0;         ///< default initialisation: uniform in ±bound around …
  double initial_center = 0;        ///< … this value
  Index offset = 0;                 ///< first scalar, relative to the block that declares it
  Index size = 0;                   ///< number of scalars
};

/// An amount of memory as a function of the workspace's capacity: `per_sample * capacity + fixed` scalars.
struct Extent {
  Index per_sample = 0;
  Index fixed = 0;

  constexpr Index scalars(Index capacity) const { return per_sample * capacity + fixed; }
  /// Capped, as what a plan adds up may exceed every memory; a workspace refuses it then.
  constexpr Extent operator+(const Extent& o) const {
    return {capped_sum(per_sample, o.per_sample), capped_sum(fixed, o.fixed)};
  }
};

/// The smallest extent that holds either of two.
constexpr Extent larger(const Extent& a, const Extent& b) {
  return {std::max(a.per_sample, b.per_sample), std::max(a.fixed, b.fixed)};
}

/// The path of an inner layer: `child_path("decoder", "2")` is `decoder.2`.
inline std::string child_path(const std::string& parent, std::string_view name) {
  return parent.empty() ? std::string(name) : parent + "." + std::string(name);
}

/// Slots of working memory, one after another; a layer finds its own again by their order.
class Region {
 public:
  /// Appends a slot.
  void add(Extent size) { offsets_.push_back(reserve(size)); }
  /// Takes memory that is no slot of the layer itself (an inner layer's), and returns where it starts.
  Extent reserve(Extent size);
  const Extent& offset(Index slot) const { return offsets_[static_cast<std::size_t>(slot)]; }
  const Extent& total() const { return total_; }

 private:
  std::vector<Extent> offsets_;
  Extent total_;
};

/// What one layer needs for one input shape: parameters, buffers, working memory, and the plans of the layers
/// inside it.
///
/// A layer writes its plan once, when a Network is built; afterwards passes only add offsets to pointers. The
/// block of a subtree is contiguous, so a layer may run its inner layer on other parameters than the
/// network's own (an effective weight, for instance).
struct LayerPlan {
  std::string path;  ///< `discriminator.3`, the prefix of its parameters' names
  std::string kind;  ///< `Conv2d`, as error messages show it
  Shape input;
  Shape output;
  std::vector<Segment> parameters;  ///< of this layer itself; offsets count from the start of its block
  std::vector<Segment> buffers;
  Region cache;              ///< written by forward, read by backward
  Region tangents;           ///< written by the tangent pass, read by its reverse
  Region scratch;            ///< own slots, valid within one call; the children's lies behind it
  Extent child_scratch;      ///< the largest scratch of any child: children take turns
  Index parameter_size = 0;  ///< scalars of the whole subtree, padding included
  Index buffer_size = 0;
  Index least_training_batch = 1;  ///< samples that a training pass of the subtree needs
  /// How this layer makes the outputs of one sample depend on the others of its batch, in words after its
  /// name, as in `normalizes by the statistics of the batch`; empty where it does not.
  std::string couples_samples;
  /// Why this layer has no tangent pass, in words after its name; empty where it has one.
  std::string refuses_tangent;
  std::optional<Shape> condition;          ///< the second input that passes bring, where there is one
  bool uses_condition = false;             ///< whether a layer of the subtree reads it
  std::optional<ValueRange> output_range;  ///< that no output leaves, where the layer bounds them
  std::string bounded_by;                  ///< the layer that does so, in words: `decoder.3 (Sigmoid)`
  bool moves_values = false;               ///< whether every output is one of the inputs
  /// A function of every input in its place, where the layer is that: `scale·x + shift`.
  struct Rescaling {
    double scale, shift;
    ValueRange operator()(const ValueRange& x) const {
      const double a = scale * x.low + shift, b = scale * x.high + shift;
      return {std::min(a, b), std::max(a, b)};
    }
  };
  std::optional<Rescaling> rescaling;
  /// Whether every output is the same function of the input in its place alone, and y may be x in `forward`.
  bool elementwise = false;
  /// The function that y is of x, where products can apply it: then y is all that its passes read.
  kernels::Activation activation;
  bool applies_activations = false;  ///< whether this layer does what `Pass::activation` says
  bool is_identity = false;  ///< whether the outputs are the inputs, so that nobody needs a copy of them
  /// Products that a forward pass of the subtree adds up, per sample, by the zeros of padding and masks too.
  /// Sums, comparisons and functions count for nothing, nor does what a pass does once for all its samples; a
  /// condition counts as if each sample had one of its own. Capped.
  Index multiply_adds = 0;
  std::vector<LayerPlan> children;

  // Where this block starts inside its parent's, and which layer of the network it is.
  Index parameter_offset = 0;
  Index buffer_offset = 0;
  Extent cache_offset;
  Extent tangent_offset;
  Index id = 0;

  LayerPlan() = default;
  LayerPlan(const Place& place, std::string_view kind_, const Shape& input_, const Shape& output_);

  /// Declares that the layer reads the condition, and returns its shape; `ConfigError` where there is none.
  Shape use_condition();

  /// For a layer that never runs the tangent pass of an inner one.
  void forget_refused_tangents();

  /// Declares that no output leaves `range`.
  void bound_outputs(const ValueRange& range) {
    output_range = range;
    bounded_by = path + " (" + kind + ")";
  }

  /// Scratch of this layer and of whichever child runs.
  Extent total_scratch() const { return scratch.total() + child_scratch; }

  /// Declares a parameter with PyTorch's shape. `memory_order` lists PyTorch's dimensions as they stand in
  /// our memory, slowest first; empty means the same order.
  Segment& add_parameter(std::string_view name, Role role, std::vector<Index> shape,
                         std::vector<Index> memory_order = {});

  /// Declares a buffer: state that is saved with the weights but not trained.
  Segment& add_buffer(std::string_view name, std::vector<Index> shape, double initial);

  /// Appends the plan of an inner layer.
  void add_child(LayerPlan child);

 private:
  /// `total += size`, the scalars of this subtree.
  void grow(Index& total, Index size) const;

  Segment& add_segment(std::vector<Segment>& list, Index& total, std::string_view name, Role role,
                       std::vector<Index> shape, std::vector<Index> memory_order);
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(LAYERS)
#include "eigenerate/layers/detail/plan.hpp"
#endif
