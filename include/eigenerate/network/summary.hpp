#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/network/network.hpp"

#if EIGENERATE_DEFINES(NETWORK)
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "eigenerate/network/detail/text_table.hpp"
#endif

namespace eigenerate {

/// What networks have and cost: their layers with shapes and parameters, memory and arithmetic. `to_string`
/// makes a table of it.
struct Summary {
  /// One layer, without those inside it.
  struct Layer {
    std::string path;  ///< `encoder.0`
    std::string kind;  ///< `Linear`
    Index depth = 0;   ///< layers that it is inside of
    Shape output;
    Index parameters = 0;     ///< trainable scalars, alignment padding not counted
    Index frozen = 0;         ///< those of them that no step changes
    Index buffers = 0;        ///< scalars that are saved but not trained
    Index multiply_adds = 0;  ///< of a forward pass, per sample; see `LayerPlan`
  };
  /// Bytes, alignment padding included.
  struct Memory {
    std::size_t parameters = 0;
    std::size_t buffers = 0;
    std::size_t averages = 0;    ///< moving averages of the parameters
    std::size_t gradients = 0;   ///< of learners, as is …
    std::size_t optimizer = 0;   ///< … what their optimisers remember
    std::size_t workspaces = 0;  ///< of one pass of `batch` samples through each network
  };

  std::vector<Layer> layers = {};  ///< of all networks, each before those inside it
  Layer total = {};                ///< sums over the layers
  Memory memory = {};
  Index batch = 1;  ///< samples of the passes that are counted here

  /// Of forward passes of the batch through each network once, a multiply-add being two.
  double forward_flops() const {
    return 2 * static_cast<double>(total.multiply_adds) * static_cast<double>(batch);
  }
  /// Of a training step that passes forward and backward through each network once: by the usual rule three
  /// times the forward passes, as the gradients of inputs and of parameters cost as much each.
  double step_flops() const { return 3 * forward_flops(); }
};

namespace detail {

/// `1234567` as `1,234,567`, and zero as `-`.
std::string grouped(Index n);
/// `1234567` as `1.23 M`.
std::string rounded(double n);

/// Adds the layer whose parameters start at `begin`, and those inside it.
void add_layer(Summary& all, const LayerPlan& plan, Index depth, Index begin,
               std::span<const ArenaRange> trained);

template <Scalar S>
std::size_t bytes_of(const Arena<S>& arena) {
  return static_cast<std::size_t>(arena.size()) * sizeof(S);
}

/// A summary of nothing so far, of passes of `batch` samples.
Summary empty_summary(Index batch);

template <Scalar S>
void add_network(Summary& all, const Network<S>& network) {
  add_layer(all, network.plan(), 0, 0, network.trained());
  all.memory.parameters += bytes_of(network.parameters());
  all.memory.buffers += bytes_of(network.buffers());
  if (network.average()) all.memory.averages += bytes_of(*network.average());
  all.memory.workspaces +=
      static_cast<std::size_t>(Workspace<S>::scalars_for(network.plan(), all.batch)) * sizeof(S);
}

}  // namespace detail

/// The summary of one network, for passes of up to `batch` samples.
///
/// **Errors** `ConfigError` for a batch below 1.
template <Scalar S>
Summary summary(const Network<S>& network, Index batch = 1) {
  Summary all = detail::empty_summary(batch);
  detail::add_network(all, network);
  return all;
}

/// A table with a row for each layer, and below it memory and arithmetic. Columns of zeros are left
/// out; multiply-adds are those of one sample.
std::string to_string(const Summary& all);

#if EIGENERATE_DEFINES(NETWORK)

namespace detail {

EIGENERATE_INLINE std::string grouped(Index n) {
  if (n == 0) return "-";
  const std::string digits = std::to_string(n);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

EIGENERATE_INLINE std::string rounded(double n) {
  std::size_t power = 0;
  constexpr std::array<const char*, 6> prefix{"", "k", "M", "G", "T", "P"};
  // What three digits would round up to 1000 is one of the next.
  for (; n >= 999.5 && power + 1 < prefix.size(); ++power) n /= 1000;
  return fmt::format("{:.{}f} {}", n, power == 0 || n >= 99.95 ? 0 : n >= 9.995 ? 1 : 2, prefix[power]);
}

EIGENERATE_INLINE void add_layer(Summary& all, const LayerPlan& plan, Index depth, Index begin,
                                 std::span<const ArenaRange> trained) {
  Summary::Layer layer{.path = plan.path, .kind = plan.kind, .depth = depth, .output = plan.output};
  for (const Segment& s : plan.parameters) {
    const Index at = begin + s.offset;
    layer.parameters += s.size;
    if (std::none_of(trained.begin(), trained.end(),
                     [at](const ArenaRange& r) { return r.begin <= at && at < r.end; }))
      layer.frozen += s.size;
  }
  for (const Segment& s : plan.buffers) layer.buffers += s.size;
  layer.multiply_adds = plan.multiply_adds;
  for (const LayerPlan& child : plan.children) layer.multiply_adds -= child.multiply_adds;
  all.total.parameters += layer.parameters;
  all.total.frozen += layer.frozen;
  all.total.buffers += layer.buffers;
  all.total.multiply_adds += layer.multiply_adds;
  all.layers.push_back(std::move(layer));
  for (const LayerPlan& child : plan.children)
    add_layer(all, child, depth + 1, begin + child.parameter_offset, trained);
}

EIGENERATE_INLINE Summary empty_summary(Index batch) {
  if (batch < 1) fail<ConfigError>("summary: expected a batch of at least one sample, got {}", batch);
  return {.batch = batch};
}

}  // namespace detail

EIGENERATE_INLINE std::string to_string(const Summary& all) {
  detail::TextTable table(2);
  table.add({"layer", "kind", "output", "parameters", "frozen", "buffers", "multiply-adds"});
  const auto add = [&table](const Summary::Layer& layer, std::string path, std::string output) {
    table.add({std::move(path), layer.kind, std::move(output), detail::grouped(layer.parameters),
               detail::grouped(layer.frozen), detail::grouped(layer.buffers),
               detail::grouped(layer.multiply_adds)});
  };
  for (const Summary::Layer& layer : all.layers)
    add(layer, std::string(static_cast<std::size_t>(2 * layer.depth), ' ') + layer.path,
        to_string(layer.output));
  add(all.total, "total", "");

  std::string memory;
  const auto add_memory = [&memory](const char* what, std::size_t bytes) {
    if (bytes == 0) return;
    memory += format_message("{} {} {}B", memory.empty() ? "memory:" : ",", what,
                             detail::rounded(static_cast<double>(bytes)));
  };
  add_memory("parameters", all.memory.parameters);
  add_memory("buffers", all.memory.buffers);
  add_memory("averages", all.memory.averages);
  add_memory("gradients", all.memory.gradients);
  add_memory("optimizer", all.memory.optimizer);
  const std::string samples = all.batch == 1 ? "1 sample" : format_message("{} samples", all.batch);
  add_memory(("workspaces of " + samples).c_str(), all.memory.workspaces);
  return format_message("{}{}\narithmetic of {}: forward {}flop, training step {}flop (3 × forward)\n",
                        table.text(), memory, samples, detail::rounded(all.forward_flops()),
                        detail::rounded(all.step_flops()));
}

#endif

}  // namespace eigenerate
